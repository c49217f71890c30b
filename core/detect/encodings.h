// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// The alphabet's 64 characters, without padding.
[[nodiscard]] std::string_view base64Alphabet(bool urlSafe);
/// Whether `c` is one of either alphabet.
[[nodiscard]] bool isBase64(char c);
/// Base64 without padding.
[[nodiscard]] std::string encodeBase64(std::string_view bytes, bool urlSafe);
/// Both alphabets, padding optional, no white space; nothing if it is not base64. Bits that are left over are
/// dropped.
[[nodiscard]] std::optional<std::string> decodeBase64(std::string_view text);
/// What of the base64 text of anything that holds `bytes` depends on them alone, when they begin `alignment`
/// (0 to 2) bytes into a group of three.
[[nodiscard]] std::string base64Core(std::string_view bytes, unsigned alignment, bool urlSafe);

/// Each word of four bytes turned round; what is left over stays.
[[nodiscard]] std::string swapWords(std::string_view bytes);

/// Two digits a byte.
[[nodiscard]] std::string encodeHex(std::string_view bytes, bool upperCase);
[[nodiscard]] std::optional<std::string> decodeHex(std::string_view text);

/// All ways in which common encoders write `bytes` in a URL or form (which bytes they escape, digits of
/// either case, space as "+", every byte), without those that change nothing. No two are the same.
[[nodiscard]] std::vector<std::string> percentForms(std::string_view bytes);
[[nodiscard]] std::string decodePercent(std::string_view text);

/// All ways in which common encoders write `text` within a JSON string (slash escaped or not, Go's escapes of
/// & < >, characters beyond ASCII as they are or escaped, every character escaped), without those that change
/// nothing.
[[nodiscard]] std::vector<std::string> jsonForms(std::string_view text);
/// Undoes JSON escapes; what is no escape stays.
[[nodiscard]] std::string decodeJson(std::string_view text);

} // namespace cryoscope
