// SPDX-License-Identifier: Apache-2.0
// Bytes of keys, as the detectors of this folder look at them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cryoscope
{

/// Whether all bytes are zero; true of none.
[[nodiscard]] inline bool isZero(std::string_view bytes)
{
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// The eight bytes at `at` (bytes from the start; they must be there) as a number in this machine's order.
[[nodiscard]] inline uint64_t limbAt(std::string_view bytes, size_t at)
{
    uint64_t limb = 0;
    std::memcpy(&limb, bytes.data() + at, sizeof limb);
    return limb;
}

/// The bytes from last to first: a number in the other order.
[[nodiscard]] inline std::string reversed(std::string_view bytes)
{
    return {bytes.rbegin(), bytes.rend()};
}

} // namespace cryoscope
