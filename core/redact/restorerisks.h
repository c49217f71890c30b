// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/overlaysource.h"
#include "core/checkpoint/restorefinding.h"
#include "core/memory/memory.h"

#include <map>
#include <stop_token>
#include <vector>

namespace cryoscope
{

/// Names the patches that touch what CRIU checks when it restores the export, or what the restored program
/// needs to go on: code, the vdso, pointers, the guards of stack and pointers; of images registers, ids,
/// lengths, addresses, sizes, modes and build ids of files, names of what must exist. `patches`: per
/// canonical member, sorted. What is not named is content that nobody checks. Errors: of reading; Cancelled.
Result<std::vector<RestoreFinding>> findRestoreRisks(const Memory &memory,
                                                     const std::map<MemberId, std::vector<Patch>> &patches,
                                                     std::stop_token stop = {});

} // namespace cryoscope
