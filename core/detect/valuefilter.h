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

/// Whether characters of base64 look drawn at random: upper and lower case and digits, changing all the time;
/// no words, no path.
[[nodiscard]] bool looksRandomText(std::string_view value);

/// Whether a value is a name of something: letters of one case with separators, or words in camel case.
[[nodiscard]] bool isName(std::string_view value);

/// Whether documentation writes this where a password goes ("password", "pass", "secret").
[[nodiscard]] bool isDocumentationWord(std::string_view value);

/// Whether a value beside a name is known to be none: a UUID, a digest with its method, a date, a version, a
/// class or file name; or the name says that it is another thing (a container's id, a digest, a public key).
[[nodiscard]] bool isOrdinaryValue(std::string_view name, std::string_view value);

/// Whether a cookie of this name holds a session or login.
[[nodiscard]] bool isSessionName(std::string_view name);
/// Whether a cookie of this name is there to count or to remember a choice.
[[nodiscard]] bool isTrackingCookie(std::string_view name);

} // namespace cryoscope
