// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"
#include "core/image/schema.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// How crit 4.2.1 spells single values. Tables as in its documentation of images.

/// "0x1f"; negative numbers as "-0x1".
[[nodiscard]] std::string critHex(int64_t value, bool isSigned);
/// Names of the set bits in the order of table `tableName` ("mmap.prot"), joined by " | ", what is left in
/// hexadecimal.
/// "" for 0; only hexadecimal if there is no such table.
[[nodiscard]] std::string critFlags(std::string_view tableName, uint64_t value);
/// The name of `value` in the table for `field` of dictionary `dictName` ("sk", field "family"); nothing if
/// it has none.
[[nodiscard]] std::optional<std::string_view> critDict(std::string_view dictName, std::string_view field,
                                                       int64_t value);
/// "major:minor" of a device as the kernel holds it, or as user space does (`odev`).
[[nodiscard]] std::string critDevice(uint64_t value, bool odev);
/// The address in 1 (IPv4) or at least 4 (IPv6) words, each holding network-order bytes in the host's
/// `order`; nothing for other counts.
[[nodiscard]] std::optional<std::string> critAddress(std::span<const uint64_t> words, ByteOrder order);
/// How a number of a field is spelled when it is not just a number: in hexadecimal (`hex`: a message around
/// it says so), as device, flags or name, in this order of precedence; nothing otherwise. `value` as
/// Message::number gives it.
[[nodiscard]] std::optional<std::string> critSpelling(const FieldType &type, uint64_t value, bool hex);
/// Whether numbers of this kind have a sign.
[[nodiscard]] bool isSignedKind(Kind kind);
/// Quoted-printable, as Python's quopri writes it.
[[nodiscard]] std::string critQuotedPrintable(std::string_view bytes);
/// "... <68B>", "... <12KB>", "... <1.5KB>".
[[nodiscard]] std::string critNoPayload(uint64_t bytes);
/// Base64 of at most 57 bytes (one line), with the newline.
[[nodiscard]] std::string base64Line(std::span<const std::byte> bytes);
inline constexpr size_t base64LineBytes = 57;

} // namespace cryoscope
