// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keyanchors.h"

#include "core/detect/keys/der.h"
#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/keybytes.h"
#include "core/detect/keys/sshkey.h"

#include <algorithm>
#include <array>
#include <openssl/obj_mac.h>
#include <utility>

namespace cryoscope
{

namespace
{

using namespace std::string_view_literals;

constexpr auto exponent = "\x02\x03\x01\x00\x01"sv;                        // INTEGER 65537
constexpr auto ecAlgorithm = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"sv; // and the tag of the curve's OID
constexpr auto ed25519Public = "\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv;
constexpr auto generator = "\x20\0\0\0\0\0\0\0\1\0\0\0"sv; // keylen 32, use_df 1

// SSL_SESSION (ssl_local.h of OpenSSL 3): ssl_version, master_key_length, early_secret[64], master_key[256].
constexpr size_t sessionEarlySecret = 16;
constexpr size_t sessionSecret = sessionEarlySecret + tlsSlotBytes;
constexpr size_t sessionSecretBytes = 256;

/// Offset and size of what a literal is looked for by: all of it, or, if it ends in zeros, the four bytes of
/// it with the fewest (the first such).
std::pair<size_t, size_t> tellingPart(std::string_view literal)
{
    constexpr size_t size = 4;
    const auto zeros = [&](size_t at) {
        const auto part = literal.substr(at, size);
        return std::count(part.begin(), part.end(), '\0');
    };
    if (literal.size() <= size || zeros(literal.size() - size) < 3)
        return {0, literal.size()};
    size_t best = 0;
    for (size_t at = 1; at + size <= literal.size(); ++at) {
        if (zeros(at) < zeros(best))
            best = at;
    }
    return {best, size};
}

} // namespace

std::vector<KeyLiteral> keyLiterals()
{
    std::vector<KeyLiteral> literals;
    const auto add = [&](KeyAnchor anchor, std::string_view bytes) {
        const auto [at, size] = tellingPart(bytes);
        literals.push_back({anchor, std::string(bytes), at, size});
    };
    add(KeyAnchor::Pkcs1, "\x02\x01\x00\x02"sv);
    add(KeyAnchor::Pkcs8, "\x02\x01\x00\x30"sv);
    add(KeyAnchor::Pkcs8, "\x02\x01\x01\x30"sv);
    add(KeyAnchor::Sec1, "\x02\x01\x01\x04"sv);
    add(KeyAnchor::RsaExponent, exponent);
    add(KeyAnchor::EcPublic, ecAlgorithm);
    add(KeyAnchor::Ed25519Public, ed25519Public);
    add(KeyAnchor::OpensshKey, "openssh-key-v1\0"sv);
    add(KeyAnchor::SshBlob, "\0\0\0\x0bssh-ed25519"sv);
    add(KeyAnchor::SshBlob, "\0\0\0\x07ssh-rsa"sv);
    add(KeyAnchor::SshBlob, "\0\0\0\x13"
                            "ecdsa-sha2-nistp"sv);
    add(KeyAnchor::ChaCha, "expand 32-byte k"sv);
    add(KeyAnchor::OpensslSession, "\3\3\0\0\0\0\0\0\x30\0\0\0\0\0\0\0"sv);
    add(KeyAnchor::OpensslSession, "\4\3\0\0\0\0\0\0\x20\0\0\0\0\0\0\0"sv);
    add(KeyAnchor::OpensslSession, "\4\3\0\0\0\0\0\0\x30\0\0\0\0\0\0\0"sv);
    add(KeyAnchor::OpensslGenerator, generator);
    add(KeyAnchor::TlsEarlySecret, tlsEarlySecret(32));
    add(KeyAnchor::TlsEarlySecret, tlsEarlySecret(48));
    return literals;
}

void KeyAnchorReader::read(const KeyLiteral &literal, size_t at)
{
    const auto bytes = m_window.bytes;
    switch (literal.anchor) {
    case KeyAnchor::Pkcs1:
    case KeyAnchor::Pkcs8:
    case KeyAnchor::Sec1:
        readDer(at);
        break;
    case KeyAnchor::RsaExponent:
        readModulus(at);
        if (at + literal.bytes.size() < bytes.size() &&
            bytes[at + literal.bytes.size()] == static_cast<char>(DerReader::integerTag)) {
            if (auto key = readHeadlessRsa(bytes, at))
                m_headless.push_back(std::move(*key));
        }
        break;
    case KeyAnchor::EcPublic:
        readEcPublic(at, literal.bytes.size());
        break;
    case KeyAnchor::Ed25519Public: {
        const size_t key = at + literal.bytes.size();
        if (owns(at) && bytes.size() >= key + 32)
            m_evidence.addPublicKey(NID_ED25519, std::string(bytes.substr(key, 32)), place(key, key + 32));
        break;
    }
    case KeyAnchor::OpensshKey:
        if (auto key = readOpensshKey(bytes, at)) {
            const bool sealed = key->secrets.empty() && !key->check.starts_with("not encrypted");
            add("openssh-key", sealed ? "OpenSSH private key (encrypted)" : "OpenSSH private key",
                std::move(*key));
        }
        break;
    case KeyAnchor::SshBlob:
        readSsh(at);
        break;
    case KeyAnchor::ChaCha:
        readChaCha(at);
        break;
    case KeyAnchor::OpensslSession:
        readSession(at);
        break;
    case KeyAnchor::OpensslGenerator: {
        const auto key = bytes.substr(std::min(bytes.size(), at + literal.bytes.size()), 32);
        if (owns(at) && key.size() == 32 && looksRandom(key))
            m_evidence.addGeneratorKey(key);
        break;
    }
    case KeyAnchor::TlsEarlySecret:
        if (auto session = readTlsSession(bytes, at + tlsSlotBytes); session && owns(session->begin)) {
            const KeyPlace where = place(session->begin, session->end);
            m_evidence.addTls({where, std::move(*session)});
        }
        break;
    }
}

void KeyAnchorReader::readDer(size_t versionAt)
{
    // The SEQUENCE's tag and length before it: two to five bytes.
    for (size_t head = 2; head <= 5 && head <= versionAt; ++head) {
        if (m_window.bytes[versionAt - head] != static_cast<char>(DerReader::sequenceTag))
            continue;
        auto key = readDerKey(m_window.bytes, versionAt - head);
        if (!key || key->end < versionAt)
            continue;
        add("private-key-der", "Private key (DER)", std::move(*key));
        return;
    }
}

void KeyAnchorReader::readModulus(size_t end)
{
    for (const size_t size : {64u, 96u, 128u, 192u, 256u, 384u, 512u, 1024u}) {
        if (end < size + 5)
            continue;
        // With the zero byte that keeps it positive; its own item must end here.
        const size_t length = size + 1;
        const size_t head = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
        if (end < head + length || m_window.bytes[end - length] != '\0' ||
            m_window.bytes[end - length - head] != static_cast<char>(DerReader::integerTag))
            continue;
        DerReader reader(m_window.bytes, end - length - head);
        const auto number = reader.number();
        if (number && number->size() == size && reader.next(DerReader::integerTag))
            m_evidence.addModulus(*number);
    }
}

void KeyAnchorReader::readEcPublic(size_t at, size_t length)
{
    if (!owns(at))
        return;
    DerReader reader(m_window.bytes, at + length - 1);
    const auto curveOid = reader.next(DerReader::oidTag);
    const auto bits = reader.next(DerReader::bitStringTag);
    if (!curveOid || !bits || bits->content.size() < 20 || bits->content.size() > 140)
        return;
    const auto curve = EcCurve::byOid(curveOid->content);
    if (!curve)
        return;
    if (auto point = curve->uncompressed(bits->content.substr(1)))
        m_evidence.addPublicKey(curve->number(), std::move(*point), place(bits->begin, bits->end));
}

void KeyAnchorReader::readSsh(size_t at)
{
    auto blob = readSshBlob(m_window.bytes, at);
    if (!blob)
        return;
    if (owns(at)) {
        const KeyPlace where = place(at, blob->end);
        if (!blob->curve.empty()) {
            if (const auto curve = EcCurve::bySshName(blob->curve))
                m_evidence.addPublicKey(curve->number(), blob->publicKey, where);
        } else if (blob->publicKey.size() == 32) {
            m_evidence.addPublicKey(NID_ED25519, blob->publicKey, where);
        } else {
            m_evidence.addModulus(blob->publicKey);
        }
    }
    if (blob->privateKey)
        add("openssh-key", "OpenSSH private key", std::move(*blob->privateKey));
}

void KeyAnchorReader::readChaCha(size_t at)
{
    // RFC 8439, 2.3: four words of constants, eight of key, a counter and a nonce. Programs hold the
    // constants alone, too, beside other constants.
    const auto state = m_window.bytes.substr(at, 64);
    const uint64_t address = m_window.run->start + m_window.start + at;
    if (state.size() < 64 || !owns(at + 16) || address % 4 != 0 || !looksRandom(state.substr(16, 32)) ||
        state[51] != '\0') // counters are small
        return;
    Detection found;
    found.rule = "chacha20-key";
    found.kind = "ChaCha20 key";
    found.begin = at + 16;
    found.end = at + 48;
    found.confidence = Confidence::Medium;
    found.why = "32 random bytes between ChaCha20's constants and a small counter: a cipher's state";
    m_keys.push_back(std::move(found));
}

void KeyAnchorReader::readSession(size_t at)
{
    const auto bytes = m_window.bytes;
    const auto length = static_cast<size_t>(bytes[at + 8]);
    const size_t begin = at + sessionSecret;
    if (bytes.size() < begin + sessionSecretBytes || !looksRandom(bytes.substr(begin, length)) ||
        !isZero(bytes.substr(begin + length, sessionSecretBytes - length)))
        return;
    const bool old = bytes[at] == '\3';
    Detection found;
    found.rule = "tls-session-secret";
    found.kind = old ? "TLS 1.2 master secret" : "TLS 1.3 resumption secret";
    found.begin = begin;
    found.end = begin + length;
    found.confidence = Confidence::High;
    found.why = std::to_string(length) + " random bytes in a session of OpenSSL (version, length, filling)";
    m_keys.push_back(std::move(found));
}

void KeyAnchorReader::add(const char *rule, std::string kind, PrivateKey key)
{
    Detection found;
    found.rule = rule;
    found.kind = std::move(kind);
    found.begin = key.begin;
    found.end = key.end;
    found.confidence = key.checked ? Confidence::High : Confidence::Medium;
    found.why = key.form + (key.check.empty() ? "" : ": " + key.check);
    found.label = key.algorithm;
    m_keys.push_back(std::move(found));
}

void KeyAnchorReader::finish(std::vector<Detection> &out)
{
    for (PrivateKey &key : m_headless)
        add("private-key-der", "Private key (DER)", std::move(key));
    // Of encodings within each other the outermost.
    for (const Detection &key : m_keys) {
        const bool within = std::any_of(m_keys.begin(), m_keys.end(), [&key](const Detection &other) {
            return other.begin <= key.begin && key.end <= other.end &&
                   (other.begin < key.begin || key.end < other.end);
        });
        if (!within && owns(key.begin))
            out.push_back(key);
    }
}

} // namespace cryoscope
