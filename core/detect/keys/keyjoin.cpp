// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keyjoin.h"

#include "core/detect/encodings.h"
#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/rsanumbers.h"
#include "core/detect/keys/sshkey.h"
#include "core/detect/windowdetector.h"

#include <algorithm>
#include <optional>
#include <set>
#include <openssl/obj_mac.h>

namespace cryoscope
{

namespace
{

constexpr size_t maxPairs = 1'000'000;      // products of two primes, a microsecond each
constexpr size_t maxDivisions = 2'000'000;  // moduli by primes
constexpr size_t maxScalarTries = 20'000;   // of one curve: 20 to 60 microseconds each
constexpr size_t maxNearTries = 20'000;
constexpr size_t maxNearPlaces = 8;         // of one public key
constexpr uint64_t nearBytes = 4096;
constexpr uint64_t closeBytes = 96;

std::string reversed(std::string_view bytes)
{
    return {bytes.rbegin(), bytes.rend()};
}

bool isEdwards(int curve)
{
    return curve == NID_ED25519;
}

} // namespace

std::vector<Finding> KeyJoin::run()
{
    tlsSessions();
    schedules();
    rsa();
    lonePrimes();
    scalars();
    shields();
    return std::move(m_found);
}

void KeyJoin::add(const KeyPlace &place, const What &what)
{
    Detection detection{what.rule,     what.kind, 0,         static_cast<size_t>(place.length), what.confidence,
                        what.encoding, what.why,  what.label};
    if (auto finding = findingOf(m_memory, *place.run, place.offset, std::move(detection)))
        m_found.push_back(std::move(*finding));
}

std::string KeyJoin::read(const KeyPlace &place) const
{
    std::string bytes(place.length, '\0');
    const auto done = readRun(m_memory, *place.run, place.offset,
                              std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    return done ? bytes : std::string();
}

void KeyJoin::tlsSessions()
{
    std::map<std::vector<std::string>, std::string> labels; // one for all copies of a session
    for (const KeyEvidence::Tls &tls : m_evidence.tls) {
        std::string &label = labels[tls.session.trafficSecrets];
        if (label.empty())
            label = "TLS 1.3 session " + std::to_string(labels.size());
        add(tls.place, {"tls-session-secret", "TLS 1.3 session secrets", Confidence::High, Encoding::Raw,
                        "the master secret follows from the handshake secret before it (RFC 8446, 7.1)", label});
        for (const std::string &secret : tls.session.trafficSecrets) {
            for (const size_t size : {16u, 32u})
                m_trafficKeys.emplace(tlsExpand(secret, "key", {}, size), label);
        }
    }
}

void KeyJoin::schedules()
{
    for (const KeyEvidence::Aes &aes : m_evidence.aes) {
        What what{"aes-schedule", "AES key", Confidence::High, Encoding::Raw, {}, {}};
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
        add(aes.place, what);
    }
}

std::vector<KeyPlace> KeyJoin::placesOf(const std::string &number, size_t limbBytes) const
{
    std::vector<KeyPlace> places;
    if (number.size() > limbBytes || number.size() < 8)
        return places;
    const std::string limbs = reversed(number) + std::string(limbBytes - number.size(), '\0');
    uint64_t lowest = 0;
    for (size_t i = 8; i-- > 0;)
        lowest = lowest << 8 | static_cast<uint8_t>(limbs[i]);
    const auto [begin, end] = m_evidence.numbers.equal_range(lowest);
    for (auto entry = begin; entry != end; ++entry) {
        if (entry->second.length == limbs.size() && read(entry->second) == limbs)
            places.push_back(entry->second);
    }
    return places;
}

void KeyJoin::rsa()
{
    const auto &primes = m_evidence.primes;
    m_primeKnown.assign(primes.size(), false);
    std::vector<std::string> values;
    for (const auto &prime : primes)
        values.push_back(reversed(prime.value));
    std::set<std::string> done; // moduli
    // A factor of a modulus that is known from elsewhere: the other follows.
    size_t tries = 0;
    for (const std::string &modulus : m_evidence.moduli) {
        for (size_t i = 0; i < values.size() && tries < maxDivisions; ++i) {
            if (values[i].size() * 2 != modulus.size())
                continue;
            ++tries;
            if (const auto other = rsaOtherPrime(modulus, values[i])) {
                if (done.insert(modulus).second)
                    rsaKey(modulus, values[i], *other);
                break;
            }
        }
    }
    // A product that stands somewhere as limbs.
    tries = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        for (size_t j = 0; j < i && tries < maxPairs; ++j) {
            if (values[i].size() != values[j].size() || (m_primeKnown[i] && m_primeKnown[j]))
                continue;
            ++tries;
            const std::string modulus = rsaModulus(values[i], values[j]);
            if (modulus.empty() || placesOf(modulus, 2 * values[i].size()).empty())
                continue;
            if (done.insert(modulus).second)
                rsaKey(modulus, values[i], values[j]);
        }
    }
}

void KeyJoin::rsaKey(const std::string &modulus, const std::string &p, const std::string &q)
{
    const std::string name =
        "RSA-" + std::to_string(8 * modulus.size()) + " key " + std::to_string(++m_rsaKeys);
    for (size_t i = 0; i < m_evidence.primes.size(); ++i) {
        const std::string value = reversed(m_evidence.primes[i].value);
        if (value != p && value != q)
            continue;
        m_primeKnown[i] = true;
        for (const KeyPlace &place : m_evidence.primes[i].places)
            add(place, {"rsa-prime", "RSA private key (prime)", Confidence::High, Encoding::Reversed,
                        "a prime in an allocation of its size that divides a modulus seen in the checkpoint",
                        name});
    }
    using namespace std::string_view_literals;
    std::set<std::string> seen;
    for (const auto exponent : {"\x01\x00\x01"sv, "\x03"sv, "\x11"sv, "\x25"sv}) {
        for (const NamedNumber &number : rsaSecrets(p, q, exponent)) {
            if (number.name == "p" || number.name == "q" || !seen.insert(number.value).second)
                continue;
            const size_t limbBytes = number.name == "d" ? modulus.size() : p.size();
            for (const KeyPlace &place : placesOf(number.value, limbBytes))
                add(place, {"rsa-number", "RSA private key (" + number.name + ")", Confidence::High,
                            Encoding::Reversed, number.name + " as it follows from the primes", name});
        }
    }
}

void KeyJoin::lonePrimes()
{
    for (size_t i = 0; i < m_evidence.primes.size(); ++i) {
        if (m_primeKnown[i])
            continue;
        const auto &prime = m_evidence.primes[i];
        for (const KeyPlace &place : prime.places)
            add(place, {"rsa-prime", "Prime number", Confidence::Medium, Encoding::Reversed,
                        "a prime of " + std::to_string(8 * prime.value.size()) +
                            " bits in an allocation of its size; no modulus it divides was seen",
                        {}});
    }
}

void KeyJoin::scalars()
{
    std::map<int, std::map<std::string, bool>> wanted; // by curve: public key → found
    for (const auto &[key, places] : m_evidence.publicKeys)
        wanted[key.first].emplace(key.second, false);
    for (auto &[number, keys] : wanted) {
        const bool edwards = isEdwards(number);
        const auto curve = edwards ? std::nullopt : EcCurve::byNumber(number);
        if (!edwards && !curve)
            continue;
        const size_t size = edwards ? 32 : (curve->scalarBytes() + 7) / 8 * 8;
        const std::string name = edwards ? "Ed25519" : "EC " + curve->name();
        size_t tries = 0;
        for (const KeyEvidence::Secret &secret : m_evidence.scalars) {
            if (secret.value.size() != size || tries >= maxScalarTries)
                continue;
            ++tries;
            for (const bool reverse : {true, false}) {
                const std::string value = reverse ? reversed(secret.value) : secret.value;
                if (edwards && reverse)
                    continue;
                const auto point =
                    edwards ? edwardsPublic(EdwardsKind::Ed25519, value) : curve->publicPoint(value);
                const auto known = point ? keys.find(*point) : keys.end();
                if (known == keys.end())
                    continue;
                known->second = true;
                for (const KeyPlace &place : secret.places)
                    add(place, {"ec-private-key", edwards ? "Ed25519 seed" : "EC private key (scalar)",
                                Confidence::High, reverse ? Encoding::Reversed : Encoding::Raw,
                                "its public key stands in the checkpoint", name});
            }
        }
        for (const auto &[key, places] : m_evidence.publicKeys) {
            if (key.first == number && !keys.at(key.second))
                scalarsNear(key, places);
        }
    }
}

void KeyJoin::scalarsNear(const KeyEvidence::PublicKey &publicKey, const std::vector<KeyPlace> &places)
{
    const bool edwards = isEdwards(publicKey.first);
    const auto curve = edwards ? std::nullopt : EcCurve::byNumber(publicKey.first);
    const size_t size = edwards ? 32 : curve ? curve->scalarBytes() : 0;
    if (size == 0)
        return;
    std::set<std::string> tried;
    for (size_t i = 0; i < std::min(places.size(), maxNearPlaces); ++i) {
        const Run &run = *places[i].run;
        const uint64_t from = places[i].offset - std::min(places[i].offset, nearBytes);
        const uint64_t to = std::min(run.length, places[i].offset + places[i].length + nearBytes);
        const std::string bytes = read({&run, from, to - from});
        const uint64_t own = places[i].offset - from;
        for (size_t at = 0; at + size <= bytes.size() && m_nearTries < maxNearTries; ++at) {
            // In one encoding with its public key a scalar is aligned to nothing.
            const bool close = at + size + closeBytes >= own && at <= own + places[i].length + closeBytes;
            if (!close && (run.start + from + at) % 4 != 0)
                continue;
            const std::string value = bytes.substr(at, size);
            if (!looksRandom(value) || !tried.insert(value).second)
                continue;
            std::vector<std::pair<Encoding, std::string>> forms{{Encoding::Raw, value}};
            if (!edwards) {
                forms.emplace_back(Encoding::Reversed, reversed(value));
                forms.emplace_back(Encoding::SwappedWords, swapWords(value));
            }
            for (const auto &[encoding, scalar] : forms) {
                ++m_nearTries;
                const auto point =
                    edwards ? edwardsPublic(EdwardsKind::Ed25519, scalar) : curve->publicPoint(scalar);
                if (point != publicKey.second)
                    continue;
                add({&run, from + at, size},
                    {"ec-private-key", edwards ? "Ed25519 seed" : "EC private key (scalar)", Confidence::High,
                     encoding, "beside its public key", edwards ? "Ed25519" : "EC " + curve->name()});
            }
        }
    }
}

void KeyJoin::addRange(uint32_t pid, uint64_t address, uint64_t length, const What &what)
{
    const auto space = m_memory.addressSpace(pid);
    if (!space)
        return;
    auto parts = space->extents(address, length);
    if (!parts)
        return;
    Finding finding;
    finding.rule = what.rule;
    finding.kind = what.kind;
    finding.confidence = what.confidence;
    finding.encoding = what.encoding;
    finding.parts = std::move(*parts);
    finding.why = what.why;
    finding.label = what.label;
    finding.pid = pid;
    finding.address = address;
    m_found.push_back(std::move(finding));
}

void KeyJoin::shields()
{
    for (const KeyEvidence::Shield &shield : m_evidence.shields) {
        const auto space = m_memory.addressSpace(shield.pid);
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
        if (!key && shield.blobBytes % 16 != 0)
            continue;
        What what{"ssh-shielded-key", "Sealed SSH private key", Confidence::High, Encoding::Raw, {}, {}};
        what.label = key ? key->algorithm : std::string();
        if (!key) // a smart card's or another kind that is not checked
            what.confidence = Confidence::Medium;
        const std::string how = key ? "it unseals to a private key" : "does not unseal to a key that is known";
        what.why = "sealed by OpenSSH (AES under a hash of 16 KB beside it): " + how;
        addRange(shield.pid, shield.blob, shield.blobBytes, what);
        what.kind = "Seal of an SSH private key";
        what.why = "16 KB of random bytes whose hash seals a private key: " + how;
        addRange(shield.pid, shield.prekey, shieldPrekeyBytes, what);
    }
}

} // namespace cryoscope
