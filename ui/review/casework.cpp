// SPDX-License-Identifier: Apache-2.0
#include "ui/review/casework.h"

#include "core/base/wipe.h"
#include "core/review/copies.h"
#include "ui/review/ownedcase.h"

namespace cryoscope::ui
{

namespace
{

Result<AcceptedCopies> accept(CaseThread &cases, const Memory &memory, Origin origin,
                              const CopySearch &copies, const std::string &detail)
{
    return cases.call([&](CaseThread::Slot &review) -> Result<AcceptedCopies> {
        if (!review)
            return noCase();
        const auto changed = review->acceptExtents(memory, origin, copies.found, detail);
        if (!changed)
            return changed.error();
        auto now = CaseSnapshot::of(*review);
        if (!now)
            return now.error();
        return AcceptedCopies{std::move(*now), *changed, copies.tooShort, copies.places};
    });
}

} // namespace

Error noCase()
{
    return {ErrorCode::NotFound, "there is no case open", {}, std::nullopt};
}

Result<OpenedCase> openCase(CaseThread &cases, const QString &path, const QString &set, Progress &progress,
                            const std::stop_token &stop)
{
    OpenedCase opened;
    opened.path = path;
    if (isCaseFile(path)) {
        opened.casePath = path;
        const auto checkpoint = cases.call([&](CaseThread::Slot &) -> Result<std::string> {
            const auto review = Case::open(path.toStdString());
            return review ? Result<std::string>((*review)->checkpointPath()) : review.error();
        });
        if (!checkpoint)
            return checkpoint.error();
        opened.path = QString::fromStdString(*checkpoint);
    }
    Checkpoint::OpenOptions options;
    if (!set.isEmpty())
        options.set = set.toStdString();
    auto checkpoint = Checkpoint::open(opened.path.toStdString(), options, &progress, stop);
    if (!checkpoint)
        return checkpoint.error();
    auto memory = Memory::load(*checkpoint, &progress, stop);
    if (!memory)
        return memory.error();
    opened.memory = std::move(*memory);
    const auto done = cases.call([&](CaseThread::Slot &slot) -> Result<void> {
        auto review = opened.casePath.isEmpty()
                          ? openOwnCase(opened.path, *opened.memory, opened.note)
                          : Case::open(opened.casePath.toStdString(), opened.memory.get());
        if (!review)
            return review.error();
        slot = std::move(*review);
        return {};
    });
    if (!done)
        return done.error();
    return opened;
}

Result<ScannedCase> scanCase(CaseThread &cases, const std::shared_ptr<const Memory> &memory,
                             const std::function<void(uint64_t)> &foundSoFar, Progress &progress,
                             const std::stop_token &stop)
{
    const auto rules = RuleSet::builtIn();
    if (!rules)
        return rules.error();
    std::vector<Finding> found;
    auto summary = Scanner(memory, *rules)
                       .run(
                           {},
                           [&](std::vector<Finding> &&batch) {
                               found.insert(found.end(), std::make_move_iterator(batch.begin()),
                                            std::make_move_iterator(batch.end()));
                               foundSoFar(found.size());
                           },
                           &progress, stop);
    if (!summary && summary.error().code != ErrorCode::Cancelled)
        return summary.error();
    ScannedCase out;
    if (summary)
        out.summary = std::move(*summary);
    // What a cancelled scan has found is kept; its version is left empty, so that it counts as not scanned.
    const std::string version = out.summary ? (*rules)->version() : std::string();
    auto now = cases.call([&](CaseThread::Slot &review) -> Result<CaseSnapshot> {
        if (!review)
            return noCase();
        if (auto done = review->replaceScan(*memory, found, version); !done)
            return done.error();
        return CaseSnapshot::of(*review);
    });
    if (!now)
        return now.error();
    out.now = std::move(*now);
    return out;
}

Result<CopySearch> searchCopies(CaseThread &cases, const Memory &memory, FindingId only, Progress &progress,
                                const std::stop_token &stop)
{
    const auto accepted = cases.call([only](CaseThread::Slot &review) -> Result<std::vector<CaseFinding>> {
        if (!review)
            return noCase();
        if (only == 0)
            return review->findings();
        auto one = review->finding(only);
        if (!one)
            return one.error();
        one->decision = Decision::Accepted; // as it will be
        return std::vector<CaseFinding>{std::move(*one)};
    });
    if (!accepted)
        return accepted.error();
    return findCopies(memory, *accepted, &progress, stop);
}

Result<AcceptedCopies> acceptCopies(CaseThread &cases, const Memory &memory, Progress &progress,
                                    const std::stop_token &stop)
{
    const auto copies = searchCopies(cases, memory, 0, progress, stop);
    if (!copies)
        return copies.error();
    return accept(cases, memory, Origin::Copy, *copies, "copies of accepted values");
}

Result<AcceptedCopies> acceptValues(CaseThread &cases, const Memory &memory, std::vector<std::string> &values,
                                    Progress &progress, const std::stop_token &stop)
{
    const auto copies = findCopiesOf(memory, values, &progress, stop);
    wipe(values);
    if (!copies)
        return copies.error();
    return accept(cases, memory, Origin::ValueFile, *copies, "values that the reviewer knows");
}

} // namespace cryoscope::ui
