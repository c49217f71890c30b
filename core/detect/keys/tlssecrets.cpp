// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/tlssecrets.h"

#include "core/detect/keys/keybytes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cryoscope
{

namespace
{

const EVP_MD *hashOf(size_t secretBytes)
{
    return secretBytes == 48 ? EVP_sha384() : EVP_sha256();
}

std::string hmac(size_t secretBytes, std::string_view key, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    HMAC(hashOf(secretBytes), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char *>(text.data()), text.size(), out.data(), &length);
    return {reinterpret_cast<const char *>(out.data()), length};
}

std::string emptyHash(size_t secretBytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    EVP_Digest("", 0, out.data(), &length, hashOf(secretBytes), nullptr);
    return {reinterpret_cast<const char *>(out.data()), length};
}

/// The master secret that follows from a handshake secret.
std::string masterOf(std::string_view handshake)
{
    const size_t size = handshake.size();
    const std::string derived = tlsExpand(handshake, "derived", emptyHash(size), size);
    return hmac(size, derived, std::string(size, '\0'));
}

} // namespace

std::string tlsExpand(std::string_view secret, std::string_view label, std::string_view context,
                      size_t length)
{
    std::string info;
    info += static_cast<char>(length >> 8);
    info += static_cast<char>(length);
    info += static_cast<char>(6 + label.size());
    info += "tls13 ";
    info += label;
    info += static_cast<char>(context.size());
    info += context;
    info += '\1';
    return hmac(secret.size(), secret, info).substr(0, length);
}

std::string tlsEarlySecret(size_t secretBytes)
{
    return hmac(secretBytes, {}, std::string(secretBytes, '\0'));
}

std::optional<TlsSession> readTlsSession(std::string_view bytes, size_t at)
{
    // handshake_secret, master_secret, resumption_master_secret, client and server_finished_secret,
    // server_finished_hash, handshake_traffic_hash, client and server_app_traffic_secret,
    // exporter_master_secret, early_exporter_master_secret.
    constexpr size_t slots = 11;
    constexpr size_t clientTraffic = 7;
    if (at > bytes.size() || bytes.size() - at < slots * tlsSlotBytes)
        return std::nullopt;
    const auto slot = [&](size_t i) { return bytes.substr(at + i * tlsSlotBytes, tlsSlotBytes); };
    size_t size = 0;
    if (isZero(slot(0).substr(32)) && isZero(slot(1).substr(32)))
        size = 32;
    else if (isZero(slot(0).substr(48)) && isZero(slot(1).substr(48)))
        size = 48;
    if (size == 0 || isZero(slot(0)) || masterOf(slot(0).substr(0, size)) != slot(1).substr(0, size))
        return std::nullopt;
    TlsSession session;
    session.begin = at;
    session.secretBytes = size;
    size_t last = 1;
    for (size_t i = 2; i < slots; ++i) {
        if (!isZero(slot(i)))
            last = i;
    }
    session.end = at + last * tlsSlotBytes + size;
    for (const size_t i : {clientTraffic, clientTraffic + 1}) {
        if (!isZero(slot(i)))
            session.trafficSecrets.emplace_back(slot(i).substr(0, size));
    }
    return session;
}

} // namespace cryoscope
