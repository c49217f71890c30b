// SPDX-License-Identifier: Apache-2.0
// Heuristics over bounded runs of characters: random text, hexadecimal keys.
#include "core/detect/confirm.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

/// Whether a name or word stands before a run that says what it is, and that it is no secret: digests, ids,
/// versions, paths.
bool knownContext(std::string_view text, size_t at, size_t end)
{
    static constexpr std::array<std::string_view, 34> words{
        "sha256", "sha512",   "sha384", "sha1",   "md5",      "digest",    "hash",     "build",   "commit",
        "uuid",   "guid",     "etag",   "rev",    "checksum", "crc",       "version",  "fingerp", "container",
        "image",  "layer",    "blob",   "tree",   "object",   "integrity", "id\"",     "_id",     "-id",
        "nonce",  "boundary", "public", "pubkey", "cert",     "serial",    "signature"};
    const size_t from = at - std::min<size_t>(at, 48);
    std::string before(text.substr(from, at - from));
    std::transform(before.begin(), before.end(), before.begin(), lowerChar);
    for (const auto word : words) {
        if (before.find(word) != std::string::npos)
            return true;
    }
    // Part of a path, a URL, a list of digests, a file's name.
    const char last = at > 0 ? text[at - 1] : '\0';
    const char next = end < text.size() ? text[end] : '\0';
    return last == '/' || last == '.' || last == '-' || last == '@' || last == '#' || next == '/' ||
           next == '.' || next == '-' || next == '(';
}

} // namespace

void confirmHighEntropy(const Rule &rule, std::string_view text, size_t at, std::string_view run,
                        std::vector<TextMatch> &out)
{
    if (run.size() < 24 || run.size() > 128)
        return;
    size_t padding = 0;
    while (padding < 2 && run.size() > padding && run[run.size() - 1 - padding] == '=')
        ++padding;
    const auto body = run.substr(0, run.size() - padding);
    if (body.find('=') != std::string_view::npos || !looksRandomText(body) || entropy(body) < 4.5 ||
        knownContext(text, at, at + run.size()))
        return;
    // Runs of many in a row are an image, a certificate, a table: lines of one length.
    const auto isOne = [](char c) { return isAlnum(c) || c == '+' || c == '/' || c == '='; };
    if ((at >= 2 && (text[at - 1] == '\n' || text[at - 1] == ' ') && isOne(text[at - 2]) &&
         run.size() >= 60) ||
        (at + run.size() + 1 < text.size() && text[at + run.size()] == '\n' &&
         isOne(text[at + run.size() + 1]) && run.size() >= 60))
        return;
    // Text in memory stands alone (NUL, quotes) or after a separator.
    const char before = at > 0 ? text[at - 1] : '\0';
    const char after = at + run.size() < text.size() ? text[at + run.size()] : '\0';
    const auto bounds = [](char c) {
        return c == '\0' || c == '"' || c == '\'' || c == '\n' || c == '\r' || c == ' ' || c == ':' ||
               c == '=' || c == ',' || c == ';' || c == '>' || c == '<';
    };
    if (!bounds(before) || !bounds(after))
        return;
    out.push_back({at,
                   at + run.size(),
                   rule.confidence,
                   Encoding::Raw,
                   std::to_string(run.size()) + " characters that look random, standing alone",
                   {},
                   {}});
}

void confirmHexKey(const Rule &rule, std::string_view text, size_t at, std::string_view run,
                   std::vector<TextMatch> &out)
{
    // Digests and ids of these lengths are everywhere; a name beside it must say that it is a key.
    if ((run.size() != 32 && run.size() != 40 && run.size() != 64 && run.size() != 48 && run.size() != 128) ||
        !std::all_of(run.begin(), run.end(), isHexDigit) || isPlaceholder(run) || entropy(run) < 3.0)
        return;
    const size_t from = at - std::min<size_t>(at, 40);
    std::string before(text.substr(from, at - from));
    std::transform(before.begin(), before.end(), before.begin(), lowerChar);
    if (const size_t cut = before.find_last_of(std::string_view("\0\n;,{}", 6)); cut != std::string::npos)
        before.erase(0, cut + 1);
    static constexpr std::array<std::string_view, 9> words{"key", "seed",     "salt", "hmac",  "psk",
                                                           "ikm", "mnemonic", "priv", "cipher"};
    const bool named = std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return before.find(word) != std::string::npos;
    });
    if (!named || knownContext(text, at, at + run.size()) || before.find("keyid") != std::string::npos ||
        before.find("key_id") != std::string::npos || before.find("grip") != std::string::npos)
        return;
    out.push_back({at,
                   at + run.size(),
                   rule.confidence,
                   Encoding::Raw,
                   std::to_string(run.size()) + " hexadecimal digits beside a name of key material",
                   {},
                   {}});
}

} // namespace cryoscope
