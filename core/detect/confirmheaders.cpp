// SPDX-License-Identifier: Apache-2.0
// HTTP headers that carry credentials: as sent, in JSON, in source text, in HTTP/2's decoded form.
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

constexpr size_t minBearer = 16;
constexpr size_t maxCredential = 8192;

bool isTokenChar(char c)
{
    return isAlnum(c) || c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=' || c == '-' ||
           c == '%' || c == '|' || c == ':' || c == '!';
}

/// Skips what stands between a header's name and its value: quotes (also escaped), a separator, spaces; or a
/// single NUL or an HPACK length between two strings.
size_t skipSeparator(std::string_view text, size_t at)
{
    bool separator = false;
    const size_t limit = std::min(text.size(), at + 24);
    for (; at < limit; ++at) {
        const char c = text[at];
        if (c == ':' || c == '=' || c == ',') {
            if (separator)
                break;
            separator = true;
        } else if (c == '>' && separator && text[at - 1] == '=') {
            continue; // Ruby, PHP, Perl
        } else if (c != ' ' && c != '"' && c != '\'' && c != '\\' && c != '\t' && c != '[') {
            break;
        }
    }
    return separator ? at : std::string_view::npos;
}

size_t walkToken(std::string_view text, size_t at)
{
    const size_t begin = at;
    while (at < text.size() && at - begin < maxCredential && isTokenChar(text[at]))
        ++at;
    return at;
}

bool equalsAnyCase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lowerChar(x) == lowerChar(y); });
}

bool isCredential(std::string_view value)
{
    return value.size() >= minBearer && !isPlaceholder(value) && !isName(value) && entropy(value) >= 2.8;
}

/// A header's name stands alone: "Proxy-Authorization" is one too, "reauthorization" is not.
bool headerBoundary(std::string_view text, size_t at)
{
    return at == 0 || !isAlnum(text[at - 1]) || tokenBoundary(text, at);
}

} // namespace

void confirmAuthorization(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                          std::vector<TextMatch> &out)
{
    if (!headerBoundary(text, at))
        return;
    size_t value = skipSeparator(text, at + anchor.size());
    if (value == std::string_view::npos)
        return;
    size_t schemeEnd = value;
    while (schemeEnd < text.size() && schemeEnd - value < 24 &&
           (isAlnum(text[schemeEnd]) || text[schemeEnd] == '-'))
        ++schemeEnd;
    const auto scheme = text.substr(value, schemeEnd - value);
    const bool basic = equalsAnyCase(scheme, "basic");
    static constexpr std::array<std::string_view, 9> schemes{"bearer", "token", "apikey", "api-key",  "bot",
                                                             "key",    "ssws",  "jwt",    "negotiate"};
    const bool bearer = std::any_of(schemes.begin(), schemes.end(),
                                    [&](std::string_view name) { return equalsAnyCase(scheme, name); });
    const bool bare = !basic && !bearer;
    if (!bare) {
        if (schemeEnd >= text.size() || (text[schemeEnd] != ' ' && text.substr(schemeEnd, 3) != "%20"))
            return;
        value = schemeEnd + (text[schemeEnd] == ' ' ? 1 : 3);
        while (value < text.size() && text[value] == ' ')
            ++value;
    }
    const size_t end = walkToken(text, value);
    const auto credential = text.substr(value, end - value);
    TextMatch match;
    match.begin = value;
    match.end = end;
    match.confidence = rule.confidence;
    match.label = "Authorization";
    if (basic) {
        const auto decoded = decodeBase64(credential);
        const size_t colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon == std::string::npos || decoded->size() < 3 || isPlaceholder(decoded->substr(colon + 1)) ||
            std::any_of(decoded->begin(), decoded->end(), isControl))
            return;
        match.encoding = Encoding::Base64;
        match.why = "Basic credentials that decode to a name and a password";
    } else {
        if (!isCredential(credential))
            return;
        // Without a scheme (a token alone), the value itself must look like one.
        if (bare) {
            if (!looksSecret(credential) || entropy(credential) < 3.5 ||
                credential.find('%') != std::string_view::npos)
                return;
            match.confidence = Confidence::Medium;
        }
        match.why =
            "credentials of " + std::to_string(credential.size()) + " characters in an Authorization header";
    }
    out.push_back(std::move(match));
}

void confirmHeader(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                   std::vector<TextMatch> &out)
{
    if (!headerBoundary(text, at))
        return;
    const size_t value = skipSeparator(text, at + anchor.size());
    if (value == std::string_view::npos)
        return;
    const size_t end = walkToken(text, value);
    const auto credential = text.substr(value, end - value);
    if (!isCredential(credential))
        return;
    out.push_back({value,
                   end,
                   rule.confidence,
                   Encoding::Raw,
                   "value of " + std::to_string(credential.size()) + " characters in a header for keys",
                   std::string(text.substr(at, anchor.size())),
                   {}});
}

void confirmCookie(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                   std::vector<TextMatch> &out)
{
    const auto isValue = [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != ',' && c != ';' &&
               c != '\\' && c != '\'' && static_cast<unsigned char>(c) < 0x80;
    };
    // "Set-Cookie" sets one; its attributes are no cookies.
    const bool set = at >= 4 && equalsAnyCase(text.substr(at - 4, 4), "set-");
    const size_t limit = std::min(text.size(), at + contextBefore - 64);
    size_t name = at + anchor.size();
    while (name < limit &&
           (text[name] == ' ' || text[name] == '"' || text[name] == '\'' || text[name] == '\\' ||
            text[name] == '[' || text[name] == ',' || text[name] == ':' || text[name] == '>'))
        ++name;
    while (name < limit) {
        size_t equals = name;
        while (equals < limit &&
               (isAlnum(text[equals]) || text[equals] == '_' || text[equals] == '-' || text[equals] == '.' ||
                text[equals] == '%' || text[equals] == '[' || text[equals] == ']' || text[equals] == '$'))
            ++equals;
        if (equals >= limit || text[equals] != '=' || equals == name || equals - name > 64)
            return;
        size_t end = equals + 1;
        while (end < text.size() && end - equals <= maxCredential && isValue(text[end]))
            ++end;
        const auto value = text.substr(equals + 1, end - equals - 1);
        const auto label = text.substr(name, equals - name);
        if (isCredential(value) && entropy(value) >= 3.0 && !isTrackingCookie(label)) {
            const bool session = isSecretName(label) || isSessionName(label);
            out.push_back({equals + 1,
                           end,
                           session ? rule.confidence : Confidence::Medium,
                           Encoding::Raw,
                           std::string(session ? "session cookie of " : "cookie of ") +
                               std::to_string(value.size()) + " characters",
                           std::string(label),
                           {}});
        }
        if (set || end + 1 >= text.size() || text[end] != ';')
            return;
        name = end + (text[end + 1] == ' ' ? 2 : 1);
    }
}

} // namespace cryoscope
