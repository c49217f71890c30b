// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include "core/export/proof.h"
#include "core/redact/plan.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

inline std::string stateName(ProofItem::State state)
{
    switch (state) {
    case ProofItem::State::Passed:
        return "passed";
    case ProofItem::State::Failed:
        return "FAILED";
    case ProofItem::State::NotCovered:
        return "not covered";
    }
    return "unknown";
}

/// One line an item, and whether the word "verified" may be used.
inline void printProof(const Proof &proof)
{
    for (const ProofItem &item : proof.items)
        std::cout << "  " << stateName(item.state) << ": " << item.title << " (" << printable(item.detail)
                  << ")\n";
    if (proof.complete())
        std::cout << "Verified: what was accepted is gone. Nothing here can prove that nothing else is "
                     "sensitive.\n";
    else if (proof.passed())
        std::cout << "Nothing failed, but not everything was covered.\n";
    else
        std::cout << "The proof failed.\n";
}

/// As one JSON object.
inline nlohmann::ordered_json proofJson(const Proof &proof)
{
    nlohmann::ordered_json json;
    json["verified"] = proof.complete();
    json["passed"] = proof.passed();
    json["evidenceSha256"] = proof.evidenceHash;
    json["changedBytes"] = proof.changedBytes;
    json["valuesChecked"] = proof.valuesChecked;
    json["bytesSearched"] = proof.bytesSearched;
    for (const ProofItem &item : proof.items)
        json["items"].push_back({{"id", item.id},
                                 {"title", item.title},
                                 {"state", stateName(item.state)},
                                 {"detail", item.detail}});
    for (const MemberHash &member : proof.members)
        json["members"].push_back({{"path", member.path},
                                   {"size", member.size},
                                   {"before", member.before},
                                   {"after", member.after}});
    return json;
}

/// Indented, with U+FFFD for bytes that are no UTF-8.
inline std::string jsonText(const nlohmann::ordered_json &json)
{
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace cryoscope::cli
