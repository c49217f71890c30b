// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/derivedvalues.h"

#include "core/detect/encodings.h"
#include "core/detect/keys/aesfilter.h"
#include "core/detect/keys/aesschedule.h"
#include "core/detect/keys/privatekey.h"
#include "core/detect/keys/sshkey.h"
#include "core/detect/keys/tlssecrets.h"

#include <algorithm>
#include <optional>

namespace cryoscope
{

namespace
{

constexpr size_t minDerived = 16; // bytes: no key or key number is shorter

/// What the base64 between the BEGIN and END lines of a PEM stands for; nothing if it is encrypted or no PEM.
std::optional<std::string> pemContent(std::string_view text)
{
    constexpr std::string_view dashes = "-----";
    const size_t labelEnd = text.find(dashes, dashes.size());
    const size_t end = text.find(dashes, labelEnd == std::string_view::npos ? labelEnd : labelEnd + 5);
    if (!text.starts_with("-----BEGIN") || end == std::string_view::npos)
        return std::nullopt;
    std::string base64;
    const auto body = text.substr(labelEnd + dashes.size(), end - labelEnd - dashes.size());
    for (size_t i = 0; i < body.size(); ++i) {
        if (body[i] == '\\' && i + 1 < body.size() && (body[i + 1] == 'n' || body[i + 1] == 'r'))
            ++i;
        else if (isBase64(body[i]) || body[i] == '=')
            base64 += body[i];
        else if (body[i] == ':')
            return std::nullopt;
    }
    return decodeBase64(base64);
}

std::optional<PrivateKey> privateKeyOf(std::string_view value)
{
    if (value.starts_with("openssh-key-v1"))
        return readOpensshKey(value, 0);
    if (value.starts_with('\x30'))
        return readDerKey(value, 0);
    if (value.starts_with('\x02'))
        return readHeadlessRsa(value, 0);
    if (value.size() > 16 && value[0] == '\0' && value[1] == '\0') {
        auto blob = readSshBlob(value, 0);
        return blob ? blob->privateKey : std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::string> aesKeyOf(std::string_view value)
{
    if (value.size() != aesScheduleSize(128) && value.size() != aesScheduleSize(192) &&
        value.size() != aesScheduleSize(256))
        return std::nullopt;
    std::vector<AesCandidate> candidates;
    findAesCandidates(value, 0, value.size(), candidates);
    for (const AesCandidate &candidate : candidates) {
        if (auto schedule = confirmAesSchedule(value, candidate.at, candidate.distance))
            return std::move(schedule->key);
    }
    return std::nullopt;
}

void addTls(std::string_view value, std::vector<NamedNumber> &out)
{
    // A finding ends with its last secret; the array that this stands in is filled with zeros.
    constexpr size_t slots = 11;
    if (value.size() < 2 * tlsSlotBytes - 32 || value.size() > slots * tlsSlotBytes)
        return;
    std::string row(value);
    row.resize(slots * tlsSlotBytes, '\0');
    const auto session = readTlsSession(row, 0);
    if (!session)
        return;
    for (size_t at = 0; at < value.size(); at += tlsSlotBytes) {
        const std::string secret = row.substr(at, session->secretBytes);
        if (secret.find_first_not_of('\0') != std::string::npos)
            out.push_back({"secret", secret});
    }
    for (const std::string &secret : session->trafficSecrets) {
        for (const size_t size : {16u, 32u})
            out.push_back({"record key", tlsExpand(secret, "key", {}, size)});
    }
}

} // namespace

std::vector<NamedNumber> derivedValues(std::string_view value)
{
    std::vector<NamedNumber> values;
    const auto pem = pemContent(value);
    const std::string_view binary = pem ? std::string_view(*pem) : value;
    if (auto key = privateKeyOf(binary))
        values = std::move(key->secrets);
    if (pem)
        values.push_back({"content", *pem});
    if (auto key = aesKeyOf(value))
        values.push_back({"key", std::move(*key)});
    addTls(value, values);
    std::erase_if(values, [](const NamedNumber &number) { return number.value.size() < minDerived; });
    return values;
}

} // namespace cryoscope
