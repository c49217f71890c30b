// SPDX-License-Identifier: Apache-2.0
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace cryoscope
{

namespace
{

bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}
bool isUpper(char c)
{
    return c >= 'A' && c <= 'Z';
}
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

} // namespace

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

} // namespace cryoscope
