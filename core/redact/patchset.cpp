// SPDX-License-Identifier: Apache-2.0
#include "core/redact/patchset.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cryoscope
{

void PatchSet::add(MemberId member, const Patch &patch)
{
    auto &patches = m_patches[member];
    const uint64_t end = patch.end();
    uint64_t at = patch.offset;
    while (at < end) {
        auto next = patches.upper_bound(at); // the first that starts behind `at`
        if (next != patches.begin()) {
            const auto before = std::prev(next);
            const uint64_t beforeEnd = before->second.end();
            if (beforeEnd > at) {
                at = beforeEnd; // there already
                continue;
            }
        }
        const uint64_t until = next == patches.end() ? end : std::min(end, next->first);
        patches.emplace_hint(next, at, patch.part({at, until - at}));
        at = until;
    }
}

std::map<MemberId, std::vector<Patch>> PatchSet::take() &&
{
    std::map<MemberId, std::vector<Patch>> all;
    for (auto &[member, patches] : m_patches) {
        std::vector<Patch> joined;
        for (auto &[offset, patch] : patches) {
            const bool adjacent = !joined.empty() && joined.back().end() == offset;
            if (adjacent && joined.back().zeros > 0 && patch.zeros > 0)
                joined.back().zeros += patch.zeros;
            else if (adjacent && joined.back().zeros == 0 && patch.zeros == 0)
                joined.back().bytes.insert(joined.back().bytes.end(), patch.bytes.begin(), patch.bytes.end());
            else if (patch.length() > 0)
                joined.push_back(std::move(patch));
        }
        if (!joined.empty())
            all.emplace(member, std::move(joined));
    }
    m_patches.clear();
    return all;
}

} // namespace cryoscope
