// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cryoscope
{

/// Of the integers around the messages: magics, sizes, semaphore values. It is that of the host that wrote
/// the images; the messages themselves are always the same.
enum class ByteOrder { Little, Big };

/// The number that `bytes` (at most 8) hold.
[[nodiscard]] inline uint64_t loadInteger(std::span<const std::byte> bytes, ByteOrder order)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const size_t at = order == ByteOrder::Big ? i : bytes.size() - 1 - i;
        value = value << 8 | std::to_integer<uint64_t>(bytes[at]);
    }
    return value;
}

} // namespace cryoscope
