// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A stretch of text in UTF-16 or UTF-32: its character i stands at begin + i * stride.
struct WideText {
    Encoding encoding = Encoding::Utf16Le; ///< of UTF-16 or UTF-32
    size_t begin = 0;                      ///< in the bytes
    size_t stride = 2;                     ///< bytes a character
    size_t narrowBegin = 0;                ///< in WideTexts::narrow
    size_t narrowSize = 0;                 ///< characters
};

/// Stretches of wide text, ascending, and what they say, so that one search goes over all of them.
class WideTexts
{
public:
    void clear();
    /// Of the stretches, one after the other: ASCII as it is, each other unit as one byte beyond ASCII; a
    /// zero byte behind each stretch.
    [[nodiscard]] const std::string &narrow() const { return m_narrow; }
    [[nodiscard]] const std::vector<WideText> &stretches() const { return m_stretches; }
    [[nodiscard]] std::string_view text(const WideText &stretch) const;
    /// The stretch that holds narrow()[at], or its zero byte.
    [[nodiscard]] const WideText &at(size_t at) const;

private:
    friend class WideTextFinder;
    std::string m_narrow;
    std::vector<WideText> m_stretches;
};

/// Finds stretches of four or more characters in bytes[from, to); one that begins before `from` or goes on
/// beyond `to` is given whole, as far as `bytes` go. Where both byte orders fit, the longer text counts, and
/// of two equally long ones that whose characters stand at multiples of their size (`address`: of bytes[0]),
/// else the little-endian one. Adds to `out`, which is empty or holds what was found before `from`.
void findWideText(std::string_view bytes, size_t from, size_t to, uint64_t address, WideTexts &out);

} // namespace cryoscope
