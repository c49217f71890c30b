// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Reads a JSON text token by token. In place of a library's parser for two reasons: it gives the place of
/// each token, and it takes the lone surrogates that JsonWriter makes of bytes that are no UTF-8, which
/// others refuse.
class JsonReader
{
public:
    static constexpr size_t maxDepth = 256; ///< of nested objects and arrays

    enum class Token {
        BeginObject,
        EndObject,
        BeginArray,
        EndArray,
        Name,
        String,
        Number,
        True,
        False,
        Null,
        End
    };

    /// Reads `text` from `begin`; it must outlive the reader. `file` is for errors.
    JsonReader(std::string_view text, std::string file, size_t begin = 0)
        : m_text(text), m_file(std::move(file)), m_at(begin)
    {
    }

    /// The next token. InputMalformed, with the offset of the bad byte, for what is no JSON; the reader is of
    /// no use then. After End it gives End.
    Result<Token> next();

    /// Where the last token stands in the text: bytes, without the blank space before it.
    [[nodiscard]] size_t begin() const { return m_begin; }
    [[nodiscard]] size_t end() const { return m_at; }
    /// The last token as it is written.
    [[nodiscard]] std::string_view raw() const { return m_text.substr(m_begin, m_at - m_begin); }
    /// The last name or string without its escapes, in UTF-8; \udc80 to \udcff alone are the bytes 0x80 to
    /// 0xff. Valid until the next call.
    [[nodiscard]] const std::string &text() const { return m_string; }

    /// An error about the last token.
    [[nodiscard]] Error error(std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_file, m_begin};
    }

private:
    enum class Expect { Value, FirstValue, Name, FirstName, Colon, CommaOrEnd, Nothing };

    void skipBlank();
    Result<Token> value(char first);
    Result<Token> string(Token token);
    Result<Token> number();
    Result<Token> word(std::string_view word, Token token);
    Result<Token> begin(Token token, Expect expect);
    Result<Token> close(Token token, char bracket);
    void afterValue();
    bool escape(size_t &at);
    [[nodiscard]] Error malformed(std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_file, m_at};
    }

    std::string_view m_text;
    std::string m_file;
    size_t m_at = 0;
    size_t m_begin = 0;
    std::string m_string;
    std::vector<char> m_open; ///< '{' and '[' that are not closed
    Expect m_expect = Expect::Value;
};

} // namespace cryoscope
