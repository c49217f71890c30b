// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A stretch of text in UTF-16 or UTF-32LE, narrowed: ASCII as it is, each other unit as one byte beyond
/// ASCII. Character i stands at begin + i * stride.
struct WideText {
    Encoding encoding = Encoding::Utf16Le; ///< Utf16Le, Utf16Be or Utf32Le
    size_t begin = 0;                      ///< in the bytes
    size_t stride = 2;                     ///< bytes a character
    std::string narrow;
};

/// Finds stretches of four or more characters in bytes[from, to); one that begins before `from` or goes on
/// beyond `to` is given whole, as far as `bytes` go. Where both byte orders fit, the longer text counts, and
/// of two equally long ones that at an even address (`oddStart`: bytes[0] is at an odd one).
void findWideText(std::string_view bytes, size_t from, size_t to, bool oddStart, std::vector<WideText> &out);

} // namespace cryoscope
