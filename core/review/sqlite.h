// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace cryoscope::sqlite
{

/// An open database file. Owned by one thread. Messages of errors come from SQLite and never hold bound
/// values.
class Database
{
public:
    /// Opens an existing file for reading and writing (":memory:" makes an empty one). Another process that
    /// has it open exclusively is noticed only when it is used.
    static Result<Database> open(const std::string &path);
    ~Database();
    Database(Database &&other) noexcept;
    Database &operator=(Database &&) = delete;
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    /// Runs statements without parameters or rows.
    Result<void> run(const std::string &statements) const;
    /// The first column of the first row as a number; 0 if there is none.
    [[nodiscard]] Result<int64_t> number(const std::string &query) const;
    [[nodiscard]] int64_t lastId() const;
    /// Rows that the last INSERT, UPDATE or DELETE wrote itself (not what follows from it).
    [[nodiscard]] uint64_t changed() const;
    /// A number that is another one after each row that was written.
    [[nodiscard]] uint64_t changedEver() const;
    /// What went wrong last, as an Error of this file.
    [[nodiscard]] Error error(int code) const;

private:
    friend class Statement;
    Database(sqlite3 *handle, std::string path) : m_handle(handle), m_path(std::move(path)) {}

    sqlite3 *m_handle;
    std::string m_path;
    mutable std::unordered_map<std::string, sqlite3_stmt *> m_idle; ///< prepared before, not in use now
};

/// A prepared statement. Bind by number from 1 on, step() through the rows, read columns from 0 on. An error
/// of preparing or binding is kept and returned by step(). The database, which must outlive it, keeps the
/// prepared text for the next one, so that making one for each of a million rows is cheap.
class Statement
{
public:
    Statement(const Database &database, const char *text);
    ~Statement();
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

    Statement &bind(int parameter, int64_t value);
    Statement &bind(int parameter, std::string_view text);
    Statement &bindBlob(int parameter, std::string_view bytes);
    Statement &bindNull(int parameter);

    /// True: a row is there. False: done.
    [[nodiscard]] Result<bool> step();
    /// For statements without rows; ready to be bound again afterwards.
    Result<void> run();
    void reset();

    [[nodiscard]] int64_t number(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// The same without a copy: until the next step(), or another look at this column.
    [[nodiscard]] std::string_view view(int column) const;
    [[nodiscard]] bool isNull(int column) const;

private:
    const Database &m_database;
    std::string m_text;
    sqlite3_stmt *m_statement = nullptr;
    int m_code = 0;
};

/// All or nothing: rolled back unless commit() was called and succeeded.
class Transaction
{
public:
    explicit Transaction(const Database &database);
    ~Transaction();
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;

    [[nodiscard]] const Result<void> &begun() const { return m_begun; }
    /// Durable when it returns.
    Result<void> commit();

private:
    const Database &m_database;
    Result<void> m_begun;
    bool m_open;
};

} // namespace cryoscope::sqlite
