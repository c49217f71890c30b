// SPDX-License-Identifier: Apache-2.0
#include "core/review/sqlite.h"

#include <utility>

#include <sqlite3.h>

namespace cryoscope::sqlite
{

Result<Database> Database::open(const std::string &path)
{
    sqlite3 *handle = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(handle, path); // closes the handle, which is there even after most errors
    if (code != SQLITE_OK)
        return database.error(code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 500);
    return database;
}

Database::~Database()
{
    for (const auto &[text, statement] : m_idle)
        sqlite3_finalize(statement);
    sqlite3_close_v2(m_handle);
}

Database::Database(Database &&other) noexcept
    : m_handle(std::exchange(other.m_handle, nullptr)), m_path(std::move(other.m_path)),
      m_idle(std::exchange(other.m_idle, {}))
{
}

Error Database::error(int code) const
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::InputUnreadable, "the case is open in another process", m_path, {}};
    case SQLITE_NOTADB:
        return {ErrorCode::InputMalformed, "not a case", m_path, {}};
    case SQLITE_CORRUPT:
        return {ErrorCode::InputMalformed, "the case is damaged", m_path, {}};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return {ErrorCode::InputUnreadable, sqlite3_errstr(code), m_path, {}};
    case SQLITE_READONLY:
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return {ErrorCode::OutputUnwritable, sqlite3_errstr(code), m_path, {}};
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
        return {ErrorCode::InputMalformed,
                "the case is not as it should be (" + std::string(sqlite3_errstr(code)) + ")",
                m_path,
                {}};
    default:
        return {ErrorCode::Internal, sqlite3_errstr(code), m_path, {}};
    }
}

Result<void> Database::run(const std::string &statements) const
{
    const int code = sqlite3_exec(m_handle, statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return error(code);
    return {};
}

Result<int64_t> Database::number(const std::string &query) const
{
    Statement statement(*this, query.c_str());
    const auto row = statement.step();
    if (!row)
        return row.error();
    return *row ? statement.number(0) : int64_t{0};
}

int64_t Database::lastId() const
{
    return sqlite3_last_insert_rowid(m_handle);
}

uint64_t Database::changed() const
{
    return static_cast<uint64_t>(sqlite3_changes64(m_handle));
}

uint64_t Database::changedEver() const
{
    return static_cast<uint64_t>(sqlite3_total_changes64(m_handle));
}

Statement::Statement(const Database &database, const char *text) : m_database(database), m_text(text)
{
    if (const auto idle = database.m_idle.find(m_text); idle != database.m_idle.end()) {
        m_statement = idle->second;
        database.m_idle.erase(idle);
        return;
    }
    m_code = sqlite3_prepare_v2(database.m_handle, text, -1, &m_statement, nullptr);
}

Statement::~Statement()
{
    if (!m_statement)
        return;
    sqlite3_reset(m_statement);
    sqlite3_clear_bindings(m_statement);
    if (!m_database.m_idle.try_emplace(std::move(m_text), m_statement).second)
        sqlite3_finalize(m_statement);
}

Statement &Statement::bind(int parameter, int64_t value)
{
    if (m_code == SQLITE_OK)
        m_code = sqlite3_bind_int64(m_statement, parameter, value);
    return *this;
}

Statement &Statement::bind(int parameter, std::string_view text)
{
    if (m_code == SQLITE_OK)
        m_code = sqlite3_bind_text64(m_statement, parameter, text.data() ? text.data() : "", text.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement &Statement::bindBlob(int parameter, std::string_view bytes)
{
    if (m_code == SQLITE_OK)
        m_code = sqlite3_bind_blob64(m_statement, parameter, bytes.data() ? bytes.data() : "", bytes.size(),
                                     SQLITE_TRANSIENT);
    return *this;
}

Statement &Statement::bindNull(int parameter)
{
    if (m_code == SQLITE_OK)
        m_code = sqlite3_bind_null(m_statement, parameter);
    return *this;
}

Result<bool> Statement::step()
{
    if (m_code != SQLITE_OK)
        return m_database.error(m_code);
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return m_database.error(code);
}

Result<void> Statement::run()
{
    const auto row = step();
    reset();
    if (!row)
        return row.error();
    return {};
}

void Statement::reset()
{
    sqlite3_reset(m_statement);
}

int64_t Statement::number(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

std::string Statement::text(int column) const
{
    return std::string(view(column));
}

std::string_view Statement::view(int column) const
{
    const void *bytes = sqlite3_column_blob(m_statement, column);
    const int size = sqlite3_column_bytes(m_statement, column);
    return bytes && size > 0
               ? std::string_view(static_cast<const char *>(bytes), static_cast<size_t>(size))
               : std::string_view();
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

Transaction::Transaction(const Database &database)
    : m_database(database), m_begun(database.run("BEGIN IMMEDIATE")), m_open(m_begun.ok())
{
}

Transaction::~Transaction()
{
    if (m_open)
        (void)m_database.run("ROLLBACK");
}

Result<void> Transaction::commit()
{
    auto done = m_database.run("COMMIT");
    if (done)
        m_open = false;
    return done;
}

} // namespace cryoscope::sqlite
