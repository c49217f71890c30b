// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/memory/addressspace.h"
#include "core/memory/pagesobject.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cryoscope
{

/// Where a task sees certain bytes.
struct MemoryPlace {
    uint32_t pid = 0;      ///< 0: a shared object that no task maps here; then `address` is the offset in it
    uint64_t sharedId = 0; ///< shmem id if the bytes are those of a shared object
    uint64_t address = 0;  ///< virtual address
    const Vma *vma = nullptr; ///< owned by the Checkpoint; null if no VMA covers it
};

/// All memory of a checkpoint: pagemaps, pages files, shared objects, and the way back from bytes to
/// addresses. Holds indexes only, never pages. Immutable; thread-safe.
class Memory
{
public:
    /// Reads all pagemaps. Never fails as a whole: what is wrong with one pagemap or pages file (too short,
    /// missing) is in problems() and shows as Presence::Damaged.
    static Result<std::shared_ptr<const Memory>> load(std::shared_ptr<const Checkpoint> checkpoint,
                                                      Progress *progress = nullptr,
                                                      std::stop_token stop = {});

    [[nodiscard]] const Checkpoint &checkpoint() const { return *m_checkpoint; }
    [[nodiscard]] const std::shared_ptr<const Checkpoint> &checkpointPtr() const { return m_checkpoint; }

    /// The address space of a task; NotFound if there is no such pid.
    [[nodiscard]] Result<AddressSpace> addressSpace(uint32_t pid) const;
    /// A shared object by shmem id; NotFound if no pagemap-shmem is there.
    [[nodiscard]] Result<AddressSpace> sharedObject(uint64_t shmid) const;
    /// Ids of all shared objects, ascending.
    [[nodiscard]] std::vector<uint64_t> sharedObjects() const;

    /// The pagemap of a task as stored; null if it has none.
    [[nodiscard]] const PageMap *pageMap(uint32_t pid) const;

    /// Everywhere a canonical extent is seen: an extent that crosses pages gives the places of its first
    /// byte. Empty for bytes that are no pages, or pages no pagemap names.
    [[nodiscard]] std::vector<MemoryPlace> places(const Extent &canonical) const;

    /// Ranges of pages files that no task and no shared object sees (superseded in a later set, or named by
    /// no pagemap), as canonical extents.
    [[nodiscard]] const std::vector<Extent> &unreferenced() const { return m_unreferenced; }
    /// Whether the member is a pages file (then it is read through address spaces, in address order).
    [[nodiscard]] bool isPagesFile(MemberId member) const;

    /// Of the checkpoint and of the pagemaps.
    [[nodiscard]] const std::vector<Problem> &problems() const { return m_problems; }

private:
    friend class AddressSpace;
    friend class MemoryLoader;
    Memory() = default;

    /// A stretch of a task's addresses with its VMA, free of overlaps.
    struct Span {
        uint64_t start = 0; ///< virtual address
        uint64_t end = 0;   ///< virtual address, exclusive
        const Vma *vma = nullptr;
        std::optional<uint64_t> sharedId; ///< shmem id, if it maps a shared object
    };
    /// A task's mapping of a shared object.
    struct Mapping {
        uint32_t pid = 0;
        Span span;
    };
    /// A pages file, by its canonical extent, with the objects of all sets that store pages in it.
    struct PagesFile {
        Extent extent;
        std::vector<std::shared_ptr<const PagesObject>> objects;
    };

    [[nodiscard]] const std::vector<Span> &spans(uint32_t pid) const;
    [[nodiscard]] const PagesFile *pagesFile(const Extent &canonical) const;

    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::map<uint32_t, std::shared_ptr<const PagesObject>> m_taskObjects;   ///< by pid
    std::map<uint64_t, std::shared_ptr<const PagesObject>> m_sharedObjects; ///< by shmem id
    std::map<uint32_t, std::vector<Span>> m_spans;                          ///< by pid, ascending
    std::map<uint64_t, std::vector<Mapping>> m_mappings;                    ///< by shmem id
    std::vector<PagesFile> m_pagesFiles;                                    ///< by extent
    std::vector<Extent> m_unreferenced;
    std::vector<Problem> m_problems;
};

} // namespace cryoscope
