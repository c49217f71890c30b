// SPDX-License-Identifier: Apache-2.0
#include "core/review/casemerge.h"

#include <map>

namespace cryoscope
{

namespace
{

/// Both remarks, if they differ.
std::string bothComments(const std::string &mine, const std::string &theirs)
{
    if (mine.empty() || mine == theirs)
        return theirs;
    return theirs.empty() || mine.find(theirs) != std::string::npos ? mine : mine + "\n" + theirs;
}

bool sameDecision(const CaseFinding &a, const CaseFinding &b)
{
    return a.decision == b.decision && (a.reason == b.reason || b.reason == Reason::None);
}

/// The decision that stays where two differ.
const CaseFinding &preferred(const MergeConflict &conflict, MergePrefer prefer)
{
    const bool theirs = prefer == MergePrefer::Theirs ||
                        (prefer == MergePrefer::Accepted && conflict.theirs.decision == Decision::Accepted);
    return theirs ? conflict.theirs : conflict.mine;
}

} // namespace

Result<MergeOutcome> mergeCase(Case &mine, const Case &theirs, const Memory &memory, MergePrefer prefer)
{
    const auto own = mine.findings();
    if (!own)
        return own.error();
    const auto others = theirs.findings();
    if (!others)
        return others.error();
    // Several rules may name the same bytes; the decision is about the bytes.
    std::map<std::vector<Extent>, std::vector<const CaseFinding *>> here;
    for (const CaseFinding &one : *own)
        here[one.finding.parts].push_back(&one);

    MergeOutcome outcome;
    std::vector<Case::Given> given;
    for (const CaseFinding &other : *others) {
        const auto at = here.find(other.finding.parts);
        if (at == here.end()) {
            // What their scan found and nobody judged, a scan of this case would find too.
            if (other.decision == Decision::Undecided && other.origin == Origin::Scan)
                continue;
            ++outcome.added;
            given.push_back({0, other.finding, other.origin, other.decision, other.reason, other.comment});
            continue;
        }
        if (other.decision == Decision::Undecided)
            continue;
        for (const CaseFinding *one : at->second) {
            if (at->second.size() > 1 && one->finding.rule != other.finding.rule)
                continue;
            const std::string comment = bothComments(one->comment, other.comment);
            if (one->decision == Decision::Undecided) {
                ++outcome.taken;
                given.push_back({one->id, {}, one->origin, other.decision, other.reason, comment});
            } else if (sameDecision(*one, other)) {
                ++outcome.equal;
                if (comment != one->comment)
                    given.push_back({one->id, {}, one->origin, one->decision, one->reason, comment});
            } else {
                outcome.conflicts.push_back({*one, other});
                const CaseFinding &chosen = preferred(outcome.conflicts.back(), prefer);
                given.push_back({one->id, {}, one->origin, chosen.decision, chosen.reason, comment});
            }
        }
    }
    if (given.empty())
        return outcome;
    const auto done =
        mine.applyDecisions(memory, given, "merge another review", "merge",
                            std::to_string(outcome.taken + outcome.added) + " decisions taken, " +
                                std::to_string(outcome.conflicts.size()) + " conflicts");
    if (!done)
        return done.error();
    return outcome;
}

} // namespace cryoscope
