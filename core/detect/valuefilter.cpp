// SPDX-License-Identifier: Apache-2.0
#include "core/detect/valuefilter.h"

#include "core/detect/charset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace cryoscope
{

double entropy(std::string_view text)
{
    if (text.empty())
        return 0;
    std::array<size_t, 256> counts{};
    for (const char c : text)
        ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (const size_t count : counts) {
        if (count == 0)
            continue;
        const double share = static_cast<double>(count) / static_cast<double>(text.size());
        bits -= share * std::log2(share);
    }
    return bits;
}

bool isPlaceholder(std::string_view value)
{
    // A redaction's own result: letters x and X, digits 0, everything else as it was.
    if (std::all_of(value.begin(), value.end(), [](char c) {
            return !(isLower(c) || isUpper(c) || isDigit(c)) || c == 'x' || c == 'X' || c == '0';
        }))
        return true;
    if (value.size() > 1 &&
        std::all_of(value.begin(), value.end(), [&](char c) { return c == value.front(); }))
        return true;
    static constexpr std::array<std::string_view, 8> starts{"${", "$(", "{{", "<",
                                                            "%(", "%s", "%d", "[redacted"};
    for (const auto start : starts) {
        if (value.starts_with(start))
            return true;
    }
    const std::string text = lowered(value);
    static constexpr std::array<std::string_view, 12> parts{
        "changeme", "change_me", "change-me", "placeholder", "redacted",    "your_",
        "your-",    "yourpass",  "xxxx",      "****",        "insert_your", "...."};
    for (const auto part : parts) {
        if (text.find(part) != std::string::npos)
            return true;
    }
    // Documentation's values end or begin so ("AKIAIOSFODNN7EXAMPLE"); host names of examples are another
    // matter.
    return value.ends_with("EXAMPLE") || value.ends_with("EXAMPLEKEY") || text == "example" ||
           text == "secret" || text == "password" || text == "passwd" || text == "token" || text == "test" ||
           text == "user";
}

bool looksSecret(std::string_view value)
{
    if (value.size() < 6 || isPlaceholder(value))
        return false;
    size_t lower = 0;
    size_t upper = 0;
    size_t digits = 0;
    size_t others = 0;
    for (const char c : value) {
        if (isLower(c))
            ++lower;
        else if (isUpper(c))
            ++upper;
        else if (isDigit(c))
            ++digits;
        else
            ++others;
    }
    // Calls, types, formats, paths and lists in source text and documentation.
    if (value.find_first_of("()[]{}<>|`") != std::string_view::npos || value.starts_with('/') ||
        value.starts_with("./") || value.starts_with('%') || value.starts_with('$') ||
        value.starts_with('*') || value.starts_with("--") || value.find("::") != std::string_view::npos)
        return value.size() >= 12 && digits >= 2 && upper >= 1 && lower >= 1 && !value.starts_with('/') &&
               value.find("()") == std::string_view::npos;
    if (entropy(value) < 2.2)
        return false;
    if (digits > 0 && lower + upper == 0)
        return value.size() >= 8 && others == 0; // a number used as a password
    const bool mixed = digits > 0 && lower + upper > 0;
    if (mixed)
        return others * 3 <= value.size() || value.size() >= 10;
    // Letters alone: long, of both cases, and not two or three words in camel case.
    if (lower > 0 && upper >= 3 && value.size() >= 12 && others == 0) {
        size_t changes = 0;
        for (size_t i = 1; i < value.size(); ++i)
            changes += isUpper(value[i]) != isUpper(value[i - 1]) ? 1 : 0;
        return changes * 3 >= value.size();
    }
    // Words with a special character ("correct!horse") are passwords as often as prose; prose has spaces.
    return others > 0 && lower + upper >= 6 && value.find_first_of("!@#^&+~?;=") != std::string_view::npos &&
           value.find(' ') == std::string_view::npos && entropy(value) >= 3.0 &&
           value.find('.') == std::string_view::npos && value.find('&') == std::string_view::npos &&
           value.find('=') == std::string_view::npos && value.find('?') == std::string_view::npos;
}

bool looksRandomText(std::string_view value)
{
    enum class Kind { Lower, Upper, Digit, Mark };
    const auto kindOf = [](char c) {
        return isLower(c) ? Kind::Lower : isUpper(c) ? Kind::Upper : isDigit(c) ? Kind::Digit : Kind::Mark;
    };
    std::array<size_t, 4> counts{};
    size_t changes = 0;
    size_t run = 0; // letters of one case
    size_t slashes = 0;
    for (size_t i = 0; i < value.size(); ++i) {
        const Kind kind = kindOf(value[i]);
        ++counts[static_cast<size_t>(kind)];
        slashes += value[i] == '/' ? 1 : 0;
        const bool same = i > 0 && kindOf(value[i - 1]) == kind;
        changes += i > 0 && !same ? 1 : 0;
        run = same && (kind == Kind::Lower || kind == Kind::Upper) ? run + 1 : 1;
        if (run >= 9)
            return false;
    }
    // Of random base64 three in five neighbours differ in kind; of words in camel case one in five.
    return counts[0] > 0 && counts[1] > 0 && counts[2] > 0 && changes * 100 >= (value.size() - 1) * 42 &&
           slashes * 10 <= value.size();
}

bool isName(std::string_view value)
{
    size_t digits = 0;
    size_t changes = 0;
    for (size_t i = 0; i < value.size(); ++i) {
        digits += isDigit(value[i]) ? 1 : 0;
        changes += i > 0 && isUpper(value[i]) != isUpper(value[i - 1]) ? 1 : 0;
    }
    return digits == 0 && changes * 3 < value.size();
}

bool isDocumentationWord(std::string_view value)
{
    static constexpr std::array<std::string_view, 22> words{
        "password", "pass",     "passwd",   "pwd",        "secret",   "token",      "pw",  "mypassword",
        "userpass", "passw0rd", "pswd",     "user_pw",    "hidden",   "string",     "foo", "bar",
        "yourpass", "thepass",  "somepass", "passphrase", "username", "credentials"};
    const std::string text = lowered(value);
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool isOrdinaryValue(std::string_view name, std::string_view value)
{
    const std::string field = lowered(name);
    static constexpr std::array<std::string_view, 14> otherThings{
        "public",      "digest",    "container", "image",   "fingerprint", "checksum", "primary_key",
        "foreign_key", "cache_key", "sort_key",  "hostkey", "host_key",    "keyid",    "tokenizer"};
    for (const auto thing : otherThings) {
        if (field.find(thing) != std::string::npos)
            return true;
    }
    const std::string text = lowered(value);
    if (text == field || field.ends_with(text))
        return true;
    static constexpr std::array<std::string_view, 6> methods{
        "sha256:", "sha512:", "sha1:", "sha384:", "md5:", "urn:uuid:"};
    for (const auto method : methods) {
        if (text.starts_with(method))
            return true;
    }
    // A UUID (8-4-4-4-12) names something, but some services give them out as keys.
    static constexpr std::array<std::string_view, 6> credentials{"api_key", "apikey", "api-key",
                                                                 "_token",  "secret", "password"};
    const bool credential = std::any_of(credentials.begin(), credentials.end(),
                                        [&](std::string_view end) { return field.ends_with(end); });
    if (!credential && value.size() == 36 && value[8] == '-' && value[13] == '-' && value[18] == '-' &&
        value[23] == '-' &&
        std::all_of(value.begin(), value.end(), [](char c) { return isHexDigit(c) || c == '-'; }))
        return true;
    // Names with dots: classes, hosts, files ("java.lang.String1", "self.token2", "libssl.so.3").
    if (value.find('.') != std::string_view::npos) {
        size_t parts = 0;
        bool words = true;
        for (size_t begin = 0; begin <= value.size();) {
            const size_t end = std::min(value.find('.', begin), value.size());
            const auto part = value.substr(begin, end - begin);
            words = words && !part.empty() && (isName(part) || part.size() <= 3);
            ++parts;
            begin = end + 1;
        }
        if (words && parts >= 2)
            return true;
    }
    return false;
}

bool isSessionName(std::string_view name)
{
    const std::string text = lowered(name);
    static constexpr std::array<std::string_view, 12> parts{"sess",     "sid",      "auth",   "token",
                                                            "jwt",      "csrf",     "xsrf",   "login",
                                                            "remember", "identity", "secure", "key"};
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

bool isTrackingCookie(std::string_view name)
{
    static constexpr std::array<std::string_view, 10> starts{"_ga",  "_gid", "__utm",  "_gcl",  "_fbp",
                                                             "_pk_", "lang", "locale", "theme", "_hj"};
    const std::string text = lowered(name);
    return std::any_of(starts.begin(), starts.end(),
                       [&](std::string_view start) { return text.starts_with(start); });
}

} // namespace cryoscope
