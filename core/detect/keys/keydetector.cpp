// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keydetector.h"

#include "core/detect/keys/aesfilter.h"
#include "core/detect/keys/chunkscan.h"
#include "core/detect/keys/keyanchors.h"
#include "core/detect/keys/keybytes.h"
#include "core/detect/keys/keyjoin.h"
#include "core/detect/keys/sshkey.h"

#include <algorithm>
#include <cstring>
#include <openssl/obj_mac.h>

namespace cryoscope
{

namespace
{

constexpr size_t maxPrimeBytes = 256; // of RSA-4096; larger ones are rare, and a test takes 20 ms
constexpr size_t longestSchedule = 240;

/// Whether what stands before a schedule is mbedTLS's CTR_DRBG (ctr_drbg.h: reseed_interval, then the AES
/// context: rounds, pointer to the round keys, buffer); older versions keep an offset in place of a pointer.
bool isMbedtlsGenerator(std::string_view bytes, size_t schedule)
{
    constexpr uint32_t defaultInterval = 10000;
    constexpr uint32_t rounds = 14;
    for (const size_t more : {0u, 4u, 8u}) { // the round keys may be aligned within the buffer
        if (schedule < 24 + more)
            continue;
        const size_t at = schedule - 24 - more;
        if (static_cast<uint32_t>(limbAt(bytes, at)) == defaultInterval &&
            static_cast<uint32_t>(limbAt(bytes, at + 8)) == rounds)
            return true;
    }
    return false;
}

} // namespace

struct KeyDetector::KeyScratch : Scratch {
    LiteralMatcher::Scratch anchors;
    std::vector<AesCandidate> schedules;
    std::vector<ChunkCandidate> chunks;
};

Result<std::unique_ptr<KeyDetector>> KeyDetector::make()
{
    std::unique_ptr<KeyDetector> detector(new KeyDetector);
    std::vector<Literal> literals;
    detector->m_literals = keyLiterals();
    for (const KeyLiteral &literal : detector->m_literals)
        literals.push_back({std::string(literal.sought()), false});
    auto matcher = LiteralMatcher::compile(literals);
    if (!matcher)
        return matcher.error();
    detector->m_anchors = std::move(*matcher);
    return detector;
}

Result<std::unique_ptr<WindowDetector::Scratch>> KeyDetector::makeScratch() const
{
    auto anchors = m_anchors->makeScratch();
    if (!anchors)
        return anchors.error();
    auto scratch = std::make_unique<KeyScratch>();
    scratch->anchors = std::move(*anchors);
    return std::unique_ptr<Scratch>(std::move(scratch));
}

void KeyDetector::search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out)
{
    auto &own = static_cast<KeyScratch &>(scratch);
    searchSchedules(window, own);
    if (window.run->kind != Run::Kind::Member)
        searchChunks(window, own);
    KeyAnchorReader reader(window, m_evidence);
    m_anchors->search(window.bytes, own.anchors, [&](size_t index, size_t at) {
        const KeyLiteral &literal = m_literals[index];
        if (at >= literal.soughtAt &&
            window.bytes.substr(at - literal.soughtAt, literal.bytes.size()) == literal.bytes)
            reader.read(literal, at - literal.soughtAt);
    });
    reader.finish(out);
}

void KeyDetector::searchSchedules(const RunWindow &window, KeyScratch &scratch)
{
    scratch.schedules.clear();
    const uint64_t address = window.run->start + window.start;
    const size_t from = window.ownBegin + (4 - (address + window.ownBegin) % 4) % 4;
    const size_t to = std::min(window.bytes.size(), window.ownEnd + longestSchedule);
    findAesCandidates(window.bytes, from, to, scratch.schedules);
    size_t end = 0; // of the last schedule
    for (const AesCandidate &candidate : scratch.schedules) {
        if (candidate.at < end)
            continue;
        auto schedule = confirmAesSchedule(window.bytes, candidate.at, candidate.distance);
        if (!schedule)
            continue;
        end = schedule->end();
        if (schedule->begin < window.ownBegin || schedule->begin >= window.ownEnd)
            continue;
        const KeyPlace place{window.run, window.start + schedule->begin, end - schedule->begin};
        const bool mbedtls =
            schedule->layout.keyBits == 256 && isMbedtlsGenerator(window.bytes, schedule->begin);
        m_evidence.addAes({place, std::move(*schedule), mbedtls ? "mbedTLS" : ""});
    }
}

void KeyDetector::searchChunks(const RunWindow &window, KeyScratch &scratch)
{
    scratch.chunks.clear();
    scanChunks(window.bytes, window.ownBegin, window.ownEnd, window.run->start + window.start,
               scratch.chunks);
    for (const ChunkCandidate &chunk : scratch.chunks) {
        const auto bytes = window.bytes.substr(chunk.begin, chunk.size);
        const KeyPlace place{window.run, window.start + chunk.begin, chunk.size};
        switch (chunk.kind) {
        case ChunkCandidate::Kind::Number: {
            m_evidence.addNumber(place, limbAt(bytes, 0));
            const bool odd = (bytes.front() & 1) != 0;
            // At least half the square root of two times a power of two (FIPS 186-4, B.3.1): so that the
            // product of two has all its bits.
            const bool full = static_cast<uint8_t>(bytes.back()) >= 0xb5;
            if (odd && full && bytes.size() <= maxPrimeBytes)
                m_evidence.addIfPrime(place, bytes);
            break;
        }
        case ChunkCandidate::Kind::Field:
            m_evidence.addField(chunk.size);
            break;
        case ChunkCandidate::Kind::Scalar:
            m_evidence.addScalar(place, bytes);
            break;
        case ChunkCandidate::Kind::EdwardsKey: {
            const int curve = bytes[96] == 2 ? NID_ED25519 : NID_X25519;
            m_evidence.addPublicKey(curve, std::string(bytes.substr(ecxPublicKey, 32)), place);
            break;
        }
        case ChunkCandidate::Kind::Shield: {
            // struct sshkey (sshkey.h): shielded_private, shielded_len, shield_prekey, shield_prekey_len.
            const KeyEvidence::Shield shield{window.run->pid, limbAt(bytes, 0), limbAt(bytes, 8),
                                             limbAt(bytes, 16)};
            if (window.run->pid != 0 && shield.blob != 0 && shield.prekey != 0 && shield.blobBytes >= 16 &&
                shield.blobBytes <= maxShieldedBytes)
                m_evidence.addShield(shield);
            break;
        }
        }
    }
}

std::vector<Finding> KeyDetector::finish(const Memory &memory, size_t threads)
{
    return KeyJoin(memory, m_evidence).run(threads);
}

} // namespace cryoscope
