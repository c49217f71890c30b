// SPDX-License-Identifier: Apache-2.0
#include "core/review/casestore.h"

#include "core/base/hash.h"
#include "core/review/caseschema.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

constexpr const char *columns =
    "id, origin, rule, kind, confidence, encoding, why, label, pid, address, parts, "
    "fingerprint, decision, reason, comment, stale, reviewer, decided";

std::string now()
{
    const std::time_t time = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[32];
    const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return {text, length};
}

/// Extents as three little-endian 64-bit numbers each: comparable as bytes.
std::string packParts(const std::vector<Extent> &parts)
{
    std::string bytes;
    bytes.reserve(parts.size() * 24);
    for (const Extent &part : parts) {
        for (const uint64_t value : {uint64_t{part.member}, part.offset, part.length}) {
            for (unsigned shift = 0; shift < 64; shift += 8)
                bytes += static_cast<char>(static_cast<unsigned char>(value >> shift));
        }
    }
    return bytes;
}

std::vector<Extent> unpackParts(const std::string &bytes)
{
    std::vector<Extent> parts;
    for (size_t at = 0; bytes.size() - at >= 24; at += 24) {
        uint64_t values[3] = {};
        for (size_t i = 0; i < 24; ++i)
            values[i / 8] |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (i % 8 * 8);
        parts.push_back({static_cast<MemberId>(values[0]), values[1], values[2]});
    }
    return parts;
}

CaseFinding readFinding(const sqlite::Statement &row)
{
    CaseFinding out;
    out.id = row.number(0);
    out.origin = static_cast<Origin>(row.number(1));
    out.finding.rule = row.text(2);
    out.finding.kind = row.text(3);
    out.finding.confidence = static_cast<Confidence>(row.number(4));
    out.finding.encoding = static_cast<Encoding>(row.number(5));
    out.finding.why = row.text(6);
    out.finding.label = row.text(7);
    out.finding.pid = static_cast<uint32_t>(row.number(8));
    out.finding.address = static_cast<uint64_t>(row.number(9));
    out.finding.parts = unpackParts(row.text(10));
    out.fingerprint = row.text(11);
    out.decision = static_cast<Decision>(row.number(12));
    out.reason = static_cast<Reason>(row.number(13));
    out.comment = row.text(14);
    out.stale = row.number(15) != 0;
    out.reviewer = row.text(16);
    out.decided = row.text(17);
    return out;
}

/// Puts findings in the order of their first places. What is compared lies side by side, and each finding is
/// moved once: they are large.
void sortByPlace(std::vector<CaseFinding> &findings)
{
    struct Place {
        bool inMember;
        uint32_t pid;
        uint64_t address;
        Extent first;
        FindingId id;
        size_t position;
        auto operator<=>(const Place &) const = default;
    };
    std::vector<Place> places;
    places.reserve(findings.size());
    for (const CaseFinding &f : findings)
        places.push_back({f.finding.pid == 0, f.finding.pid, f.finding.address,
                          f.finding.parts.empty() ? Extent{} : f.finding.parts.front(), f.id, places.size()});
    std::sort(places.begin(), places.end());
    for (size_t start = 0; start < places.size(); ++start) {
        if (places[start].position == start)
            continue;
        // A ring of findings, each of which goes to where the next one is.
        CaseFinding first = std::move(findings[start]);
        size_t at = start;
        while (places[at].position != start) {
            const size_t from = std::exchange(places[at].position, at);
            findings[at] = std::move(findings[from]);
            at = from;
        }
        findings[at] = std::move(first);
        places[at].position = at;
    }
}

/// Asks for the step that redo would do. Undone steps follow all that are done, which may be very many.
std::string firstUndone(const std::string &column)
{
    return "SELECT " + column +
           " FROM steps WHERE id > ifnull((SELECT id FROM steps WHERE done = 1 ORDER BY id DESC LIMIT 1), 0) "
           "ORDER BY id LIMIT 1";
}

std::string countText(uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " finding" : " findings");
}

/// Syncs a directory, so that a new name in it outlives a power cut. Best effort: some file systems refuse
/// it.
void syncDirectoryOf(const std::string &path)
{
    const size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)::fsync(descriptor);
    ::close(descriptor);
}

Error systemError(ErrorCode code, const std::string &path)
{
    return {code, std::strerror(errno), path, {}};
}

/// Who uses the program, as far as it is told nothing else.
std::string loginName()
{
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    const uid_t user = ::geteuid();
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return "user " + std::to_string(user);
}

} // namespace

CaseStore::CaseStore(sqlite::Database database, std::string path)
    : m_database(std::move(database)), m_path(std::move(path)), m_reviewer(loginName())
{
}

Result<sqlite::Database> CaseStore::openFile(const std::string &path)
{
    auto database = sqlite::Database::open(path);
    if (!database)
        return database;
    // Exclusive: a second process must not decide on the same findings unseen. It also keeps the WAL index in
    // memory.
    if (auto set =
            database->run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                          "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; BEGIN EXCLUSIVE; COMMIT");
        !set)
        return set.error();
    return database;
}

Result<std::unique_ptr<CaseStore>> CaseStore::create(const std::string &path, const std::string &identity,
                                                     const std::string &checkpointPath)
{
    std::string temporary = ":memory:";
    if (!path.empty()) {
        struct stat there {
        };
        if (::lstat(path.c_str(), &there) == 0)
            return Error{ErrorCode::OutputExists, "there is something already", path, {}};
        temporary = path + ".new-XXXXXX";
        const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC); // mode 0600
        if (descriptor < 0)
            return systemError(ErrorCode::OutputUnwritable, path);
        ::close(descriptor);
    }
    const auto fill = [&](const sqlite::Database &database) -> Result<void> {
        sqlite::Transaction transaction(database);
        if (!transaction.begun())
            return transaction.begun();
        if (auto made = makeCaseTables(database); !made)
            return made;
        for (const auto &[name, value] : {std::pair<std::string, std::string>{"key", randomBytes(32)},
                                          {"identity", identity},
                                          {"checkpoint", checkpointPath},
                                          {"created", now()}}) {
            sqlite::Statement statement(database, "INSERT INTO meta VALUES (?, ?)");
            if (auto done = statement.bind(1, std::string_view(name)).bindBlob(2, value).run(); !done)
                return done;
        }
        return transaction.commit();
    };
    {
        auto database = openFile(temporary);
        Result<void> done = database ? fill(*database) : Result<void>(database.error());
        if (done && path.empty()) {
            std::unique_ptr<CaseStore> store(new CaseStore(std::move(*database), path));
            auto key = store->meta("key");
            if (!key)
                return key.error();
            store->m_key = std::move(*key);
            return store;
        }
        if (!done) {
            for (const char *suffix : {"", "-wal", "-shm", "-journal"})
                ::unlink((temporary + suffix).c_str());
            Error error = done.error();
            error.file = path;
            return error;
        }
    } // closed: all is in the one file now
    const int linked =
        ::link(temporary.c_str(), path.c_str()) == 0 ? 0 : errno; // unlike rename, never replaces
    ::unlink(temporary.c_str());
    if (linked != 0) {
        errno = linked;
        return systemError(linked == EEXIST ? ErrorCode::OutputExists : ErrorCode::OutputUnwritable, path);
    }
    syncDirectoryOf(path);
    return open(path);
}

Result<std::unique_ptr<CaseStore>> CaseStore::open(const std::string &path)
{
    struct stat status {
    };
    if (::stat(path.c_str(), &status) != 0)
        return systemError(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::InputUnreadable, path);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::InputMalformed, "not a case", path, {}};
    bool old = false;
    {
        // Looked at before anything is set, so that a database of another program is not touched.
        auto probe = sqlite::Database::open(path);
        if (!probe)
            return probe.error();
        const auto application = probe->number("PRAGMA application_id");
        if (!application)
            return application.error();
        if (*application != caseApplicationId)
            return Error{ErrorCode::InputMalformed, "not a case", path, {}};
        const auto version = probe->number("PRAGMA user_version");
        if (!version)
            return version.error();
        if (*version < 1 || *version > caseSchemaVersion)
            return Error{ErrorCode::InputMalformed,
                         "the case is of version " + std::to_string(*version) + ", this program knows " +
                             std::to_string(caseSchemaVersion),
                         path,
                         {}};
        old = *version < caseSchemaVersion;
    }
    auto database = openFile(path);
    if (!database)
        return database.error();
    if (old) {
        if (auto done = upgradeCaseTables(*database); !done)
            return done.error();
    }
    if (auto fine = checkCaseTables(*database, path); !fine)
        return fine.error();
    std::unique_ptr<CaseStore> store(new CaseStore(std::move(*database), path));
    auto key = store->meta("key");
    if (!key)
        return key.error();
    if (key->size() != 32)
        return Error{ErrorCode::InputMalformed, "the case is damaged: it has no key", path, {}};
    store->m_key = std::move(*key);
    return store;
}

Result<void> CaseStore::saveCopy(const std::string &path) const
{
    // Made empty and private first: SQLite would give it the usual mode.
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error{errno == EEXIST ? ErrorCode::OutputExists : ErrorCode::OutputUnwritable,
                     std::strerror(errno),
                     path,
                     {}};
    ::close(descriptor);
    sqlite::Statement statement(m_database, "VACUUM INTO ?");
    statement.bind(1, path);
    auto done = statement.run();
    if (!done)
        ::unlink(path.c_str());
    return done;
}

Result<void> CaseStore::checkParts(const std::function<bool(const Extent &)> &valid) const
{
    sqlite::Statement rows(m_database, "SELECT parts FROM findings UNION ALL SELECT parts FROM changes "
                                       "UNION ALL SELECT new_parts FROM changes");
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            return {};
        const std::string packed = rows.text(0);
        const auto parts = unpackParts(packed);
        if (parts.empty() || packParts(parts) != packed || !std::all_of(parts.begin(), parts.end(), valid))
            return Error{ErrorCode::InputMalformed,
                         "the case is damaged: a finding names bytes that the checkpoint does not have",
                         m_path,
                         {}};
    }
}

Result<std::string> CaseStore::meta(const std::string &name) const
{
    sqlite::Statement statement(m_database, "SELECT value FROM meta WHERE name = ?");
    const auto row = statement.bind(1, std::string_view(name)).step();
    if (!row)
        return row.error();
    return *row ? statement.text(0) : std::string();
}

Result<void> CaseStore::setMeta(const std::string &name, const std::string &value)
{
    sqlite::Statement statement(m_database, "INSERT OR REPLACE INTO meta VALUES (?, ?)");
    return statement.bind(1, std::string_view(name)).bindBlob(2, value).run();
}

Result<CaseStore::State> CaseStore::state(FindingId id) const
{
    sqlite::Statement statement(
        m_database,
        "SELECT decision, reason, comment, parts, fingerprint, live, reviewer, decided FROM findings "
        "WHERE id = ? AND live");
    const auto row = statement.bind(1, id).step();
    if (!row)
        return row.error();
    if (!*row)
        return Error{ErrorCode::NotFound, "the case has no finding " + std::to_string(id), m_path, {}};
    return State{static_cast<Decision>(statement.number(0)),
                 static_cast<Reason>(statement.number(1)),
                 statement.text(2),
                 statement.text(3),
                 statement.text(4),
                 statement.number(5) != 0,
                 statement.text(6),
                 statement.text(7)};
}

Result<void> CaseStore::setState(FindingId id, const State &state)
{
    sqlite::Statement statement(m_database,
                                "UPDATE findings SET decision = ?, reason = ?, comment = ?, parts = ?, "
                                "fingerprint = ?, live = ?, reviewer = ?, decided = ? WHERE id = ?");
    return statement.bind(1, int64_t(state.decision))
        .bind(2, int64_t(state.reason))
        .bind(3, std::string_view(state.comment))
        .bindBlob(4, state.parts)
        .bind(5, std::string_view(state.fingerprint))
        .bind(6, int64_t{state.live})
        .bind(7, std::string_view(state.reviewer))
        .bind(8, std::string_view(state.decided))
        .bind(9, id)
        .run();
}

Result<FindingId> CaseStore::insert(const Marked &marked, Origin origin, const State &state)
{
    sqlite::Statement statement(
        m_database,
        "INSERT INTO findings (origin, rule, kind, confidence, encoding, why, label, pid, address, parts, "
        "fingerprint, decision, reason, comment, stale, live, reviewer, decided) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)");
    const Finding &finding = marked.finding;
    auto done = statement.bind(1, int64_t(origin))
                    .bind(2, std::string_view(finding.rule))
                    .bind(3, std::string_view(finding.kind))
                    .bind(4, int64_t(finding.confidence))
                    .bind(5, int64_t(finding.encoding))
                    .bind(6, std::string_view(finding.why))
                    .bind(7, std::string_view(finding.label))
                    .bind(8, int64_t{finding.pid})
                    .bind(9, static_cast<int64_t>(finding.address))
                    .bindBlob(10, packParts(finding.parts))
                    .bind(11, std::string_view(marked.fingerprint))
                    .bind(12, int64_t(state.decision))
                    .bind(13, int64_t(state.reason))
                    .bind(14, std::string_view(state.comment))
                    .bind(15, int64_t{state.live})
                    .bind(16, std::string_view(state.reviewer))
                    .bind(17, std::string_view(state.decided))
                    .run();
    if (!done)
        return done.error();
    return m_database.lastId();
}

/// Drops what undone steps alone knew of, and steps that no longer change anything. Undone steps are the last
/// ones: if the last one is done, there is nothing to drop, and the many before it are not looked at.
Result<void> CaseStore::settle()
{
    const auto done =
        m_database.number("SELECT ifnull((SELECT done FROM steps ORDER BY id DESC LIMIT 1), 1)");
    if (!done)
        return done.error();
    if (*done != 0)
        return {};
    return m_database.run("DELETE FROM steps WHERE done = 0;"
                          "DELETE FROM steps WHERE NOT EXISTS (SELECT 1 FROM changes WHERE step = steps.id);"
                          "DELETE FROM findings WHERE live = 0 AND NOT EXISTS (SELECT 1 FROM changes WHERE "
                          "finding = findings.id)");
}

Result<int64_t> CaseStore::beginStep(const std::string &text)
{
    if (auto dropped = settle(); !dropped)
        return dropped.error();
    sqlite::Statement statement(m_database, "INSERT INTO steps (text, done) VALUES (?, 1)");
    if (auto done = statement.bind(1, std::string_view(text)).run(); !done)
        return done.error();
    return m_database.lastId();
}

Result<void> CaseStore::change(int64_t step, FindingId id, const State &before, const State &after)
{
    sqlite::Statement statement(m_database,
                                "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, step).bind(2, id);
    int parameter = 3;
    for (const State *side : {&before, &after}) {
        statement.bind(parameter, int64_t(side->decision))
            .bind(parameter + 1, int64_t(side->reason))
            .bind(parameter + 2, std::string_view(side->comment))
            .bindBlob(parameter + 3, side->parts)
            .bind(parameter + 4, std::string_view(side->fingerprint))
            .bind(parameter + 5, int64_t{side->live});
        parameter += 6;
    }
    if (auto done = statement.run(); !done)
        return done;
    State next = after;
    if (!before.live || after.decision != before.decision || after.reason != before.reason) {
        next.reviewer = m_reviewer;
        next.decided = now();
    }
    return setState(id, next);
}

Result<void> CaseStore::writeHistory(const std::string &action, uint64_t findings, const std::string &detail)
{
    HistoryEntry entry{1, now(), m_reviewer, action, findings, detail, {}};
    std::string before;
    {
        sqlite::Statement last(m_database,
                               "SELECT sequence, link FROM history ORDER BY sequence DESC LIMIT 1");
        const auto row = last.step();
        if (!row)
            return row.error();
        if (*row) {
            entry.sequence = last.number(0) + 1;
            before = last.text(1);
        }
    }
    sqlite::Statement statement(m_database, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)");
    return statement.bind(1, entry.sequence)
        .bind(2, std::string_view(entry.time))
        .bind(3, std::string_view(m_reviewer))
        .bind(4, std::string_view(action))
        .bind(5, static_cast<int64_t>(findings))
        .bind(6, std::string_view(detail))
        .bind(7, std::string_view(historyLink(before, entry)))
        .run();
}

Result<void> CaseStore::replaceScan(std::span<const Marked> findings, const std::string &rulesVersion)
{
    struct Known {
        FindingId id = 0;
        Origin origin = Origin::Scan;
        std::string rule;
        State state;
        bool taken = false;
    };
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    std::unordered_map<std::string, std::vector<Known>> known; // by packed parts
    {
        sqlite::Statement rows(m_database,
                               "SELECT id, origin, rule, parts, decision, reason, comment, reviewer, decided "
                               "FROM findings WHERE live");
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            Known entry;
            entry.id = rows.number(0);
            entry.origin = static_cast<Origin>(rows.number(1));
            entry.rule = rows.text(2);
            entry.state.decision = static_cast<Decision>(rows.number(4));
            entry.state.reason = static_cast<Reason>(rows.number(5));
            entry.state.comment = rows.text(6);
            entry.state.reviewer = rows.text(7);
            entry.state.decided = rows.text(8);
            known[rows.text(3)].push_back(std::move(entry));
        }
    }
    sqlite::Statement update(
        m_database,
        // Most are as they were: those are not written again.
        "UPDATE findings SET rule = ?1, kind = ?2, confidence = ?3, encoding = ?4, why = ?5, label = ?6, "
        "pid = ?7, address = ?8, fingerprint = ?9, stale = 0 WHERE id = ?10 AND (rule, kind, confidence, "
        "encoding, why, label, pid, address, fingerprint, stale) IS NOT "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)");
    const auto take = [&](Known &entry, const Marked &marked) {
        entry.taken = true;
        const Finding &finding = marked.finding;
        return update.bind(1, std::string_view(finding.rule))
            .bind(2, std::string_view(finding.kind))
            .bind(3, int64_t(finding.confidence))
            .bind(4, int64_t(finding.encoding))
            .bind(5, std::string_view(finding.why))
            .bind(6, std::string_view(finding.label))
            .bind(7, int64_t{finding.pid})
            .bind(8, static_cast<int64_t>(finding.address))
            .bind(9, std::string_view(marked.fingerprint))
            .bind(10, entry.id)
            .run();
    };
    // First those that are the same in all, so that a rule that is new at a place does not take another's
    // row.
    std::unordered_set<std::string> seen;
    std::vector<const Marked *> rest;
    for (const Marked &marked : findings) {
        const std::string parts = packParts(marked.finding.parts);
        if (!seen.insert(parts + marked.finding.rule).second)
            continue;
        bool matched = false;
        if (const auto here = known.find(parts); here != known.end()) {
            for (Known &entry : here->second) {
                if (entry.taken || entry.rule != marked.finding.rule)
                    continue;
                if (auto done = take(entry, marked); !done)
                    return done;
                matched = true;
                break;
            }
        }
        if (!matched)
            rest.push_back(&marked);
    }
    for (const Marked *marked : rest) {
        State state;
        state.live = true;
        Known *successor = nullptr;
        if (const auto here = known.find(packParts(marked->finding.parts)); here != known.end()) {
            for (Known &entry : here->second) {
                if (!entry.taken && !successor)
                    successor = &entry;
                if (entry.state.decision != Decision::Undecided && state.decision == Decision::Undecided) {
                    state.decision =
                        entry.state.decision; // the decision is about the bytes, whatever names them
                    state.reason = entry.state.reason;
                    state.comment = entry.state.comment;
                    state.reviewer = entry.state.reviewer;
                    state.decided = entry.state.decided;
                }
            }
        }
        if (successor) {
            if (auto done = take(*successor, *marked); !done)
                return done;
        } else if (auto added = insert(*marked, Origin::Scan, state); !added) {
            return added.error();
        }
    }
    sqlite::Statement age(m_database, "UPDATE findings SET stale = 1 WHERE id = ?");
    sqlite::Statement drop(m_database, "DELETE FROM findings WHERE id = ?");
    for (const auto &[parts, entries] : known) {
        for (const Known &entry : entries) {
            if (entry.taken || entry.origin != Origin::Scan)
                continue;
            sqlite::Statement &statement = entry.state.decision == Decision::Undecided ? drop : age;
            if (auto done = statement.bind(1, entry.id).run(); !done)
                return done;
        }
    }
    if (auto done = m_database.run(
            "DELETE FROM steps WHERE NOT EXISTS (SELECT 1 FROM changes WHERE step = steps.id)");
        !done)
        return done;
    if (auto done = setMeta("rules", rulesVersion); !done)
        return done;
    if (auto done = writeHistory("scan", seen.size(), "rules " + rulesVersion); !done)
        return done;
    return transaction.commit();
}

Result<FindingId> CaseStore::addManual(const Marked &finding, const std::string &comment)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun().error();
    State before;
    before.decision = Decision::Accepted;
    before.comment = comment;
    before.parts = packParts(finding.finding.parts);
    before.fingerprint = finding.fingerprint;
    State after = before;
    after.live = true;
    const auto step = beginStep("add 1 finding");
    if (!step)
        return step.error();
    const auto id = insert(finding, Origin::Manual, before);
    if (!id)
        return id;
    if (auto done = change(*step, *id, before, after); !done)
        return done.error();
    if (auto done = writeHistory("add", 1, {}); !done)
        return done.error();
    if (auto done = transaction.commit(); !done)
        return done.error();
    return id;
}

Result<uint64_t> CaseStore::acceptExtents(Origin origin, std::span<const Marked> findings,
                                          const std::string &detail)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun().error();
    const auto step = beginStep("accept copies");
    if (!step)
        return step.error();
    sqlite::Statement find(m_database, "SELECT id FROM findings WHERE parts = ? AND live");
    uint64_t changed = 0;
    for (const Marked &marked : findings) {
        const std::string parts = packParts(marked.finding.parts);
        std::vector<FindingId> here;
        find.reset();
        find.bindBlob(1, parts);
        for (;;) {
            const auto row = find.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            here.push_back(find.number(0));
        }
        if (here.empty()) {
            State before;
            before.decision = Decision::Accepted;
            before.parts = parts;
            before.fingerprint = marked.fingerprint;
            State after = before;
            after.live = true;
            const auto id = insert(marked, origin, before);
            if (!id)
                return id.error();
            if (auto done = change(*step, *id, before, after); !done)
                return done.error();
            ++changed;
        }
        for (const FindingId id : here) {
            const auto before = state(id);
            if (!before)
                return before.error();
            if (before->decision == Decision::Accepted)
                continue;
            State after = *before;
            after.decision = Decision::Accepted;
            after.reason = Reason::None;
            if (auto done = change(*step, id, *before, after); !done)
                return done.error();
            ++changed;
        }
    }
    sqlite::Statement name(m_database, "UPDATE steps SET text = ? WHERE id = ?");
    if (auto done = name.bind(1, std::string_view("accept " + countText(changed))).bind(2, *step).run();
        !done)
        return done.error();
    if (changed == 0) {
        if (auto done = m_database.run(
                "DELETE FROM steps WHERE NOT EXISTS (SELECT 1 FROM changes WHERE step = steps.id)");
            !done)
            return done.error();
    }
    if (auto done = writeHistory("accept copies", changed, detail); !done)
        return done.error();
    if (auto done = transaction.commit(); !done)
        return done.error();
    return changed;
}

Result<uint64_t> CaseStore::applyDecisions(std::span<const Given> given, const std::string &text,
                                           const std::string &action, const std::string &detail)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun().error();
    const auto step = beginStep(text);
    if (!step)
        return step.error();
    uint64_t changed = 0;
    for (const Given &one : given) {
        State before;
        State after;
        FindingId id = one.id;
        if (id == 0) {
            before.decision = one.decision;
            before.reason = one.reason;
            before.comment = one.comment;
            before.parts = packParts(one.marked.finding.parts);
            before.fingerprint = one.marked.fingerprint;
            after = before;
            after.live = true;
            const auto added = insert(one.marked, one.origin, before);
            if (!added)
                return added.error();
            id = *added;
        } else {
            const auto now = state(id);
            if (!now)
                return now.error();
            before = *now;
            after = *now;
            after.decision = one.decision;
            after.reason = one.reason;
            after.comment = one.comment;
            if (after.decision == before.decision && after.reason == before.reason &&
                after.comment == before.comment)
                continue;
        }
        if (auto done = change(*step, id, before, after); !done)
            return done.error();
        ++changed;
    }
    if (changed == 0) {
        if (auto done = m_database.run(
                "DELETE FROM steps WHERE NOT EXISTS (SELECT 1 FROM changes WHERE step = steps.id)");
            !done)
            return done.error();
    }
    if (auto done = writeHistory(action, changed, detail); !done)
        return done.error();
    if (auto done = transaction.commit(); !done)
        return done.error();
    return changed;
}

Result<std::string> CaseStore::checkHistory() const
{
    const auto entries = history();
    if (!entries)
        return entries.error();
    std::string link;
    int64_t sequence = 0;
    for (const HistoryEntry &entry : *entries) {
        if (entry.sequence != ++sequence || entry.link != historyLink(link, entry))
            return Error{ErrorCode::InputMalformed,
                         "the history was changed by something else than this program: its entry " +
                             std::to_string(sequence) + " does not follow from those before it",
                         m_path,
                         {}};
        link = entry.link;
    }
    return link;
}

Result<std::vector<CaseFinding>> CaseStore::findings() const
{
    const auto count = m_database.number("SELECT count(*) FROM findings");
    if (!count)
        return count.error();
    std::vector<CaseFinding> all;
    all.reserve(static_cast<size_t>(*count));
    sqlite::Statement rows(m_database,
                           (std::string("SELECT ") + columns + " FROM findings WHERE live").c_str());
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            break;
        all.push_back(readFinding(rows));
    }
    sortByPlace(all);
    std::unordered_map<std::string_view, uint64_t> equal;
    for (const CaseFinding &finding : all)
        ++equal[finding.fingerprint];
    for (CaseFinding &finding : all)
        finding.copies = finding.fingerprint.empty() ? 0 : equal[finding.fingerprint] - 1;
    return all;
}

Result<CaseFinding> CaseStore::finding(FindingId id) const
{
    sqlite::Statement rows(
        m_database, (std::string("SELECT ") + columns + " FROM findings WHERE id = ? AND live").c_str());
    const auto row = rows.bind(1, id).step();
    if (!row)
        return row.error();
    if (!*row)
        return Error{ErrorCode::NotFound, "the case has no finding " + std::to_string(id), m_path, {}};
    CaseFinding out = readFinding(rows);
    if (!out.fingerprint.empty()) {
        sqlite::Statement equal(m_database, "SELECT count(*) FROM findings WHERE fingerprint = ? AND live");
        const auto count = equal.bind(1, std::string_view(out.fingerprint)).step();
        if (!count)
            return count.error();
        out.copies = static_cast<uint64_t>(equal.number(0)) - 1;
    }
    return out;
}

Result<void> CaseStore::decide(std::span<const FindingId> ids, Decision decision, Reason reason)
{
    const std::string verb = decision == Decision::Accepted   ? "accept"
                             : decision == Decision::Rejected ? "reject"
                                                              : "reopen";
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    std::vector<std::tuple<FindingId, State, State>> changes;
    std::unordered_set<FindingId> once;
    for (const FindingId id : ids) {
        if (!once.insert(id).second)
            continue;
        const auto before = state(id);
        if (!before)
            return before.error();
        State after = *before;
        after.decision = decision;
        after.reason = decision == Decision::Rejected ? reason : Reason::None;
        if (after.decision != before->decision || after.reason != before->reason)
            changes.emplace_back(id, *before, after);
    }
    if (changes.empty())
        return {}; // nothing to take back either
    const auto step = beginStep(verb + " " + countText(changes.size()));
    if (!step)
        return step.error();
    for (const auto &[id, before, after] : changes) {
        if (auto done = change(*step, id, before, after); !done)
            return done;
    }
    if (auto done = writeHistory(verb, changes.size(), reasonName(std::get<2>(changes.front()).reason));
        !done)
        return done;
    return transaction.commit();
}

Result<void> CaseStore::setComment(FindingId id, const std::string &comment)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    const auto before = state(id);
    if (!before)
        return before.error();
    if (before->comment == comment)
        return {};
    State after = *before;
    after.comment = comment;
    const auto step = beginStep("comment on 1 finding");
    if (!step)
        return step.error();
    if (auto done = change(*step, id, *before, after); !done)
        return done;
    if (auto done = writeHistory("comment", 1, {}); !done)
        return done;
    return transaction.commit();
}

Result<void> CaseStore::setParts(FindingId id, const std::vector<Extent> &parts,
                                 const std::string &fingerprint)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    const auto before = state(id);
    if (!before)
        return before.error();
    State after = *before;
    after.parts = packParts(parts);
    after.fingerprint = fingerprint;
    if (after.parts == before->parts)
        return {};
    const auto step = beginStep("move the borders of 1 finding");
    if (!step)
        return step.error();
    if (auto done = change(*step, id, *before, after); !done)
        return done;
    if (auto done = writeHistory("borders", 1, {}); !done)
        return done;
    return transaction.commit();
}

std::string CaseStore::stepText(bool redo) const
{
    sqlite::Statement statement(m_database,
                                redo ? firstUndone("text").c_str()
                                     : "SELECT text FROM steps WHERE done = 1 ORDER BY id DESC LIMIT 1");
    const auto row = statement.step();
    return row && *row ? statement.text(0) : std::string();
}

Result<std::vector<FindingId>> CaseStore::travel(bool redo)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun().error();
    const auto step = m_database.number(
        redo ? firstUndone("id") : "SELECT id FROM steps WHERE done = 1 ORDER BY id DESC LIMIT 1");
    if (!step)
        return step.error();
    if (*step == 0)
        return std::vector<FindingId>{};
    const std::string text = stepText(redo);
    std::vector<std::pair<FindingId, State>> states;
    {
        sqlite::Statement rows(
            m_database,
            redo ? "SELECT finding, new_decision, new_reason, new_comment, new_parts, new_fingerprint, "
                   "new_live FROM changes WHERE step = ?"
                 : "SELECT finding, decision, reason, comment, parts, fingerprint, live FROM changes "
                   "WHERE step = ?");
        rows.bind(1, *step);
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            states.emplace_back(rows.number(0),
                                State{static_cast<Decision>(rows.number(1)),
                                      static_cast<Reason>(rows.number(2)), rows.text(3), rows.text(4),
                                      rows.text(5), rows.number(6) != 0, m_reviewer, now()});
        }
    }
    std::vector<FindingId> changed;
    for (const auto &[id, state] : states) {
        if (auto done = setState(id, state); !done)
            return done.error();
        changed.push_back(id);
    }
    sqlite::Statement mark(m_database, "UPDATE steps SET done = ? WHERE id = ?");
    if (auto done = mark.bind(1, int64_t{redo}).bind(2, *step).run(); !done)
        return done.error();
    if (auto done = writeHistory(redo ? "redo" : "undo", changed.size(), text); !done)
        return done.error();
    if (auto done = transaction.commit(); !done)
        return done.error();
    return changed;
}

Result<std::vector<HistoryEntry>> CaseStore::history() const
{
    std::vector<HistoryEntry> all;
    sqlite::Statement rows(
        m_database,
        "SELECT sequence, time, reviewer, action, findings, detail, link FROM history ORDER BY sequence");
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        all.push_back({rows.number(0), rows.text(1), rows.text(2), rows.text(3),
                       static_cast<uint64_t>(rows.number(4)), rows.text(5), rows.text(6)});
    }
}

Result<void> CaseStore::addHistory(const std::string &action, uint64_t findings, const std::string &detail)
{
    return writeHistory(action, findings, detail);
}

} // namespace cryoscope
