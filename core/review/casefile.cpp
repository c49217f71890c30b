// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/review/caseschema.h"
#include "core/review/casestore.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

/// Pages of the journal from which on they are moved into the file by the step that is the next one. Long
/// before that tidy() does it.
constexpr int64_t journalPages = 20'000;

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

} // namespace

Result<sqlite::Database> CaseStore::openFile(const std::string &path)
{
    auto database = sqlite::Database::open(path);
    if (!database)
        return database;
    // Exclusive: a second process must not decide on the same findings unseen. It also keeps the WAL index in
    // memory.
    if (auto set =
            database->run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                          "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA cache_size=-32768; PRAGMA "
                          "wal_autocheckpoint=" +
                          std::to_string(journalPages) + "; BEGIN EXCLUSIVE; COMMIT");
        !set)
        return set.error();
    // What a step is about, beside the file: gone with it.
    if (auto made =
            database->run("PRAGMA temp_store=MEMORY; CREATE TEMP TABLE chosen (finding INTEGER PRIMARY KEY)");
        !made)
        return made.error();
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
        if (auto made = makeCaseIndexes(database); !made)
            return made;
        for (const auto &[name, value] : {std::pair<std::string, std::string>{"key", randomBytes(32)},
                                          {"identity", identity},
                                          {"checkpoint", checkpointPath},
                                          {"created", utcNow()}}) {
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
    int64_t found = caseSchemaVersion;
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
        found = *version;
    }
    auto database = openFile(path);
    if (!database)
        return database.error();
    if (found < caseSchemaVersion) {
        if (auto done = upgradeCaseTables(*database, found); !done)
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

} // namespace cryoscope
