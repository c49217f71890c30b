// SPDX-License-Identifier: Apache-2.0
// Password hashes: crypt(3), argon2 and its kin, passlib's and Django's forms, SCRAM secrets. Lengths are
// those that each method writes. Sources: crypt(5); the PHC string format; RFC 5802 and PostgreSQL's
// documentation.
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

bool isCryptChar(char c)
{
    return isAlnum(c) || c == '.' || c == '/';
}

bool isField(char c)
{
    return isAlnum(c) || c == '.' || c == '/' || c == '=' || c == ',' || c == '+' || c == '_' || c == '-';
}

bool all(std::string_view text, bool (*isOne)(char))
{
    return std::all_of(text.begin(), text.end(), isOne);
}

/// Whether the fields after the first '$' are a hash of a method that is known, each of its length.
bool hashFits(const std::vector<std::string_view> &fields)
{
    const auto id = fields.front();
    const auto hash = fields.back();
    const auto exact = [&](size_t length) { return hash.size() == length && all(hash, isCryptChar); };
    const auto salted = [&](size_t most) {
        // $id$[rounds=N$]salt$hash
        const size_t count = fields.size();
        return (count == 3 || (count == 4 && fields[1].starts_with("rounds="))) &&
               fields[count - 2].size() <= most && !fields[count - 2].empty();
    };
    if (id == "6")
        return salted(16) && exact(86);
    if (id == "5")
        return salted(16) && exact(43);
    if (id == "1" || id == "apr1")
        return salted(8) && exact(22);
    if (id == "y" || id == "gy")
        return fields.size() == 4 && fields[1].size() <= 8 && fields[2].size() <= 86 && exact(43);
    if (id == "7")
        return fields.size() == 3 && fields[1].size() >= 11 && exact(43);
    if (id == "2a" || id == "2b" || id == "2y")
        return fields.size() == 3 && fields[1].size() == 2 && exact(53);
    if (id == "argon2i" || id == "argon2d" || id == "argon2id")
        return (fields.size() == 5 || fields.size() == 4) && fields[fields.size() - 3].starts_with("m=") &&
               fields[fields.size() - 2].size() >= 11 && hash.size() >= 22 && decodeBase64(hash);
    if (id == "scrypt")
        return fields.size() == 4 && fields[1].find("ln=") != std::string_view::npos && hash.size() >= 22;
    if (id == "bcrypt-sha256")
        return fields.size() >= 3 && hash.size() >= 31;
    if (id.starts_with("pbkdf2"))
        return fields.size() == 4 && !fields[1].empty() && all(fields[1], isDigit) &&
               fields[2].size() >= 8 && hash.size() >= 27;
    return false;
}

} // namespace

void confirmCrypt(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out)
{
    // Django leaves out the first '$': pbkdf2_sha256$260000$salt$hash, bcrypt_sha256$$2b$12$…
    const bool bare = anchor.front() != '$';
    if (bare && !tokenBoundary(text, at))
        return;
    if (!bare && at > 0 && (text[at - 1] == '$' || isAlnum(text[at - 1])) && !tokenBoundary(text, at))
        return;
    std::vector<std::string_view> fields;
    size_t end = at;
    for (bool first = bare; end < text.size() && (first || text[end] == '$') && fields.size() < 6;
         first = false) {
        const size_t from = first ? end : end + 1;
        end = from;
        while (end < text.size() && end - from <= 256 && isField(text[end]))
            ++end;
        fields.push_back(text.substr(from, end - from));
    }
    if (fields.size() < 2)
        return;
    // "=" and the like end a field only where the method uses them.
    const auto hash = fields.back();
    const auto whole = text.substr(at, end - at);
    const bool right = hashFits(fields);
    // A line of /etc/shadow (name:hash:days:…), whatever the hash looks like.
    const bool line = !bare && at >= 2 && text[at - 1] == ':' && isAlnum(text[at - 2]) &&
                      fields.size() >= 3 && end + 1 < text.size() && text[end] == ':' &&
                      (isDigit(text[end + 1]) || text[end + 1] == ':');
    if ((!right && !line) || isPlaceholder(hash) || isPlaceholder(whole))
        return;
    TextMatch match{at, end, right ? rule.confidence : Confidence::Medium, Encoding::Raw, {}, {}, {}};
    match.why = right ? "method, salt and hash of the lengths that the method has"
                      : "password field of a line of /etc/shadow";
    if (right && line)
        match.why += ", in a line of /etc/shadow";
    if (line) {
        size_t name = at - 1;
        while (name > 0 && at - name < 34 &&
               (isAlnum(text[name - 1]) || text[name - 1] == '_' || text[name - 1] == '-'))
            --name;
        match.label = std::string(text.substr(name, at - 1 - name));
    }
    out.push_back(std::move(match));
}

void confirmScram(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out)
{
    // SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey
    const size_t keyBytes = anchor.find("SHA-1$") != std::string_view::npos    ? 20
                            : anchor.find("SHA-512") != std::string_view::npos ? 64
                                                                               : 32;
    size_t end = at + anchor.size();
    const auto field = [&](bool (*isOne)(char), char after) -> std::string_view {
        const size_t from = end;
        while (end < text.size() && end - from < 256 && isOne(text[end]))
            ++end;
        const auto value = text.substr(from, end - from);
        if (after != '\0') {
            if (end >= text.size() || text[end] != after)
                return {};
            ++end;
        }
        return value;
    };
    const auto isPadded = [](char c) { return isBase64(c) || c == '='; };
    const auto iterations = field(isDigit, ':');
    const auto salt = field(isPadded, '$');
    const auto stored = field(isPadded, ':');
    const auto server = field(isPadded, '\0');
    const auto isKey = [&](std::string_view key) {
        const auto decoded = decodeBase64(key);
        return decoded && decoded->size() == keyBytes;
    };
    if (iterations.empty() || salt.size() < 8 || !decodeBase64(salt) || !isKey(stored) || !isKey(server) ||
        isPlaceholder(stored))
        return;
    out.push_back({at,
                   end,
                   rule.confidence,
                   Encoding::Raw,
                   "iterations, salt and both keys of the right lengths",
                   {},
                   {}});
}

} // namespace cryoscope
