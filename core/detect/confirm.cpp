// SPDX-License-Identifier: Apache-2.0
#include "core/detect/confirm.h"

#include "core/base/hash.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace cryoscope
{

namespace
{

bool isHex(char c)
{
    return isDigitChar(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// GitHub's check: the last six characters are the CRC-32 of those before them (without the prefix), in
/// base 62. Source: GitHub's engineering blog on token formats.
bool githubCheck(std::string_view body)
{
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (body.size() < 7)
        return false;
    const auto payload = body.substr(0, body.size() - 6);
    uint64_t crc =
        crc32(0, reinterpret_cast<const Bytef *>(payload.data()), static_cast<uInt>(payload.size()));
    std::array<char, 6> expected{};
    for (size_t i = expected.size(); i-- > 0; crc /= 62)
        expected[i] = digits[crc % 62];
    return body.substr(body.size() - 6) == std::string_view(expected.data(), expected.size());
}

} // namespace

bool tokenBoundary(std::string_view text, size_t at)
{
    if (at == 0)
        return true;
    const char before = text[at - 1];
    if (!isAlnum(before) && before != '_')
        return true;
    if (at >= 2 && text[at - 2] == '\\' && (before == 'n' || before == 't' || before == 'r'))
        return true;
    if (at >= 3 && text[at - 3] == '%' && isHex(text[at - 2]) && isHex(before))
        return true;
    // A single byte after binary ones is a length, a tag or chance, not the end of a word.
    const auto isPrintable = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
    };
    if (at == 1 || !isPrintable(text[at - 2]))
        return true;
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' &&
           std::all_of(text.begin() + static_cast<ptrdiff_t>(at - 4),
                       text.begin() + static_cast<ptrdiff_t>(at), isHex);
}

void confirmToken(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out)
{
    if (!tokenBoundary(text, at))
        return;
    const size_t begin = at + anchor.size();
    size_t end = begin;
    while (end < text.size() && end - begin <= rule.maxBody &&
           rule.body.test(static_cast<unsigned char>(text[end])))
        ++end;
    const auto body = text.substr(begin, end - begin);
    if (body.size() < rule.minBody || body.size() > rule.maxBody || isPlaceholder(body) ||
        (rule.minEntropy > 0 && entropy(body) < rule.minEntropy))
        return;
    TextMatch match;
    // A name with a separator ("AccountKey=") is not part of the value.
    match.begin = anchor.ends_with('=') || anchor.ends_with('/') ? begin : at;
    match.end = end;
    match.confidence = rule.confidence;
    match.why = "prefix, then " + std::to_string(body.size()) + " characters of the expected alphabet";
    if (rule.check == "github-crc32") {
        if (githubCheck(body)) {
            match.confidence = Confidence::High;
            match.why += "; checksum is right";
        } else {
            match.why += "; checksum does not fit";
        }
    }
    const auto whole = text.substr(match.begin, match.end - match.begin);
    if (isPlaceholder(whole))
        return;
    if (!rule.allow.empty()) {
        Sha256 hash;
        hash.add(asBytes(whole));
        if (std::find(rule.allow.begin(), rule.allow.end(), toHex(hash.finish())) != rule.allow.end())
            return;
    }
    out.push_back(std::move(match));
}

bool isConfirmName(std::string_view name)
{
    static constexpr std::array<std::string_view, 11> names{
        "token",     "pem", "jwt",   "authorization",       "header",
        "cookie",    "url", "crypt", "azure-client-secret", "telegram",
        "assignment"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

void confirm(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
             std::vector<TextMatch> &out)
{
    const auto &name = rule.confirm;
    if (name == "token")
        confirmToken(rule, text, at, anchor, out);
    else if (name == "pem")
        confirmPem(text, at, out);
    else if (name == "jwt")
        confirmJwt(text, at, out);
    else if (name == "authorization")
        confirmAuthorization(text, at, anchor.size(), out);
    else if (name == "header")
        confirmHeader(text, at, anchor.size(), out);
    else if (name == "cookie")
        confirmCookie(text, at, anchor.size(), out);
    else if (name == "url")
        confirmUrl(text, at, out);
    else if (name == "crypt")
        confirmCrypt(text, at, out);
    else if (name == "azure-client-secret")
        confirmAzureClientSecret(text, at, out);
    else if (name == "telegram")
        confirmTelegram(text, at, out);
    else if (name == "assignment")
        confirmAssignment(rule, text, at, anchor.size(), out);
}

} // namespace cryoscope
