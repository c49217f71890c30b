// SPDX-License-Identifier: Apache-2.0
#include "ui/review/casesnapshot.h"

#include <algorithm>

namespace cryoscope::ui
{

CaseSteps stepsOf(const Case &review)
{
    return {QString::fromStdString(review.undoText()), QString::fromStdString(review.redoText())};
}

CaseReader::CaseReader(CasePlaces places)
    : m_places(std::move(places)), m_index(std::make_shared<const FindingIndex>(m_places)), m_writer(m_places)
{
}

Result<std::shared_ptr<CaseReader>> CaseReader::make(const Case &review)
{
    auto places = review.places();
    if (!places)
        return places.error();
    return std::shared_ptr<CaseReader>(new CaseReader(std::move(*places)));
}

Result<FindingPart> CaseReader::next(const Case &review, size_t most)
{
    const size_t first = m_read;
    const size_t count = std::min(most, m_places.size() - first);
    m_writer.grow(first + count);
    FindingPart part;
    part.decisions.resize(count);
    part.reasons.resize(count);
    const auto done = review.read(std::span(m_places).subspan(first, count), first,
                                  [&](size_t position, const CaseRow &row) {
                                      m_writer.write(position, row, m_places[position].copies);
                                      part.decisions[position - first] = row.decision;
                                      part.reasons[position - first] = row.reason;
                                      if (!row.comment.empty())
                                          part.comments[position] = row.comment;
                                  });
    if (!done)
        return done.error();
    m_read += count;
    part.table = m_writer.table();
    return part;
}

Result<CaseSnapshot> CaseSnapshot::of(const Case &review)
{
    const auto reader = CaseReader::make(review);
    if (!reader)
        return reader.error();
    CaseSnapshot out;
    out.findings = (*reader)->list();
    auto all = (*reader)->next(review, out.findings.total());
    if (!all)
        return all.error();
    out.findings.add(std::move(*all));
    out.steps = stepsOf(review);
    out.scanned = !review.rulesVersion().empty();
    return out;
}

Result<CaseChange> CaseChange::of(const Case &review, std::vector<ChangedFinding> &&changed,
                                  const FindingTable &table, const std::shared_ptr<const FindingIndex> &index)
{
    const auto more =
        std::count_if(changed.begin(), changed.end(), [](const ChangedFinding &one) { return one.more; });
    if (static_cast<size_t>(more) > many)
        return whole(review);
    CaseChange out;
    out.steps = stepsOf(review);
    if (more > 0) {
        for (const ChangedFinding &one : changed) {
            if (!one.more)
                continue;
            auto now = review.finding(one.id);
            if (!now)
                return whole(review); // it went
            out.findings.push_back(std::move(*now));
        }
    }
    if (changed.size() > many && index) {
        out.ranges = judgedRanges(changed, *index);
        out.table = table;
    } else {
        out.judged = std::move(changed);
    }
    return out;
}

Result<CaseChange> CaseChange::of(const Case &review, FindingId id)
{
    auto now = review.finding(id);
    if (!now)
        return whole(review); // it went
    CaseChange out;
    out.steps = stepsOf(review);
    out.findings.push_back(std::move(*now));
    return out;
}

Result<CaseChange> CaseChange::whole(const Case &review)
{
    auto all = CaseSnapshot::of(review);
    if (!all)
        return all.error();
    CaseChange out;
    out.steps = all->steps;
    out.all = std::move(*all);
    return out;
}

} // namespace cryoscope::ui
