// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens: signed (three parts) and encrypted (five). Source: RFC 7515, 7516, 7518.
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace cryoscope
{

namespace
{

constexpr size_t maxPart = 16384; // characters

nlohmann::json decodePart(std::string_view base64)
{
    const auto decoded = decodeBase64(base64);
    return decoded ? nlohmann::json::parse(*decoded, nullptr, false)
                   : nlohmann::json(nlohmann::json::value_t::discarded);
}

/// Bytes of a signature by algorithm; nothing where they vary (RSA: by key size), or for private names.
std::optional<size_t> signatureBytes(const std::string &algorithm)
{
    if (algorithm == "none")
        return 0;
    if (algorithm == "HS256")
        return 32;
    if (algorithm == "HS384")
        return 48;
    if (algorithm == "HS512" || algorithm == "ES256" || algorithm == "ES256K" || algorithm == "EdDSA")
        return 64;
    if (algorithm == "ES384")
        return 96;
    if (algorithm == "ES512")
        return 132;
    return std::nullopt;
}

bool signatureFits(const std::string &algorithm, size_t bytes)
{
    if (algorithm == "EdDSA" && bytes == 114) // Ed448
        return true;
    if (const auto exact = signatureBytes(algorithm))
        return bytes == *exact;
    if (algorithm.starts_with("RS") || algorithm.starts_with("PS"))
        return bytes >= 128 && bytes <= 2048 && bytes % 8 == 0;
    return bytes >= 16;
}

} // namespace

void confirmJwt(const Rule &rule, std::string_view text, size_t at, std::string_view,
                std::vector<TextMatch> &out)
{
    if (at > 0 && (isBase64Url(text[at - 1]) || text[at - 1] == '.') && !tokenBoundary(text, at))
        return;
    std::vector<std::string_view> parts;
    size_t begin = at;
    size_t end = at;
    for (;;) {
        end = begin;
        while (end < text.size() && end - begin < maxPart && isBase64Url(text[end]))
            ++end;
        parts.push_back(text.substr(begin, end - begin));
        if (parts.size() == 5 || end >= text.size() || text[end] != '.')
            break;
        begin = end + 1;
    }
    if (parts.size() == 4) { // a full stop after a signed one
        end -= parts.back().size() + 1;
        parts.pop_back();
    }
    const bool encrypted = parts.size() == 5;
    if (parts.size() != 3 && !encrypted)
        return;
    const auto header = decodePart(parts[0]);
    if (!header.is_object() || !header.contains("alg") || !header["alg"].is_string())
        return;
    const auto algorithm = header["alg"].get<std::string>();
    TextMatch match;
    match.begin = at;
    match.end = end;
    match.confidence = rule.confidence;
    if (encrypted) {
        // Key (empty for direct encryption), IV, ciphertext, tag.
        if (!header.contains("enc") || parts[2].size() < 16 || parts[3].empty() || parts[4].size() < 22 ||
            isPlaceholder(parts[3]))
            return;
        match.why = "five base64url parts; the first is a JSON header with \"alg\" and \"enc\"";
    } else {
        const auto payload = decodePart(parts[1]);
        if (!payload.is_object())
            return;
        const auto signature = decodeBase64(parts[2]);
        if (!signature || (!parts[2].empty() && isPlaceholder(parts[2])))
            return;
        match.why = "header with \"alg\" and payload are JSON; the signature ";
        if (signatureFits(algorithm, signature->size())) {
            match.why += "has the length of its algorithm";
        } else if (signature->size() >= 8) {
            match.confidence = Confidence::Low;
            match.why += "has another length than its algorithm's";
        } else {
            return;
        }
    }
    out.push_back(std::move(match));
}

} // namespace cryoscope
