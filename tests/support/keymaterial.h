// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cryoscope::test
{

/// Made-up keys, as libraries hold them. The same at each call: nothing here is random but by its seed.
struct RsaKey {
    std::string n, e, d, p, q, dp, dq, qInverse; ///< most significant byte first
};

[[nodiscard]] std::string randomBytes(size_t size, unsigned seed);
/// A key of 1024 bits.
[[nodiscard]] const RsaKey &rsaKey();
/// A prime that is none of rsaKey()'s, 512 bits.
[[nodiscard]] const std::string &otherPrime();
/// A prime of 1024 bits, the two highest of them set.
[[nodiscard]] const std::string &largePrime();

/// A chunk of glibc's malloc: the size field with its flags, then `content` and zeros up to the next one.
[[nodiscard]] std::string chunk(std::string_view content, size_t spare = 0);
/// The number as limbs of 64 bits, least significant first.
[[nodiscard]] std::string limbs(std::string_view number);

// DER.
[[nodiscard]] std::string derItem(char tag, std::string_view content);
[[nodiscard]] std::string derNumber(std::string_view number);
[[nodiscard]] std::string pkcs1(const RsaKey &key);
[[nodiscard]] std::string pkcs8(const RsaKey &key);
/// As in a certificate.
[[nodiscard]] std::string rsaPublic(const RsaKey &key);
/// EC over prime256v1: with its public key, and the SubjectPublicKeyInfo of that.
[[nodiscard]] std::string sec1(std::string_view scalar, std::string_view point);
[[nodiscard]] std::string ecPublic(std::string_view point);
[[nodiscard]] std::string ed25519Pkcs8(std::string_view seed);

// SSH.
[[nodiscard]] std::string sshString(std::string_view content);
[[nodiscard]] std::string sshNumber(std::string_view number);
[[nodiscard]] std::string sshEd25519Private(std::string_view seed, std::string_view publicKey);
[[nodiscard]] std::string opensshKey(std::string_view publicBlob, std::string_view privateBlob);

} // namespace cryoscope::test
