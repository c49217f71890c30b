// SPDX-License-Identifier: Apache-2.0
#include "core/export/report.h"

#include "core/checkpoint/checkpoint.h"
#include "core/export/reportdata.h"

#include <cinttypes>
#include <cstdio>

namespace cryoscope
{

namespace
{

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
    for (const CaseFinding &entry : data.findings)
        data.places.push_back(placeText(entry.finding, memory));
    auto history = review.history();
    if (!history)
        return history.error();
    data.history = std::move(*history);
    if (memory) {
        data.coverageKnown = true;
        for (const Problem &problem : memory->problems())
            data.problems.push_back(problem.error.describe());
    }
    if (proof)
        data.proof = *proof;
    return renderReport(data, format);
}

} // namespace cryoscope
