// SPDX-License-Identifier: Apache-2.0
#include "core/image/jsonwriter.h"

#include <array>
#include <charconv>

namespace cryoscope
{

namespace
{

constexpr size_t bufferSize = size_t{1} << 16; // bytes handed to the sink at once
constexpr size_t indentWidth = 4;
constexpr uint32_t invalidByteBase = 0xdc00; // of the escapes for bytes that are no UTF-8

struct Decoded {
    uint32_t codePoint = 0;
    size_t length = 0; ///< bytes; 0: no valid UTF-8 here
};

/// The character at the start of `text`, by the table of well-formed sequences of the Unicode standard (3-7).
Decoded decodeUtf8(std::string_view text)
{
    const auto byte = [text](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
    const uint32_t first = byte(0);
    size_t length = 0;
    uint32_t low = 0x80; // of the second byte
    uint32_t high = 0xbf;
    if (first < 0x80)
        return {first, 1};
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        if (first == 0xe0)
            low = 0xa0;
        if (first == 0xed)
            high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        if (first == 0xf0)
            low = 0x90;
        if (first == 0xf4)
            high = 0x8f;
    } else {
        return {};
    }
    if (text.size() < length || byte(1) < low || byte(1) > high)
        return {};
    uint32_t codePoint = first & (0x7fu >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        codePoint = codePoint << 6 | (byte(i) & 0x3f);
    }
    return {codePoint, length};
}

void appendUnicodeEscape(std::string &out, uint32_t unit)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (unsigned shift = 16; shift > 0; shift -= 4)
        out.push_back(digits[unit >> (shift - 4) & 0xf]);
}

template <class T> std::string_view format(std::array<char, 64> &buffer, T value)
{
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), static_cast<size_t>(result.ptr - buffer.data())};
}

} // namespace

void JsonWriter::append(std::string_view text)
{
    m_buffer += text;
    if (m_buffer.size() >= bufferSize)
        flush();
}

void JsonWriter::flush()
{
    if (!m_buffer.empty())
        m_sink(m_buffer);
    m_buffer.clear();
}

void JsonWriter::newLine()
{
    m_buffer.push_back('\n');
    m_buffer.append(indentWidth * m_hasElements.size(), ' ');
}

void JsonWriter::separate()
{
    if (m_afterKey) {
        m_afterKey = false;
        return;
    }
    if (m_hasElements.empty())
        return;
    if (m_hasElements.back())
        append(m_indented ? "," : ", ");
    m_hasElements.back() = true;
    if (m_indented)
        newLine();
}

void JsonWriter::begin(char bracket)
{
    separate();
    append({&bracket, 1});
    m_hasElements.push_back(false);
}

void JsonWriter::end(char bracket)
{
    const bool hadElements = m_hasElements.back();
    m_hasElements.pop_back();
    if (hadElements && m_indented)
        newLine();
    append({&bracket, 1});
}

void JsonWriter::key(std::string_view name)
{
    separate();
    append("\"");
    escaped(name);
    append("\": ");
    m_afterKey = true;
}

void JsonWriter::number(uint64_t value)
{
    std::array<char, 64> buffer;
    separate();
    append(format(buffer, value));
}

void JsonWriter::number(int64_t value)
{
    std::array<char, 64> buffer;
    separate();
    append(format(buffer, value));
}

void JsonWriter::real(double value)
{
    std::array<char, 64> buffer;
    separate();
    append(format(buffer, value));
}

void JsonWriter::boolean(bool value)
{
    separate();
    append(value ? "true" : "false");
}

void JsonWriter::string(std::string_view bytes)
{
    beginString();
    escaped(bytes);
    endString();
}

void JsonWriter::beginString()
{
    separate();
    append("\"");
}

void JsonWriter::stringPiece(std::string_view ascii)
{
    escaped(ascii);
}

void JsonWriter::endString()
{
    append("\"");
}

void JsonWriter::escaped(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto first = static_cast<unsigned char>(bytes.front());
        size_t taken = 1;
        switch (first) {
        case '"':
            m_buffer += "\\\"";
            break;
        case '\\':
            m_buffer += "\\\\";
            break;
        case '\n':
            m_buffer += "\\n";
            break;
        case '\r':
            m_buffer += "\\r";
            break;
        case '\t':
            m_buffer += "\\t";
            break;
        case '\b':
            m_buffer += "\\b";
            break;
        case '\f':
            m_buffer += "\\f";
            break;
        default:
            if (first >= ' ' && first <= '~') {
                m_buffer.push_back(static_cast<char>(first));
                break;
            }
            const Decoded decoded = decodeUtf8(bytes);
            if (decoded.length == 0) {
                appendUnicodeEscape(m_buffer, invalidByteBase + first);
            } else if (decoded.codePoint >= 0x10000) {
                appendUnicodeEscape(m_buffer, 0xd800 + ((decoded.codePoint - 0x10000) >> 10));
                appendUnicodeEscape(m_buffer, 0xdc00 + ((decoded.codePoint - 0x10000) & 0x3ff));
            } else {
                appendUnicodeEscape(m_buffer, decoded.codePoint);
            }
            taken = decoded.length == 0 ? 1 : decoded.length;
        }
        bytes.remove_prefix(taken);
        if (m_buffer.size() >= bufferSize)
            flush();
    }
}

} // namespace cryoscope
