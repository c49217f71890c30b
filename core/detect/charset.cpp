// SPDX-License-Identifier: Apache-2.0
#include "core/detect/charset.h"

#include <charconv>

namespace cryoscope
{

CharSet charSet(std::string_view text)
{
    CharSet set;
    for (size_t at = 0; at < text.size(); ++at) {
        const auto first = static_cast<unsigned char>(text[at]);
        if (at + 2 < text.size() && text[at + 1] == '-') {
            const auto last = static_cast<unsigned char>(text[at + 2]);
            for (unsigned c = first; c <= last; ++c)
                set.set(c);
            at += 2;
        } else {
            set.set(first);
        }
    }
    return set;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char &c : out)
        c = lowerChar(c);
    return out;
}

std::optional<TokenPattern> TokenPattern::parse(std::string_view text)
{
    TokenPattern pattern;
    while (!text.empty()) {
        Piece piece;
        if (text.front() == '[') {
            const size_t end = text.find(']', 1);
            if (end == std::string_view::npos || end == 1)
                return std::nullopt;
            piece.set = charSet(text.substr(1, end - 1));
            text.remove_prefix(end + 1);
        } else {
            piece.set.set(static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        }
        if (text.starts_with('{')) {
            const char *at = text.data() + 1;
            const char *const end = text.data() + text.size();
            auto read = std::from_chars(at, end, piece.least);
            piece.most = piece.least;
            if (read.ec == std::errc() && read.ptr != end && *read.ptr == ',')
                read = std::from_chars(read.ptr + 1, end, piece.most);
            if (read.ec != std::errc() || read.ptr == end || *read.ptr != '}' || piece.most < piece.least ||
                piece.most == 0)
                return std::nullopt;
            text.remove_prefix(static_cast<size_t>(read.ptr + 1 - text.data()));
        }
        pattern.m_pieces.push_back(piece);
    }
    if (pattern.m_pieces.empty())
        return std::nullopt;
    return pattern;
}

size_t TokenPattern::match(std::string_view text, size_t at) const
{
    for (const Piece &piece : m_pieces) {
        size_t count = 0;
        while (count < piece.most && at < text.size() &&
               piece.set.test(static_cast<unsigned char>(text[at]))) {
            ++at;
            ++count;
        }
        if (count < piece.least)
            return std::string_view::npos;
    }
    if (at < text.size()) {
        const char next = text[at];
        const bool more = m_pieces.back().set.test(static_cast<unsigned char>(next));
        const bool word = isAlnum(next) && at + 1 < text.size() && isAlnum(text[at + 1]);
        if (more || word)
            return std::string_view::npos;
    }
    return at;
}

} // namespace cryoscope
