// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Secrets of one TLS 1.3 session as OpenSSL keeps them: a row of arrays of 64 bytes each, filled with zeros
/// behind a secret of 32 or 48 bytes (ssl_local.h, from early_secret to early_exporter_master_secret).
struct TlsSession {
    size_t begin = 0; ///< in the bytes: of the first secret that is none of the constant ones
    size_t end = 0;   ///< exclusive
    size_t secretBytes = 0;
    std::vector<std::string> trafficSecrets; ///< of the client and of the server, for application data
};

/// The session whose handshake secret begins at `at`: nothing unless the master secret behind it follows from
/// it by RFC 8446, section 7.1.
[[nodiscard]] std::optional<TlsSession> readTlsSession(std::string_view bytes, size_t at);

/// HKDF-Expand-Label(secret, label, "", length) of RFC 8446 with SHA-256 for secrets of 32 bytes and SHA-384
/// for 48; up to one hash long.
[[nodiscard]] std::string tlsExpand(std::string_view secret, std::string_view label, std::string_view context,
                                    size_t length);

/// The early secret of a session without a pre-shared key: a constant per hash, which finds sessions. 32 or
/// 48 bytes.
[[nodiscard]] std::string tlsEarlySecret(size_t secretBytes);

/// Bytes of one of OpenSSL's arrays for a secret (EVP_MAX_MD_SIZE).
inline constexpr size_t tlsSlotBytes = 64;

} // namespace cryoscope
