// SPDX-License-Identifier: Apache-2.0
#include "ui/review/findinglist.h"

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

/// Ids are given one after the other, but a case that was scanned often has left many behind.
constexpr size_t sparse = 16;

} // namespace

FindingIndex::FindingIndex(std::span<const CasePlace> places)
{
    FindingId last = 0;
    bool dense = true;
    for (const CasePlace &place : places) {
        dense = dense && place.id > 0;
        last = std::max(last, place.id);
    }
    if (dense && static_cast<uint64_t>(last) < places.size() * sparse) {
        m_dense.resize(static_cast<size_t>(last) + 1);
        for (size_t i = 0; i < places.size(); ++i)
            m_dense[static_cast<size_t>(places[i].id)] = static_cast<uint32_t>(i + 1);
        return;
    }
    m_sorted.reserve(places.size());
    for (const CasePlace &place : places)
        m_sorted.emplace_back(place.id, static_cast<uint32_t>(m_sorted.size()));
    std::sort(m_sorted.begin(), m_sorted.end());
}

std::optional<size_t> FindingIndex::sought(FindingId id) const
{
    const auto found = std::lower_bound(m_sorted.begin(), m_sorted.end(), std::pair(id, uint32_t{0}));
    if (found == m_sorted.end() || found->first != id)
        return std::nullopt;
    return found->second;
}

std::vector<JudgedRange> judgedRanges(std::span<const ChangedFinding> changed, const FindingIndex &index)
{
    std::vector<JudgedRange> out;
    for (const ChangedFinding &one : changed) {
        const auto position = index.position(one.id);
        if (!position)
            continue;
        if (!out.empty() && out.back().positions.end == *position && out.back().decision == one.decision &&
            out.back().reason == one.reason)
            ++out.back().positions.end;
        else
            out.push_back({{*position, *position + 1}, one.decision, one.reason});
    }
    return out;
}

FindingList::FindingList(std::shared_ptr<const FindingIndex> index, size_t total)
    : m_index(std::move(index)), m_total(total)
{
    m_decisions.reserve(total);
    m_reasons.reserve(total);
}

CaseFinding FindingList::operator[](size_t position) const
{
    CaseFinding out;
    out.id = m_table.idAt(position);
    out.origin = m_table[position].origin;
    out.copies = m_table[position].copies;
    out.stale = m_table[position].stale;
    out.decision = m_decisions[position];
    out.reason = m_reasons[position];
    if (const auto comment = m_comments.find(position); comment != m_comments.end())
        out.comment = comment->second;
    if (const auto moved = m_moved.find(position); moved != m_moved.end()) {
        out.finding = moved->second;
        out.copies = m_copies.at(position);
    } else {
        out.finding = m_table.findingAt(position);
    }
    return out;
}

void FindingList::add(FindingPart &&part)
{
    m_table = std::move(part.table);
    m_decisions.insert(m_decisions.end(), part.decisions.begin(), part.decisions.end());
    m_reasons.insert(m_reasons.end(), part.reasons.begin(), part.reasons.end());
    m_comments.merge(part.comments);
    m_decided +=
        part.decisions.size() -
        static_cast<size_t>(std::count(part.decisions.begin(), part.decisions.end(), Decision::Undecided));
}

bool FindingList::judge(size_t position, Decision decision, Reason reason)
{
    Decision &before = m_decisions[position];
    if (before == decision && m_reasons[position] == reason)
        return false;
    m_decided += (decision != Decision::Undecided ? 1 : 0);
    m_decided -= (before != Decision::Undecided ? 1 : 0);
    before = decision;
    m_reasons[position] = reason;
    return true;
}

size_t FindingList::judge(PositionRange range, Decision decision, Reason reason)
{
    range.end = std::min(range.end, size());
    range.first = std::min(range.first, range.end);
    const auto first = static_cast<std::ptrdiff_t>(range.first);
    const auto end = static_cast<std::ptrdiff_t>(range.end);
    size_t changed = 0;
    size_t decided = 0;
    for (size_t i = range.first; i < range.end; ++i) {
        changed += m_decisions[i] != decision || m_reasons[i] != reason ? 1 : 0;
        decided += m_decisions[i] != Decision::Undecided ? 1 : 0;
    }
    std::fill(m_decisions.begin() + first, m_decisions.begin() + end, decision);
    std::fill(m_reasons.begin() + first, m_reasons.begin() + end, reason);
    m_decided -= decided;
    m_decided += decision != Decision::Undecided ? range.size() : 0;
    return changed;
}

bool FindingList::take(size_t position, const CaseFinding &now)
{
    judge(position, now.decision, now.reason);
    if (now.comment.empty())
        m_comments.erase(position);
    else
        m_comments[position] = now.comment;
    const auto before = m_moved.find(position);
    const bool moved = before == m_moved.end() ? now.finding.parts != m_table.findingAt(position).parts
                                               : now.finding.parts != before->second.parts;
    if (moved || before != m_moved.end()) {
        m_moved[position] = now.finding;
        m_copies[position] = now.copies;
    }
    return moved;
}

} // namespace cryoscope::ui
