// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/keyfindings.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// Holds random bytes of the right length against public keys of elliptic curves: a scalar is one if its
/// public key stands in the checkpoint too, encoded or as a coordinate in limbs. The number of tries is
/// bounded.
class EcJoin
{
public:
    /// `threads`: how many it may use.
    EcJoin(const KeyEvidence &evidence, KeyFindings &findings, size_t threads)
        : m_evidence(evidence), m_findings(findings), m_threads(threads)
    {
    }
    void run();

private:
    using PublicKeys = std::map<std::string, const std::vector<KeyPlace> *>; ///< of one curve, with places
    void curve(EcCurve curve, const PublicKeys &keys);
    void edwards(const PublicKeys &keys, EdwardsKind kind);
    /// Near the places of a public key whose private key stands nowhere in an allocation of its own, the
    /// nearest first; no more than so many tries.
    template <class PublicOf>
    void near(const std::string &publicKey, const std::vector<KeyPlace> &places, size_t size, bool bytesOnly,
              size_t maxTries, const std::string &name, const PublicOf &publicOf);
    void report(const KeyPlace &place, Encoding encoding, const std::string &name, const char *why);

    const KeyEvidence &m_evidence;
    KeyFindings &m_findings;
    size_t m_threads;
};

} // namespace cryoscope
