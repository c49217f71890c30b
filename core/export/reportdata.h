// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/proof.h"
#include "core/export/report.h"

#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// All that a report says, gathered; free of values. Texts come from the evidence and from reviewers and are
/// escaped by renderReport().
struct ReportData {
    std::string checkpoint;   ///< path as given
    std::string rulesVersion; ///< of the last scan; empty: never scanned
    std::vector<CaseFinding> findings;
    std::vector<std::string>
        places; ///< for each finding where it stands, in words; may be shorter than `findings`
    std::vector<HistoryEntry> history;
    std::vector<std::string> problems; ///< what could not be read
    bool coverageKnown = false;        ///< false: the evidence was not at hand, so `problems` says nothing
    std::optional<Proof> proof;
};

/// Pure: the same data give the same text.
[[nodiscard]] std::string renderReport(const ReportData &data, ReportFormat format);

} // namespace cryoscope
