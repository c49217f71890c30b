// SPDX-License-Identifier: Apache-2.0
// Private keys in text: PEM whose content parses, OpenPGP's armor, PuTTY's files.
#include "core/base/hash.h"
#include "core/detect/confirm.h"
#include "core/detect/encodings.h"
#include "core/detect/privatekey.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr size_t maxPem = 16384; // characters; a key of 16384 bits takes 13 KB
constexpr std::string_view dashes = "-----";

/// What stands between the lines of a PEM block, without line ends.
struct PemBody {
    std::string base64;
    std::string headers; ///< "Proc-Type: 4,ENCRYPTED" …
    bool escaped = false;
};

bool isBodyChar(char c)
{
    return isBase64(c) || c == '=';
}

/// Base64 in lines ended by LF, CRLF, or by an escape as in JSON and shell text ("\n", also twice escaped);
/// headers may come first.
std::optional<PemBody> readBody(std::string_view text)
{
    PemBody body;
    std::string line;
    const auto endLine = [&] {
        // A header has a colon; what follows "Name: " is no base64.
        if (line.find(':') != std::string::npos)
            body.headers += line + "\n";
        else
            body.base64 += line;
        line.clear();
    };
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n' || c == '\r') {
            endLine();
        } else if (c == '\\') {
            size_t next = i;
            while (next < text.size() && text[next] == '\\' && next - i < 4)
                ++next;
            if (next >= text.size())
                return std::nullopt;
            body.escaped = true;
            if (text[next] == 'n' || text[next] == 'r') {
                endLine();
            } else if (text[next] == '/' || text[next] == '"' || text[next] == '\n') {
                if (text[next] == '/')
                    line += '/';
            } else if (text[next] == 'u' && text.substr(next, 5) == "u003d") {
                line += '=';
                next += 4;
            } else if (text[next] == 'u' &&
                       (text.substr(next, 5) == "u002b" || text.substr(next, 5) == "u002B")) {
                line += '+';
                next += 4;
            } else {
                return std::nullopt;
            }
            i = next;
        } else if (isBodyChar(c) || c == ':' || c == ',' || c == '(' || c == ')' || c == '.' || c == ';' ||
                   c == '@' || c == '<' || c == '>') {
            line += c;
        } else if (c == ' ' || c == '\t') {
            if (line.find(':') != std::string::npos)
                line += c;
            else
                endLine(); // folded to one line
        } else {
            return std::nullopt;
        }
    }
    endLine();
    if (!std::all_of(body.base64.begin(), body.base64.end(), isBodyChar))
        return std::nullopt;
    return body;
}

/// OpenPGP armor ends with "=" and a CRC-24 in base64. Source: RFC 4880, section 6.1.
bool openPgpFits(std::string_view base64)
{
    std::string_view data = base64;
    if (data.size() < 10 || data[data.size() - 5] != '=')
        return false;
    const auto sum = decodeBase64(data.substr(data.size() - 4));
    data.remove_suffix(5);
    const auto decoded = decodeBase64(data);
    if (!sum || sum->size() != 3 || !decoded || decoded->empty())
        return false;
    uint32_t crc = 0xb704ce;
    for (const char c : *decoded) {
        crc ^= static_cast<uint32_t>(static_cast<unsigned char>(c)) << 16;
        for (int bit = 0; bit < 8; ++bit) {
            crc <<= 1;
            if ((crc & 0x1000000) != 0)
                crc ^= 0x1864cfb;
        }
    }
    const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>((*sum)[i])); };
    // The first packet is a secret key: tag 5, old form or new.
    const auto first = static_cast<unsigned char>(decoded->front());
    const bool secretKey = (first & 0xfc) == 0x94 || first == 0xc5;
    return secretKey && (crc & 0xffffff) == ((byte(0) << 16) | (byte(1) << 8) | byte(2));
}

} // namespace

void confirmPem(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                std::vector<TextMatch> &out)
{
    const size_t labelAt = at + anchor.size();
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
    const auto body = readBody(text.substr(bodyAt, endAt - bodyAt));
    if (!body || body->base64.size() < 40)
        return;
    TextMatch match;
    match.begin = at;
    match.end = endAt + endLine.size();
    match.encoding = body->escaped ? Encoding::JsonEscape : Encoding::Raw;
    match.label = std::string(label);
    match.confidence = rule.confidence;
    match.why = "BEGIN and END lines of the same label around ";
    if (label.starts_with("PGP ")) {
        if (!openPgpFits(body->base64))
            return;
        match.why += "an OpenPGP secret key; checksum is right";
    } else if (body->headers.find("ENCRYPTED") != std::string::npos) {
        // The content is ciphertext; its form is all that can be held against anything.
        if (body->headers.find("DEK-Info:") == std::string::npos || !decodeBase64(body->base64) ||
            isPlaceholder(body->base64) || entropy(body->base64) < 4.0)
            return;
        match.why += "a key that is encrypted with a passphrase";
    } else {
        const auto decoded = decodeBase64(body->base64);
        const auto key = decoded ? describePrivateKey(*decoded) : std::nullopt;
        if (!key)
            return;
        match.why += *key;
    }
    out.push_back(std::move(match));
}

void confirmPutty(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out)
{
    if (at + anchor.size() + 1 >= text.size() ||
        (text[at + anchor.size()] != '2' && text[at + anchor.size()] != '3'))
        return;
    const auto part = text.substr(at, maxPem);
    const size_t lines = part.find("Private-Lines: ");
    const size_t mac = part.find("Private-MAC: ", lines == std::string_view::npos ? part.size() : lines);
    if (mac == std::string_view::npos)
        return;
    size_t end = mac + 13;
    while (end < part.size() && isHexDigit(part[end]))
        ++end;
    const size_t begin = part.find('\n', lines);
    if ((end - mac - 13 != 40 && end - mac - 13 != 64) || begin == std::string_view::npos || begin > mac)
        return;
    std::string base64;
    for (const char c : part.substr(begin, mac - begin)) {
        if (isBodyChar(c))
            base64 += c;
        else if (c != '\n' && c != '\r')
            return;
    }
    if (base64.size() < 40 || !decodeBase64(base64) || isPlaceholder(base64) || entropy(base64) < 3.5)
        return;
    const bool sealed = part.substr(0, lines).find("Encryption: none") == std::string_view::npos;
    out.push_back({at,
                   at + end,
                   rule.confidence,
                   Encoding::Raw,
                   std::string("private lines and MAC of a PuTTY key file") +
                       (sealed ? ", encrypted with a passphrase" : ""),
                   "PuTTY key",
                   {}});
}

} // namespace cryoscope
