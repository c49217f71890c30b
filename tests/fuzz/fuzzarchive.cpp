// SPDX-License-Identifier: Apache-2.0
// An archive of any form with what is nested in it.
#include "core/archive/archive.h"

#include "tests/fuzz/memoryfile.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fuzz::MemoryFile file({reinterpret_cast<const std::byte *>(data), size});
    constexpr uint64_t limit = uint64_t{4} << 20;
    const auto opened = Archive::open(file.path(), {limit});
    if (!opened) {
        require(opened.error().file == file.path(), "errors name the file");
        return 0;
    }
    const Archive &archive = **opened;
    uint64_t decoded = 0;
    for (const Member &member : archive.members()) {
        require(&archive.member(member.id) == &member, "ids are indexes");
        require(archive.find(member.path) != nullptr, "members are found by path");
        require(member.parent == noMember || member.parent < member.id, "members follow their parents");
        if (!member.content)
            continue;
        if (member.sparse) {
            for (const ByteRange &stretch : member.sparse->data())
                require(member.content->readAll(stretch.offset, stretch.length).ok(),
                        "stretches can be read");
        } else {
            require(member.content->readAll(0, member.content->size()).ok(), "members can be read");
        }
        if (member.storage == Storage::Decoded)
            decoded += member.content->size();
        if (member.content->size() == 0)
            continue;
        const Extent last{member.id, member.content->size() - 1, 1};
        const Extent canonical = archive.canonical(last);
        const Member &holder = archive.member(canonical.member);
        require(holder.storage != Storage::InPlace && holder.storage != Storage::Linked &&
                    canonical.end() <= holder.content->size(),
                "canonical extents lie within their member");
        require(archive.canonical(archive.innermost(canonical)) == canonical, "places lead back to bytes");
    }
    require(decoded <= limit, "no more is decoded than is allowed");
    for (const Problem &problem : archive.problems())
        require(!problem.error.file.empty(), "problems name the file");
    return 0;
}
