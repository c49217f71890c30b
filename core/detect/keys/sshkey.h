// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/privatekey.h"

#include <optional>
#include <string>
#include <string_view>

namespace cryoscope
{

/// A key in the binary form of the SSH protocol (RFC 4253, 5656, 8709; private: OpenSSH's PROTOCOL.agent).
struct SshBlob {
    std::optional<PrivateKey> privateKey; ///< nothing: a public key only
    std::string curve;                    ///< "nistp256" for ECDSA
    std::string publicKey;                ///< Ed25519: 32 bytes; ECDSA: the point; RSA: the modulus
    size_t end = 0;                       ///< in the bytes, exclusive
};

/// The blob whose length-prefixed type name ("ssh-ed25519") begins, with its length, at `at`.
[[nodiscard]] std::optional<SshBlob> readSshBlob(std::string_view bytes, size_t at);

/// The key file's content in binary (OpenSSH's PROTOCOL.key) whose magic "openssh-key-v1" begins at `at`. Its
/// secrets are empty if it is encrypted (then `check` says so and `checked` is false).
[[nodiscard]] std::optional<PrivateKey> readOpensshKey(std::string_view bytes, size_t at);

/// What ssh-agent's shield holds: the private part in SSH's form, from the sealed bytes and the 16 KB that
/// their key is the hash of (sshkey.c: AES-256-CTR, key and IV are SHA-512 of the prekey). Nothing if it does
/// not unseal to a key.
[[nodiscard]] std::optional<PrivateKey> unshield(std::string_view sealed, std::string_view prekey);

inline constexpr size_t shieldPrekeyBytes = 16u << 10;
inline constexpr size_t maxShieldedBytes = 16u << 10;

} // namespace cryoscope
