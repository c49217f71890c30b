// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/reportdata.h"

#include <map>
#include <string>
#include <vector>

namespace cryoscope
{

/// How findings of one kind were decided.
struct ReportCategory {
    uint64_t accepted = 0, rejected = 0, undecided = 0, stale = 0;
    uint64_t bytes = 0; ///< of accepted findings; where they overlap, counted for each
};
using ReportCategories = std::map<std::string, ReportCategory>; ///< by name

[[nodiscard]] ReportCategories findingsByKind(const ReportData &data);
[[nodiscard]] ReportCategories findingsByEncoding(const ReportData &data);
[[nodiscard]] ReportCategories findingsByPlace(const ReportData &data);

/// One word for the whole proof. "verified" only if nothing was left out.
[[nodiscard]] std::string reportVerdict(const ReportData &data);
/// "passed", "failed", "not covered".
[[nodiscard]] std::string outcomeName(ProofItem::State state);
/// Where a finding stands, in words; empty if that is not known.
[[nodiscard]] std::string placeOfFinding(const ReportData &data, size_t index);

/// What no redaction can promise, and what was left open.
[[nodiscard]] std::vector<std::string> residualRisks(const ReportData &data);

} // namespace cryoscope
