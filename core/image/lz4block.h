// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cryoscope
{

/// Decodes one bare LZ4 block (no frame, no length) that must fill `out` exactly; both are at most 4 MiB.
/// Returns what is wrong with the block, if something is; `out` is then unspecified. A match of offset 0 is
/// refused: the format forbids it, and decoders differ in what they make of it.
[[nodiscard]] std::optional<std::string_view> decodeLz4Block(std::span<const std::byte> block,
                                                             std::span<std::byte> out);

} // namespace cryoscope
