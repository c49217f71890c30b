// SPDX-License-Identifier: Apache-2.0
#include "core/redact/memoryredactor.h"

#include "core/image/byteorder.h"
#include "core/memory/run.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t wordBytes = 8;
constexpr uint64_t smallNumber = 4096; // counts, flags, descriptors; two letters of a text are more
constexpr uint64_t maxKeptRanges = uint64_t{1} << 26;
constexpr uint64_t pieceBytes = uint64_t{1} << 20;

bool provided(const Vma &vma)
{
    const bool code = (vma.protection & 4u) != 0 && (vma.protection & 2u) == 0 && vma.is(VmaFilePrivate);
    return vma.is(VmaVdso | VmaVvar | VmaVsyscall) || code;
}

/// Ranges that stay, by canonical member.
class Kept
{
public:
    void add(const Extent &extent) { m_ranges.push_back(extent); }
    [[nodiscard]] uint64_t count() const { return m_ranges.size(); }

    /// Merged, in order.
    std::vector<Extent> take()
    {
        std::sort(m_ranges.begin(), m_ranges.end());
        std::vector<Extent> merged;
        for (const Extent &extent : m_ranges) {
            if (!merged.empty() && merged.back().member == extent.member &&
                merged.back().end() >= extent.offset)
                merged.back().length = std::max(merged.back().end(), extent.end()) - merged.back().offset;
            else
                merged.push_back(extent);
        }
        return merged;
    }

private:
    std::vector<Extent> m_ranges;
};

void keepProvided(const Memory &memory, Kept &kept)
{
    for (const Task &task : memory.checkpoint().tasks()) {
        const auto space = memory.addressSpace(task.pid);
        if (!space)
            continue;
        for (const Vma &vma : task.vmas) {
            if (!provided(vma))
                continue;
            for (const AddressPiece &piece : space->pieces(vma.range())) {
                if (piece.presence == Presence::Present)
                    kept.add(piece.extent);
            }
        }
    }
}

/// Words of a task's memory that point somewhere or count something.
Result<void> keepPointers(const Memory &memory, const Task &task, Kept &kept, Progress *progress,
                          const std::stop_token &stop)
{
    const auto space = memory.addressSpace(task.pid);
    if (!space)
        return {};
    const std::vector<ByteRange> mapped = space->mapped();
    const auto points = [&](uint64_t word) {
        const auto after =
            std::upper_bound(mapped.begin(), mapped.end(), word,
                             [](uint64_t value, const ByteRange &range) { return value < range.offset; });
        return after != mapped.begin() && std::prev(after)->contains(word);
    };
    std::vector<std::byte> bytes;
    for (const ByteRange &run : space->presentRuns()) {
        for (uint64_t at = run.offset; at < run.end(); at += pieceBytes) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", memory.checkpoint().archive().path(),
                             std::nullopt};
            bytes.resize(std::min(pieceBytes, run.end() - at));
            if (auto read = space->read(at, bytes); !read)
                return read.error();
            const auto parts = space->extents(at, bytes.size());
            if (!parts)
                return parts.error();
            uint64_t in = 0; // where the part begins in `bytes`
            for (const Extent &part : *parts) {
                for (uint64_t i = 0; i + wordBytes <= part.length; i += wordBytes) {
                    const uint64_t word =
                        loadInteger(std::span(bytes).subspan(in + i, wordBytes), ByteOrder::Little);
                    if (word != 0 && (word < smallNumber || points(word)))
                        kept.add({part.member, part.offset + i, wordBytes});
                }
                in += part.length;
            }
            if (kept.count() > maxKeptRanges)
                return Error{ErrorCode::Unsupported,
                             "holds more pointers than this profile can keep; empty the memory instead",
                             memory.checkpoint().archive().path(), std::nullopt};
            if (progress != nullptr)
                progress->advance(bytes.size());
        }
    }
    return {};
}

} // namespace

Result<void> redactMemory(const Memory &memory, MemoryTreatment treatment, RedactionSink &sink,
                          Progress *progress, std::stop_token stop)
{
    if (treatment == MemoryTreatment::Keep)
        return {};
    Kept keeping;
    keepProvided(memory, keeping);
    if (treatment == MemoryTreatment::KeepPointers) {
        for (const Task &task : memory.checkpoint().tasks()) {
            if (auto done = keepPointers(memory, task, keeping, progress, stop); !done)
                return done;
        }
    }
    const std::vector<Extent> kept = keeping.take();
    const Archive &archive = memory.checkpoint().archive();
    for (const Member &member : archive.members()) {
        if (!member.content || !memory.isPagesFile(member.id))
            continue;
        const Extent whole = archive.canonical({member.id, 0, member.content->size()});
        uint64_t at = whole.offset;
        const auto first = std::partition_point(kept.begin(), kept.end(), [&](const Extent &extent) {
            return extent.member < whole.member ||
                   (extent.member == whole.member && extent.end() <= whole.offset);
        });
        for (auto next = first;
             next != kept.end() && next->member == whole.member && next->offset < whole.end(); ++next) {
            if (next->offset > at)
                sink.zero(DataClass::Memory, member.id, {at - whole.offset, next->offset - at});
            at = std::max(at, next->end());
        }
        if (at < whole.end())
            sink.zero(DataClass::Memory, member.id, {at - whole.offset, whole.end() - at});
    }
    return {};
}

} // namespace cryoscope
