// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/keyfindings.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// Holds primes against moduli: which are factors, and what follows from two of them. RSA keys lie in memory
/// as numbers when their encoding is long gone.
class RsaJoin
{
public:
    RsaJoin(const KeyEvidence &evidence, KeyFindings &findings) : m_evidence(evidence), m_findings(findings)
    {
    }
    void run();

private:
    void factors();
    void products();
    void key(const std::string &modulus, const std::string &p, const std::string &q);
    void lonePrimes();
    /// Places of a number (bytes, most significant first) as limbs of `limbBytes`, by the index.
    [[nodiscard]] std::vector<KeyPlace> placesOf(const std::string &number, size_t limbBytes) const;

    const KeyEvidence &m_evidence;
    KeyFindings &m_findings;
    std::map<std::string, const std::vector<KeyPlace> *> m_places; ///< of primes, most significant byte first
    std::vector<std::string> m_primes;                             ///< keys of m_places
    std::vector<bool> m_known;                                     ///< which of them are factors
    std::set<std::string> m_moduli;                                ///< of keys that were found
};

} // namespace cryoscope
