// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/memory/memory.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Matches longer than this (bytes) may be cut.
inline constexpr uint64_t maxPatternMatch = 4096;

/// Where a regular expression matches.
struct PatternHit {
    std::vector<Extent> parts; ///< canonical, in reading order
    uint32_t pid = 0;          ///< where it was seen first; 0 for members
    uint64_t address = 0;      ///< virtual address
};

/// Finds a regular expression (RE2's syntax, over bytes) in every run of a checkpoint. Each place is reported
/// once, however many tasks see it; empty matches are none. Thread use as Scanner::run; `sink` gets batches,
/// one call at a time. Errors: Usage (the expression is wrong, saying how), Cancelled, InputUnreadable (a
/// part cannot be read; the rest was searched).
Result<void> findPattern(const Memory &memory, const std::string &pattern,
                         const std::function<void(std::vector<PatternHit> &&)> &sink,
                         Progress *progress = nullptr, std::stop_token stop = {}, unsigned jobs = 0);

} // namespace cryoscope
