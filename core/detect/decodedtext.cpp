// SPDX-License-Identifier: Apache-2.0
#include "core/detect/decodedtext.h"

#include "core/detect/charset.h"
#include "core/detect/encodings.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr size_t probe = 32; // characters of a run that are decoded to see whether it is text

bool looksLikeText(std::string_view bytes)
{
    // A few characters beyond ASCII are fine, and so is UTF-16; zeros alone are nothing.
    const auto printable = static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
        return isPrintable(c) || c == '\n' || c == '\r' || c == '\t';
    }));
    const auto zeros = static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\0'));
    return bytes.size() >= 12 && (printable + zeros) * 10 >= bytes.size() * 9 &&
           printable * 10 >= bytes.size() * 4;
}

} // namespace

std::optional<DecodedText> DecodedText::base64(std::string_view run, size_t skip)
{
    if (run.size() < skip + 16)
        return std::nullopt;
    run.remove_prefix(skip);
    while (run.ends_with('='))
        run.remove_suffix(1);
    if (run.size() % 4 == 1)
        run.remove_suffix(1);
    const auto first = decodeBase64(run.substr(0, std::min(run.size(), probe)));
    if (!first || !looksLikeText(*first))
        return std::nullopt;
    auto whole = decodeBase64(run);
    if (!whole)
        return std::nullopt;
    DecodedText decoded;
    decoded.m_form = Form::Base64;
    decoded.m_encoding =
        run.find_first_of("-_") == std::string_view::npos ? Encoding::Base64 : Encoding::Base64Url;
    decoded.m_skip = skip;
    decoded.m_text = std::move(*whole);
    return decoded;
}

std::optional<DecodedText> DecodedText::hex(std::string_view run, size_t skip)
{
    if (run.size() < skip + 24)
        return std::nullopt;
    run.remove_prefix(skip);
    run.remove_suffix(run.size() % 2);
    const auto first = decodeHex(run.substr(0, std::min(run.size(), probe)));
    if (!first || !looksLikeText(*first))
        return std::nullopt;
    auto whole = decodeHex(run);
    if (!whole)
        return std::nullopt;
    DecodedText decoded;
    decoded.m_form = Form::Hex;
    decoded.m_encoding =
        std::any_of(run.begin(), run.end(), isUpper) ? Encoding::HexUpper : Encoding::HexLower;
    decoded.m_skip = skip;
    decoded.m_text = std::move(*whole);
    return decoded;
}

DecodedText DecodedText::percent(std::string_view text)
{
    DecodedText decoded;
    decoded.m_encoding = Encoding::Percent;
    for (size_t at = 0; at < text.size();) {
        const size_t length =
            text[at] == '%' && text.size() - at > 2 && isHexDigit(text[at + 1]) && isHexDigit(text[at + 2]) ? 3
                                                                                                          : 1;
        decoded.m_map.push_back(static_cast<uint32_t>(at));
        decoded.m_text += length == 3 ? decodePercent(text.substr(at, 3)) : std::string(1, text[at]);
        at += length;
    }
    decoded.m_map.push_back(static_cast<uint32_t>(text.size()));
    return decoded;
}

DecodedText DecodedText::json(std::string_view text)
{
    DecodedText decoded;
    decoded.m_encoding = Encoding::JsonEscape;
    for (size_t at = 0; at < text.size();) {
        size_t length = 1;
        if (text[at] == '\\' && at + 1 < text.size()) {
            length = 2;
            if (text[at + 1] == 'u' && text.size() - at >= 6) {
                length = 6;
                if (text.size() - at >= 12 && text.substr(at + 6, 2) == "\\u" &&
                    lowerChar(text[at + 2]) == 'd' && text[at + 3] >= '8')
                    length = 12; // a pair of surrogates
            }
        }
        const std::string plain =
            length == 1 ? std::string(1, text[at]) : decodeJson(text.substr(at, length));
        for (const char c : plain) {
            decoded.m_map.push_back(static_cast<uint32_t>(at));
            decoded.m_text += c;
        }
        at += length;
    }
    decoded.m_map.push_back(static_cast<uint32_t>(text.size()));
    return decoded;
}

std::pair<size_t, size_t> DecodedText::source(size_t begin, size_t end) const
{
    switch (m_form) {
    case Form::Base64:
        return {m_skip + begin * 8 / 6, m_skip + (end * 8 + 5) / 6};
    case Form::Hex:
        return {m_skip + 2 * begin, m_skip + 2 * end};
    case Form::Mapped:
        break;
    }
    return {m_map[begin], m_map[end]};
}

Encoding DecodedText::encodingAt(size_t begin) const
{
    if (m_form != Form::Base64 || begin % 3 == 0)
        return m_encoding;
    return begin % 3 == 1 ? Encoding::Base64Mid1 : Encoding::Base64Mid2;
}

} // namespace cryoscope
