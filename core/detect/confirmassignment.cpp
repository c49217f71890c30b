// SPDX-License-Identifier: Apache-2.0
// A name like "password", a separator, a value: NAME=value, "name": "value", name = 'value', --name value.
#include "core/detect/confirm.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>
#include <string>

namespace cryoscope
{

namespace
{

constexpr size_t maxName = 64;
constexpr size_t maxValue = 1024;

bool isNameChar(char c)
{
    return isAlnum(c) || c == '_' || c == '-' || c == '.';
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return isAlpha(c) ? static_cast<char>(c | 0x20) : c; });
    return out;
}

bool isEnvironmentName(std::string_view name)
{
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || isDigitChar(c) || c == '_'; });
}

/// A quote at `at`, perhaps escaped (\" within JSON within a string): its bytes.
std::string_view quoteAt(std::string_view text, size_t at)
{
    if (at >= text.size())
        return {};
    if (text[at] == '"' || text[at] == '\'')
        return text.substr(at, 1);
    size_t end = at;
    while (end < text.size() && text[end] == '\\' && end - at < 4)
        ++end;
    if (end > at && end < text.size() && (text[end] == '"' || text[end] == '\''))
        return text.substr(at, end - at + 1);
    return {};
}

size_t skipSpaces(std::string_view text, size_t at)
{
    size_t skipped = 0;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t') && skipped++ < 16)
        ++at;
    return at;
}

struct Value {
    size_t begin = 0;
    size_t end = 0;
    bool delimited = false; ///< by quotes, NUL or line ends: all of it, and nothing else
};

bool isControl(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Up to the quote that closes it; empty if there is none.
Value quotedValue(std::string_view text, size_t at, std::string_view quote)
{
    for (size_t i = at; i < text.size() && i - at <= maxValue; ++i) {
        if (isControl(text[i]))
            return {};
        if (text.substr(i, quote.size()) == quote)
            return {at, i, true};
        if (text[i] == '\\' && quote.size() == 1)
            ++i; // an escaped character
    }
    return {};
}

/// Up to what cannot belong to it.
Value plainValue(std::string_view text, size_t at, bool environment, char enclosing)
{
    size_t end = at;
    for (; end < text.size() && end - at <= maxValue; ++end) {
        const char c = text[end];
        if (isControl(c) || c == ' ')
            break;
        if (c == '"' || c == '\'' || c == '`')
            break;
        if (c == '\\' && end + 1 < text.size() &&
            (text[end + 1] == '"' || text[end + 1] == 'n' || text[end + 1] == '\''))
            break;
        if (enclosing == '\0' && !environment &&
            (c == ',' || c == ';' || c == '&' || c == '<' || c == '>' || c == ')' || c == ']' || c == '}'))
            break;
        if (enclosing == '\0' && environment && (c == ';' || c == '<' || c == '>' || c == '&'))
            break;
    }
    if (end - at > maxValue)
        return {};
    return {at, end, false};
}

} // namespace

bool isSecretName(std::string_view name)
{
    while (name.starts_with('-'))
        name.remove_prefix(1);
    const std::string text = lowered(name);
    if (text.empty() || text.size() > maxName)
        return false;
    static constexpr std::array<std::string_view, 30> harmless{
        "_file",   "_path",      "_dir",   "_url",    "_uri",      "_name",   "_type",   "_len",
        "_length", "_size",      "_count", "_id",     "_ids",      "_prompt", "_policy", "_expiry",
        "_ttl",    "_format",    "_field", "_label",  "_min",      "_max",    "_env",    "_enabled",
        "_alg",    "_algorithm", "_sock",  "_method", "_required", "_expires"};
    std::string flat = text;
    std::replace(flat.begin(), flat.end(), '-', '_');
    std::replace(flat.begin(), flat.end(), '.', '_');
    for (const auto suffix : harmless) {
        if (flat.ends_with(suffix))
            return false;
    }
    static constexpr std::array<std::string_view, 5> known{"ssh_auth_sock", "gpg_key", "xauthority",
                                                           "keyboard", "keymap"};
    if (std::find(known.begin(), known.end(), flat) != known.end())
        return false;
    static constexpr std::array<std::string_view, 7> words{"token",      "secret", "passw",   "passphrase",
                                                           "credential", "apikey", "passcode"};
    for (const auto word : words) {
        if (flat.find(word) != std::string::npos)
            return true;
    }
    // Short words only as words: "KEY", "PASS", "PWD", "AUTH", "DSN".
    static constexpr std::array<std::string_view, 6> parts{"key", "pass", "pwd", "auth", "dsn", "pw"};
    size_t begin = 0;
    while (begin <= flat.size()) {
        const size_t end = std::min(flat.find('_', begin), flat.size());
        const auto part = std::string_view(flat).substr(begin, end - begin);
        if (std::find(parts.begin(), parts.end(), part) != parts.end())
            return flat != "pwd" && flat != "oldpwd" && flat != "key" && flat != "pw";
        begin = end + 1;
    }
    return flat.ends_with("pass") || flat.ends_with("pwd");
}

void confirmAssignment(const Rule &rule, std::string_view text, size_t at, size_t anchorLength,
                       std::vector<TextMatch> &out)
{
    const bool quotedName = text[at] == '"'; // anchors like "\"key\"" bring their quotes
    size_t nameBegin = quotedName ? at + 1 : at;
    size_t nameEnd = quotedName ? at + anchorLength - 1 : at + anchorLength;
    if (!quotedName) {
        while (nameEnd > at && text[nameEnd - 1] == '=')
            --nameEnd;
        while (nameBegin > 0 && at - nameBegin < maxName && isNameChar(text[nameBegin - 1]))
            --nameBegin;
        while (nameEnd < text.size() && nameEnd - nameBegin <= maxName && isNameChar(text[nameEnd]))
            ++nameEnd;
        // "\nPASSWORD=" in JSON or source text: the n belongs to the escape.
        if (nameBegin > 0 && text[nameBegin - 1] == '\\' && nameEnd - nameBegin > 1 &&
            (text[nameBegin] == 'n' || text[nameBegin] == 't' || text[nameBegin] == 'r'))
            ++nameBegin;
    }
    if (nameEnd - nameBegin > maxName)
        return;
    auto name = text.substr(nameBegin, nameEnd - nameBegin);
    if (!quotedName && !isSecretName(name))
        return;
    const bool option = name.starts_with("--");

    size_t i = nameEnd;
    const auto nameQuote = quoteAt(text, i);
    i += nameQuote.size();
    const size_t afterSpaces = skipSpaces(text, i);
    const char enclosing =
        nameBegin > 0 && (text[nameBegin - 1] == '"' || text[nameBegin - 1] == '\'') && nameQuote.empty()
            ? text[nameBegin - 1]
            : '\0';
    bool separated = false;
    if (afterSpaces < text.size() && (text[afterSpaces] == '=' || text[afterSpaces] == ':')) {
        i = afterSpaces + 1;
        if (i < text.size() && (text[i] == '=' || text[i] == '>'))
            return; // a comparison or a lambda
        separated = true;
    } else if (option && i < text.size() && (text[i] == '\0' || text[i] == ' ')) {
        ++i; // the next argument
        separated = i < text.size() && text[i] != '-';
    }
    if (!separated)
        return;
    const bool environment = isEnvironmentName(name) && text[i - 1] == '=';
    size_t valueAt = environment ? i : skipSpaces(text, i);
    Value value;
    const auto quote = quoteAt(text, valueAt);
    if (!quote.empty() && enclosing == '\0')
        value = quotedValue(text, valueAt + quote.size(), quote);
    else if (enclosing != '\0')
        value = quotedValue(text, valueAt, text.substr(nameBegin - 1, 1));
    else
        value = plainValue(text, valueAt, environment, enclosing);
    const auto bytes = text.substr(value.begin, value.end - value.begin);
    if (bytes.empty() || !looksSecret(bytes))
        return;
    // A URL holds its password within itself, and other rules find it there.
    if (bytes.find("://") != std::string_view::npos || bytes.starts_with("-----BEGIN"))
        return;
    TextMatch match;
    match.begin = value.begin;
    match.end = value.end;
    match.confidence = rule.confidence;
    match.encoding =
        bytes.find('\\') != std::string_view::npos && value.delimited ? Encoding::JsonEscape : Encoding::Raw;
    match.why = value.delimited ? "quoted value of a name that says it is secret"
                                : "value of a name that says it is secret";
    match.label = std::string(name);
    out.push_back(std::move(match));
}

} // namespace cryoscope
