// SPDX-License-Identifier: Apache-2.0
#include "core/memory/run.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

Result<AddressSpace> spaceOf(const Memory &memory, const Run &run)
{
    return run.kind == Run::Kind::TaskMemory ? memory.addressSpace(run.pid)
                                             : memory.sharedObject(run.sharedId);
}

} // namespace

std::vector<Run> allRuns(const Memory &memory)
{
    std::vector<Run> runs;
    for (const auto &task : memory.checkpoint().tasks()) {
        const auto space = memory.addressSpace(task.pid);
        if (!space)
            continue;
        for (const auto &range : space->presentRuns())
            runs.push_back({Run::Kind::TaskMemory, task.pid, 0, noMember, range.offset, range.length});
    }
    for (const uint64_t id : memory.sharedObjects()) {
        const auto space = memory.sharedObject(id);
        if (!space)
            continue;
        for (const auto &range : space->presentRuns())
            runs.push_back({Run::Kind::SharedObject, 0, id, noMember, range.offset, range.length});
    }
    const auto add = [&runs](MemberId member, uint64_t from, uint64_t to) {
        if (to > from)
            runs.push_back({Run::Kind::Member, 0, 0, member, from, to - from});
    };
    const Archive &archive = memory.checkpoint().archive();
    // What sparse members of tars hold is read as their content.
    std::vector<Extent> pages = memory.pagesFiles();
    const auto sparse = archive.sparseData();
    pages.insert(pages.end(), sparse.begin(), sparse.end());
    std::sort(pages.begin(), pages.end());
    for (const MemberId member : archive.canonicalMembers()) {
        if (const auto &stored = archive.member(member).sparse; stored && !memory.isPagesFile(member)) {
            for (const ByteRange &data :
                 stored->data()) // holes hold nothing, and may be longer than any disk
                add(member, data.offset, data.end());
            continue;
        }
        uint64_t at = 0;
        for (auto file = std::lower_bound(pages.begin(), pages.end(), Extent{member, 0, 0});
             file != pages.end() && file->member == member; ++file) {
            add(member, at, file->offset);
            at = std::max(at, file->end());
        }
        add(member, at, archive.member(member).content->size());
    }
    for (const auto &extent : memory.unreferenced())
        add(extent.member, extent.offset, extent.end());
    return runs;
}

Result<void> readRun(const Memory &memory, const Run &run, uint64_t offset, std::span<std::byte> out)
{
    if (!inBounds(offset, out.size(), run.length))
        return Error{ErrorCode::Internal, "read beyond the end of a run", {}, run.start + offset};
    if (run.kind == Run::Kind::Member)
        return memory.checkpoint().archive().member(run.member).content->read(run.start + offset, out);
    const auto space = spaceOf(memory, run);
    if (!space)
        return space.error();
    const auto absent = space->read(run.start + offset, out);
    if (!absent)
        return absent.error();
    if (!absent->empty())
        return Error{ErrorCode::Internal, "a run holds absent bytes", {}, absent->front().address};
    return {};
}

Result<std::vector<Extent>> runExtents(const Memory &memory, const Run &run, uint64_t offset, uint64_t length)
{
    if (!inBounds(offset, length, run.length))
        return Error{ErrorCode::Internal, "asked beyond the end of a run", {}, run.start + offset};
    if (run.kind == Run::Kind::Member)
        return std::vector<Extent>{{run.member, run.start + offset, length}};
    const auto space = spaceOf(memory, run);
    if (!space)
        return space.error();
    return space->extents(run.start + offset, length);
}

Result<std::vector<std::byte>> readExtents(const Archive &archive, std::span<const Extent> parts,
                                           uint64_t limit)
{
    uint64_t total = 0;
    for (const auto &part : parts) {
        if (part.member >= archive.members().size())
            return Error{ErrorCode::NotFound, "has no member " + std::to_string(part.member), archive.path(),
                         std::nullopt};
        const auto sum = checkedAdd(total, part.length);
        if (!sum || *sum > limit)
            return Error{ErrorCode::Unsupported,
                         "longer than the " + std::to_string(limit) + " bytes that are read",
                         archive.member(part.member).path, part.offset};
        total = *sum;
    }
    std::vector<std::byte> bytes(total);
    size_t at = 0;
    for (const auto &part : parts) {
        const Member &member = archive.member(part.member);
        if (!member.content)
            return Error{ErrorCode::InputUnreadable, "has no content that can be read", member.path,
                         part.offset};
        if (auto done = member.content->read(part.offset, std::span(bytes).subspan(at, part.length)); !done)
            return done.error();
        at += part.length;
    }
    return bytes;
}

} // namespace cryoscope
