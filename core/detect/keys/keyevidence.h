// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/aesschedule.h"
#include "core/detect/keys/tlssecrets.h"
#include "core/memory/run.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cryoscope
{

/// Where bytes stand in a scan; the run outlives the scan.
struct KeyPlace {
    const Run *run = nullptr;
    uint64_t offset = 0; ///< bytes from run->start
    uint64_t length = 0; ///< bytes
};

/// What windows show that only makes sense together: numbers and the moduli they may be factors of, 32 bytes
/// and the public keys they may belong to. Thread-safe while it is filled; bounded: what is beyond a bound is
/// counted in `dropped`.
class KeyEvidence
{
public:
    struct Aes {
        KeyPlace place;
        AesSchedule schedule;
        std::string_view generator; ///< name of the random generator whose key it is, if that is known
    };
    struct Secret {
        std::string value; ///< as it stands
        std::vector<KeyPlace> places;
    };
    struct Shield {
        uint32_t pid = 0;
        uint64_t blob = 0; ///< virtual address
        uint64_t blobBytes = 0;
        uint64_t prekey = 0; ///< virtual address

        friend auto operator<=>(const Shield &, const Shield &) = default;
    };
    struct Tls {
        KeyPlace place;
        TlsSession session;
    };
    using PublicKey = std::pair<int, std::string>; ///< curve by OpenSSL's number; its point, or 32 bytes

    void addAes(Aes aes);
    /// The key of one of OpenSSL's random generators.
    void addGeneratorKey(std::string_view key);
    /// A number of 64-bit limbs, least significant first.
    void addNumber(const KeyPlace &place, uint64_t lowestLimb);
    /// The same, if it is a prime; tests each value once.
    void addIfPrime(const KeyPlace &place, std::string_view limbs);
    void addModulus(std::string_view modulus);
    void addPublicKey(int curve, std::string point, const KeyPlace &place);
    /// 32 to 72 bytes that may be a scalar or seed.
    void addScalar(const KeyPlace &place, std::string_view bytes);
    void addShield(const Shield &shield);
    /// The prime of a NIST curve, of so many bytes as limbs, stands in memory.
    void addField(size_t bytes);
    void addTls(Tls tls);

    // To be read when all windows are done.
    std::vector<Aes> aes;
    std::set<std::string, std::less<>> generatorKeys;
    std::unordered_multimap<uint64_t, KeyPlace> numbers; ///< by lowest limb
    std::vector<Secret> primes;                          ///< limbs
    std::set<std::string, std::less<>> moduli;           ///< most significant byte first
    std::map<PublicKey, std::vector<KeyPlace>> publicKeys;
    std::vector<Secret> scalars;
    std::set<Shield> shields;
    std::set<size_t> fields; ///< bytes, see addField()
    std::vector<Tls> tls;
    uint64_t dropped = 0; ///< candidates beyond the bounds, which were not looked at

private:
    using Digest = std::array<uint8_t, 16>;
    static Digest digestOf(std::string_view value);

    std::mutex m_mutex;
    std::map<Digest, ptrdiff_t> m_primes; ///< index in `primes`; -1: not prime, or under test
    std::map<Digest, size_t> m_scalars;   ///< index in `scalars`
};

} // namespace cryoscope
