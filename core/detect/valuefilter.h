// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace cryoscope
{

/// Shannon entropy in bits per byte; 0 for an empty text.
[[nodiscard]] double entropy(std::string_view text);

/// Whether a text stands for a value without being one: what a redaction left (letters x and X, digits 0),
/// one repeated character, "${NAME}", "changeme", "your-token-here", documentation's EXAMPLE values …
[[nodiscard]] bool isPlaceholder(std::string_view value);

/// Whether a value beside a name like "password" is plausibly secret: mixed character classes, or long and
/// varied; not code, a type name, a number, a path or plain words.
[[nodiscard]] bool looksSecret(std::string_view value);

} // namespace cryoscope
