// SPDX-License-Identifier: Apache-2.0
// scheme://user:password@host, also where the user's name is missing (redis://:password@host).
#include "core/detect/confirm.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

namespace cryoscope
{

namespace
{

constexpr size_t maxUserInfo = 512;

/// Whether a host name or address stands at `at`.
bool hostAt(std::string_view text, size_t at)
{
    if (at >= text.size())
        return false;
    if (text[at] == '[')
        return at + 2 < text.size() && (isHexDigit(text[at + 1]) || text[at + 1] == ':');
    size_t end = at;
    while (end < text.size() && end - at < 256 &&
           (isAlnum(text[end]) || text[end] == '.' || text[end] == '-' || text[end] == '_'))
        ++end;
    return end > at && isAlnum(text[at]);
}

} // namespace

void confirmUrl(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                std::vector<TextMatch> &out)
{
    const size_t mark = at + anchor.size() - 3; // of "://"
    size_t scheme = mark;
    while (scheme > 0 && mark - scheme < 32 &&
           (isAlnum(text[scheme - 1]) || text[scheme - 1] == '+' || text[scheme - 1] == '.' ||
            text[scheme - 1] == '-'))
        --scheme;
    const size_t user = mark + 3;
    size_t colon = std::string_view::npos;
    size_t host = std::string_view::npos;
    for (size_t i = user; i < text.size() && i - user < maxUserInfo; ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '/' || c == '"' || c == '<' ||
            c == '>' || c == '\\' || c == '`' || c == '{' || c == '}' || c == '|' || c == '\'' ||
            (c == '?' && host != std::string_view::npos))
            break;
        if (c == ':' && colon == std::string_view::npos)
            colon = i;
        if (c == '@')
            host = i;
        if ((c == ',' || c == ';') && host != std::string_view::npos)
            break; // mongodb://u:p@host1,host2
    }
    if (colon == std::string_view::npos || host == std::string_view::npos || host <= colon + 1 ||
        !hostAt(text, host + 1))
        return;
    const auto password = text.substr(colon + 1, host - colon - 1);
    const auto name = text.substr(user, colon - user);
    // Examples in documentation say what goes there; "%s:%s@%s" is a format.
    if (isPlaceholder(password) || isDocumentationWord(password) || password.starts_with('$') ||
        password.find("%s") != std::string_view::npos || name.find('(') != std::string_view::npos ||
        password.find('(') != std::string_view::npos || password.find('[') != std::string_view::npos ||
        name.find('[') != std::string_view::npos || name.find('$') != std::string_view::npos)
        return;
    const bool percent = password.find('%') != std::string_view::npos;
    out.push_back({colon + 1,
                   host,
                   rule.confidence,
                   percent ? Encoding::Percent : Encoding::Raw,
                   "between a user's name and a host in a URL",
                   std::string(text.substr(scheme, mark - scheme)) + " URL",
                   {}});
}

} // namespace cryoscope
