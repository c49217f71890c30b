// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/reportdata.h"

namespace cryoscope
{

/// Fills in what the evidence tells beside the case: coverage by class, absent memory, and what the pictures
/// show (`data.findings` and `data.proof` are there already). Reads indexes only, never pages.
void addEvidence(const Memory &memory, ReportData &data);

/// Takes out of the pictures the names (of processes, areas, members) that hold an accepted value, in any
/// encoding. Reads the values from the evidence. Errors: of reading.
Result<void> hideAcceptedNames(const Memory &memory, ReportData &data);

} // namespace cryoscope
