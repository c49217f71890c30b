// SPDX-License-Identifier: Apache-2.0
#include "core/review/caseschema.h"

namespace cryoscope
{

namespace
{

/// Makes the tables anew, so that their text is that of new cases, and leaves the old ones beside them. What
/// refers to findings by name stays as it is.
Result<void> renewTables(const sqlite::Database &database)
{
    auto moved =
        database.run("DROP TRIGGER history_keeps_text; DROP TRIGGER history_keeps_rows;"
                     "DROP INDEX findings_parts; DROP INDEX findings_fingerprint; DROP INDEX findings_dead;"
                     "DROP INDEX changes_step; DROP INDEX changes_finding;"
                     "ALTER TABLE meta RENAME TO old_meta; ALTER TABLE findings RENAME TO old_findings;"
                     "ALTER TABLE steps RENAME TO old_steps; ALTER TABLE changes RENAME TO old_changes;"
                     "ALTER TABLE history RENAME TO old_history");
    if (!moved)
        return moved;
    return makeCaseTables(database);
}

/// Findings, who decided on them, and steps. Of two changes of one finding the step is from before the first
/// to after the second.
Result<void> copyFindings(const sqlite::Database &database)
{
    return database.run(
        "INSERT INTO meta SELECT * FROM old_meta;"
        "INSERT INTO findings SELECT id, origin, rule, kind, confidence, encoding, why, label, pid, address, "
        "parts, fingerprint, comment, stale, live FROM old_findings;"
        "INSERT INTO acts (reviewer, time) SELECT DISTINCT reviewer, decided FROM old_findings "
        "WHERE decision <> 0 OR reviewer <> '';"
        "INSERT INTO verdicts SELECT id, decision, reason, number FROM old_findings "
        "JOIN acts ON acts.reviewer = old_findings.reviewer AND time = decided "
        "WHERE decision <> 0 OR old_findings.reviewer <> '';"
        "INSERT INTO steps SELECT * FROM old_steps;"
        "INSERT INTO changes SELECT step, finding, decision, reason, new_decision, new_reason, "
        "iif(comment <> new_comment, comment, NULL), iif(comment <> new_comment, new_comment, NULL), "
        "iif(parts <> new_parts OR fingerprint <> new_fingerprint, parts, NULL), "
        "iif(parts <> new_parts OR fingerprint <> new_fingerprint, new_parts, NULL), "
        "iif(parts <> new_parts OR fingerprint <> new_fingerprint, fingerprint, NULL), "
        "iif(parts <> new_parts OR fingerprint <> new_fingerprint, new_fingerprint, NULL), "
        "iif(live <> new_live, live, NULL), iif(live <> new_live, new_live, NULL) "
        "FROM old_changes WHERE true ORDER BY old_changes.rowid "
        "ON CONFLICT (step, finding) DO UPDATE SET new_decision = excluded.new_decision, "
        "new_reason = excluded.new_reason, comment = ifnull(comment, excluded.comment), "
        "new_comment = ifnull(excluded.new_comment, new_comment), parts = ifnull(parts, excluded.parts), "
        "new_parts = ifnull(excluded.new_parts, new_parts), "
        "fingerprint = ifnull(fingerprint, excluded.fingerprint), "
        "new_fingerprint = ifnull(excluded.new_fingerprint, new_fingerprint), "
        "live = ifnull(live, excluded.live), new_live = ifnull(excluded.new_live, new_live)");
}

/// The history of version 1, of which the chain begins now.
Result<void> chainHistory(const sqlite::Database &database)
{
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
            return {};
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
}

Result<void> upgradeIn(const sqlite::Database &database, int64_t version)
{
    sqlite::Transaction transaction(database);
    if (!transaction.begun())
        return transaction.begun();
    if (auto made = renewTables(database); !made)
        return made;
    if (version < 2) {
        // It did not say who had decided.
        auto added = database.run("ALTER TABLE old_findings ADD COLUMN reviewer TEXT NOT NULL DEFAULT '';"
                                  "ALTER TABLE old_findings ADD COLUMN decided TEXT NOT NULL DEFAULT ''");
        if (!added)
            return added;
    }
    if (auto copied = copyFindings(database); !copied)
        return copied;
    if (auto made = makeCaseIndexes(database); !made)
        return made;
    auto written =
        version < 2 ? chainHistory(database) : database.run("INSERT INTO history SELECT * FROM old_history");
    if (!written)
        return written;
    auto dropped = database.run("DROP TABLE old_changes; DROP TABLE old_steps; DROP TABLE old_findings;"
                                "DROP TABLE old_meta; DROP TABLE old_history");
    if (!dropped)
        return dropped;
    return transaction.commit();
}

} // namespace

Result<void> upgradeCaseTables(const sqlite::Database &database, int64_t version)
{
    if (auto set = database.run("PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON"); !set)
        return set;
    if (auto done = upgradeIn(database, version); !done)
        return done;
    return database.run("PRAGMA legacy_alter_table=OFF; PRAGMA foreign_keys=ON");
}

} // namespace cryoscope
