// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/rsajoin.h"

#include "core/detect/keys/keybytes.h"
#include "core/detect/keys/rsanumbers.h"

namespace cryoscope
{

namespace
{

constexpr size_t maxPairs = 1'000'000;     // products of two primes, a microsecond each
constexpr size_t maxDivisions = 2'000'000; // moduli by primes

} // namespace

void RsaJoin::run()
{
    for (const auto &prime : m_evidence.primes)
        m_places.emplace(reversed(prime.value), &prime.places);
    // Names of keys must not depend on which thread was first.
    for (const auto &[prime, places] : m_places)
        m_primes.push_back(prime);
    m_known.assign(m_primes.size(), false);
    factors();
    products();
    lonePrimes();
}

void RsaJoin::factors()
{
    // Of a modulus that is known from elsewhere: the other factor follows.
    size_t tries = 0;
    for (const std::string &modulus : m_evidence.moduli) {
        for (const std::string &prime : m_primes) {
            if (prime.size() * 2 != modulus.size() || tries++ >= maxDivisions)
                continue;
            if (const auto other = rsaOtherPrime(modulus, prime)) {
                key(modulus, prime, *other);
                break;
            }
        }
    }
}

void RsaJoin::products()
{
    // Of two primes, where they stand somewhere as limbs.
    size_t tries = 0;
    for (size_t i = 0; i < m_primes.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (m_primes[i].size() != m_primes[j].size() || (m_known[i] && m_known[j]) || tries++ >= maxPairs)
                continue;
            const std::string modulus = rsaModulus(m_primes[i], m_primes[j]);
            if (!modulus.empty() && !placesOf(modulus, 2 * m_primes[i].size()).empty())
                key(modulus, m_primes[i], m_primes[j]);
        }
    }
}

void RsaJoin::key(const std::string &modulus, const std::string &p, const std::string &q)
{
    if (!m_moduli.insert(modulus).second)
        return;
    const std::string name =
        "RSA-" + std::to_string(8 * modulus.size()) + " key " + std::to_string(m_moduli.size());
    for (size_t i = 0; i < m_primes.size(); ++i) {
        if (m_primes[i] != p && m_primes[i] != q)
            continue;
        m_known[i] = true;
        for (const KeyPlace &place : *m_places.at(m_primes[i]))
            m_findings.add(
                place,
                {"rsa-prime", "RSA private key (prime)", Confidence::High, Encoding::Reversed,
                 "a prime in an allocation of its size that divides a modulus seen in the checkpoint", name});
    }
    using namespace std::string_view_literals;
    std::set<std::string> seen;
    for (const auto exponent : {"\x01\x00\x01"sv, "\x03"sv, "\x11"sv, "\x25"sv}) {
        for (const NamedNumber &number : rsaSecrets(p, q, exponent)) {
            if (number.name == "p" || number.name == "q" || !seen.insert(number.value).second)
                continue;
            const size_t limbBytes = number.name == "d" ? modulus.size() : p.size();
            for (const KeyPlace &place : placesOf(number.value, limbBytes))
                m_findings.add(place,
                               {"rsa-number", "RSA private key (" + number.name + ")", Confidence::High,
                                Encoding::Reversed, number.name + " as it follows from the primes", name});
        }
    }
}

void RsaJoin::lonePrimes()
{
    for (size_t i = 0; i < m_primes.size(); ++i) {
        if (m_known[i])
            continue;
        // Every library sets both top bits, so that the product has all its bits. One digest of 64 bytes in
        // 700 looks like that too, and RSA-1024 is hardly used any more.
        const bool likely = m_primes[i].size() > 64 && static_cast<uint8_t>(m_primes[i].front()) >= 0xc0;
        for (const KeyPlace &place : *m_places.at(m_primes[i]))
            m_findings.add(place, {"rsa-prime",
                                   "Prime number",
                                   likely ? Confidence::Medium : Confidence::Low,
                                   Encoding::Reversed,
                                   "a prime of " + std::to_string(8 * m_primes[i].size()) +
                                       " bits in an allocation of its size; no modulus it divides was seen",
                                   {}});
    }
}

std::vector<KeyPlace> RsaJoin::placesOf(const std::string &number, size_t limbBytes) const
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
        if (entry->second.length == limbs.size() && m_findings.read(entry->second) == limbs)
            places.push_back(entry->second);
    }
    return places;
}

} // namespace cryoscope
