// SPDX-License-Identifier: Apache-2.0
#include "core/image/jsonreader.h"

#include "core/base/digits.h"

namespace cryoscope
{

namespace
{

void appendUtf8(std::string &out, uint32_t codePoint)
{
    const auto add = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (codePoint < 0x80) {
        add(codePoint);
    } else if (codePoint < 0x800) {
        add(0xc0 | codePoint >> 6);
        add(0x80 | (codePoint & 0x3f));
    } else if (codePoint < 0x10000) {
        add(0xe0 | codePoint >> 12);
        add(0x80 | (codePoint >> 6 & 0x3f));
        add(0x80 | (codePoint & 0x3f));
    } else {
        add(0xf0 | codePoint >> 18);
        add(0x80 | (codePoint >> 12 & 0x3f));
        add(0x80 | (codePoint >> 6 & 0x3f));
        add(0x80 | (codePoint & 0x3f));
    }
}

} // namespace

void JsonReader::skipBlank()
{
    while (m_at < m_text.size() &&
           (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t' || m_text[m_at] == '\r'))
        ++m_at;
}

void JsonReader::afterValue()
{
    m_expect = m_open.empty() ? Expect::Nothing : Expect::CommaOrEnd;
}

Result<JsonReader::Token> JsonReader::next()
{
    skipBlank();
    m_begin = m_at;
    if (m_expect == Expect::Nothing) {
        if (m_at < m_text.size())
            return malformed("there is something after the end of the JSON");
        return Token::End;
    }
    if (m_at >= m_text.size())
        return malformed("the JSON ends early");
    char c = m_text[m_at];
    if (m_expect == Expect::Colon) {
        if (c != ':')
            return malformed("a colon is missing");
        ++m_at;
        skipBlank();
        m_begin = m_at;
        if (m_at >= m_text.size())
            return malformed("the JSON ends early");
        c = m_text[m_at];
        m_expect = Expect::Value;
    }
    if (m_expect == Expect::CommaOrEnd) {
        if (c == '}' || c == ']')
            return close(c == '}' ? Token::EndObject : Token::EndArray, c);
        if (c != ',')
            return malformed("a comma or the end of an object or array is missing");
        ++m_at;
        skipBlank();
        m_begin = m_at;
        if (m_at >= m_text.size())
            return malformed("the JSON ends early");
        c = m_text[m_at];
        m_expect = m_open.back() == '{' ? Expect::Name : Expect::Value;
    }
    if (m_expect == Expect::FirstName && c == '}')
        return close(Token::EndObject, c);
    if (m_expect == Expect::FirstValue && c == ']')
        return close(Token::EndArray, c);
    if (m_expect == Expect::Name || m_expect == Expect::FirstName) {
        if (c != '"')
            return malformed("a name is missing");
        auto name = string(Token::Name);
        if (!name)
            return name;
        m_expect = Expect::Colon;
        return Token::Name;
    }
    return value(c);
}

Result<JsonReader::Token> JsonReader::value(char first)
{
    switch (first) {
    case '{':
        return begin(Token::BeginObject, Expect::FirstName);
    case '[':
        return begin(Token::BeginArray, Expect::FirstValue);
    case '"': {
        auto token = string(Token::String);
        afterValue();
        return token;
    }
    case 't':
        return word("true", Token::True);
    case 'f':
        return word("false", Token::False);
    case 'n':
        return word("null", Token::Null);
    default:
        return number();
    }
}

Result<JsonReader::Token> JsonReader::begin(Token token, Expect expect)
{
    if (m_open.size() >= maxDepth)
        return malformed("objects and arrays nested deeper than " + std::to_string(maxDepth));
    m_open.push_back(m_text[m_at++]);
    m_expect = expect;
    return token;
}

Result<JsonReader::Token> JsonReader::close(Token token, char bracket)
{
    if (m_open.empty() || (m_open.back() == '{') != (bracket == '}'))
        return malformed("a closing bracket does not fit");
    ++m_at;
    m_open.pop_back();
    afterValue();
    return token;
}

Result<JsonReader::Token> JsonReader::word(std::string_view word, Token token)
{
    if (!m_text.substr(m_at).starts_with(word))
        return malformed("is no JSON value");
    m_at += word.size();
    afterValue();
    return token;
}

Result<JsonReader::Token> JsonReader::number()
{
    const auto digits = [this] {
        const size_t from = m_at;
        while (m_at < m_text.size() && isDigit(m_text[m_at]))
            ++m_at;
        return m_at > from;
    };
    const auto has = [this](std::string_view any) {
        return m_at < m_text.size() && any.find(m_text[m_at]) != std::string_view::npos;
    };
    if (has("-"))
        ++m_at;
    const bool leadingZero = has("0");
    const size_t from = m_at;
    if (!digits() || (leadingZero && m_at - from > 1)) {
        m_at = m_begin;
        return malformed("is no JSON value");
    }
    if (has(".")) {
        ++m_at;
        if (!digits())
            return malformed("is no JSON number");
    }
    if (has("eE")) {
        ++m_at;
        if (has("+-"))
            ++m_at;
        if (!digits())
            return malformed("is no JSON number");
    }
    afterValue();
    return Token::Number;
}

/// The escape whose backslash is at `at`; passes it.
bool JsonReader::escape(size_t &at)
{
    const auto unit = [this](size_t from, uint32_t &out) {
        if (m_text.size() - from < 4)
            return false;
        out = 0;
        for (size_t i = 0; i < 4; ++i) {
            const int digit = hexDigit(m_text[from + i]);
            if (digit < 0)
                return false;
            out = out << 4 | static_cast<uint32_t>(digit);
        }
        return true;
    };
    if (at + 1 >= m_text.size())
        return false;
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    const char letter = m_text[at + 1];
    if (const size_t i = letters.find(letter); i != std::string_view::npos) {
        m_string.push_back(meant[i]);
        at += 2;
        return true;
    }
    uint32_t high = 0;
    if (letter != 'u' || !unit(at + 2, high))
        return false;
    at += 6;
    uint32_t low = 0;
    if (high >= 0xd800 && high < 0xdc00 && m_text.substr(at).starts_with("\\u") && unit(at + 2, low) &&
        low >= 0xdc00 && low < 0xe000) {
        appendUtf8(m_string, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        at += 6;
    } else if (high >= 0xdc80 && high <= 0xdcff) {
        m_string.push_back(static_cast<char>(high - 0xdc00)); // a byte that is no UTF-8
    } else {
        appendUtf8(m_string, high);
    }
    return true;
}

Result<JsonReader::Token> JsonReader::string(Token token)
{
    m_string.clear();
    size_t at = m_at + 1;
    for (;;) {
        size_t plain = at;
        while (plain < m_text.size() && m_text[plain] != '"' && m_text[plain] != '\\' &&
               static_cast<unsigned char>(m_text[plain]) >= ' ')
            ++plain;
        m_string.append(m_text.substr(at, plain - at));
        at = plain;
        if (at >= m_text.size()) {
            m_at = at;
            return malformed("a string is not closed");
        }
        if (m_text[at] == '"') {
            m_at = at + 1;
            return token;
        }
        if (m_text[at] != '\\' || !escape(at)) {
            m_at = at;
            return malformed("a string holds what no string may hold");
        }
    }
}

} // namespace cryoscope
