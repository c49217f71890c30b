// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keyevidence.h"

#include "core/detect/keys/rsanumbers.h"

#include <algorithm>
#include <cstring>
#include <openssl/sha.h>

namespace cryoscope
{

namespace
{

// Together below 64 MB.
constexpr size_t maxAes = 20'000;
constexpr size_t maxGeneratorKeys = 10'000;
constexpr size_t maxNumbers = 300'000;
constexpr size_t maxPrimeTests = 100'000; // half a millisecond each
constexpr size_t maxPlaces = 64;          // of one value
constexpr size_t maxModuli = 10'000;
constexpr size_t maxPublicKeys = 10'000;
constexpr size_t maxScalars = 50'000;
constexpr size_t maxShields = 1'000;
constexpr size_t maxTls = 1'000;

} // namespace

KeyEvidence::Digest KeyEvidence::digestOf(std::string_view value)
{
    std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char *>(value.data()), value.size(), hash.data());
    Digest digest{};
    std::copy_n(hash.begin(), digest.size(), digest.begin());
    return digest;
}

void KeyEvidence::addAes(Aes found)
{
    const std::lock_guard lock(m_mutex);
    if (aes.size() < maxAes)
        aes.push_back(std::move(found));
    else
        ++dropped;
}

void KeyEvidence::addGeneratorKey(std::string_view key)
{
    const std::lock_guard lock(m_mutex);
    if (generatorKeys.size() < maxGeneratorKeys)
        generatorKeys.emplace(key);
}

void KeyEvidence::addNumber(const KeyPlace &place, uint64_t lowestLimb)
{
    const std::lock_guard lock(m_mutex);
    if (numbers.size() < maxNumbers)
        numbers.emplace(lowestLimb, place);
    else
        ++dropped;
}

void KeyEvidence::addIfPrime(const KeyPlace &place, std::string_view limbs)
{
    const Digest digest = digestOf(limbs);
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_primes.find(digest);
        if (known != m_primes.end() && known->second >= 0) {
            auto &places = primes[static_cast<size_t>(known->second)].places;
            if (places.size() < maxPlaces)
                places.push_back(place);
            return;
        }
        if (known == m_primes.end() && m_primes.size() >= maxPrimeTests) {
            ++dropped;
            return;
        }
        // A value that another thread tests just now is tested again: its place must not be lost.
        if (known != m_primes.end() && known->second == -2)
            return;
        m_primes.emplace(digest, -1);
    }
    const bool prime = isPrime(std::string(limbs.rbegin(), limbs.rend()));
    const std::lock_guard lock(m_mutex);
    ptrdiff_t &verdict = m_primes[digest];
    if (!prime) {
        verdict = -2;
        return;
    }
    if (verdict < 0) {
        verdict = static_cast<ptrdiff_t>(primes.size());
        primes.push_back({std::string(limbs), {}});
    }
    primes[static_cast<size_t>(verdict)].places.push_back(place);
}

void KeyEvidence::addModulus(std::string_view modulus)
{
    const std::lock_guard lock(m_mutex);
    if (moduli.size() < maxModuli)
        moduli.emplace(modulus);
    else
        ++dropped;
}

void KeyEvidence::addField(size_t bytes)
{
    const std::lock_guard lock(m_mutex);
    fields.insert(bytes);
}

void KeyEvidence::addPublicKey(int curve, std::string point, const KeyPlace &place)
{
    const std::lock_guard lock(m_mutex);
    if (publicKeys.size() >= maxPublicKeys) {
        ++dropped;
        return;
    }
    auto &places = publicKeys[{curve, std::move(point)}];
    if (places.size() < maxPlaces)
        places.push_back(place);
}

void KeyEvidence::addScalar(const KeyPlace &place, std::string_view bytes)
{
    const Digest digest = digestOf(bytes);
    const std::lock_guard lock(m_mutex);
    const auto [known, isNew] = m_scalars.try_emplace(digest, scalars.size());
    if (isNew) {
        if (scalars.size() >= maxScalars) {
            m_scalars.erase(known);
            ++dropped;
            return;
        }
        scalars.push_back({std::string(bytes), {}});
    }
    auto &places = scalars[known->second].places;
    if (places.size() < maxPlaces)
        places.push_back(place);
}

void KeyEvidence::addShield(const Shield &shield)
{
    const std::lock_guard lock(m_mutex);
    if (shields.size() < maxShields)
        shields.insert(shield);
}

void KeyEvidence::addTls(Tls found)
{
    const std::lock_guard lock(m_mutex);
    if (tls.size() < maxTls)
        tls.push_back(std::move(found));
    else
        ++dropped;
}

} // namespace cryoscope
