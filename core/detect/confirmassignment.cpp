// SPDX-License-Identifier: Apache-2.0
// A name like "password", a separator, a value: NAME=value, "name": "value", name = 'value', name => "value",
// --name value, <name>value</name>, name%3Dvalue, s:8:"name";s:9:"value".
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
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

bool isEnvironmentName(std::string_view name)
{
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return isUpper(c) || isDigit(c) || c == '_'; });
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
    bool delimited = false; ///< by quotes, NUL or tags: all of it, and nothing else
    bool percent = false;
};

/// Up to the quote that closes it; empty if there is none.
Value quotedValue(std::string_view text, size_t at, std::string_view quote)
{
    for (size_t i = at; i < text.size() && i - at <= maxValue; ++i) {
        if (isControl(text[i]))
            return {};
        if (text.substr(i, quote.size()) == quote)
            return {at, i, true, false};
        if (text[i] == '\\' && quote.size() == 1)
            ++i; // an escaped character
    }
    return {};
}

/// A variable as programs hold it, between NUL bytes: all of it.
Value variableValue(std::string_view text, size_t at)
{
    size_t end = at;
    while (end < text.size() && end - at <= maxValue && !isControl(text[end]))
        ++end;
    if (end >= text.size() || text[end] != '\0')
        return {};
    return {at, end, true, false};
}

/// Up to what cannot belong to it.
Value plainValue(std::string_view text, size_t at, bool environment)
{
    size_t end = at;
    for (; end < text.size() && end - at <= maxValue; ++end) {
        const char c = text[end];
        if (isControl(c) || c == ' ' || c == '"' || c == '\'' || c == '`')
            break;
        if (c == '\\' && end + 1 < text.size() &&
            (text[end + 1] == '"' || text[end + 1] == 'n' || text[end + 1] == 'r' || text[end + 1] == '\'' ||
             text[end + 1] == 't' || text[end + 1] == '0'))
            break;
        if (c == ';' || c == '<' || c == '>' || c == '&')
            break;
        if (!environment && (c == ',' || c == ')' || c == ']' || c == '}'))
            break;
    }
    if (end - at > maxValue)
        return {};
    return {at, end, false, false};
}

/// What stands between a name and its value.
struct Separator {
    enum class Kind { None, Equals, Colon, Arrow, Space, Tag, Percent, Serialized };
    Kind kind = Kind::None;
    size_t end = 0; ///< where the value may begin
};

Separator separatorAt(std::string_view text, size_t nameBegin, size_t nameEnd, std::string_view nameQuote,
                      bool option)
{
    using Kind = Separator::Kind;
    const size_t at = nameEnd + nameQuote.size();
    // <password>value</password>
    if (nameQuote.empty() && nameBegin > 0 && text[nameBegin - 1] == '<' && at < text.size() &&
        text[at] == '>')
        return {Kind::Tag, at + 1};
    // name%3Dvalue in a form within a form
    if (nameQuote.empty() && at + 3 < text.size() && text[at] == '%' && text[at + 1] == '3' &&
        (lowerChar(text[at + 2]) == 'd' || lowerChar(text[at + 2]) == 'a'))
        return {Kind::Percent, at + 3};
    // s:8:"password";s:13:"…"
    if (nameQuote == "\"" && text.substr(at, 3) == ";s:") {
        size_t digits = at + 3;
        while (digits < text.size() && isDigit(text[digits]) && digits - at < 8)
            ++digits;
        if (digits > at + 3 && text.substr(digits, 2) == ":\"")
            return {Kind::Serialized, digits + 1};
    }
    const size_t sign = skipSpaces(text, at);
    if (sign < text.size() && (text[sign] == '=' || text[sign] == ':')) {
        if (text.substr(sign, 2) == "=>") {
            const size_t value = skipSpaces(text, sign + 2);
            return quoteAt(text, value).empty() ? Separator{} : Separator{Kind::Arrow, sign + 2};
        }
        if (text.substr(sign, 2) == ":=" && quoteAt(text, skipSpaces(text, sign + 2)) != "")
            return {Kind::Equals, sign + 2};
        if (sign + 1 < text.size() &&
            (text[sign + 1] == '=' || text[sign + 1] == '>' || text[sign + 1] == ':' ||
             text[sign + 1] == '~' || text[sign + 1] == '/'))
            return {}; // a comparison, a scope, a URL
        return {text[sign] == '=' ? Kind::Equals : Kind::Colon, sign + 1};
    }
    if (option && at + 1 < text.size() && (text[at] == '\0' || text[at] == ' ') && text[at + 1] != '-')
        return {Kind::Space, at + 1};
    return {};
}

Value valueAt(std::string_view text, size_t nameBegin, std::string_view name, std::string_view nameQuote,
              const Separator &separator)
{
    using Kind = Separator::Kind;
    const bool environment = isEnvironmentName(name) && separator.kind == Kind::Equals;
    if (separator.kind == Kind::Tag) {
        const auto rest = text.substr(separator.end, maxValue);
        const size_t end = rest.find('<');
        if (end == std::string_view::npos || rest.substr(end, 2) != "</" ||
            std::any_of(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(end), isControl))
            return {};
        return {separator.end, separator.end + end, true, false};
    }
    if (separator.kind == Kind::Percent) {
        Value value = plainValue(text, separator.end, false);
        // Within one more level of escapes, "&" is "%26".
        const auto bytes = text.substr(value.begin, value.end - value.begin);
        for (const std::string_view end : {"%26", "%20", "%0A", "%0a", "%22"}) {
            if (const size_t found = bytes.find(end); found != std::string_view::npos)
                value.end = std::min(value.end, value.begin + found);
        }
        value.percent = true;
        return value;
    }
    const char before = nameBegin > 0 ? text[nameBegin - 1] : '\0';
    const bool wholeQuoted = (before == '"' || before == '\'') && nameQuote.empty(); // "NAME=value"
    const size_t at =
        environment || separator.kind == Kind::Space ? separator.end : skipSpaces(text, separator.end);
    const auto quote = quoteAt(text, at);
    if (wholeQuoted)
        return quotedValue(text, at, text.substr(nameBegin - 1, 1));
    if (!quote.empty())
        return quotedValue(text, at + quote.size(), quote);
    if (separator.kind == Kind::Space)
        return text[separator.end - 1] == '\0' ? variableValue(text, at) : plainValue(text, at, true);
    if (environment && (nameBegin == 0 || before == '\0')) {
        const Value whole = variableValue(text, at);
        if (whole.end > whole.begin)
            return whole;
    }
    return plainValue(text, at, environment);
}

} // namespace

void confirmAssignment(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                       std::vector<TextMatch> &out)
{
    const bool quotedName =
        anchor.front() == '"' || anchor.front() == '\''; // anchors that bring their quotes
    size_t nameBegin = quotedName ? at + 1 : at;
    size_t nameEnd = quotedName ? at + anchor.size() - 1 : at + anchor.size();
    if (!quotedName) {
        while (nameEnd > at && (text[nameEnd - 1] == '=' || text[nameEnd - 1] == ':'))
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
    const auto name = text.substr(nameBegin, nameEnd - nameBegin);
    if (!quotedName && !isSecretName(name))
        return;
    const auto nameQuote = quoteAt(text, nameEnd);
    const auto separator = separatorAt(text, nameBegin, nameEnd, nameQuote, name.starts_with("--"));
    if (separator.kind == Separator::Kind::None || separator.end >= text.size())
        return;
    Value value = valueAt(text, nameBegin, name, nameQuote, separator);
    auto bytes = text.substr(value.begin, value.end - value.begin);
    // A sentence's end is no part of what it says.
    if (!value.delimited && (bytes.ends_with('.') || bytes.ends_with(':'))) {
        bytes.remove_suffix(1);
        --value.end;
    }
    if (bytes.empty())
        return;
    // A URL holds its password within itself, and other rules find it there.
    if (bytes.find("://") != std::string_view::npos || bytes.starts_with("-----BEGIN"))
        return;
    TextMatch match;
    match.begin = value.begin;
    match.end = value.end;
    match.confidence = rule.confidence;
    if (value.percent && bytes.find('%') != std::string_view::npos)
        match.encoding = Encoding::Percent;
    else if (value.delimited && bytes.find('\\') != std::string_view::npos)
        match.encoding = Encoding::JsonEscape;
    if (rule.patterns.empty()) {
        if (!looksSecret(bytes) || isOrdinaryValue(name, bytes))
            return;
    } else {
        const std::string plain = match.encoding == Encoding::JsonEscape ? decodeJson(bytes)
                                  : match.encoding == Encoding::Percent  ? decodePercent(bytes)
                                                                         : std::string(bytes);
        const bool fits = std::any_of(rule.patterns.begin(), rule.patterns.end(), [&](const auto &pattern) {
            return pattern.second.match(plain, 0) == plain.size();
        });
        if (!fits || isPlaceholder(plain) || entropy(plain) < rule.minEntropy)
            return;
    }
    match.why = value.delimited ? "quoted value of a name that says it is secret"
                                : "value of a name that says it is secret";
    match.label = std::string(name);
    out.push_back(std::move(match));
}

} // namespace cryoscope
