// SPDX-License-Identifier: Apache-2.0
#include "core/detect/confirm.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

void confirmNothing(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &) {}

constexpr std::array<ConfirmEntry, 30> entries{{
    {"token", confirmToken, Trigger::Anchor,
     "a boundary before it, then exactly the form below, ended by any other byte"},
    {"pem", confirmPem, Trigger::Anchor,
     "BEGIN and END of one label; base64 in lines (LF, CRLF, \\n); the content parses as a private key (DER, "
     "openssh-key-v1, OpenPGP), or says that it is encrypted"},
    {"putty", confirmPutty, Trigger::Anchor, "private lines in base64 and a MAC of the right length"},
    {"jwt", confirmJwt, Trigger::Anchor,
     "header is JSON with alg, payload is JSON, the signature has the length of its algorithm; five parts "
     "with enc"},
    {"authorization", confirmAuthorization, Trigger::Anchor,
     "a scheme and its credentials; Basic decodes to a name and a password"},
    {"header", confirmHeader, Trigger::Anchor, "a value of 16 characters or more that looks random"},
    {"cookie", confirmCookie, Trigger::Anchor,
     "values of 16 characters or more that look random; not those that count visits"},
    {"url", confirmUrl, Trigger::Anchor, "a host after, a password between; no placeholder"},
    {"crypt", confirmCrypt, Trigger::Anchor,
     "fields of exactly the lengths that the method writes, or a line of /etc/shadow"},
    {"scram", confirmScram, Trigger::Anchor, "iterations, salt and both keys of exactly the right lengths"},
    {"aws", confirmAws, Trigger::Anchor,
     "16 base32 characters; 40 base64 characters that look random within 4 KB are its secret"},
    {"azure-client-secret", confirmAzureClientSecret, Trigger::Anchor,
     "three characters before, 31 to 34 after"},
    {"telegram", confirmTelegram, Trigger::Anchor, "8 to 10 digits before, 35 characters after"},
    {"openai-legacy", confirmOpenaiLegacy, Trigger::Anchor,
     "20 characters on either side of the mark, after sk-"},
    {"terraform", confirmTerraform, Trigger::Anchor, "14 characters before, 60 to 70 after"},
    {"newrelic-license", confirmNewrelicLicense, Trigger::Anchor, "32 characters before it"},
    {"twilio", confirmTwilio, Trigger::Anchor, "SK and 32 hex digits within 256 bytes of the name"},
    {"mailchimp", confirmMailchimp, Trigger::Anchor, "32 hex digits before, a data centre after"},
    {"assignment", confirmAssignment, Trigger::Anchor,
     "a name that says it is secret, a separator, a value that is no code, type, path or placeholder"},
    {"command", confirmCommand, Trigger::Anchor, "the option that the program takes a password in"},
    {"configured", confirmConfigured, Trigger::Anchor,
     "a statement, command or configuration line that sets a password"},
    {"run-token", confirmRunToken, Trigger::TokenRun,
     "exactly the form below, that no literal begins, with any other byte around"},
    {"high-entropy", confirmHighEntropy, Trigger::TokenRun,
     "24 to 128 characters, upper and lower case and digits in turns, 4.5 bits each, standing alone, no "
     "digest or id"},
    {"hex-key", confirmHexKey, Trigger::TokenRun,
     "32, 40, 48, 64 or 128 hex digits beside a name of key material"},
    {"card", confirmCard, Trigger::Text, "digits in groups, issuer range, length, check digit (Luhn)"},
    {"iban", confirmIban, Trigger::Text, "country, its length, check digits (mod 97)"},
    {"mail", confirmMail, Trigger::Text, "name, host, top-level domain; not of tools and examples"},
    {"phone", confirmPhone, Trigger::Text, "country code and 9 to 15 digits"},
    {"percent", confirmNothing, Trigger::Percent, "the text around is decoded and searched again"},
    {"escaped", confirmNothing, Trigger::Escaped, "the text around is decoded and searched again"},
}};

} // namespace

const ConfirmEntry *findConfirm(std::string_view name)
{
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [name](const ConfirmEntry &entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

} // namespace cryoscope
