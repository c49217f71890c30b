// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "core/review/caseparts.h"
#include "core/review/casestore.h"

#include <limits>

namespace cryoscope
{

namespace
{

std::string countText(uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " finding" : " findings");
}

} // namespace

/// Drops what was undone: redo will not do it again. Undone steps are the last ones: if the last one is done,
/// there is nothing to drop, and the many before it are not looked at.
Result<void> CaseStore::settle()
{
    const auto done =
        m_database.number("SELECT ifnull((SELECT done FROM steps ORDER BY id DESC LIMIT 1), 1)");
    if (!done)
        return done.error();
    if (*done != 0)
        return {};
    if (auto dropped = m_database.run("UPDATE steps SET done = 2 WHERE done = 0"); !dropped)
        return dropped;
    const auto more = sweep();
    if (!more)
        return more.error();
    return m_database.run("DELETE FROM steps WHERE NOT EXISTS (SELECT 1 FROM changes WHERE step = steps.id)");
}

/// Deletes some of what dropped steps alone knew of: no more than a decision can wait for. True if there may
/// be more.
Result<bool> CaseStore::sweep()
{
    constexpr int64_t most = 10'000;
    const auto step = m_database.number("SELECT id FROM steps WHERE done = 2 LIMIT 1");
    if (!step)
        return step.error();
    sqlite::Statement dead(m_database,
                           "DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE live = 0 AND "
                           "NOT EXISTS (SELECT 1 FROM changes WHERE finding = findings.id) LIMIT ?)");
    if (*step == 0)
        return false;
    sqlite::Statement changes(m_database,
                              "DELETE FROM changes WHERE step = ?1 AND finding < ifnull((SELECT finding FROM "
                              "changes WHERE step = ?1 ORDER BY finding LIMIT 1 OFFSET ?2), ?3)");
    auto done = changes.bind(1, *step).bind(2, most).bind(3, std::numeric_limits<int64_t>::max()).run();
    if (!done)
        return done.error();
    if (done = dead.bind(1, most).run(); !done)
        return done.error();
    if (m_database.changed() == static_cast<uint64_t>(most))
        return true;
    sqlite::Statement empty(m_database, "DELETE FROM steps WHERE id = ?1 AND "
                                        "NOT EXISTS (SELECT 1 FROM changes WHERE step = ?1)");
    if (done = empty.bind(1, *step).run(); !done)
        return done.error();
    return true;
}

bool CaseStore::tidy()
{
    bool more = false;
    {
        sqlite::Transaction transaction(m_database);
        if (!transaction.begun())
            return false;
        const auto swept = sweep();
        more = swept && *swept && transaction.commit();
    }
    // What fails is done when the file is closed, or opened again.
    if (!more)
        (void)m_database.run("PRAGMA wal_checkpoint(PASSIVE)");
    return more;
}

Result<CaseStore::Step> CaseStore::beginStep(const std::string &text)
{
    if (auto dropped = settle(); !dropped)
        return dropped.error();
    sqlite::Statement statement(m_database, "INSERT INTO steps (text, done) VALUES (?, 1)");
    if (auto done = statement.bind(1, std::string_view(text)).run(); !done)
        return done.error();
    return Step{m_database.lastId(), 0};
}

/// Names the step by how much it changed; one that changed nothing is none.
Result<void> CaseStore::endStep(const Step &step, const std::string &text, uint64_t changed)
{
    sqlite::Statement statement(m_database, changed > 0 ? "UPDATE steps SET text = ?2 WHERE id = ?1"
                                                        : "DELETE FROM steps WHERE id = ?1");
    statement.bind(1, step.id);
    if (changed > 0)
        statement.bind(2, std::string_view(text));
    return statement.run();
}

Result<void> CaseStore::change(Step &step, FindingId id, const State &before, const State &after)
{
    // What stays as it is, is not written. Of two changes of one finding the step is from before the first to
    // after the second.
    sqlite::Statement statement(
        m_database,
        "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (step, finding) "
        "DO UPDATE SET new_decision = excluded.new_decision, new_reason = excluded.new_reason, "
        "comment = ifnull(comment, excluded.comment), "
        "new_comment = ifnull(excluded.new_comment, new_comment), parts = ifnull(parts, excluded.parts), "
        "new_parts = ifnull(excluded.new_parts, new_parts), "
        "fingerprint = ifnull(fingerprint, excluded.fingerprint), "
        "new_fingerprint = ifnull(excluded.new_fingerprint, new_fingerprint), "
        "live = ifnull(live, excluded.live), new_live = ifnull(excluded.new_live, new_live)");
    statement.bind(1, step.id)
        .bind(2, id)
        .bind(3, int64_t(before.decision))
        .bind(4, int64_t(before.reason))
        .bind(5, int64_t(after.decision))
        .bind(6, int64_t(after.reason));
    const bool moved = after.parts != before.parts || after.fingerprint != before.fingerprint;
    if (after.comment != before.comment)
        statement.bind(7, std::string_view(before.comment)).bind(8, std::string_view(after.comment));
    if (moved)
        statement.bindBlob(9, before.parts)
            .bindBlob(10, after.parts)
            .bind(11, std::string_view(before.fingerprint))
            .bind(12, std::string_view(after.fingerprint));
    if (after.live != before.live)
        statement.bind(13, int64_t{before.live}).bind(14, int64_t{after.live});
    if (auto done = statement.run(); !done)
        return done;
    if (after.comment != before.comment || moved || after.live != before.live) {
        sqlite::Statement update(m_database,
                                 "UPDATE findings SET comment = ?2, parts = ?3, fingerprint = ?4, live = ?5 "
                                 "WHERE id = ?1");
        auto done = update.bind(1, id)
                        .bind(2, std::string_view(after.comment))
                        .bindBlob(3, after.parts)
                        .bind(4, std::string_view(after.fingerprint))
                        .bind(5, int64_t{after.live})
                        .run();
        if (!done)
            return done;
    }
    if (before.live && after.decision == before.decision && after.reason == before.reason)
        return {};
    if (step.act == 0) {
        const auto act = addAct();
        if (!act)
            return act.error();
        step.act = *act;
    }
    return judge(id, after.decision, after.reason, step.act);
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
    auto step = beginStep("add 1 finding");
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
    auto step = beginStep("accept copies");
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
    if (auto done = endStep(*step, "accept " + countText(changed), changed); !done)
        return done.error();
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
    auto step = beginStep(text);
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
    if (auto done = endStep(*step, text, changed); !done)
        return done.error();
    if (auto done = writeHistory(action, changed, detail); !done)
        return done.error();
    if (auto done = transaction.commit(); !done)
        return done.error();
    return changed;
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
    auto step = beginStep("comment on 1 finding");
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
    auto step = beginStep("move the borders of 1 finding");
    if (!step)
        return step.error();
    if (auto done = change(*step, id, *before, after); !done)
        return done;
    if (auto done = writeHistory("borders", 1, {}); !done)
        return done;
    return transaction.commit();
}

} // namespace cryoscope
