// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A piece of text with an encoding undone, and the way back.
class DecodedText
{
public:
    /// The run of base64 characters `run`, decoded from its character `skip` on (0 to 3); nothing unless most
    /// of it is text then.
    static std::optional<DecodedText> base64(std::string_view run, size_t skip);
    /// The run of hexadecimal digits, decoded from its digit `skip` on (0 or 1); nothing unless it is text.
    static std::optional<DecodedText> hex(std::string_view run, size_t skip);
    /// Percent escapes in `text` undone.
    static DecodedText percent(std::string_view text);
    /// JSON escapes in `text` undone.
    static DecodedText json(std::string_view text);

    [[nodiscard]] const std::string &text() const { return m_text; }
    /// Where the characters [begin, end) of text() stand in what was decoded: all characters that carry bits
    /// of them.
    [[nodiscard]] std::pair<size_t, size_t> source(size_t begin, size_t end) const;
    /// The encoding of a value that begins at `begin` of text().
    [[nodiscard]] Encoding encodingAt(size_t begin) const;

private:
    enum class Form { Base64, Hex, Mapped };
    Form m_form = Form::Mapped;
    Encoding m_encoding = Encoding::Raw;
    size_t m_skip = 0;
    std::string m_text;
    std::vector<uint32_t> m_map; ///< of Mapped: where each character of m_text begins, and the end
};

} // namespace cryoscope
