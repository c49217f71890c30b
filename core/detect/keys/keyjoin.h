// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/detect/keys/keyevidence.h"
#include "core/memory/memory.h"

#include <map>
#include <string>
#include <vector>

namespace cryoscope
{

/// Holds what a scan has seen of keys against each other: factors and moduli, scalars and public keys, AES keys
/// and the secrets that they come from.
class KeyJoin
{
public:
    KeyJoin(const Memory &memory, const KeyEvidence &evidence) : m_memory(memory), m_evidence(evidence) {}
    [[nodiscard]] std::vector<Finding> run();

private:
    struct What {
        std::string rule;
        std::string kind;
        Confidence confidence = Confidence::High;
        Encoding encoding = Encoding::Raw;
        std::string why;
        std::string label;
    };
    void add(const KeyPlace &place, const What &what);
    void addRange(uint32_t pid, uint64_t address, uint64_t length, const What &what);

    void tlsSessions();
    void schedules();
    void rsa();
    void rsaKey(const std::string &modulus, const std::string &p, const std::string &q);
    void lonePrimes();
    void scalars();
    void scalarsNear(const KeyEvidence::PublicKey &publicKey, const std::vector<KeyPlace> &places);
    void shields();
    /// Places of a number (bytes, most significant first) as limbs of `limbBytes`, by the index.
    [[nodiscard]] std::vector<KeyPlace> placesOf(const std::string &number, size_t limbBytes) const;
    [[nodiscard]] std::string read(const KeyPlace &place) const; ///< empty if it cannot be read

    const Memory &m_memory;
    const KeyEvidence &m_evidence;
    std::vector<Finding> m_found;
    std::map<std::string, std::string> m_trafficKeys; ///< AES key → label of its session
    std::vector<bool> m_primeKnown;                   ///< by number in m_evidence.primes
    size_t m_rsaKeys = 0;
    size_t m_nearTries = 0;
};

} // namespace cryoscope
