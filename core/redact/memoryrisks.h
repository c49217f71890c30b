// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/overlaysource.h"
#include "core/checkpoint/restorefinding.h"
#include "core/memory/memory.h"

#include <map>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Finds patches of pages that the restored program may not survive: see findRestoreRisks(). Owned by one
/// thread.
class MemoryRisks
{
public:
    /// Both must outlive it.
    MemoryRisks(const Memory &memory, RestoreFindings &findings);

    /// Looks at a patch of a pages file, page by page. Errors of reading.
    Result<void> add(MemberId canonical, const Patch &patch);

private:
    /// Addresses of a task that must keep their bytes.
    struct Area {
        ByteRange range; ///< virtual addresses
        std::string_view reason;
    };

    /// What a part of a patch, which lies within a page, is for one of those who see it.
    Result<void> addPlace(const MemoryPlace &place, const Extent &part, const Patch &patch);
    [[nodiscard]] Result<uint64_t> changedPointers(const MemoryPlace &place, const Extent &part,
                                                   const Patch &patch) const;
    void tell(RestoreSeverity severity, const MemoryPlace &place, const Extent &part,
              std::string_view reason);
    const std::vector<Area> &areasOf(const Task &task);
    void addThreadAreas(const Thread &thread, std::vector<Area> &areas) const;

    const Memory &m_memory;
    const Archive &m_archive;
    RestoreFindings &m_findings;
    ByteOrder m_order;
    std::map<uint32_t, std::vector<Area>> m_areas; ///< by pid
};

} // namespace cryoscope
