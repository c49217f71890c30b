// SPDX-License-Identifier: Apache-2.0
#include "core/review/caseschema.h"

#include "core/base/hash.h"

namespace cryoscope
{

namespace
{

constexpr const char *schemaText = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin INTEGER NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, confidence INTEGER NOT NULL,
  encoding INTEGER NOT NULL, why TEXT NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, address INTEGER NOT NULL,
  parts BLOB NOT NULL, fingerprint TEXT NOT NULL, decision INTEGER NOT NULL, reason INTEGER NOT NULL,
  comment TEXT NOT NULL, stale INTEGER NOT NULL, live INTEGER NOT NULL,
  reviewer TEXT NOT NULL, decided TEXT NOT NULL);
CREATE INDEX findings_parts ON findings (parts);
CREATE INDEX findings_fingerprint ON findings (fingerprint);
CREATE INDEX findings_dead ON findings (live) WHERE live = 0;
CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE changes (
  step INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  decision INTEGER NOT NULL, reason INTEGER NOT NULL, comment TEXT NOT NULL, parts BLOB NOT NULL,
  fingerprint TEXT NOT NULL, live INTEGER NOT NULL,
  new_decision INTEGER NOT NULL, new_reason INTEGER NOT NULL, new_comment TEXT NOT NULL, new_parts BLOB NOT NULL,
  new_fingerprint TEXT NOT NULL, new_live INTEGER NOT NULL);
CREATE INDEX changes_step ON changes (step);
CREATE INDEX changes_finding ON changes (finding);
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, reviewer TEXT NOT NULL, action TEXT NOT NULL,
  findings INTEGER NOT NULL, detail TEXT NOT NULL, link TEXT NOT NULL);
CREATE TRIGGER history_keeps_text BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER history_keeps_rows BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
)";

/// Tables, indexes, triggers and views with their text, in a fixed order.
Result<std::string> schemaOf(const sqlite::Database &database)
{
    std::string all;
    sqlite::Statement rows(database,
                           "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name");
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        for (const int column : {0, 1, 2, 3})
            all += rows.text(column) + '\0';
    }
}

} // namespace

Result<void> makeCaseTables(const sqlite::Database &database)
{
    if (auto made = database.run(schemaText); !made)
        return made;
    return database.run("PRAGMA application_id=" + std::to_string(caseApplicationId) +
                        "; PRAGMA user_version=" + std::to_string(caseSchemaVersion));
}

Result<void> upgradeCaseTables(const sqlite::Database &database)
{
    // The tables are made anew, so that their text is that of new cases; what refers to findings by name
    // stays as it is.
    if (auto set = database.run("PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON"); !set)
        return set;
    {
        sqlite::Transaction transaction(database);
        if (!transaction.begun())
            return transaction.begun();
        auto moved = database.run(
            "DROP TRIGGER history_keeps_text; DROP TRIGGER history_keeps_rows;"
            "DROP INDEX findings_parts; DROP INDEX findings_fingerprint; DROP INDEX findings_dead;"
            "DROP INDEX changes_step; DROP INDEX changes_finding;"
            "ALTER TABLE meta RENAME TO old_meta; ALTER TABLE findings RENAME TO old_findings;"
            "ALTER TABLE steps RENAME TO old_steps; ALTER TABLE changes RENAME TO old_changes;"
            "ALTER TABLE history RENAME TO old_history");
        if (!moved)
            return moved;
        if (auto made = makeCaseTables(database); !made)
            return made;
        auto copied = database.run("INSERT INTO meta SELECT * FROM old_meta;"
                                   "INSERT INTO findings SELECT *, '', '' FROM old_findings;"
                                   "INSERT INTO steps SELECT * FROM old_steps;"
                                   "INSERT INTO changes SELECT * FROM old_changes");
        if (!copied)
            return copied;
        std::string link;
        int64_t sequence = 0;
        sqlite::Statement rows(
            database, "SELECT time, reviewer, action, findings, detail FROM old_history ORDER BY sequence");
        sqlite::Statement insert(database, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)");
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            const HistoryEntry entry{++sequence,
                                     rows.text(0),
                                     rows.text(1),
                                     rows.text(2),
                                     static_cast<uint64_t>(rows.number(3)),
                                     rows.text(4),
                                     {}};
            link = historyLink(link, entry);
            auto added = insert.bind(1, sequence)
                             .bind(2, std::string_view(entry.time))
                             .bind(3, std::string_view(entry.reviewer))
                             .bind(4, std::string_view(entry.action))
                             .bind(5, static_cast<int64_t>(entry.findings))
                             .bind(6, std::string_view(entry.detail))
                             .bind(7, std::string_view(link))
                             .run();
            if (!added)
                return added;
        }
        rows.reset();
        auto dropped = database.run("DROP TABLE old_changes; DROP TABLE old_steps; DROP TABLE old_findings;"
                                    "DROP TABLE old_meta; DROP TABLE old_history");
        if (!dropped)
            return dropped;
        if (auto done = transaction.commit(); !done)
            return done;
    }
    return database.run("PRAGMA legacy_alter_table=OFF; PRAGMA foreign_keys=ON");
}

Result<void> checkCaseTables(const sqlite::Database &database, const std::string &path)
{
    const auto fresh = sqlite::Database::open(":memory:");
    if (!fresh)
        return fresh.error();
    if (auto made = fresh->run(schemaText); !made)
        return made;
    const auto expected = schemaOf(*fresh);
    if (!expected)
        return expected.error();
    const auto found = schemaOf(database);
    if (!found)
        return found.error();
    if (*found != *expected)
        return Error{ErrorCode::InputMalformed,
                     "the case is not as it should be: its tables are not those of a case",
                     path,
                     {}};
    return {};
}

std::string historyLink(std::string_view before, const HistoryEntry &entry)
{
    std::string text(before);
    for (const std::string &field : {std::to_string(entry.sequence), entry.time, entry.reviewer, entry.action,
                                     std::to_string(entry.findings), entry.detail})
        text +=
            "\n" + std::to_string(field.size()) + ":" + field; // with lengths: no two entries give one text
    Sha256 hash;
    hash.add(asBytes(text));
    return toHex(hash.finish());
}

} // namespace cryoscope
