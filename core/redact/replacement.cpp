// SPDX-License-Identifier: Apache-2.0
#include "core/redact/replacement.h"

#include "core/base/digits.h"

#include <algorithm>
#include <charconv>

namespace cryoscope
{

namespace
{

using Bytes = std::vector<std::byte>;

unsigned at(std::span<const std::byte> bytes, size_t index)
{
    return std::to_integer<unsigned>(bytes[index]);
}

/// The stand-in for an ASCII character: its class stays, punctuation is kept.
unsigned shapeOf(unsigned c)
{
    if (c >= 'a' && c <= 'z')
        return 'x';
    if (c >= 'A' && c <= 'Z')
        return 'X';
    if (c >= '0' && c <= '9')
        return '0';
    return c;
}

bool isTextControl(unsigned c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

/// Bytes of the UTF-8 character at `index`, or 0 if none starts there (RFC 3629; lengths and continuation
/// bytes only, which is enough to tell text from keys).
size_t utf8Length(std::span<const std::byte> bytes, size_t index)
{
    const unsigned c = at(bytes, index);
    if (c < 0x80)
        return 1;
    const size_t length = c >= 0xc2 && c <= 0xdf   ? 2
                          : c >= 0xe0 && c <= 0xef ? 3
                          : c >= 0xf0 && c <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || length > bytes.size() - index)
        return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((at(bytes, index + i) & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bool isText(std::span<const std::byte> bytes)
{
    for (size_t i = 0; i < bytes.size();) {
        const unsigned c = at(bytes, i);
        const size_t length = utf8Length(bytes, i);
        if (length == 0 || c == 0x7f || (c < 0x20 && !isTextControl(c)))
            return false;
        i += length;
    }
    return true;
}

bool hexAt(std::span<const std::byte> bytes, size_t index, size_t count)
{
    if (count > bytes.size() || index > bytes.size() - count)
        return false;
    for (size_t i = 0; i < count; ++i) {
        if (!isHexDigit(static_cast<char>(at(bytes, index + i))))
            return false;
    }
    return true;
}

void put(Bytes &out, std::string_view text)
{
    for (const char c : text)
        out.push_back(static_cast<std::byte>(c));
}

/// Text in one-byte units. Escapes of JSON keep their form (a replaced letter after a backslash would break
/// the document); percent escapes too, where asked for.
Bytes textShape(std::span<const std::byte> in, bool percent)
{
    Bytes out;
    out.reserve(in.size());
    while (out.size() < in.size()) {
        const size_t i = out.size();
        const unsigned c = at(in, i);
        if (percent && c == '%' && hexAt(in, i + 1, 2)) {
            put(out, "%78");
        } else if (c == '\\' && i + 1 < in.size()) {
            const unsigned next = at(in, i + 1);
            if (next == 'u' && hexAt(in, i + 2, 4)) {
                put(out, "\\u0078");
            } else if (std::string_view("\"\\/bfnrt").find(static_cast<char>(next)) !=
                       std::string_view::npos) {
                out.push_back(in[i]);
                out.push_back(in[i + 1]);
            } else {
                out.push_back(in[i]);
            }
        } else if (c < 0x80) {
            out.push_back(static_cast<std::byte>(shapeOf(c)));
        } else {
            const size_t length = std::max<size_t>(utf8Length(in, i), 1);
            out.insert(out.end(), length,
                       std::byte{'x'}); // as many ASCII characters as the character had bytes
        }
    }
    return out;
}

/// Text in units of `width` bytes, of which only those below 0x80 have a class.
Bytes wideShape(std::span<const std::byte> in, size_t width, bool bigEndian)
{
    Bytes out(in.begin(), in.end());
    size_t i = 0;
    for (; in.size() - i >= width; i += width) {
        const size_t low = bigEndian ? i + width - 1 : i;
        bool ascii = at(in, low) < 0x80;
        for (size_t k = i; k < i + width; ++k)
            ascii = ascii && (k == low || at(in, k) == 0);
        std::fill_n(out.begin() + static_cast<ptrdiff_t>(i), width, std::byte{0});
        out[low] = static_cast<std::byte>(ascii ? shapeOf(at(in, low)) : 'x');
    }
    for (; i < in.size(); ++i)
        out[i] = std::byte{0}; // no whole unit: nothing to keep a class of
    return out;
}

/// Stays in the alphabet, so that what decodes it still does.
Bytes base64Shape(std::span<const std::byte> in)
{
    Bytes out(in.begin(), in.end());
    size_t end = in.size();
    while (end > 0 && at(in, end - 1) == '=')
        --end;
    for (size_t i = 0; i < end; ++i) {
        const unsigned c = at(in, i);
        const bool symbol = c == '+' || c == '/' || c == '-' || c == '_';
        out[i] = static_cast<std::byte>(symbol ? 'x' : shapeOf(c));
    }
    // Before padding the low bits must be zero for strict decoders (RFC 4648, 3.5); A and Q have them zero.
    if (end < in.size() && end > 0)
        out[end - 1] = at(in, end - 1) == 'A' ? std::byte{'Q'} : std::byte{'A'};
    return out;
}

Bytes hexShape(std::span<const std::byte> in)
{
    Bytes out(in.begin(), in.end());
    for (std::byte &byte : out) {
        const unsigned c = std::to_integer<unsigned>(byte);
        if (c >= 'a' && c <= 'f')
            byte = std::byte{'a'};
        else if (c >= 'A' && c <= 'F')
            byte = std::byte{'A'};
        else if (c >= '0' && c <= '9')
            byte = std::byte{'0'};
        else
            byte = static_cast<std::byte>(shapeOf(c));
    }
    return out;
}

size_t unitWidth(Encoding encoding)
{
    switch (encoding) {
    case Encoding::Utf16Le:
    case Encoding::Utf16Be:
        return 2;
    case Encoding::Utf32Le:
    case Encoding::Utf32Be:
        return 4;
    default:
        return 1;
    }
}

bool isBigEndian(Encoding encoding)
{
    return encoding == Encoding::Utf16Be || encoding == Encoding::Utf32Be;
}

/// All units the same character; zeros after the last whole unit.
Bytes unitFill(size_t size, Encoding encoding, unsigned character)
{
    const size_t width = unitWidth(encoding);
    Bytes out(size, std::byte{0});
    for (size_t i = 0; size - i >= width && i < size; i += width)
        out[isBigEndian(encoding) ? i + width - 1 : i] = static_cast<std::byte>(character);
    return out;
}

bool same(std::span<const std::byte> a, const Bytes &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

Bytes shape(std::span<const std::byte> original, Encoding encoding)
{
    Bytes out;
    bool hex = false;
    switch (encoding) {
    case Encoding::Utf16Le:
    case Encoding::Utf16Be:
    case Encoding::Utf32Le:
    case Encoding::Utf32Be:
        out = wideShape(original, unitWidth(encoding), isBigEndian(encoding));
        break;
    case Encoding::Base64:
    case Encoding::Base64Url:
    case Encoding::Base64Mid1:
    case Encoding::Base64Mid2:
        out = base64Shape(original);
        break;
    case Encoding::HexLower:
    case Encoding::HexUpper:
        out = hexShape(original);
        hex = true;
        break;
    case Encoding::Numbers: // see apply()
    case Encoding::Reversed:
    case Encoding::SwappedWords:
    case Encoding::Compressed:
        out = unitFill(original.size(), Encoding::Raw,
                       'x'); // a number, a stream: no characters to keep a class of
        break;
    case Encoding::Raw:
    case Encoding::Percent:
    case Encoding::JsonEscape:
        out = isText(original) ? textShape(original, encoding == Encoding::Percent)
                               : unitFill(original.size(), Encoding::Raw, 'x');
        break;
    }
    if (!same(original, out))
        return out;
    out = unitFill(original.size(), encoding, hex ? '0' : 'x');
    if (!same(original, out))
        return out;
    return unitFill(original.size(), encoding, hex ? (encoding == Encoding::HexUpper ? 'A' : 'a') : 'y');
}

} // namespace

Result<Replacement> Replacement::parse(std::string_view text)
{
    if (text == "shape")
        return Replacement{Kind::Shape, std::byte{'x'}};
    if (text == "zero")
        return Replacement{Kind::Zero, std::byte{0}};
    const Error usage{
        ErrorCode::Usage, "a replacement is \"shape\", \"zero\", \"fill:x\" or \"fill:0x41\"", {}, {}};
    if (!text.starts_with("fill:"))
        return usage;
    const std::string_view fill = text.substr(5);
    if (fill.size() == 1)
        return Replacement{Kind::Fill, static_cast<std::byte>(fill.front())};
    if (fill.size() < 3 || fill.size() > 4 || !(fill.starts_with("0x") || fill.starts_with("0X")))
        return usage;
    unsigned value = 0;
    const auto parsed = std::from_chars(fill.data() + 2, fill.data() + fill.size(), value, 16);
    if (parsed.ec != std::errc() || parsed.ptr != fill.data() + fill.size())
        return usage;
    return Replacement{Kind::Fill, static_cast<std::byte>(value)};
}

std::string Replacement::describe() const
{
    switch (kind) {
    case Kind::Shape:
        return "shape";
    case Kind::Zero:
        return "zero";
    case Kind::Fill:
        break;
    }
    const unsigned value = std::to_integer<unsigned>(fill);
    if (value > 0x20 && value < 0x7f)
        return std::string("fill:") + static_cast<char>(value);
    static constexpr char digits[] = "0123456789abcdef";
    return std::string("fill:0x") + digits[value >> 4] + digits[value & 15];
}

std::vector<std::byte> Replacement::apply(std::span<const std::byte> original, Encoding encoding) const
{
    if (original.empty())
        return {};
    if (encoding == Encoding::Numbers) {
        // Zeros with as many bytes: a varint may be longer than it needs to be; the highest bit says that it
        // goes on.
        std::vector<std::byte> zeros(original.begin(), original.end());
        for (std::byte &byte : zeros)
            byte &= std::byte{0x80};
        return zeros;
    }
    if (kind == Kind::Shape)
        return shape(original, encoding);
    const std::byte value = kind == Kind::Zero ? std::byte{0} : fill;
    std::vector<std::byte> out(original.size(), value);
    if (same(original, out)) // already what it would become: only another byte shows that it was redacted
        std::fill(out.begin(), out.end(), value == std::byte{'x'} ? std::byte{'y'} : std::byte{'x'});
    return out;
}

} // namespace cryoscope
