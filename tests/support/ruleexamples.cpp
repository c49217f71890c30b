// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ruleexamples.h"

#include "core/detect/encodings.h"
#include "tests/support/keymaterial.h"

#include <algorithm>
#include <zlib.h>

namespace cryoscope::test
{

namespace
{

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex = "0123456789abcdef";

/// Draws characters, the same ones for the same seed.
class Draw
{
public:
    explicit Draw(uint32_t seed) : m_state(seed * 2654435761u + 12345) {}
    std::string operator()(std::string_view set, size_t count)
    {
        std::string out;
        while (out.size() < count) {
            m_state = m_state * 1664525 + 1013904223;
            out += set[(m_state >> 16) % set.size()];
        }
        return out;
    }
    /// Letters of both cases and digits, changing all the time as what is random does.
    std::string mixed(size_t count)
    {
        std::string out;
        while (out.size() < count)
            out += (*this)(upper, 1) + (*this)(lower, 1) + (*this)(digits, 1) + (*this)(lower, 1);
        return out.substr(0, count);
    }

private:
    uint32_t m_state;
};

std::string pem(const std::string &label, std::string_view der)
{
    std::string out = "-----BEGIN " + label + "-----\n";
    const std::string base64 = encodeBase64(std::string(der), false);
    for (size_t at = 0; at < base64.size(); at += 64)
        out += base64.substr(at, 64) + "\n";
    return out + "-----END " + label + "-----";
}

/// With the check digit of Luhn at the end.
std::string cardNumber(std::string number)
{
    unsigned sum = 0;
    bool twice = true;
    for (size_t i = number.size(); i-- > 0; twice = !twice) {
        unsigned digit = static_cast<unsigned>(number[i] - '0') * (twice ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return number + static_cast<char>('0' + (10 - sum % 10) % 10);
}

/// A German one: country, check digits, eighteen digits.
std::string ibanOf(const std::string &account)
{
    unsigned rest = 0;
    for (const char c : account + "131400") // D, E, and no check digits yet
        rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    const unsigned check = 98 - rest;
    return std::string("DE") + (check < 10 ? "0" : "") + std::to_string(check) + account;
}

/// What functions of their own confirm.
std::vector<RuleExample> codeExamples(uint32_t seed)
{
    Draw draw(seed);
    const auto base64 = [&](size_t bytes) { return encodeBase64(randomBytes(bytes, seed + 77), false); };
    const std::string claims = encodeBase64(R"({"sub":")" + draw(digits, 9) + "\"}", true);
    const std::string jwtHeader = encodeBase64(R"({"alg":"HS256","typ":"JWT"})", true);
    const std::string crypt = std::string(lower) + std::string(upper) + std::string(digits);
    return {
        {"PEM, EC", "private-key", "", pem("PRIVATE KEY", ed25519Pkcs8(randomBytes(32, seed))), "\n"},
        {"PEM, RSA", "private-key", "", pem("RSA PRIVATE KEY", pkcs1(rsaKey())), "\n"},
        {"PuTTY", "putty-private-key", "",
         "PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\nComment: made up\nPublic-Lines: 1\n" +
             base64(40) + "\nPrivate-Lines: 1\n" + encodeBase64(randomBytes(36, seed + 5), false) +
             "\nPrivate-MAC: " + draw(hex, 40),
         "\n"},
        {"JWT", "jwt", "", jwtHeader + "." + claims + "." + encodeBase64(randomBytes(32, seed + 1), true),
         ""},
        {"AWS secret", "aws-secret-key", "aws_secret_access_key = ", draw.mixed(40), "\n"},
        {"bearer", "authorization-header", "Authorization: Bearer ", draw.mixed(32), "\r\n"},
        {"key header", "api-key-header", "X-Api-Key: ", draw.mixed(28), "\r\n"},
        {"cookie", "cookie", "Cookie: lang=en; session=", draw.mixed(40), "; theme=dark\r\n"},
        {"URL", "url-password", "postgres://shop:", draw.mixed(11), "@db.internal:5432/x"},
        {"SHA-512 crypt", "password-hash", "", "$6$" + draw.mixed(12) + "$" + draw(crypt, 86), ""},
        {"bcrypt", "password-hash", "", "$2b$12$" + draw(crypt, 53), ""},
        {"SCRAM", "scram-hash", "",
         "SCRAM-SHA-256$4096:" + base64(16) + "$" + base64(32) + ":" +
             encodeBase64(randomBytes(32, seed + 9), false),
         ""},
        {"option of curl", "command-password", "curl -u shop:", draw.mixed(12), " https://shop.internal/"},
        {"configuration of Redis", "configured-password", "requirepass ", draw.mixed(14), "\n"},
        {"environment", "assignment", "SMTP_PASSWORD=", draw.mixed(12), ""},
        {"JSON", "named-key", "{\"key\": \"", draw.mixed(15), "\"}"},
        {"AWS id", "aws-access-key-id", "", "AKIA" + draw("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), ""},
        {"Entra", "azure-client-secret", "", draw(lower, 3) + "8Q~" + draw.mixed(33), ""},
        {"OpenAI", "openai-legacy-key", "", "sk-" + draw.mixed(20) + "T3BlbkFJ" + draw.mixed(20), ""},
        {"Terraform", "terraform-token", "", draw.mixed(14) + ".atlasv1." + draw.mixed(64), ""},
        {"New Relic", "newrelic-license", "", draw(hex, 32) + "FFFFNRAL", ""},
        {"Telegram", "telegram-token", "", "5" + draw(digits, 8) + ":AA" + draw.mixed(33), ""},
        {"Twilio", "twilio-key", "twilio=", "SK" + draw(hex, 32), ""},
        {"Mailchimp", "mailchimp-key", "", draw(hex, 32) + "-us12", ""},
        {"card", "payment-card", "", cardNumber("4" + draw(digits, 14)), ""},
        {"card in groups", "payment-card", "",
         [&] {
             const std::string number = cardNumber("5303" + draw(digits, 11));
             return number.substr(0, 4) + " " + number.substr(4, 4) + " " + number.substr(8, 4) + " " +
                    number.substr(12);
         }(),
         ""},
        {"IBAN", "iban", "", ibanOf("3705" + draw(digits, 14)), ""},
        {"mail", "mail-address", "", draw(lower, 8) + "@" + draw(lower, 7) + ".net", ""},
        {"phone", "phone-number", "", "+49 30 " + draw("23456789", 8), ""},
        {"random text", "high-entropy", "\"", draw.mixed(40), "\""},
        {"hexadecimal", "hex-key", "psk:", draw(hex, 64), "\n"},
    };
}

} // namespace

std::string patternExample(std::string_view pattern, uint32_t seed)
{
    std::string out;
    while (!pattern.empty()) {
        std::string set;
        if (pattern.front() == '[') {
            const size_t end = pattern.find(']');
            const CharSet chars = charSet(pattern.substr(1, end - 1));
            for (int c = 0; c < 256; ++c) {
                // Letters and digits, so that what is at the ends is not taken for what is around
                if (chars.test(static_cast<size_t>(c)) && isAlnum(static_cast<char>(c)))
                    set += static_cast<char>(c);
            }
            pattern.remove_prefix(end + 1);
        } else {
            set = pattern.substr(0, 1);
            pattern.remove_prefix(1);
        }
        size_t count = 1;
        if (pattern.starts_with('{')) {
            const size_t end = pattern.find('}');
            count = static_cast<size_t>(std::stoul(std::string(pattern.substr(1, end - 1))));
            pattern.remove_prefix(end + 1);
        }
        for (size_t i = 0; i < count; ++i) {
            seed = seed * 1664525 + 1013904223;
            out += set[(seed >> 16) % set.size()];
        }
    }
    return out;
}

std::string withGithubChecksum(std::string body)
{
    static const std::string base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const auto length = static_cast<uInt>(body.size() - 6);
    uint64_t crc = crc32(0, reinterpret_cast<const Bytef *>(body.data()), length);
    for (size_t i = body.size(); i-- > length; crc /= 62)
        body[i] = base62[crc % 62];
    return body;
}

bool isNamingAnchor(std::string_view anchor)
{
    return anchor.ends_with('=') || anchor.ends_with('/') || anchor.ends_with(' ');
}

std::vector<RuleExample> dataExamples(const Rule &rule, uint32_t seed)
{
    std::vector<RuleExample> out;
    const bool run = rule.confirm->name == "run-token"; // no literal begins it
    if (!run && rule.confirm->name != "token")
        return out;
    for (const std::string &anchor : run ? std::vector<std::string>{{}} : rule.anchors) {
        for (size_t i = 0; i < rule.patterns.size(); ++i) {
            std::string body = patternExample(rule.patterns[i].first,
                                              static_cast<uint32_t>(anchor.size() * 31 + i) + seed * 7919);
            if (rule.check == "github-crc32")
                body = withGithubChecksum(body);
            const bool named = isNamingAnchor(anchor);
            out.push_back({rule.id + " " + anchor + " " + std::to_string(i), rule.id, named ? anchor : "",
                           named ? body : anchor + body, "", anchor});
        }
    }
    return out;
}

std::vector<RuleExample> ruleExamples(const RuleSet &rules, uint32_t seed)
{
    std::vector<RuleExample> out = codeExamples(seed);
    for (const Rule &rule : rules.rules()) {
        for (RuleExample &example : dataExamples(rule, seed))
            out.push_back(std::move(example));
    }
    return out;
}

} // namespace cryoscope::test
