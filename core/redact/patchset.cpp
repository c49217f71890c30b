// SPDX-License-Identifier: Apache-2.0
#include "core/redact/patchset.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cryoscope
{

void PatchSet::add(MemberId member, uint64_t offset, std::span<const std::byte> bytes)
{
    auto &patches = m_patches[member];
    const uint64_t end = offset + bytes.size();
    uint64_t at = offset;
    while (at < end) {
        auto next = patches.upper_bound(at); // the first that starts behind `at`
        if (next != patches.begin()) {
            const auto before = std::prev(next);
            const uint64_t beforeEnd = before->first + before->second.size();
            if (beforeEnd > at) {
                at = beforeEnd; // there already
                continue;
            }
        }
        const uint64_t until = next == patches.end() ? end : std::min(end, next->first);
        const auto piece = bytes.subspan(at - offset, until - at);
        patches.emplace_hint(next, at, std::vector<std::byte>(piece.begin(), piece.end()));
        at = until;
    }
}

std::map<MemberId, std::vector<Patch>> PatchSet::take() &&
{
    std::map<MemberId, std::vector<Patch>> all;
    for (auto &[member, patches] : m_patches) {
        std::vector<Patch> joined;
        for (auto &[offset, bytes] : patches) {
            if (!joined.empty() && joined.back().end() == offset)
                joined.back().bytes.insert(joined.back().bytes.end(), bytes.begin(), bytes.end());
            else
                joined.push_back({offset, std::move(bytes)});
        }
        if (!joined.empty())
            all.emplace(member, std::move(joined));
    }
    m_patches.clear();
    return all;
}

} // namespace cryoscope
