// SPDX-License-Identifier: Apache-2.0
// Tokens that a literal begins, as data describes them; and a few whose literal stands elsewhere.
#include "core/base/hash.h"
#include "core/detect/confirm.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace cryoscope
{

namespace
{

/// GitHub's and npm's check: the last six characters are the CRC-32 of those before them (without the
/// prefix), in base 62. Source: GitHub's engineering blog on token formats.
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

constexpr size_t checkedLength = 36;

/// Whether as many characters whose checksum is right stand there: then no neighbour can make them another
/// thing.
bool checkedBody(std::string_view text, size_t at)
{
    const auto body = text.substr(at, checkedLength);
    return body.size() == checkedLength && std::all_of(body.begin(), body.end(), isAlnum) &&
           githubCheck(body);
}

bool isExample(const Rule &rule, std::string_view value)
{
    if (rule.allow.empty())
        return false;
    Sha256 hash;
    hash.add(asBytes(value));
    return std::find(rule.allow.begin(), rule.allow.end(), toHex(hash.finish())) != rule.allow.end();
}

size_t walkBack(std::string_view text, size_t at, size_t most, bool (*isOne)(char))
{
    size_t begin = at;
    while (begin > 0 && at - begin < most && isOne(text[begin - 1]))
        --begin;
    return begin;
}

size_t walk(std::string_view text, size_t at, size_t most, bool (*isOne)(char))
{
    const size_t begin = at;
    while (at < text.size() && at - begin < most && isOne(text[at]))
        ++at;
    return at;
}

bool isLowerHex(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f');
}

bool isBinary(char c)
{
    return isControl(c) && c != '\0' && c != '\n' && c != '\r' && c != '\t';
}

/// Where a token of fixed length ends that stands in a binary record (a database's row): what follows it there may look like
/// one more character of it, and is the length of what comes next. npos if it is none.
size_t endInRecord(const Rule &rule, std::string_view text, size_t at, size_t begin)
{
    if (at == 0 || !isBinary(text[at - 1]))
        return std::string_view::npos;
    size_t end = begin;
    while (end < text.size() && isPrintable(text[end]))
        ++end;
    if (end == begin || end == text.size() || !(isBinary(text[end]) || text[end] == '\0'))
        return std::string_view::npos;
    const std::string_view shorter = text.substr(0, end - 1);
    for (const auto &pattern : rule.patterns) {
        if (pattern.second.match(shorter, begin) == shorter.size())
            return shorter.size();
    }
    return std::string_view::npos;
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
    if (at >= 3 && text[at - 3] == '%' && isHexDigit(text[at - 2]) && isHexDigit(before))
        return true;
    // A single byte after binary ones is a length, a tag or chance, not the end of a word.
    if (at == 1 || !isPrintable(text[at - 2]))
        return true;
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' &&
           std::all_of(text.begin() + static_cast<ptrdiff_t>(at - 4),
                       text.begin() + static_cast<ptrdiff_t>(at), isHexDigit);
}

void confirmToken(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out)
{
    const bool named = anchor.ends_with('=') || anchor.ends_with('/') || anchor.ends_with(' ');
    const size_t begin = at + anchor.size();
    // Values lie side by side in pools of buffers, with nothing between them.
    const bool checked = rule.check == "github-crc32" && checkedBody(text, begin);
    if (!named && !checked && !tokenBoundary(text, at))
        return;
    size_t end = checked ? begin + checkedLength : std::string_view::npos;
    for (const auto &pattern : rule.patterns) {
        if (end != std::string_view::npos)
            break;
        end = pattern.second.match(text, begin);
    }
    if (end == std::string_view::npos)
        end = endInRecord(rule, text, at, begin);
    if (end == std::string_view::npos)
        return;
    const auto body = text.substr(begin, end - begin);
    if (isPlaceholder(body) || (rule.minEntropy > 0 && entropy(body) < rule.minEntropy))
        return;
    TextMatch match;
    match.begin = named ? begin : at;
    match.end = end;
    match.confidence = rule.confidence;
    match.why = std::string(named ? "beside its name, " : "prefix, then ") + std::to_string(body.size()) +
                " characters in the form of this kind";
    if (rule.check == "github-crc32") {
        if (githubCheck(body)) {
            match.why += "; checksum is right";
        } else {
            match.confidence = Confidence::Low;
            match.why += "; checksum does not fit";
        }
    }
    const auto whole = text.substr(match.begin, match.end - match.begin);
    if (!isPlaceholder(whole) && !isExample(rule, whole))
        out.push_back(std::move(match));
}

void confirmRunToken(const Rule &rule, std::string_view text, size_t at, std::string_view run,
                     std::vector<TextMatch> &out)
{
    constexpr size_t most = 40; // characters of a token before its longest run
    const size_t begin = walkBack(text, at, most, [](char c) { return isBase64Url(c) || c == '.'; });
    if (!tokenBoundary(text, begin))
        return;
    for (const auto &pattern : rule.patterns) {
        const size_t end = pattern.second.match(text, begin);
        if (end == std::string_view::npos || end < at + run.size())
            continue;
        const auto value = text.substr(begin, end - begin);
        if (isPlaceholder(value) || entropy(value) < rule.minEntropy)
            continue;
        out.push_back({begin,
                       end,
                       rule.confidence,
                       Encoding::Raw,
                       std::to_string(value.size()) + " characters in the form of this kind",
                       {},
                       {}});
        return;
    }
}

void confirmAws(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                std::vector<TextMatch> &out)
{
    const size_t ids = out.size();
    confirmToken(rule, text, at, anchor, out);
    if (out.size() == ids)
        return;
    // The secret that belongs to it: 40 characters of base64 within 4 KB; of several, the nearest on either
    // side.
    const auto isSecretChar = [](char c) { return isAlnum(c) || c == '/' || c == '+'; };
    const size_t end = out.back().end;
    const auto fits = [&](std::string_view run, size_t begin) {
        const bool afterEquals = begin > 0 && text[begin - 1] == '/';
        return run.size() == 40 && !afterEquals && entropy(run) >= 4.2 && looksRandomText(run) &&
               !std::all_of(run.begin(), run.end(), isHexDigit);
    };
    const auto add = [&](size_t begin) {
        out.push_back({begin, begin + 40, Confidence::Medium, Encoding::Raw,
                       "40 characters of base64 near an AWS access key id", "beside an access key id",
                       "AWS secret access key"});
    };
    const size_t limit = std::min(text.size(), end + 4096);
    for (size_t i = end; i < limit;) {
        const size_t begin = i;
        while (i < text.size() && i - begin <= 64 && isSecretChar(text[i]))
            ++i;
        const bool bounded = i >= text.size() || (text[i] != '=' && text[i] != '-' && text[i] != '_');
        if (bounded && fits(text.substr(begin, i - begin), begin)) {
            add(begin);
            break;
        }
        ++i;
    }
    const size_t first = at - std::min<size_t>(at, 4096);
    for (size_t i = at; i > first;) {
        const size_t last = i;
        while (i > first && last - i <= 64 && isSecretChar(text[i - 1]))
            --i;
        const bool bounded = (i == 0 || (text[i - 1] != '-' && text[i - 1] != '_')) &&
                             (last >= text.size() || text[last] != '=');
        if (bounded && fits(text.substr(i, last - i), i)) {
            add(i);
            break;
        }
        if (i > first)
            --i;
    }
}

void confirmAzureClientSecret(const Rule &rule, std::string_view text, size_t at, std::string_view,
                              std::vector<TextMatch> &out)
{
    const auto isBody = [](char c) { return isAlnum(c) || c == '_' || c == '~' || c == '.' || c == '-'; };
    if (at < 3)
        return;
    const size_t begin = at - 3;
    if (!std::all_of(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(at),
                     isBody) ||
        (begin > 0 && isBody(text[begin - 1]) && !tokenBoundary(text, begin)))
        return;
    const size_t end = walk(text, at + 3, 41, isBody);
    const auto body = text.substr(at + 3, end - at - 3);
    if (body.size() < 31 || body.size() > 34 || isPlaceholder(body) || entropy(body) < 3.5)
        return;
    out.push_back({begin,
                   end,
                   rule.confidence,
                   Encoding::Raw,
                   "the form of a client secret of Microsoft Entra",
                   {},
                   {}});
}

void confirmTelegram(const Rule &rule, std::string_view text, size_t at, std::string_view,
                     std::vector<TextMatch> &out)
{
    const size_t begin = walkBack(text, at, 11, isDigit);
    // In URLs of the API "bot" stands before the number.
    const bool api = begin >= 3 && text.substr(begin - 3, 3) == "bot";
    if (at - begin < 8 || at - begin > 10 ||
        (begin > 0 && isAlnum(text[begin - 1]) && !api && !tokenBoundary(text, begin)))
        return;
    const size_t end = walk(text, at + 1, 64, isBase64Url);
    const auto body = text.substr(at + 4, end - at - 4);
    if (end - at - 1 != 35 || isPlaceholder(body) || entropy(body) < 3.5)
        return;
    out.push_back({begin, end, rule.confidence, Encoding::Raw, "a bot's number and 35 characters", {}, {}});
}

void confirmOpenaiLegacy(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                         std::vector<TextMatch> &out)
{
    const size_t begin = walkBack(text, at, 24, isAlnum);
    const size_t end = walk(text, at + anchor.size(), 24, isAlnum);
    if (at - begin != 20 || end - at - anchor.size() != 20 || begin < 3 ||
        text.substr(begin - 3, 3) != "sk-" || !tokenBoundary(text, begin - 3) ||
        isPlaceholder(text.substr(begin, 20)))
        return;
    out.push_back({begin - 3,
                   end,
                   rule.confidence,
                   Encoding::Raw,
                   "prefix, and the mark of its vendor between two times 20 characters",
                   {},
                   {}});
}

void confirmTerraform(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                      std::vector<TextMatch> &out)
{
    const size_t begin = walkBack(text, at, 16, isAlnum);
    const size_t end = walk(text, at + anchor.size(), 80, isBase64Url);
    const size_t body = end - at - anchor.size();
    const auto secret = text.substr(at + anchor.size(), body);
    if (at - begin != 14 || body < 60 || body > 70 || isPlaceholder(secret) || entropy(secret) < 3.5)
        return;
    out.push_back({begin,
                   end,
                   rule.confidence,
                   Encoding::Raw,
                   "14 characters, the kind's mark, and " + std::to_string(body) + " characters",
                   {},
                   {}});
}

void confirmNewrelicLicense(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                            std::vector<TextMatch> &out)
{
    const size_t begin = walkBack(text, at, 40, isAlnum);
    const size_t end = at + anchor.size();
    if (end - begin != 40 || (end < text.size() && isAlnum(text[end])) ||
        isPlaceholder(text.substr(begin, at - begin)) || entropy(text.substr(begin, 32)) < 2.5)
        return;
    out.push_back(
        {begin, end, rule.confidence, Encoding::Raw, "32 characters and the kind's ending", {}, {}});
}

void confirmTwilio(const Rule &rule, std::string_view text, size_t at, std::string_view,
                   std::vector<TextMatch> &out)
{
    // "SK" and 32 hex digits are a key of an account; an account's id has "AC", its token no prefix.
    const size_t first = at - std::min<size_t>(at, 256);
    const size_t limit = std::min(text.size(), at + 256);
    for (size_t i = first; i + 34 <= limit; ++i) {
        if (text[i] != 'S' || text[i + 1] != 'K')
            continue;
        const size_t end = walk(text, i + 2, 33, isLowerHex);
        const auto body = text.substr(i + 2, end - i - 2);
        if (body.size() != 32 || !tokenBoundary(text, i) || (end < text.size() && isAlnum(text[end])) ||
            isPlaceholder(body) || entropy(body) < 2.5)
            continue;
        out.push_back(
            {i, end, rule.confidence, Encoding::Raw, "SK and 32 hex digits near the vendor's name", {}, {}});
    }
}

void confirmMailchimp(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                      std::vector<TextMatch> &out)
{
    const size_t begin = walkBack(text, at, 33, isLowerHex);
    const size_t end = walk(text, at + anchor.size(), 2, isDigit);
    if (at - begin != 32 || !tokenBoundary(text, begin) || (end < text.size() && isAlnum(text[end])) ||
        isPlaceholder(text.substr(begin, 32)) || entropy(text.substr(begin, 32)) < 2.5)
        return;
    out.push_back(
        {begin, end, rule.confidence, Encoding::Raw, "32 hex digits and a data centre's name", {}, {}});
}

} // namespace cryoscope
