// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "core/redact/redactionsink.h"

#include <stop_token>

namespace cryoscope
{

/// What of the pages stays.
enum class MemoryTreatment {
    Keep,  ///< all of it
    Empty, ///< what the kernel and the program's files provide: the vdso, and code that cannot be written
    KeepPointers, ///< that, and words that point into a VMA of the task or are small numbers
};

/// Empties pages: zeros of the same number, which take no space. Memory taken grows with the number of VMAs;
/// for KeepPointers with the number of words that stay. Errors: of reading; Unsupported if more words stay
/// than can be held; Cancelled.
Result<void> redactMemory(const Memory &memory, MemoryTreatment treatment, RedactionSink &sink,
                          Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
