// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/keyfindings.h"

#include <map>
#include <string>
#include <vector>

namespace cryoscope
{

/// Holds what a scan has seen of keys against each other: factors and moduli, scalars and public keys, AES
/// keys and the secrets that they come from, sealed keys and their seals.
class KeyJoin
{
public:
    KeyJoin(const Memory &memory, const KeyEvidence &evidence) : m_evidence(evidence), m_findings(memory) {}
    [[nodiscard]] std::vector<Finding> run(size_t threads);

private:
    void tlsSessions();
    void schedules();
    void shields();

    const KeyEvidence &m_evidence;
    KeyFindings m_findings;
    std::map<std::string, std::string> m_trafficKeys; ///< AES key → label of its session
};

} // namespace cryoscope
