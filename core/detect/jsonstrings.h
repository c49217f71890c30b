// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cryoscope
{

/// A string value in JSON text.
struct JsonString {
    std::string_view key; ///< of the object's member that holds it, or that holds the array it is in; raw
    size_t begin = 0;     ///< of its characters in the text, after the quote
    size_t end = 0;       ///< exclusive, before the closing quote
    std::string_view previous; ///< the string before it in the same array; raw
    bool inArray = false;
    bool escaped = false; ///< holds a backslash
};

/// Calls `visit` for each string value of a JSON text, in order, with where it stands. Keys are no values.
/// Returns where the text stopped being JSON, or its size: what comes before was visited. Any text is fine;
/// nesting deeper than 512 stops it.
size_t eachJsonString(std::string_view text, const std::function<void(const JsonString &)> &visit);

} // namespace cryoscope
