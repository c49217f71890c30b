// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/restorefinding.h"

namespace cryoscope
{

/// Images of the shown set that CRIU writes together, or that something else must name: those of a network
/// namespace, the content of file systems in memory, of pipes, and of deleted files. That one is missing
/// breaks no id, so that restoring may succeed and lose it.
void checkCompanions(const Checkpoint &checkpoint, RestoreFindings &findings);

} // namespace cryoscope
