// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/bytes/overlaysource.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace cryoscope
{

/// How a member of an export differs from the evidence.
struct ContentDifference {
    uint64_t changedBytes = 0; ///< bytes that are not the same, planned or not
    bool sameSize = true;      ///< if false, only the common length was compared
    std::optional<uint64_t>
        unplanned; ///< offset of the first byte that is neither the evidence's nor the plan's
    std::optional<uint64_t> unpatched; ///< offset of the first planned byte that is not what the plan says
    std::vector<ByteRange> ranges;     ///< maximal ranges of different bytes, ascending; the first maxRanges
    static constexpr size_t maxRanges = size_t{1} << 20;
    std::string before, after; ///< SHA-256 of the whole contents, lower-case hex; empty if not wanted

    /// The export is the evidence with the patches, to the byte.
    [[nodiscard]] bool asPlanned() const { return sameSize && !unplanned && !unpatched; }
};

/// Whether the contents are hashed too. Without, stretches where both are known to be zero are not read,
/// which may be nearly all of a content that is longer than any disk.
enum class Hashes { Wanted, NotWanted };

/// Reads both contents once, and `before` once more for its hash, on a thread of its own. Both are
/// thread-safe, as all sources are. `patches` are sorted, do not overlap and lie within `before`; with
/// `takeAsPlanned` each difference is taken as planned and `patches` are not looked at. Errors of reading;
/// Cancelled.
Result<ContentDifference> compareContent(const ByteSource &before, const ByteSource &after,
                                         std::span<const Patch> patches, bool takeAsPlanned = false,
                                         Progress *progress = nullptr, std::stop_token stop = {},
                                         Hashes hashes = Hashes::Wanted);

} // namespace cryoscope
