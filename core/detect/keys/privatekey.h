// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/rsanumbers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A private key that was read from an encoding.
struct PrivateKey {
    std::string algorithm; ///< "RSA-2048", "EC prime256v1", "Ed25519"
    std::string form;      ///< "PKCS#8", "OpenSSH wire form"
    size_t begin = 0;      ///< in the bytes
    size_t end = 0;        ///< exclusive: the whole encoding
    bool checked = false;  ///< the numbers fit each other, or the public key is that of the private one
    std::string check;     ///< what was checked, or why it could not be: free of the value
    /// What must not stay: p, q, d …, a scalar, a seed; bytes, most significant first.
    std::vector<NamedNumber> secrets;
};

/// The private key whose outermost SEQUENCE begins at `at`: PKCS#1, PKCS#8 (RSA, EC, DSA, Ed25519, Ed448,
/// X25519, X448) or SEC1. Nothing if the encoding is not complete, or does not end where its lengths say.
[[nodiscard]] std::optional<PrivateKey> readDerKey(std::string_view bytes, size_t at);

/// The numbers of a PKCS#1 key whose head is lost (freed memory): `at` is where the exponent's INTEGER
/// begins, d, p, q, dp, dq and qInverse follow. Nothing unless they fit each other.
[[nodiscard]] std::optional<PrivateKey> readHeadlessRsa(std::string_view bytes, size_t at);

} // namespace cryoscope
