// SPDX-License-Identifier: Apache-2.0
#include "core/review/casestore.h"

#include "core/base/clock.h"
#include "core/review/caseparts.h"

#include <array>

#include <pwd.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

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

Result<CaseStore::State> CaseStore::state(FindingId id) const
{
    sqlite::Statement statement(m_database,
                                "SELECT decision, reason, comment, parts, fingerprint, act FROM findings "
                                "LEFT JOIN verdicts ON finding = id WHERE id = ? AND live");
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
                 true,
                 statement.number(5)};
}

Result<FindingId> CaseStore::insert(const Marked &marked, Origin origin, const State &state)
{
    sqlite::Statement statement(
        m_database,
        "INSERT INTO findings (origin, rule, kind, confidence, encoding, why, label, pid, address, parts, "
        "fingerprint, comment, stale, live) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)");
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
                    .bind(12, std::string_view(state.comment))
                    .bind(13, int64_t{state.live})
                    .run();
    if (!done)
        return done.error();
    const FindingId id = m_database.lastId();
    if (state.act != 0) {
        if (done = judge(id, state.decision, state.reason, state.act); !done)
            return done.error();
    }
    return id;
}

Result<void> CaseStore::judge(FindingId id, Decision decision, Reason reason, int64_t act)
{
    sqlite::Statement statement(m_database, "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)");
    return statement.bind(1, id).bind(2, int64_t(decision)).bind(3, int64_t(reason)).bind(4, act).run();
}

Result<int64_t> CaseStore::addAct()
{
    sqlite::Statement statement(m_database, "INSERT INTO acts (reviewer, time) VALUES (?, ?)");
    auto done = statement.bind(1, std::string_view(m_reviewer)).bind(2, std::string_view(utcNow())).run();
    if (!done)
        return done.error();
    return m_database.lastId();
}

} // namespace cryoscope
