// SPDX-License-Identifier: Apache-2.0
#include "core/review/caseparts.h"
#include "core/review/casestore.h"

#include <unordered_map>
#include <unordered_set>

namespace cryoscope
{

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
        sqlite::Statement rows(m_database, "SELECT id, origin, rule, parts, decision, reason, comment, act "
                                           "FROM findings LEFT JOIN verdicts ON finding = id WHERE live");
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
            entry.state.act = rows.number(7);
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
                    state.act = entry.state.act;
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

} // namespace cryoscope
