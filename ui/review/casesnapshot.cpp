// SPDX-License-Identifier: Apache-2.0
#include "ui/review/casesnapshot.h"

namespace cryoscope::ui
{

CaseSteps stepsOf(const Case &review)
{
    return {QString::fromStdString(review.undoText()), QString::fromStdString(review.redoText())};
}

Result<CaseSnapshot> CaseSnapshot::of(const Case &review)
{
    auto findings = review.findings();
    if (!findings)
        return findings.error();
    CaseSnapshot out;
    out.findings = std::move(*findings);
    out.index.reserve(out.findings.size());
    auto marks = std::make_shared<std::vector<MarkSource>>();
    marks->reserve(out.findings.size());
    for (size_t i = 0; i < out.findings.size(); ++i) {
        out.index[out.findings[i].id] = i;
        for (const Extent &part : out.findings[i].finding.parts)
            marks->push_back({out.findings[i].id, part});
        out.decided += out.findings[i].decision != Decision::Undecided ? 1 : 0;
    }
    out.marks = std::move(marks);
    out.table = std::make_shared<FindingTable>(out.findings);
    out.steps = stepsOf(review);
    out.scanned = !review.rulesVersion().empty();
    return out;
}

Result<CaseChange> CaseChange::of(const Case &review, const std::vector<FindingId> &ids)
{
    if (ids.size() > many)
        return whole(review);
    CaseChange out;
    out.steps = stepsOf(review);
    for (const FindingId id : ids) {
        auto now = review.finding(id);
        if (!now)
            return whole(review); // it went
        out.findings.push_back(std::move(*now));
    }
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
