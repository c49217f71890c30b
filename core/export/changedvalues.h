// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/memory/memory.h"

#include <map>
#include <string>
#include <vector>

namespace cryoscope
{

/// What stood in the evidence where an export differs, when no case tells: the changed ranges (by canonical
/// member, ascending) are joined in address order and over small gaps (punctuation that a replacement kept),
/// and what they held is taken as a value.
struct ChangedValues {
    static constexpr uint64_t joinedGap = 8; ///< bytes
    static constexpr uint64_t minLength = 8; ///< bytes; pieces that are shorter stand elsewhere by chance
    static constexpr uint64_t maxLength = uint64_t{64} << 10;

    std::vector<std::string> values; ///< distinct
    uint64_t tooShort = 0;
    uint64_t tooLong = 0;
};
Result<ChangedValues> changedValues(const Memory &evidence,
                                    const std::map<MemberId, std::vector<ByteRange>> &changed);

} // namespace cryoscope
