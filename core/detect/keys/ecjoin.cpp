// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/ecjoin.h"

#include "core/base/parallel.h"
#include "core/detect/encodings.h"
#include "core/detect/keys/keybytes.h"

#include <algorithm>
#include <openssl/obj_mac.h>

namespace cryoscope
{

namespace
{

// Of one curve. A try takes some 15 microseconds with P-256, and several times that with the others. What a
// curve's numbers are tried for is likely where its prime lies in memory: a library has worked on it.
constexpr size_t maxTries256 = 30'000;
constexpr size_t maxTriesOthers = 800;
constexpr size_t maxUnlikelyTries256 = 8'000;
constexpr size_t maxUnlikelyTriesOthers = 250;
// Near public keys, of which bundles of certificates hold hundreds: half a second for all of a curve.
constexpr size_t maxNearTries256 = 20'000;
constexpr size_t maxNearTriesEdwards = 8'000;
constexpr size_t maxNearTriesOthers = 600;
constexpr size_t maxNearPlaces = 8; // of one public key
constexpr uint64_t nearBytes = 4096;
constexpr uint64_t closeBytes = 96;
constexpr size_t manyTries = 40; // from here on a table pays

} // namespace

void EcJoin::run()
{
    // The usual curves always: a scalar and a coordinate of its public key may both lie as limbs.
    std::map<int, PublicKeys> curves{{NID_X9_62_prime256v1, {}}, {NID_secp384r1, {}}, {NID_secp521r1, {}}};
    for (const auto &[key, places] : m_evidence.publicKeys)
        curves[key.first].emplace(key.second, &places);
    for (const auto &[number, keys] : curves) {
        if (number == NID_ED25519)
            edwards(keys, EdwardsKind::Ed25519);
        else if (number == NID_X25519)
            edwards(keys, EdwardsKind::X25519);
        else if (const auto known = EcCurve::byNumber(number))
            curve(*known, keys);
    }
}

void EcJoin::report(const KeyPlace &place, Encoding encoding, const std::string &name, const char *why)
{
    m_findings.add(place, {"ec-private-key",
                           name.starts_with("EC") ? "EC private key (scalar)" : "Private key (seed)",
                           Confidence::High, encoding, why, name});
}

void EcJoin::curve(EcCurve curve, const PublicKeys &keys)
{
    const size_t bytes = curve.scalarBytes();
    const size_t size = (bytes + 7) / 8 * 8; // as limbs
    const std::string name = "EC " + curve.name();
    std::set<std::string_view> coordinates;
    for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
        if (secret.value.size() == size)
            coordinates.insert(secret.value);
    }
    std::set<std::string> solved;
    const bool likely = m_evidence.fields.contains(size);
    const size_t maxTries = curve.number() == NID_X9_62_prime256v1
                                ? (likely ? maxTries256 : maxUnlikelyTries256)
                                : (likely ? maxTriesOthers : maxUnlikelyTriesOthers);
    const size_t nearTries = curve.number() == NID_X9_62_prime256v1 ? maxNearTries256 : maxNearTriesOthers;
    struct Try {
        const KeyEvidence::Secret *secret;
        bool limbs;
        std::optional<std::string> point;
    };
    std::vector<Try> tries;
    for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
        if (secret.value.size() != size)
            continue;
        if (tries.size() < maxTries)
            tries.push_back({&secret, true, {}});
        // Bytes in big-endian order are tried where there is a public key to hold them against.
        if (!keys.empty() && bytes == size && tries.size() < maxTries)
            tries.push_back({&secret, false, {}});
    }
    if (tries.size() >= manyTries)
        curve.prepareForMany();
    parallelFor(tries.size(), m_threads, [&](size_t i) {
        const std::string &value = tries[i].secret->value;
        tries[i].point = curve.publicPoint(tries[i].limbs ? reversed(value) : value);
    });
    for (const Try &one : tries) {
        if (!one.point)
            continue;
        const bool known = keys.contains(*one.point);
        if (known)
            solved.insert(*one.point);
        bool coordinate = false;
        if (!known && one.limbs) {
            for (const std::string &form : curve.coordinateLimbs(*one.point))
                coordinate = coordinate || coordinates.contains(form);
        }
        if (!known && !coordinate)
            continue;
        for (const KeyPlace &place : one.secret->places)
            report({place.run, place.offset, one.limbs ? bytes : size},
                   one.limbs ? Encoding::Reversed : Encoding::Raw, name,
                   known ? "d·G is a public key that stands in the checkpoint"
                         : "a coordinate of d·G stands in memory as a number");
    }
    if (solved.size() < keys.size())
        curve.prepareForMany();
    for (const auto &[key, places] : keys) {
        if (!solved.contains(key))
            near(key, *places, bytes, false, nearTries / (keys.size() - solved.size()), name,
                 [&curve](const std::string &scalar) { return curve.publicPoint(scalar); });
    }
}

void EcJoin::edwards(const PublicKeys &keys, EdwardsKind kind)
{
    const std::string name(edwardsName(kind));
    const size_t size = edwardsBytes(kind);
    std::set<std::string> solved;
    std::vector<const KeyEvidence::Secret *> tries;
    for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
        if (secret.value.size() == size && tries.size() < maxTries256)
            tries.push_back(&secret);
    }
    std::vector<std::optional<std::string>> publicKeys(tries.size());
    parallelFor(tries.size(), m_threads,
                [&](size_t i) { publicKeys[i] = edwardsPublic(kind, tries[i]->value); });
    for (size_t i = 0; i < tries.size(); ++i) {
        if (!publicKeys[i] || !keys.contains(*publicKeys[i]))
            continue;
        solved.insert(*publicKeys[i]);
        for (const KeyPlace &place : tries[i]->places)
            report(place, Encoding::Raw, name, "its public key stands in the checkpoint");
    }
    for (const auto &[key, places] : keys) {
        if (!solved.contains(key))
            near(key, *places, size, true, maxNearTriesEdwards / (keys.size() - solved.size()), name,
                 [kind](const std::string &seed) { return edwardsPublic(kind, seed); });
    }
}

template <class PublicOf>
void EcJoin::near(const std::string &publicKey, const std::vector<KeyPlace> &places, size_t size,
                  bool bytesOnly, size_t maxTries, const std::string &name, const PublicOf &publicOf)
{
    struct Try {
        KeyPlace place;
        Encoding encoding;
        std::string scalar;
    };
    std::vector<Try> tries;
    std::set<std::string> seen;
    const auto look = [&](const KeyPlace &place, bool close) {
        const Run &run = *place.run;
        const uint64_t reach = close ? closeBytes + size : nearBytes;
        const uint64_t from = place.offset - std::min(place.offset, reach);
        const uint64_t to = std::min(run.length, place.offset + place.length + reach);
        const std::string bytes = m_findings.read({&run, from, to - from});
        for (size_t at = 0; at + size <= bytes.size() && tries.size() < maxTries; ++at) {
            // In one encoding with its public key a scalar is aligned to nothing.
            if (!close && (run.start + from + at) % 4 != 0)
                continue;
            const std::string value = bytes.substr(at, size);
            if (!looksRandom(value) || !seen.insert(value).second)
                continue;
            const KeyPlace where{&run, from + at, size};
            tries.push_back({where, Encoding::Raw, value});
            if (bytesOnly)
                continue;
            tries.push_back({where, Encoding::Reversed, reversed(value)});
            if (size % 4 == 0)
                tries.push_back({where, Encoding::SwappedWords, swapWords(value)});
        }
    };
    for (const bool close : {true, false}) {
        for (size_t i = 0; i < std::min(places.size(), maxNearPlaces); ++i)
            look(places[i], close);
    }
    std::vector<char> fits(tries.size()); // not bool: each is written by one thread
    parallelFor(tries.size(), m_threads,
                [&](size_t i) { fits[i] = publicOf(tries[i].scalar) == publicKey ? 1 : 0; });
    for (size_t i = 0; i < tries.size(); ++i) {
        if (fits[i] != 0)
            report(tries[i].place, tries[i].encoding, name, "beside its public key");
    }
}

} // namespace cryoscope
