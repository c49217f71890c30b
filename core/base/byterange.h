// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>

namespace cryoscope
{

/// Half-open range [offset, offset + length), in bytes. Whoever makes one from a file's numbers has checked
/// that the end does not wrap (core/base/checked.h).
struct ByteRange {
    uint64_t offset = 0;
    uint64_t length = 0;

    [[nodiscard]] constexpr uint64_t end() const { return offset + length; }
    [[nodiscard]] constexpr bool empty() const { return length == 0; }
    [[nodiscard]] constexpr bool contains(uint64_t position) const
    {
        return position >= offset && position - offset < length;
    }
    [[nodiscard]] constexpr bool contains(const ByteRange &other) const
    {
        return other.offset >= offset && other.end() <= end();
    }
    [[nodiscard]] constexpr bool overlaps(const ByteRange &other) const
    {
        return offset < other.end() && other.offset < end();
    }
    /// The common part; empty (length 0) when there is none.
    [[nodiscard]] constexpr ByteRange intersected(const ByteRange &other) const
    {
        const uint64_t from = std::max(offset, other.offset);
        const uint64_t to = std::min(end(), other.end());
        return to > from ? ByteRange{from, to - from} : ByteRange{from, 0};
    }
    auto operator<=>(const ByteRange &) const = default;
};

} // namespace cryoscope
