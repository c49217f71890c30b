// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Quick tests that pick the few places worth a closer look, at many bytes a nanosecond. On the
/// widest vectors that the processor has; the result does not depend on that (see keys/simd.h). A place that
/// is named may be nothing; none that is something is left out.

/// How `bytes` are cut: offsets of blocks of this many bytes.
inline constexpr size_t scanBlock = 64;

/// Blocks of bytes[from, to) in which text of four or more characters in UTF-16 or UTF-32 (either order; of
/// big-endian UTF-32 five) begins or goes on.
void findWideBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks);

/// Blocks of bytes[from, to) in which sixteen or more characters of base64 (either alphabet, '=') in a row
/// begin.
void findTokenBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks);

/// Offsets in bytes[from, to) where the header of a zlib stream may stand.
void findZlibHeaders(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &offsets);

/// Whether all bytes are zero.
[[nodiscard]] bool isAllZero(std::string_view bytes);

} // namespace cryoscope
