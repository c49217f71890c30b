// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportsummary.h"

#include "core/detect/valuesearch.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

template <class NameOf> ReportCategories categoriesBy(const ReportData &data, const NameOf &nameOf)
{
    ReportCategories all;
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        ReportCategory &category = all[nameOf(entry, i)];
        category.stale += entry.stale;
        switch (entry.decision) {
        case Decision::Accepted:
            ++category.accepted;
            category.bytes += entry.finding.length();
            break;
        case Decision::Rejected:
            ++category.rejected;
            break;
        case Decision::Undecided:
            ++category.undecided;
            break;
        }
    }
    return all;
}

std::string counted(uint64_t number, const std::string &what)
{
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

} // namespace

ReportCategories findingsByKind(const ReportData &data)
{
    return categoriesBy(data, [](const CaseFinding &entry, size_t) { return entry.finding.kind; });
}

ReportCategories findingsByEncoding(const ReportData &data)
{
    return categoriesBy(data, [](const CaseFinding &entry, size_t) {
        return std::string(encodingName(entry.finding.encoding));
    });
}

ReportCategories findingsByPlace(const ReportData &data)
{
    return categoriesBy(data, [&](const CaseFinding &, size_t i) {
        return i < data.placeKinds.size() ? data.placeKinds[i] : std::string("not known");
    });
}

std::string reportVerdict(const ReportData &data)
{
    if (!data.proof)
        return "no export was proven";
    if (!data.proof->passed())
        return "FAILED";
    return data.proof->complete() ? "verified" : "passed, but not all was covered";
}

std::string outcomeName(ProofItem::State state)
{
    switch (state) {
    case ProofItem::State::Passed:
        return "passed";
    case ProofItem::State::Failed:
        return "failed";
    case ProofItem::State::NotCovered:
        return "not covered";
    }
    return "not covered";
}

std::string placeOfFinding(const ReportData &data, size_t index)
{
    return index < data.places.size() ? data.places[index] : std::string();
}

std::vector<std::string> residualRisks(const ReportData &data)
{
    std::vector<std::string> risks{
        "Nothing here can prove that nothing else is sensitive: only what was found or marked, and its "
        "copies "
        "in the encodings that were searched, was redacted.",
        "Values that are masked, sealed or without a form of their own are found only by somebody who knows "
        "them."};
    uint64_t undecided = 0;
    uint64_t rejected = 0;
    uint64_t stale = 0;
    uint64_t tooShort = 0;
    for (const CaseFinding &entry : data.findings) {
        undecided += entry.decision == Decision::Undecided ? 1 : 0;
        rejected += entry.decision == Decision::Rejected ? 1 : 0;
        stale += entry.stale ? 1 : 0;
        tooShort += entry.decision == Decision::Accepted && entry.finding.length() < minSearchedValue ? 1 : 0;
    }
    if (data.rulesVersion.empty())
        risks.push_back("The checkpoint was not scanned: only what somebody marked is known.");
    if (undecided > 0)
        risks.push_back(counted(undecided, "finding") + " undecided: they stand in the export as they were.");
    if (rejected > 0)
        risks.push_back(counted(rejected, "finding") + " rejected: they stand in the export as they were.");
    if (stale > 0)
        risks.push_back(counted(stale, "decision") +
                        " of an earlier scan that the last one did not find again.");
    if (tooShort > 0)
        risks.push_back(counted(tooShort, "accepted value") + " too short to be searched elsewhere.");
    if (!data.coverageKnown)
        risks.push_back("What could not be read is not known, for the evidence was not at hand.");
    else if (!data.problems.empty())
        risks.push_back(counted(data.problems.size(), "part") +
                        " of the checkpoint with problems, listed "
                        "under \"Not covered\": nothing is said of them.");
    if (data.proof) {
        for (const ProofItem &item : data.proof->items) {
            if (item.state != ProofItem::State::Passed)
                risks.push_back("The proof says \"" + outcomeName(item.state) + "\" of: " + item.title);
        }
    }
    return risks;
}

} // namespace cryoscope
