// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/keyevidence.h"
#include "core/detect/keys/privatekey.h"
#include "core/detect/windowdetector.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// What stands at the beginning of, or within, keys in binary.
enum class KeyAnchor {
    Pkcs1,         ///< version 0 and an INTEGER
    Pkcs8,         ///< version 0 or 1 and a SEQUENCE
    Sec1,          ///< version 1 and an OCTET STRING
    RsaExponent,   ///< 65537 as an INTEGER: after a modulus
    EcPublic,      ///< the algorithm of an EC key, and its curve
    Ed25519Public, ///< SubjectPublicKeyInfo
    OpensshKey,
    SshBlob,
    ChaCha,
    OpensslSession,   ///< version and length of the secret in an SSL_SESSION
    OpensslGenerator, ///< before the key in OpenSSL's CTR_DRBG
    TlsEarlySecret
};

struct KeyLiteral {
    KeyAnchor anchor;
    std::string bytes;
    size_t soughtAt = 0;   ///< in `bytes`
    size_t soughtSize = 0; ///< bytes

    /// The part that tells most: a matcher looks at the end of a literal first, and zeros with a small number
    /// are the commonest thing in memory. What stands around it must be compared.
    [[nodiscard]] std::string_view sought() const
    {
        return std::string_view(bytes).substr(soughtAt, soughtSize);
    }
};

/// All of them.
[[nodiscard]] std::vector<KeyLiteral> keyLiterals();

/// Looks at what stands around anchors of one window: keys are added to the detections, what must be held
/// against other things to the evidence.
class KeyAnchorReader
{
public:
    KeyAnchorReader(const RunWindow &window, KeyEvidence &evidence) : m_window(window), m_evidence(evidence)
    {
    }

    void read(const KeyLiteral &literal, size_t at);
    /// When all anchors of the window were read: what the window owns.
    void finish(std::vector<Detection> &out);

private:
    [[nodiscard]] bool owns(size_t at) const { return at >= m_window.ownBegin && at < m_window.ownEnd; }
    [[nodiscard]] KeyPlace place(size_t begin, size_t end) const
    {
        return {m_window.run, m_window.start + begin, end - begin};
    }
    void readDer(size_t versionAt);
    void readModulus(size_t end);
    void readEcPublic(size_t at, size_t length);
    void readSsh(size_t at);
    void readChaCha(size_t at);
    void readSession(size_t at);
    void add(const char *rule, std::string kind, PrivateKey key);

    const RunWindow &m_window;
    KeyEvidence &m_evidence;
    std::vector<Detection> m_keys; ///< encodings of private keys, in and around what is owned
    std::vector<PrivateKey> m_headless;
};

} // namespace cryoscope
