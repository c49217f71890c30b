// SPDX-License-Identifier: Apache-2.0
#include "core/review/caseschema.h"

#include "core/base/hash.h"

namespace cryoscope
{

namespace
{

constexpr const char *tablesText = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin INTEGER NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, confidence INTEGER NOT NULL,
  encoding INTEGER NOT NULL, why TEXT NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, address INTEGER NOT NULL,
  parts BLOB NOT NULL, fingerprint TEXT NOT NULL, comment TEXT NOT NULL, stale INTEGER NOT NULL,
  live INTEGER NOT NULL);
CREATE TABLE acts (number INTEGER PRIMARY KEY, reviewer TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE verdicts (
  finding INTEGER PRIMARY KEY REFERENCES findings (id) ON DELETE CASCADE,
  decision INTEGER NOT NULL, reason INTEGER NOT NULL, act INTEGER NOT NULL);
CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE changes (
  step INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  decision INTEGER NOT NULL, reason INTEGER NOT NULL, new_decision INTEGER NOT NULL, new_reason INTEGER NOT NULL,
  comment TEXT, new_comment TEXT, parts BLOB, new_parts BLOB, fingerprint TEXT, new_fingerprint TEXT,
  live INTEGER, new_live INTEGER, PRIMARY KEY (step, finding)) WITHOUT ROWID;
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, reviewer TEXT NOT NULL, action TEXT NOT NULL,
  findings INTEGER NOT NULL, detail TEXT NOT NULL, link TEXT NOT NULL);
)";

constexpr const char *indexesText = R"(
CREATE INDEX findings_parts ON findings (parts);
CREATE INDEX findings_fingerprint ON findings (fingerprint);
CREATE INDEX findings_dead ON findings (live) WHERE live = 0;
CREATE INDEX steps_dropped ON steps (done) WHERE done = 2;
CREATE INDEX changes_finding ON changes (finding);
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
    if (auto made = database.run(tablesText); !made)
        return made;
    return database.run("PRAGMA application_id=" + std::to_string(caseApplicationId) +
                        "; PRAGMA user_version=" + std::to_string(caseSchemaVersion));
}

Result<void> makeCaseIndexes(const sqlite::Database &database)
{
    return database.run(indexesText);
}

Result<void> checkCaseTables(const sqlite::Database &database, const std::string &path)
{
    const auto fresh = sqlite::Database::open(":memory:");
    if (!fresh)
        return fresh.error();
    if (auto made = makeCaseTables(*fresh); !made)
        return made;
    if (auto made = makeCaseIndexes(*fresh); !made)
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
