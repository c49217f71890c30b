// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/bytes/overlaysource.h"

#include <cstddef>
#include <map>
#include <span>
#include <vector>

namespace cryoscope
{

/// Collects same-length patches that may overlap. Where two do, the bytes of the one added first stand.
class PatchSet
{
public:
    /// `offset` + the number of bytes must not wrap.
    void add(MemberId member, uint64_t offset, std::span<const std::byte> bytes)
    {
        add(member, Patch{offset, {bytes.begin(), bytes.end()}, 0});
    }
    void add(MemberId member, const Patch &patch);

    /// Per member sorted and without overlaps; adjacent ones joined.
    [[nodiscard]] std::map<MemberId, std::vector<Patch>> take() &&;

private:
    std::map<MemberId, std::map<uint64_t, Patch>> m_patches; ///< by offset, never overlapping
};

} // namespace cryoscope
