// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace cryoscope
{

/// a + b, or nothing when it does not fit in 64 bits.
[[nodiscard]] inline std::optional<uint64_t> checkedAdd(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return std::nullopt;
    return sum;
}

/// a * b, or nothing when it does not fit in 64 bits.
[[nodiscard]] inline std::optional<uint64_t> checkedMul(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

/// Whether [offset, offset + length) lies within [0, size), without computing a sum that could wrap.
[[nodiscard]] constexpr bool inBounds(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

} // namespace cryoscope
