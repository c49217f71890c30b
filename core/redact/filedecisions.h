// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/filetreatment.h"
#include "core/review/case.h"

namespace cryoscope
{

/// Brings the decisions of a case in line with what is to be done with files: the content of those that are
/// emptied or removed is accepted (as a finding of its own where there is none), the finding of those that
/// are kept is rejected. Other findings in these files stay as they are. The same again changes nothing.
/// Errors of the case.
Result<void> decideFiles(const Memory &memory, Case &review, const FileTreatments &files);

} // namespace cryoscope
