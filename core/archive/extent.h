// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/base/byterange.h"

namespace cryoscope
{

/// A byte range of one member: what every finding, redaction, highlight and proof is about in the end.
/// "Canonical" extents name the outermost member that stores the bytes as they are (Archive::canonical); two
/// canonical extents are about the same bytes exactly when they overlap.
struct Extent {
    MemberId member = noMember;
    uint64_t offset = 0; ///< bytes from the start of the member
    uint64_t length = 0; ///< bytes

    [[nodiscard]] constexpr uint64_t end() const { return offset + length; }
    [[nodiscard]] constexpr ByteRange range() const { return {offset, length}; }
    [[nodiscard]] constexpr bool overlaps(const Extent &other) const
    {
        return member == other.member && range().overlaps(other.range());
    }
    auto operator<=>(const Extent &) const = default;
};

} // namespace cryoscope
