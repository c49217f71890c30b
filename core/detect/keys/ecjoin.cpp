// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/ecjoin.h"

#include "core/detect/encodings.h"
#include "core/detect/keys/keybytes.h"

#include <algorithm>
#include <openssl/obj_mac.h>

namespace cryoscope
{

namespace
{

// Of one curve. A try takes some 15 microseconds with P-256, 60 with Ed25519, 150 to 250 with the others. What a curve's
// numbers are tried for is likely where its prime lies in memory: a library has worked on it.
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
    size_t tries = 0;
    for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
        if (secret.value.size() != size)
            continue;
        for (const Encoding encoding : {Encoding::Reversed, Encoding::Raw}) {
            const bool limbs = encoding == Encoding::Reversed;
            // Bytes in big-endian order are tried where there is a public key to hold them against.
            if ((!limbs && (keys.empty() || bytes != size)) || tries++ >= maxTries)
                continue;
            if (tries == manyTries)
                curve.prepareForMany();
            const auto point = curve.publicPoint(limbs ? reversed(secret.value) : secret.value);
            if (!point)
                continue;
            const bool known = keys.contains(*point);
            if (known)
                solved.insert(*point);
            bool coordinate = false;
            if (!known && limbs) {
                for (const std::string &form : curve.coordinateLimbs(*point))
                    coordinate = coordinate || coordinates.contains(form);
            }
            if (!known && !coordinate)
                continue;
            for (const KeyPlace &place : secret.places)
                report({place.run, place.offset, limbs ? bytes : size}, encoding, name,
                       known ? "d·G is a public key that stands in the checkpoint"
                             : "a coordinate of d·G stands in memory as a number");
        }
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
    size_t tries = 0;
    for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
        if (secret.value.size() != size || tries++ >= maxTries256)
            continue;
        const auto publicKey = edwardsPublic(kind, secret.value);
        if (!publicKey || !keys.contains(*publicKey))
            continue;
        solved.insert(*publicKey);
        for (const KeyPlace &place : secret.places)
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
    std::set<std::string> tried;
    size_t tries = 0;
    const auto look = [&](const KeyPlace &place, bool close) {
        const Run &run = *place.run;
        const uint64_t reach = close ? closeBytes + size : nearBytes;
        const uint64_t from = place.offset - std::min(place.offset, reach);
        const uint64_t to = std::min(run.length, place.offset + place.length + reach);
        const std::string bytes = m_findings.read({&run, from, to - from});
        for (size_t at = 0; at + size <= bytes.size() && tries < maxTries; ++at) {
            // In one encoding with its public key a scalar is aligned to nothing.
            if (!close && (run.start + from + at) % 4 != 0)
                continue;
            const std::string value = bytes.substr(at, size);
            if (!looksRandom(value) || !tried.insert(value).second)
                continue;
            std::vector<std::pair<Encoding, std::string>> forms{{Encoding::Raw, value}};
            if (!bytesOnly) {
                forms.emplace_back(Encoding::Reversed, reversed(value));
                if (size % 4 == 0)
                    forms.emplace_back(Encoding::SwappedWords, swapWords(value));
            }
            for (const auto &[encoding, scalar] : forms) {
                ++tries;
                if (publicOf(scalar) == publicKey)
                    report({&run, from + at, size}, encoding, name, "beside its public key");
            }
        }
    };
    for (const bool close : {true, false}) {
        for (size_t i = 0; i < std::min(places.size(), maxNearPlaces); ++i)
            look(places[i], close);
    }
}

} // namespace cryoscope
