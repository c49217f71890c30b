// SPDX-License-Identifier: Apache-2.0
// Kinds whose form says what they are: keys in PEM, JSON Web Tokens, headers, URLs, password hashes.
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

constexpr size_t maxPem = 16384; // bytes; a key of 16384 bits takes 13 KB
constexpr size_t minBearer = 16;

bool isTokenChar(char c)
{
    return isAlnum(c) || c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=' || c == '-';
}

bool isBase64Url(char c)
{
    return isAlnum(c) || c == '-' || c == '_';
}

/// Skips quotes (also escaped ones), separators and spaces between a header's name and its value.
size_t skipSeparator(std::string_view text, size_t at)
{
    bool separator = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == ':' || c == '=') {
            if (separator)
                break;
            separator = true;
        } else if (c != ' ' && c != '"' && c != '\'' && c != '\\' && c != '\t') {
            break;
        }
    }
    return separator ? at : std::string_view::npos;
}

size_t walk(std::string_view text, size_t at, bool (*isOne)(char))
{
    while (at < text.size() && isOne(text[at]))
        ++at;
    return at;
}

bool isJsonObject(std::string_view base64, const char *key)
{
    const auto decoded = decodeBase64(base64);
    if (!decoded)
        return false;
    const auto json = nlohmann::json::parse(*decoded, nullptr, false);
    return json.is_object() && (key == nullptr || json.contains(key));
}

bool equalsAnyCase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return (isAlpha(x) ? x | 0x20 : x) == (isAlpha(y) ? y | 0x20 : y);
           });
}

} // namespace

void confirmPem(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::string_view dashes = "-----";
    const size_t labelAt = at + begin.size();
    const size_t labelEnd = text.substr(0, std::min(text.size(), labelAt + 64)).find(dashes, labelAt);
    if (labelEnd == std::string_view::npos)
        return;
    const auto label = text.substr(labelAt, labelEnd - labelAt);
    if (label.find("PRIVATE KEY") == std::string_view::npos)
        return;
    const std::string endLine = "-----END " + std::string(label) + "-----";
    const size_t bodyAt = labelEnd + dashes.size();
    const size_t endAt = text.substr(0, std::min(text.size(), bodyAt + maxPem)).find(endLine, bodyAt);
    if (endAt == std::string_view::npos)
        return; // a header alone is nothing
    const auto body = text.substr(bodyAt, endAt - bodyAt);
    // Base64 in lines ended by LF, CRLF, or "\n" as it stands in JSON and shell text; headers may come first.
    std::string base64;
    bool escaped = false;
    bool headers = false;
    for (size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        if (isBase64(c) || c == '=') {
            base64 += c;
        } else if (c == '\\' && i + 1 < body.size() && (body[i + 1] == 'n' || body[i + 1] == 'r')) {
            escaped = true;
            ++i;
        } else if (c == ':' || c == ',' || c == '(' || c == ')' || c == '.') {
            headers = true; // "Proc-Type: 4,ENCRYPTED", "Version: GnuPG"
        } else if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
            return;
        }
    }
    if (base64.size() < 40 || isPlaceholder(base64) || entropy(base64) < 3.0)
        return;
    TextMatch match;
    match.begin = at;
    match.end = endAt + endLine.size();
    match.encoding = escaped ? Encoding::JsonEscape : Encoding::Raw;
    const auto decoded = headers ? std::nullopt : decodeBase64(base64);
    const bool der = decoded && decoded->starts_with('\x30');
    const bool openssh = decoded && decoded->starts_with("openssh-key-v1");
    match.confidence = der || openssh || headers ? Confidence::High : Confidence::Medium;
    match.why = "BEGIN and END lines of the same label around " + std::to_string(base64.size()) +
                " characters of base64";
    if (der)
        match.why += " that decode to a DER sequence";
    else if (openssh)
        match.why += " that decode to an OpenSSH key";
    else if (headers)
        match.why += " with headers (encrypted key or OpenPGP)";
    match.label = std::string(label);
    out.push_back(std::move(match));
}

void confirmJwt(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    if (at > 0 && (isBase64Url(text[at - 1]) || text[at - 1] == '.') && !tokenBoundary(text, at))
        return;
    std::vector<std::string_view> parts;
    size_t begin = at;
    size_t end = at;
    for (;;) {
        end = walk(text, begin, isBase64Url);
        parts.push_back(text.substr(begin, end - begin));
        if (parts.size() == 5 || end >= text.size() || text[end] != '.')
            break;
        begin = end + 1;
    }
    const bool encrypted = parts.size() == 5; // JWE: header, key, IV, ciphertext, tag
    if (parts.size() != 3 && !encrypted)
        return;
    if (!isJsonObject(parts[0], "alg") || (!encrypted && !isJsonObject(parts[1], nullptr)))
        return;
    TextMatch match;
    match.begin = at;
    match.end = end;
    match.confidence = Confidence::High;
    match.why = encrypted ? "five base64url parts; the first is a JSON header with \"alg\""
                          : "three base64url parts; header with \"alg\" and payload are JSON";
    out.push_back(std::move(match));
}

void confirmAuthorization(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out)
{
    size_t value = skipSeparator(text, at + anchorLength);
    if (value == std::string_view::npos)
        return;
    const size_t schemeEnd = walk(text, value, isAlpha);
    const auto scheme = text.substr(value, schemeEnd - value);
    const bool basic = equalsAnyCase(scheme, "basic");
    const bool bearer =
        equalsAnyCase(scheme, "bearer") || equalsAnyCase(scheme, "token") || equalsAnyCase(scheme, "apikey");
    if ((!basic && !bearer) || schemeEnd >= text.size() || text[schemeEnd] != ' ')
        return;
    value = schemeEnd + 1;
    while (value < text.size() && text[value] == ' ')
        ++value;
    const size_t end = walk(text, value, isTokenChar);
    const auto credential = text.substr(value, end - value);
    TextMatch match;
    match.begin = value;
    match.end = end;
    match.confidence = Confidence::High;
    match.label = "Authorization";
    if (basic) {
        const auto decoded = decodeBase64(credential);
        if (!decoded || decoded->find(':') == std::string::npos || decoded->size() < 3 ||
            std::any_of(decoded->begin(), decoded->end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            return;
        match.encoding = Encoding::Base64;
        match.why = "Basic credentials that decode to a name and a password";
    } else {
        if (credential.size() < minBearer || isPlaceholder(credential) || entropy(credential) < 2.5)
            return;
        match.why =
            "credentials of " + std::to_string(credential.size()) + " characters in an Authorization header";
    }
    out.push_back(std::move(match));
}

void confirmHeader(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out)
{
    const size_t value = skipSeparator(text, at + anchorLength);
    if (value == std::string_view::npos)
        return;
    const size_t end = walk(text, value, isTokenChar);
    const auto credential = text.substr(value, end - value);
    if (credential.size() < minBearer || isPlaceholder(credential) || entropy(credential) < 2.5)
        return;
    out.push_back({value, end, Confidence::High, Encoding::Raw,
                   "value of " + std::to_string(credential.size()) + " characters in a header for keys",
                   std::string(text.substr(at, anchorLength))});
}

void confirmCookie(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out)
{
    const auto isValue = [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != ',' && c != ';' &&
               c != '\\';
    };
    const size_t limit = std::min(text.size(), at + 4096);
    for (size_t name = at + anchorLength; name < limit;) {
        const size_t equals = text.substr(0, limit).find_first_of("=;\r\n\0", name);
        if (equals == std::string_view::npos || text[equals] != '=' || equals == name || equals - name > 64)
            return;
        size_t end = equals + 1;
        while (end < text.size() && isValue(text[end]))
            ++end;
        const auto value = text.substr(equals + 1, end - equals - 1);
        if (value.size() >= minBearer && !isPlaceholder(value) && entropy(value) >= 3.0)
            out.push_back({equals + 1, end, Confidence::Medium, Encoding::Raw,
                           "cookie of " + std::to_string(value.size()) + " characters",
                           std::string(text.substr(name, equals - name))});
        if (end + 1 >= text.size() || text[end] != ';' || text[end + 1] != ' ')
            return;
        name = end + 2;
    }
}

void confirmUrl(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    size_t scheme = at;
    while (scheme > 0 && at - scheme < 32 &&
           (isAlnum(text[scheme - 1]) || text[scheme - 1] == '+' || text[scheme - 1] == '.' ||
            text[scheme - 1] == '-'))
        --scheme;
    if (scheme == at || !isAlnum(text[at - 1]))
        return;
    constexpr size_t maxUser = 512;
    const size_t user = at + 3;
    size_t colon = std::string_view::npos;
    size_t host = std::string_view::npos;
    for (size_t i = user; i < text.size() && i - user < maxUser; ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '/' || c == '"' || c == '<' ||
            c == '>' || c == '\\' || c == '`' || c == '{' || c == '}' || c == '|')
            break;
        if (c == ':' && colon == std::string_view::npos)
            colon = i;
        if (c == '@')
            host = i;
    }
    if (colon == std::string_view::npos || host == std::string_view::npos || host <= colon + 1 ||
        host + 1 >= text.size())
        return;
    const char first = text[host + 1];
    const auto password = text.substr(colon + 1, host - colon - 1);
    if ((!isAlnum(first) && first != '[') || isPlaceholder(password))
        return;
    const bool percent = password.find('%') != std::string_view::npos;
    out.push_back({colon + 1, host, Confidence::High, percent ? Encoding::Percent : Encoding::Raw,
                   "between a user's name and a host in a URL",
                   std::string(text.substr(scheme, at - scheme)) + " URL"});
}

void confirmCrypt(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    const bool afterColon = at < text.size() && text[at] == ':';
    const size_t begin = afterColon ? at + 1 : at;
    const auto isCrypt = [](char c) { return isAlnum(c) || c == '.' || c == '/'; };
    const auto isField = [](char c) {
        return isAlnum(c) || c == '.' || c == '/' || c == '=' || c == ',' || c == '+';
    };
    // $id$[parameters$]salt$hash
    std::vector<std::string_view> fields;
    size_t end = begin;
    while (end < text.size() && text[end] == '$' && fields.size() < 6) {
        const size_t from = end + 1;
        end = from;
        while (end < text.size() && end - from <= 128 && isField(text[end]))
            ++end;
        fields.push_back(text.substr(from, end - from));
    }
    if (fields.size() < 2)
        return;
    const auto id = fields.front();
    const auto hash = fields.back();
    const auto exact = [&](size_t length) {
        return hash.size() == length && std::all_of(hash.begin(), hash.end(), isCrypt);
    };
    bool right = false;
    if (id == "6")
        right = fields.size() >= 3 && exact(86);
    else if (id == "5")
        right = fields.size() >= 3 && exact(43);
    else if (id == "1")
        right = fields.size() == 3 && exact(22);
    else if (id == "y" || id == "gy" || id == "7")
        right = fields.size() >= 3 && exact(43);
    else if (id == "2a" || id == "2b" || id == "2y")
        right = fields.size() == 3 && exact(53);
    else if (id.starts_with("argon2"))
        right = fields.size() >= 5 && hash.size() >= 22;
    // A line of /etc/shadow (name:hash:days:…), whatever the hash looks like.
    const bool line = afterColon && at > 0 && isAlnum(text[at - 1]) && fields.size() >= 3 &&
                      end + 1 < text.size() && text[end] == ':' &&
                      (isDigitChar(text[end + 1]) || text[end + 1] == ':');
    const auto whole = text.substr(begin, end - begin);
    if ((!right && !line) || isPlaceholder(hash) || isPlaceholder(whole))
        return;
    TextMatch match{begin, end, right ? Confidence::High : Confidence::Medium, Encoding::Raw, {}, {}};
    match.why = right ? "method, salt and hash of the lengths that the method has"
                      : "password field of a line of /etc/shadow";
    if (right && line)
        match.why += ", in a line of /etc/shadow";
    if (line) {
        size_t name = at;
        while (name > 0 && at - name < 33 &&
               (isAlnum(text[name - 1]) || text[name - 1] == '_' || text[name - 1] == '-'))
            --name;
        match.label = std::string(text.substr(name, at - name));
    }
    out.push_back(std::move(match));
}

void confirmAzureClientSecret(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    const auto isBody = [](char c) { return isAlnum(c) || c == '_' || c == '~' || c == '.' || c == '-'; };
    if (at < 3)
        return;
    const size_t begin = at - 3;
    if (!std::all_of(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(at),
                     isBody) ||
        (begin > 0 && isBody(text[begin - 1]) && !tokenBoundary(text, begin)))
        return;
    size_t end = at + 3;
    while (end < text.size() && end - at <= 40 && isBody(text[end]))
        ++end;
    const size_t body = end - at - 3;
    if (body < 31 || body > 34 || isPlaceholder(text.substr(at + 3, body)))
        return;
    out.push_back(
        {begin, end, Confidence::High, Encoding::Raw, "the form of a client secret of Microsoft Entra", {}});
}

void confirmTelegram(std::string_view text, size_t at, std::vector<TextMatch> &out)
{
    size_t begin = at;
    while (begin > 0 && at - begin < 11 && isDigitChar(text[begin - 1]))
        --begin;
    if (at - begin < 8 || at - begin > 10 || (begin > 0 && isAlnum(text[begin - 1])))
        return;
    const size_t end = walk(text, at + 1, isBase64Url);
    if (end - at - 1 != 35 || isPlaceholder(text.substr(at + 4, end - at - 4)))
        return;
    out.push_back({begin, end, Confidence::High, Encoding::Raw, "a bot's number and 35 characters", {}});
}

} // namespace cryoscope
