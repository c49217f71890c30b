// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace cryoscope
{

/// Detached Ed25519 signatures (RFC 8032) with a user's own keys, as `openssl genpkey -algorithm ed25519`
/// makes them:
///
///     openssl pkeyutl -verify -rawin -pubin -inkey PUBLIC -sigfile SIGNATURE -in TEXT
///
/// checks the same. All functions are thread-safe.

/// The signature of a text: 64 bytes. `keyFile`: a private key in PEM; `passphrase`: of it, empty if it has
/// none. Errors: InputUnreadable, InputMalformed (no Ed25519 key, or the passphrase does not open it), never
/// telling any of it.
Result<std::string> signText(std::string_view text, const std::string &keyFile,
                             const std::string &passphrase);

/// Whether a signature is that of `text` by the owner of a public key. `keyFile`: the public key in PEM.
/// Errors as above.
Result<bool> signatureFits(std::string_view text, std::string_view signature, const std::string &keyFile);

/// What a public key is known by: SHA-256 over its SubjectPublicKeyInfo in DER, lower-case hex. Errors as
/// above.
Result<std::string> publicKeyFingerprint(const std::string &keyFile);

} // namespace cryoscope
