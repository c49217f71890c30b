// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/scanner.h"
#include "core/export/proof.h"
#include "core/redact/plan.h"
#include "core/review/case.h"

#include <string>

namespace cryoscope
{

enum class ReportFormat { Markdown, Html, Json, Sarif };
Result<ReportFormat> parseReportFormat(std::string_view name);

/// A report of a case, free of values: what was covered and what not, findings and actions by category,
/// history, residual risks; with a proof also the hashes before and after.
Result<std::string> makeReport(const Case &review, const Memory *memory, const Proof *proof,
                               ReportFormat format);

} // namespace cryoscope
