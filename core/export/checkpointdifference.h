// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/image/imagedifference.h"
#include "core/memory/memory.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// A member that is not the same in two checkpoints.
struct MemberDifference {
    Change change = Change::Changed;
    std::string path; ///< in the second checkpoint; of what was removed in the first
    uint64_t sizeBefore = 0, sizeAfter = 0;
    uint64_t changedBytes = 0;                    ///< of the length that both have
    MemberId before = noMember, after = noMember; ///< in each checkpoint; noMember where it is not
    std::optional<uint64_t> firstChange;          ///< offset of the first byte that differs, if both have it
    bool pages = false;                           ///< holds pages: see the differences of memory
    std::optional<ImageDifference> image;
};

/// Consecutive pages of a task or shared object that differ alike.
struct PagesDifference {
    Change change = Change::Changed;
    uint64_t address = 0; ///< virtual address, or offset in the object
    uint64_t pages = 0;
    uint64_t changedBytes = 0; ///< of changed pages
    std::string area;          ///< "[heap]", a path …; empty for shared objects
};

/// The stored pages in which a task or shared object differs.
struct MemoryDifference {
    static constexpr size_t maxListed = 1000;
    std::optional<uint32_t> pid;
    uint64_t sharedId = 0; ///< if it is no task
    uint64_t changedPages = 0, addedPages = 0, removedPages = 0, changedBytes = 0;
    std::vector<PagesDifference> ranges; ///< ascending
    uint64_t unlisted = 0;               ///< beyond maxListed
};

/// How two checkpoints differ.
struct CheckpointDifference {
    std::vector<MemberDifference> members; ///< by path
    std::vector<MemoryDifference> memory;  ///< tasks by pid, then shared objects by id
    uint64_t comparedMembers = 0;          ///< that are in either
    uint64_t comparedBytes = 0;            ///< of members that are in both
    uint64_t comparedSpaces = 0;           ///< tasks and shared objects that are in either

    [[nodiscard]] bool same() const { return members.empty() && memory.empty(); }
};

/// Compares members by path (within the shown image set by file name, so that a directory and an archive of
/// it are alike), images field by field, and the stored pages of each task and shared object by address,
/// parent sets followed. Owners, modes and times are not compared. Errors of reading; Cancelled. `progress`
/// has two phases, of the bytes of the first one's members and of the pages that both store.
Result<CheckpointDifference> compareCheckpoints(const Memory &before, const Memory &after, bool withValues,
                                                Progress *progress = nullptr, std::stop_token stop = {});

/// The same difference with the checkpoints in the other order.
[[nodiscard]] CheckpointDifference reversed(CheckpointDifference difference);

/// Reads the values of the fields that differ, which a comparison without them left out. Errors of reading;
/// Cancelled.
Result<void> addValues(const Memory &before, const Memory &after, CheckpointDifference &difference,
                       std::stop_token stop = {});
/// Wipes and forgets the values.
void dropValues(CheckpointDifference &difference);

} // namespace cryoscope
