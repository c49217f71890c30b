// SPDX-License-Identifier: Apache-2.0
#include "core/review/casestore.h"

namespace cryoscope
{

namespace
{

/// What of a step's changes is not the decision.
constexpr const char *moreChanged =
    "(comment IS NOT NULL OR parts IS NOT NULL OR fingerprint IS NOT NULL OR live IS NOT NULL)";

/// Asks for the step that redo would do. Undone steps follow all that are done, which may be very many; among
/// them are dropped ones.
std::string firstUndone(const std::string &column)
{
    return "SELECT " + column +
           " FROM steps WHERE done = 0 AND id > ifnull((SELECT id FROM steps WHERE done = 1 ORDER BY id DESC "
           "LIMIT 1), 0) "
           "ORDER BY id LIMIT 1";
}

/// The step that undo takes back, or redo does again.
std::string nextStep(bool redo, const std::string &column)
{
    return redo ? firstUndone(column)
                : "SELECT " + column + " FROM steps WHERE done = 1 ORDER BY id DESC LIMIT 1";
}

} // namespace

/// Names the findings that the next statements are about; NotFound if the case has not all of them.
Result<void> CaseStore::choose(std::span<const FindingId> ids)
{
    if (auto cleared = m_database.run("DELETE FROM chosen"); !cleared)
        return cleared;
    {
        sqlite::Statement add(m_database, "INSERT OR IGNORE INTO chosen VALUES (?)");
        for (const FindingId id : ids) {
            if (auto done = add.bind(1, id).run(); !done)
                return done;
        }
    }
    sqlite::Statement missing(m_database, "SELECT finding FROM chosen LEFT JOIN findings ON id = finding "
                                          "WHERE live IS NOT 1 LIMIT 1");
    const auto row = missing.step();
    if (!row)
        return row.error();
    if (*row)
        return Error{
            ErrorCode::NotFound, "the case has no finding " + std::to_string(missing.number(0)), m_path, {}};
    return {};
}

Result<void> CaseStore::decide(std::span<const FindingId> ids, Decision decision, Reason reason)
{
    const std::string verb = decision == Decision::Accepted   ? "accept"
                             : decision == Decision::Rejected ? "reject"
                                                              : "reopen";
    if (decision != Decision::Rejected)
        reason = Reason::None;
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    if (auto chosen = choose(ids); !chosen)
        return chosen;
    const auto step = beginStep({});
    if (!step)
        return step.error();
    sqlite::Statement change(
        m_database, "INSERT INTO changes (step, finding, decision, reason, new_decision, new_reason) "
                    "SELECT ?1, chosen.finding, ifnull(decision, 0), ifnull(reason, 0), ?2, ?3 FROM chosen "
                    "LEFT JOIN verdicts ON verdicts.finding = chosen.finding "
                    "WHERE (ifnull(decision, 0), ifnull(reason, 0)) IS NOT (?2, ?3) ORDER BY chosen.finding");
    auto done = change.bind(1, step->id).bind(2, int64_t(decision)).bind(3, int64_t(reason)).run();
    if (!done)
        return done;
    const uint64_t changed = m_database.changed();
    if (changed == 0)
        return {}; // nothing to take back either: all of it is rolled back
    const auto act = addAct();
    if (!act)
        return act.error();
    sqlite::Statement judge(m_database,
                            "INSERT OR REPLACE INTO verdicts "
                            "SELECT finding, new_decision, new_reason, ?2 FROM changes WHERE step = ?1");
    if (done = judge.bind(1, step->id).bind(2, *act).run(); !done)
        return done;
    if (done = endStep(
            *step, verb + " " + std::to_string(changed) + (changed == 1 ? " finding" : " findings"), changed);
        !done)
        return done;
    if (done = writeHistory(verb, changed, reasonName(reason)); !done)
        return done;
    return transaction.commit();
}

std::string CaseStore::stepText(bool redo) const
{
    sqlite::Statement statement(m_database, nextStep(redo, "text").c_str());
    const auto row = statement.step();
    return row && *row ? statement.text(0) : std::string();
}

Result<std::vector<ChangedFinding>> CaseStore::travel(bool redo)
{
    sqlite::Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun().error();
    const auto step = m_database.number(nextStep(redo, "id"));
    if (!step)
        return step.error();
    std::vector<ChangedFinding> changed;
    if (*step == 0)
        return changed;
    const std::string text = stepText(redo);
    const std::string side = redo ? "new_" : "";
    const std::string decided = "finding, " + side + "decision, " + side + "reason";
    bool more = false;
    {
        sqlite::Statement rows(
            m_database, ("SELECT " + decided + ", " + moreChanged + " FROM changes WHERE step = ?").c_str());
        rows.bind(1, *step);
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            changed.push_back({rows.number(0), static_cast<Decision>(rows.number(1)),
                               static_cast<Reason>(rows.number(2)), rows.number(3) != 0});
            more = more || changed.back().more;
        }
    }
    const auto act = addAct();
    if (!act)
        return act.error();
    sqlite::Statement judge(
        m_database,
        ("INSERT OR REPLACE INTO verdicts SELECT " + decided + ", ?2 FROM changes WHERE step = ?1").c_str());
    if (auto done = judge.bind(1, *step).bind(2, *act).run(); !done)
        return done.error();
    if (more) {
        std::string set;
        for (const char *column : {"comment", "parts", "fingerprint", "live"})
            set += std::string(set.empty() ? "" : ", ") + column + " = ifnull(now." + side + column +
                   ", findings." + column + ")";
        sqlite::Statement update(m_database, ("UPDATE findings SET " + set +
                                              " FROM (SELECT * FROM changes WHERE step = ? AND " +
                                              moreChanged + ") AS now WHERE id = now.finding")
                                                 .c_str());
        if (auto done = update.bind(1, *step).run(); !done)
            return done.error();
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

} // namespace cryoscope
