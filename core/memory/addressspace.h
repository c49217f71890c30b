// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/memory/pagesobject.h"
#include "core/memory/presence.h"

#include <memory>
#include <span>
#include <vector>

namespace cryoscope
{

class Memory;
struct Task;
struct Vma;

/// Memory of one task by virtual address, or of one shared object by offset. A light view on Memory, which
/// must outlive it; const and thread-safe.
class AddressSpace
{
public:
    /// The pieces that together cover [range.offset, range.end()), ascending, without gaps: absence is a
    /// piece too. Ranges that would wrap are cut at 2^64 - 1.
    [[nodiscard]] std::vector<AddressPiece> pieces(ByteRange range) const;
    /// The same one by one, for ranges that may have millions.
    void eachPiece(ByteRange range, const PieceVisitor &visit) const;

    /// Mapped ranges: VMAs (adjacent ones are not merged), and page ranges that lie in no VMA; ascending.
    [[nodiscard]] std::vector<ByteRange> mapped() const;

    /// Maximal ranges of consecutive addresses whose bytes are all Present, over page, pagemap-entry, VMA and
    /// parent-set borders; ascending.
    [[nodiscard]] std::vector<ByteRange> presentRuns() const;

    /// Reads [address, address + out.size()): bytes that are Present are filled in, the others are left as
    /// they are and returned as pieces (empty: all was read). I/O errors are an Error.
    [[nodiscard]] Result<std::vector<AddressPiece>> read(uint64_t address, std::span<std::byte> out) const;

    /// Canonical extents of [address, address + length), in address order; an Error (NotFound, saying which
    /// absence) if a part is not Present.
    [[nodiscard]] Result<std::vector<Extent>> extents(uint64_t address, uint64_t length) const;

    /// The task, or null for a shared object.
    [[nodiscard]] const Task *task() const { return m_task; }
    /// The shared object's id; 0 for a task.
    [[nodiscard]] uint64_t sharedId() const { return m_sharedId; }
    /// The VMA that covers `address`; null if none or for shared objects.
    [[nodiscard]] const Vma *vmaAt(uint64_t address) const;

private:
    friend class Memory;
    AddressSpace(const Memory *memory, const Task *task, uint64_t sharedId)
        : m_memory(memory), m_task(task), m_sharedId(sharedId)
    {
    }

    void eachPieceOfShared(ByteRange range, const PieceVisitor &visit) const;
    void eachPieceOfTask(ByteRange range, const PieceVisitor &visit) const;

    const Memory *m_memory;
    const Task *m_task;
    uint64_t m_sharedId;
};

} // namespace cryoscope
