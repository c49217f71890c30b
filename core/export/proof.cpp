// SPDX-License-Identifier: Apache-2.0
#include "core/export/proof.h"

#include <algorithm>

namespace cryoscope
{

bool Proof::passed() const
{
    // Nothing checked is nothing proven.
    return !items.empty() && std::none_of(items.begin(), items.end(), [](const ProofItem &item) {
        return item.state == ProofItem::State::Failed;
    });
}

bool Proof::complete() const
{
    return !items.empty() && std::all_of(items.begin(), items.end(), [](const ProofItem &item) {
        return item.state == ProofItem::State::Passed;
    });
}

} // namespace cryoscope
