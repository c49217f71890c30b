// SPDX-License-Identifier: Apache-2.0
#include "core/memory/addressspace.h"

#include "core/memory/memory.h"

#include <algorithm>
#include <limits>

namespace cryoscope
{

namespace
{

/// A range whose end does not wrap.
ByteRange clipped(ByteRange range)
{
    return {range.offset, std::min(range.length, std::numeric_limits<uint64_t>::max() - range.offset)};
}

/// What is there where no page is stored.
Presence presenceWithoutPage(const Vma &vma, bool shared)
{
    if (shared)
        return Presence::Untouched; // holes of shared objects are zeros
    if (vma.is(VmaFilePrivate | VmaFileShared | VmaVvar | VmaVsyscall | VmaVdso | VmaUprobes | VmaPlugin |
               VmaSocket))
        return Presence::NotDumped;
    return Presence::Untouched;
}

/// Adds a piece, joined with the last one if that goes on in it.
void append(std::vector<AddressPiece> &out, AddressPiece piece)
{
    if (piece.length == 0)
        return;
    if (!out.empty()) {
        AddressPiece &last = out.back();
        const bool goesOn =
            last.end() == piece.address && last.presence == piece.presence &&
            (piece.presence != Presence::Present ||
             (last.extent.member == piece.extent.member && last.extent.end() == piece.extent.offset));
        if (goesOn) {
            last.length += piece.length;
            last.extent.length += piece.extent.length;
            return;
        }
    }
    out.push_back(piece);
}

} // namespace

std::vector<AddressPiece> AddressSpace::pieces(ByteRange wanted) const
{
    const ByteRange range = clipped(wanted);
    std::vector<AddressPiece> stored;
    std::vector<AddressPiece> out;
    if (m_task == nullptr) {
        const auto object = m_memory->m_sharedObjects.find(m_sharedId);
        if (object != m_memory->m_sharedObjects.end())
            object->second->resolve(range, stored);
        uint64_t at = range.offset;
        for (const auto &piece : stored) {
            append(out, {at, piece.address - at, Presence::Untouched, {}});
            append(out, piece);
            at = piece.end();
        }
        append(out, {at, range.end() - at, Presence::Untouched, {}});
        return out;
    }

    if (const auto object = m_memory->m_taskObjects.find(m_task->pid);
        object != m_memory->m_taskObjects.end())
        object->second->resolve(range, stored);

    // Between the task's own pages, the VMAs say what is there.
    const auto &spans = m_memory->spans(m_task->pid);
    auto span = std::partition_point(spans.begin(), spans.end(),
                                     [&](const Memory::Span &s) { return s.end <= range.offset; });
    const auto fill = [&](uint64_t from, uint64_t to) {
        while (from < to) {
            while (span != spans.end() && span->end <= from)
                ++span;
            if (span == spans.end() || span->start >= to) {
                append(out, {from, to - from, Presence::NotMapped, {}});
                return;
            }
            if (span->start > from) {
                append(out, {from, span->start - from, Presence::NotMapped, {}});
                from = span->start;
            }
            const uint64_t end = std::min(to, span->end);
            const auto object = span->sharedId ? m_memory->m_sharedObjects.find(*span->sharedId)
                                               : m_memory->m_sharedObjects.end();
            const uint64_t offset = from - span->vma->start + span->vma->fileOffset; // in the mapped object
            const bool wraps = offset < span->vma->fileOffset || offset + (end - from) < offset;
            if (object == m_memory->m_sharedObjects.end() || wraps) {
                append(out,
                       {from, end - from, presenceWithoutPage(*span->vma, span->sharedId.has_value()), {}});
            } else {
                uint64_t at = from;
                std::vector<AddressPiece> shared;
                object->second->resolve({offset, end - from}, shared);
                for (auto piece : shared) {
                    piece.address = from + (piece.address - offset);
                    append(out, {at, piece.address - at, Presence::Untouched, {}});
                    append(out, piece);
                    at = piece.end();
                }
                append(out, {at, end - at, Presence::Untouched, {}});
            }
            from = end;
        }
    };
    uint64_t at = range.offset;
    for (const auto &piece : stored) {
        fill(at, piece.address);
        append(out, piece);
        at = piece.end();
    }
    fill(at, range.end());
    return out;
}

std::vector<ByteRange> AddressSpace::mapped() const
{
    std::vector<ByteRange> ranges;
    if (m_task != nullptr) {
        for (const auto &span : m_memory->spans(m_task->pid))
            ranges.push_back({span.start, span.end - span.start});
    }
    // Pages that lie in no VMA (of a damaged set) are shown all the same.
    std::vector<ByteRange> outside;
    for (const auto &piece : pieces({0, std::numeric_limits<uint64_t>::max()})) {
        if (piece.presence == Presence::NotMapped ||
            (m_task == nullptr && piece.presence == Presence::Untouched))
            continue;
        uint64_t at = piece.address;
        auto next = std::partition_point(ranges.begin(), ranges.end(), [&](const ByteRange &range) {
            return range.end() <= piece.address;
        });
        for (; next != ranges.end() && next->offset < piece.end(); ++next) {
            if (next->offset > at)
                outside.push_back({at, next->offset - at});
            at = next->end();
        }
        if (at < piece.end())
            outside.push_back({at, piece.end() - at});
    }
    ranges.insert(ranges.end(), outside.begin(), outside.end());
    std::sort(ranges.begin(), ranges.end());
    return ranges;
}

std::vector<ByteRange> AddressSpace::presentRuns() const
{
    std::vector<ByteRange> runs;
    for (const auto &piece : pieces({0, std::numeric_limits<uint64_t>::max()})) {
        if (piece.presence != Presence::Present)
            continue;
        if (!runs.empty() && runs.back().end() == piece.address)
            runs.back().length += piece.length;
        else
            runs.push_back({piece.address, piece.length});
    }
    return runs;
}

Result<std::vector<AddressPiece>> AddressSpace::read(uint64_t address, std::span<std::byte> out) const
{
    std::vector<AddressPiece> absent;
    const Archive &archive = m_memory->checkpoint().archive();
    for (const auto &piece : pieces({address, out.size()})) {
        if (piece.presence != Presence::Present) {
            absent.push_back(piece);
            continue;
        }
        const auto &content = archive.member(piece.extent.member).content;
        if (auto done =
                content->read(piece.extent.offset, out.subspan(piece.address - address, piece.length));
            !done)
            return done.error();
    }
    return absent;
}

Result<std::vector<Extent>> AddressSpace::extents(uint64_t address, uint64_t length) const
{
    std::vector<Extent> parts;
    uint64_t covered = 0;
    for (const auto &piece : pieces({address, length})) {
        if (piece.presence != Presence::Present)
            return Error{ErrorCode::NotFound, "the bytes are " + std::string(presenceText(piece.presence)),
                         m_task != nullptr ? "memory of " + std::to_string(m_task->pid)
                                           : "shared memory " + std::to_string(m_sharedId),
                         piece.address};
        parts.push_back(piece.extent);
        covered += piece.length;
    }
    if (covered != length)
        return Error{ErrorCode::NotFound, "the range ends beyond the address space", {}, address};
    return parts;
}

const Vma *AddressSpace::vmaAt(uint64_t address) const
{
    if (m_task == nullptr)
        return nullptr;
    const auto &spans = m_memory->spans(m_task->pid);
    const auto span = std::partition_point(spans.begin(), spans.end(),
                                           [&](const Memory::Span &s) { return s.end <= address; });
    return span != spans.end() && span->start <= address ? span->vma : nullptr;
}

} // namespace cryoscope
