// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keyjoin.h"

#include "core/detect/keys/ecjoin.h"
#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/rsajoin.h"
#include "core/detect/keys/sshkey.h"

namespace cryoscope
{

std::vector<Finding> KeyJoin::run(size_t threads)
{
    tlsSessions();
    schedules();
    RsaJoin(m_evidence, m_findings).run();
    EcJoin(m_evidence, m_findings, threads).run();
    shields();
    return m_findings.take();
}

void KeyJoin::tlsSessions()
{
    std::map<std::vector<std::string>, std::string> labels; // one for all copies of a session
    for (const KeyEvidence::Tls &tls : m_evidence.tls)
        labels.try_emplace(tls.session.trafficSecrets);
    size_t number = 0; // which must not depend on which thread was first
    for (auto &[secrets, label] : labels)
        label = "TLS 1.3 session " + std::to_string(++number);
    for (const KeyEvidence::Tls &tls : m_evidence.tls) {
        const std::string &label = labels.at(tls.session.trafficSecrets);
        m_findings.add(tls.place,
                       {"tls-session-secret", "TLS 1.3 session secrets", Confidence::High, Encoding::Raw,
                        "the master secret follows from the handshake secret before it (RFC 8446, 7.1)",
                        label});
        for (const std::string &secret : tls.session.trafficSecrets) {
            for (const size_t size : {16u, 32u})
                m_trafficKeys.emplace(tlsExpand(secret, "key", {}, size), label);
        }
    }
}

void KeyJoin::schedules()
{
    for (const KeyEvidence::Aes &aes : m_evidence.aes) {
        KeyFindings::What what{"aes-schedule", "AES key", Confidence::High, Encoding::Raw, {}, {}};
        what.why = "expanded key of " + aes.schedule.describe() + ": every word follows from the key";
        const auto known = knownAesKey(aes.schedule.key);
        const auto traffic = m_trafficKeys.find(aes.schedule.key);
        if (!known.empty()) {
            what.rule = "aes-test-vector";
            what.kind = "AES key (published)";
            what.confidence = Confidence::Low;
            what.label = known;
            what.why += "; the key is public: " + std::string(known);
        } else if (traffic != m_trafficKeys.end()) {
            what.kind = "TLS 1.3 record key";
            what.label = traffic->second;
            what.why += "; the key follows from a traffic secret of the session";
        } else if (!aes.generator.empty() || m_evidence.generatorKeys.contains(aes.schedule.key)) {
            const std::string owner = aes.generator.empty() ? "OpenSSL" : std::string(aes.generator);
            what.rule = "aes-generator-key";
            what.kind = "AES key of a random generator";
            what.label = "random generator of " + owner;
            what.why += "; the key is that of " + owner + "'s random generator (CTR_DRBG)";
        }
        m_findings.add(aes.place, what);
    }
}

/// Whether a seal and what it seals look like ciphertext wherever one looks: what does not unseal to a key
/// that is known has nothing else to tell it from a table of 16 KB.
static bool sealedAtRandom(std::string_view blob, std::string_view prekey)
{
    constexpr size_t sample = 256;
    constexpr size_t maxBlob = 4096; // of the largest RSA keys
    if (blob.size() > maxBlob || !looksRandom(blob.substr(0, sample)))
        return false;
    for (size_t at = 0; at < prekey.size(); at += 4 * sample) {
        if (!looksRandom(prekey.substr(at, sample)))
            return false;
    }
    return true;
}

void KeyJoin::shields()
{
    for (const KeyEvidence::Shield &shield : m_evidence.shields) {
        const auto space = m_findings.memory().addressSpace(shield.pid);
        if (!space)
            continue;
        const auto bytesAt = [&](uint64_t address, uint64_t length) {
            std::string bytes(length, '\0');
            const auto absent =
                space->read(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
            return absent && absent->empty() ? bytes : std::string();
        };
        const std::string prekey = bytesAt(shield.prekey, shieldPrekeyBytes);
        const std::string blob = bytesAt(shield.blob, shield.blobBytes);
        if (prekey.empty() || blob.empty() || !looksRandom(std::string_view(prekey).substr(0, 256)))
            continue;
        const auto key = unshield(blob, prekey);
        if (!key && (shield.blobBytes % 16 != 0 || !sealedAtRandom(blob, prekey)))
            continue;
        KeyFindings::What what{
            "ssh-shielded-key", "Sealed SSH private key", Confidence::High, Encoding::Raw, {}, {}};
        what.label = key ? key->algorithm : std::string();
        if (!key) // a smart card's or another kind that is not checked
            what.confidence = Confidence::Medium;
        const std::string how =
            key ? "it unseals to a private key" : "does not unseal to a key that is known";
        what.why = "sealed by OpenSSH (AES under a hash of 16 KB beside it): " + how;
        m_findings.add(shield.pid, shield.blob, shield.blobBytes, what);
        what.kind = "Seal of an SSH private key";
        what.why = "16 KB of random bytes whose hash seals a private key: " + how;
        m_findings.add(shield.pid, shield.prekey, shieldPrekeyBytes, what);
    }
}

} // namespace cryoscope
