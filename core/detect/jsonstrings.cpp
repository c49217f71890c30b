// SPDX-License-Identifier: Apache-2.0
#include "core/detect/jsonstrings.h"

#include "core/detect/charset.h"

#include <vector>

namespace cryoscope
{

namespace
{

constexpr size_t maxNesting = 512;

struct Level {
    bool array = false;
    std::string_view key;
    std::string_view previous; ///< string of an array
};

/// Where the string whose first character is at `at` ends; npos if it does not.
size_t stringEnd(std::string_view text, size_t at, bool &escaped)
{
    escaped = false;
    for (; at < text.size(); ++at) {
        if (text[at] == '"')
            return at;
        if (text[at] == '\\') {
            escaped = true;
            ++at;
        } else if (static_cast<unsigned char>(text[at]) < 0x20) {
            return std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

} // namespace

size_t eachJsonString(std::string_view text, const std::function<void(const JsonString &)> &visit)
{
    std::vector<Level> levels;
    bool expectKey = false;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        switch (c) {
        case '{':
        case '[':
            if (levels.size() == maxNesting)
                return at;
            // Strings of an array are about the member that holds it.
            levels.push_back({c == '[', levels.empty() ? std::string_view() : levels.back().key, {}});
            expectKey = c == '{';
            break;
        case '}':
        case ']':
            if (levels.empty() || levels.back().array != (c == ']'))
                return at;
            levels.pop_back();
            expectKey = false;
            if (levels.empty() && text.find_first_not_of(" \t\r\n", at + 1) == std::string_view::npos)
                return text.size();
            break;
        case ',':
            expectKey = !levels.empty() && !levels.back().array;
            break;
        case '"': {
            bool escaped = false;
            const size_t end = stringEnd(text, at + 1, escaped);
            if (end == std::string_view::npos)
                return at;
            const auto value = text.substr(at + 1, end - at - 1);
            if (expectKey) {
                levels.back().key = value;
                expectKey = false;
            } else {
                JsonString found{{}, at + 1, end, {}, false, escaped};
                if (!levels.empty()) {
                    found.key = levels.back().key;
                    found.inArray = levels.back().array;
                    found.previous = levels.back().previous;
                    levels.back().previous = value;
                }
                visit(found);
            }
            at = end;
            break;
        }
        default:
            if (!isAlnum(c) && c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != ':' && c != '-' &&
                c != '+' && c != '.')
                return at;
        }
    }
    return text.size();
}

} // namespace cryoscope
