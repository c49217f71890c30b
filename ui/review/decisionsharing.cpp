// SPDX-License-Identifier: Apache-2.0
#include "ui/review/decisionsharing.h"

#include "core/review/baseline.h"
#include "ui/review/ownedcase.h"

#include <QCoreApplication>

namespace cryoscope::ui
{

namespace
{

QString told(const char *text)
{
    return QCoreApplication::translate("DecisionSharing", text);
}

} // namespace

Result<TakenDecisions> takeDecisions(Case &review, const Memory &memory, const QString &path)
{
    TakenDecisions taken;
    if (isCaseFile(path)) {
        const auto other = Case::open(path.toStdString(), &memory);
        if (!other)
            return other.error();
        auto outcome = mergeCase(review, **other, memory, MergePrefer::Nothing);
        if (!outcome)
            return outcome.error();
        taken.text = told("%1 decisions taken, %2 the same, %3 in conflict")
                         .arg(outcome->taken + outcome->added)
                         .arg(outcome->equal)
                         .arg(outcome->conflicts.size());
        taken.conflicts = std::move(outcome->conflicts);
    } else {
        const auto baseline = Baseline::read(path.toStdString());
        if (!baseline)
            return baseline.error();
        const auto outcome = applyBaseline(review, memory, *baseline);
        if (!outcome)
            return outcome.error();
        taken.text = told("%1 findings decided; %2 known values at other places are left to you, %3 were not "
                          "found again")
                         .arg(outcome->taken)
                         .arg(outcome->elsewhere)
                         .arg(outcome->unseen);
    }
    auto now = CaseSnapshot::of(review);
    if (!now)
        return now.error();
    taken.now = std::move(*now);
    return taken;
}

Result<uint64_t> saveBaseline(const Case &review, const Memory &memory, const QString &path)
{
    const auto baseline = Baseline::of(review, memory);
    if (!baseline)
        return baseline.error();
    if (auto done = baseline->write(path.toStdString()); !done)
        return done.error();
    return baseline->entries().size();
}

} // namespace cryoscope::ui
