// SPDX-License-Identifier: Apache-2.0
#include "ui/review/findingtable.h"

#include <string_view>
#include <unordered_map>

namespace cryoscope::ui
{

FindingTable::FindingTable(std::span<const CaseFinding> findings)
{
    m_rows.reserve(findings.size());
    m_decisions.reserve(findings.size());
    std::unordered_map<std::string_view, uint32_t> known;
    const auto numberOf = [&](const std::string &text) {
        const auto [entry, isNew] = known.try_emplace(text, static_cast<uint32_t>(m_texts.size()));
        if (isNew)
            m_texts.push_back(QString::fromStdString(text));
        return entry->second;
    };
    for (const CaseFinding &entry : findings) {
        const Finding &finding = entry.finding;
        m_rows.push_back({entry.id, finding.address, finding.parts.empty() ? Extent{} : finding.parts.front(),
                          entry.copies, finding.pid, numberOf(finding.kind), numberOf(finding.label),
                          numberOf(finding.rule), finding.confidence});
        m_decisions.push_back(entry.decision);
    }
}

} // namespace cryoscope::ui
