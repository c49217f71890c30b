// SPDX-License-Identifier: Apache-2.0
#include "core/export/report.h"

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/imagenames.h"
#include "core/export/reportfacts.h"

#include <cinttypes>
#include <cstdio>

namespace cryoscope
{

namespace
{

/// Null if it is not known.
const Member *memberOf(const Finding &finding, const Memory *memory)
{
    if (memory == nullptr || finding.parts.empty())
        return nullptr;
    const Archive &archive = memory->checkpoint().archive();
    const Extent &first = finding.parts.front();
    return first.member < archive.members().size() ? &archive.member(archive.innermost(first).member)
                                                   : nullptr;
}

std::string placeText(const Finding &finding, const Memory *memory)
{
    std::string text;
    if (finding.pid != 0) {
        char address[32];
        std::snprintf(address, sizeof address, "0x%" PRIx64, finding.address);
        text = "pid " + std::to_string(finding.pid) + " at " + address;
    }
    if (!finding.parts.empty()) {
        const Extent &first = finding.parts.front();
        if (memory && first.member < memory->checkpoint().archive().members().size())
            text += (text.empty() ? "" : ", ") + memory->checkpoint().archive().member(first.member).path +
                    " at offset " + std::to_string(first.offset);
    }
    return text;
}

std::string placeKind(const Finding &finding, const Memory *memory)
{
    if (finding.pid != 0)
        return "memory of a process";
    const Member *member = memberOf(finding, memory);
    if (member == nullptr)
        return "not known";
    if (memory->isPagesFile(member->id))
        return "other pages";
    if (splitPath(member->path).second.ends_with(".img"))
        return "image";
    return member->path.find('!') != std::string::npos ? "file within an archive" : "other member";
}

} // namespace

Result<std::string> makeReport(const Case &review, const Memory *memory, const Proof *proof,
                               ReportFormat format)
{
    ReportData data;
    data.checkpoint = review.checkpointPath();
    data.rulesVersion = review.rulesVersion();
    auto findings = review.findings();
    if (!findings)
        return findings.error();
    data.findings = std::move(*findings);
    for (const CaseFinding &entry : data.findings) {
        data.places.push_back(placeText(entry.finding, memory));
        data.placeKinds.push_back(placeKind(entry.finding, memory));
    }
    auto history = review.history();
    if (!history)
        return history.error();
    data.history = std::move(*history);
    if (const auto link = review.checkHistory(); !link)
        data.historyFault = link.error().message;
    if (proof)
        data.proof = *proof;
    if (memory) {
        addEvidence(*memory, data);
        if (auto done = hideAcceptedNames(*memory, data); !done)
            return done.error();
    }
    return renderReport(data, format);
}

} // namespace cryoscope
