// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

// The values that crit's spellings (critformat.h) stand for, as `crit encode` reads them.

/// The number that words of critFlags() stand for; `name` is the table's. Nothing if a word is neither in the
/// table nor a number, or if there is no such table.
[[nodiscard]] std::optional<uint64_t> critFlagsValue(std::string_view tableName, std::string_view words);
/// The number that critDict() names so; nothing if none.
[[nodiscard]] std::optional<int64_t> critDictValue(std::string_view dictName, std::string_view field,
                                                   std::string_view word);
/// The device number of "major:minor"; nothing if it is not written so.
[[nodiscard]] std::optional<uint64_t> critDeviceValue(std::string_view text, bool odev);
/// The words that critAddress() makes `text` of: 1 for IPv4, 4 for IPv6; nothing if it is no address.
[[nodiscard]] std::optional<std::vector<uint64_t>> critAddressWords(const std::string &text, ByteOrder order);
/// A number as Python's int(text, 0) reads it: decimal, 0x, 0o, 0b, with a sign; nothing if it is none or
/// does not fit into 64 bits. Negative ones in two's complement.
[[nodiscard]] std::optional<uint64_t> critNumber(std::string_view text);
/// Base64 as Python reads it: whatever is not of its alphabet is passed over. Nothing if its end is missing.
[[nodiscard]] std::optional<std::vector<std::byte>> base64Bytes(std::string_view text);
/// What quoted-printable text stands for: =XX is a byte, = at the end of a line joins it with the next.
[[nodiscard]] std::string critUnquote(std::string_view text);

} // namespace cryoscope
