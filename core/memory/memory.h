// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/memory/addressspace.h"
#include "core/memory/pagesobject.h"

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
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
    /// byte. Empty for bytes that are no pages, or pages no pagemap names. Logarithmic in pages and VMAs,
    /// linear in the places.
    [[nodiscard]] std::vector<MemoryPlace> places(const Extent &canonical) const;

    /// Path prefixes of the parent sets that are here, the newest first ("parent-1/",
    /// "pre-checkpoint/").
    [[nodiscard]] const std::vector<std::string> &parentSets() const { return m_parentSets; }

    /// Ranges of pages files that no task and no shared object sees (superseded in a later set, or named by
    /// no pagemap), as canonical extents; without holes.
    [[nodiscard]] const std::vector<Extent> &unreferenced() const { return m_unreferenced; }
    /// Whether the member is a pages file (then it is read through address spaces, in address order), or
    /// holds the compressed form of one.
    [[nodiscard]] bool isPagesFile(MemberId member) const;

    /// Canonical extents of all pages files, each once, ascending; of compressed ones the decoded and the
    /// stored form.
    [[nodiscard]] std::vector<Extent> pagesFiles() const;
    /// The pagemaps, of all sets, that store pages in the pages file `member`; empty if it is none or no
    /// pagemap names it. Owned by the Memory.
    [[nodiscard]] std::vector<const PagesObject *> pagesObjects(MemberId member) const;
    /// All pagemaps, of all sets. Owned by the Memory.
    [[nodiscard]] std::vector<const PagesObject *> pagesObjects() const;
    /// Whether a pagemap is of the newest set (not of a parent).
    [[nodiscard]] bool isNewest(const PagesObject &object) const;

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

        /// Where `length` bytes from `address`, which lie within, are in the mapped object; nothing if that
        /// would wrap.
        [[nodiscard]] std::optional<uint64_t> objectOffset(uint64_t address, uint64_t length) const;
    };
    /// A task's mapping of a shared object.
    struct Mapping {
        uint32_t pid = 0;
        Span span;
        ByteRange range;       ///< in the object
        uint64_t furthest = 0; ///< the greatest range.end() of this one and all before it
    };
    /// A pages file, by its canonical extent, with the objects of all sets that store pages in it; none if it
    /// holds the compressed form of another.
    struct PagesFile {
        Extent extent;
        std::vector<const PagesObject *> objects;
    };

    [[nodiscard]] const std::vector<Span> &spans(uint32_t pid) const;
    [[nodiscard]] const PagesFile *pagesFile(const Extent &canonical) const;
    /// Null if there is none.
    [[nodiscard]] const PagesObject *taskPages(uint32_t pid) const;
    [[nodiscard]] const PagesObject *sharedPages(uint64_t shmid) const;
    void addSharedPlaces(uint64_t shmid, uint64_t offset, const Extent &canonical,
                         std::vector<MemoryPlace> &found) const;

    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::vector<std::unique_ptr<const PagesObject>> m_objects;       ///< of all sets
    std::unordered_map<uint32_t, const PagesObject *> m_taskObjects; ///< of the newest set, by pid
    std::map<uint64_t, const PagesObject *> m_sharedObjects;         ///< of the newest set, by shmem id
    std::unordered_map<uint32_t, std::vector<Span>> m_spans;         ///< by pid, ascending
    std::unordered_map<uint64_t, std::vector<Mapping>> m_mappings;   ///< by shmem id, by offset in the object
    std::vector<PagesFile> m_pagesFiles;                             ///< by extent
    std::vector<std::string> m_parentSets;
    std::vector<Extent> m_unreferenced;
    std::vector<Problem> m_problems;
};

} // namespace cryoscope
