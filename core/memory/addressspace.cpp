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

/// Joins pieces that go on in each other, and passes the rest on.
class Joiner
{
public:
    explicit Joiner(const PieceVisitor &visit) : m_visit(visit) {}

    void add(const AddressPiece &piece)
    {
        if (piece.length == 0)
            return;
        const bool goesOn =
            m_last.length > 0 && m_last.end() == piece.address && m_last.presence == piece.presence &&
            (piece.presence != Presence::Present ||
             (m_last.extent.member == piece.extent.member && m_last.extent.end() == piece.extent.offset));
        if (goesOn) {
            m_last.length += piece.length;
            m_last.extent.length += piece.extent.length;
            return;
        }
        finish();
        m_last = piece;
    }
    void finish()
    {
        if (m_last.length > 0)
            m_visit(m_last);
        m_last.length = 0;
    }

private:
    const PieceVisitor &m_visit;
    AddressPiece m_last;
};

} // namespace

std::vector<AddressPiece> AddressSpace::pieces(ByteRange range) const
{
    std::vector<AddressPiece> out;
    eachPiece(range, [&out](const AddressPiece &piece) { out.push_back(piece); });
    return out;
}

void AddressSpace::eachPiece(ByteRange range, const PieceVisitor &visit) const
{
    Joiner joiner(visit);
    const PieceVisitor join = [&joiner](const AddressPiece &piece) { joiner.add(piece); };
    if (m_task == nullptr)
        eachPieceOfShared(clipped(range), join);
    else
        eachPieceOfTask(clipped(range), join);
    joiner.finish();
}

void AddressSpace::eachPieceOfShared(ByteRange range, const PieceVisitor &visit) const
{
    uint64_t at = range.offset;
    const auto untouched = [&](uint64_t to) {
        visit({at, to - at, Presence::Untouched, {}});
        at = to;
    };
    if (const PagesObject *object = m_memory->sharedPages(m_sharedId))
        object->resolve(range, [&](const AddressPiece &piece) {
            untouched(piece.address);
            visit(piece);
            at = piece.end();
        });
    untouched(range.end());
}

void AddressSpace::eachPieceOfTask(ByteRange range, const PieceVisitor &visit) const
{
    // Between the task's own pages, the VMAs say what is there.
    const auto &spans = m_memory->spans(m_task->pid);
    auto span = std::partition_point(spans.begin(), spans.end(),
                                     [&](const Memory::Span &s) { return s.end <= range.offset; });
    const auto fillMapped = [&](const Memory::Span &mapping, uint64_t from, uint64_t to) {
        const PagesObject *object = mapping.sharedId ? m_memory->sharedPages(*mapping.sharedId) : nullptr;
        const auto offset = mapping.objectOffset(from, to - from);
        if (object == nullptr || !offset) {
            visit({from, to - from, presenceWithoutPage(*mapping.vma, mapping.sharedId.has_value()), {}});
            return;
        }
        uint64_t at = from;
        object->resolve({*offset, to - from}, [&](AddressPiece piece) {
            piece.address = from + (piece.address - *offset);
            visit({at, piece.address - at, Presence::Untouched, {}});
            visit(piece);
            at = piece.end();
        });
        visit({at, to - at, Presence::Untouched, {}});
    };
    const auto fill = [&](uint64_t from, uint64_t to) {
        while (from < to) {
            while (span != spans.end() && span->end <= from)
                ++span;
            const uint64_t mapped = span == spans.end() ? to : std::clamp(span->start, from, to);
            visit({from, mapped - from, Presence::NotMapped, {}});
            from = mapped;
            if (from == to)
                return;
            const uint64_t end = std::min(to, span->end);
            fillMapped(*span, from, end);
            from = end;
        }
    };
    uint64_t at = range.offset;
    if (const PagesObject *object = m_memory->taskPages(m_task->pid))
        object->resolve(range, [&](const AddressPiece &piece) {
            fill(at, piece.address);
            visit(piece);
            at = piece.end();
        });
    fill(at, range.end());
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
    size_t next = 0; // both ascend
    eachPiece({0, std::numeric_limits<uint64_t>::max()}, [&](const AddressPiece &piece) {
        if (piece.presence == Presence::NotMapped ||
            (m_task == nullptr && piece.presence == Presence::Untouched))
            return;
        uint64_t at = piece.address;
        while (next < ranges.size() && ranges[next].end() <= at)
            ++next;
        for (size_t i = next; i < ranges.size() && ranges[i].offset < piece.end(); ++i) {
            if (ranges[i].offset > at)
                outside.push_back({at, ranges[i].offset - at});
            at = ranges[i].end();
        }
        if (at < piece.end())
            outside.push_back({at, piece.end() - at});
    });
    ranges.insert(ranges.end(), outside.begin(), outside.end());
    std::sort(ranges.begin(), ranges.end());
    return ranges;
}

std::vector<ByteRange> AddressSpace::presentRuns() const
{
    std::vector<ByteRange> runs;
    eachPiece({0, std::numeric_limits<uint64_t>::max()}, [&runs](const AddressPiece &piece) {
        if (piece.presence != Presence::Present)
            return;
        if (!runs.empty() && runs.back().end() == piece.address)
            runs.back().length += piece.length;
        else
            runs.push_back({piece.address, piece.length});
    });
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
