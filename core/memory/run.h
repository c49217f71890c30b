// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <memory>
#include <string>
#include <vector>

namespace cryoscope
{

/// A stretch of bytes that belong together for whoever looks for something: consecutive addresses of a task
/// or of a shared object, or a member's content. A match may lie anywhere in a run; it cannot span two.
struct Run {
    enum class Kind { TaskMemory, SharedObject, Member };
    Kind kind = Kind::Member;
    uint32_t pid = 0;           ///< TaskMemory
    uint64_t sharedId = 0;      ///< SharedObject
    MemberId member = noMember; ///< Member: canonical; its bytes from `start`
    uint64_t start = 0;         ///< virtual address, offset in the object, or offset in the member
    uint64_t length = 0;        ///< bytes

    [[nodiscard]] uint64_t end() const { return start + length; }
};

/// All runs of a checkpoint: each task's memory, shared objects, and every canonical member that is no pages
/// file (of pages files the unreferenced parts; of sparse members what is no hole). Together they show each
/// stored byte at least once. Tasks first, in pstree order; a shared object also appears in the memory of the
/// tasks that map it.
[[nodiscard]] std::vector<Run> allRuns(const Memory &memory);

/// Reads `out.size()` bytes at `offset` (from run.start) of a run.
[[nodiscard]] Result<void> readRun(const Memory &memory, const Run &run, uint64_t offset,
                                   std::span<std::byte> out);

/// Canonical extents of [offset, offset + length) of a run, in order, adjacent ones merged.
[[nodiscard]] Result<std::vector<Extent>> runExtents(const Memory &memory, const Run &run, uint64_t offset,
                                                     uint64_t length);

/// Joined bytes of canonical extents (a value), at most `limit` bytes (Unsupported if longer).
[[nodiscard]] Result<std::vector<std::byte>>
readExtents(const Archive &archive, std::span<const Extent> parts, uint64_t limit = uint64_t{64} << 20);

} // namespace cryoscope
