// SPDX-License-Identifier: Apache-2.0
#include "core/memory/memory.h"

#include "core/memory/memoryloader.h"

#include <algorithm>

namespace cryoscope
{

Result<std::shared_ptr<const Memory>> Memory::load(std::shared_ptr<const Checkpoint> checkpoint,
                                                   Progress *progress, std::stop_token stop)
{
    return MemoryLoader(std::move(checkpoint)).load(progress, std::move(stop));
}

Result<AddressSpace> Memory::addressSpace(uint32_t pid) const
{
    const Task *task = m_checkpoint->task(pid);
    if (task == nullptr)
        return Error{ErrorCode::NotFound, "there is no process " + std::to_string(pid),
                     m_checkpoint->archive().path(), std::nullopt};
    return AddressSpace(this, task, 0);
}

Result<AddressSpace> Memory::sharedObject(uint64_t shmid) const
{
    if (!m_sharedObjects.contains(shmid))
        return Error{ErrorCode::NotFound, "there is no shared memory " + std::to_string(shmid),
                     m_checkpoint->archive().path(), std::nullopt};
    return AddressSpace(this, nullptr, shmid);
}

std::vector<uint64_t> Memory::sharedObjects() const
{
    std::vector<uint64_t> ids;
    for (const auto &[id, object] : m_sharedObjects)
        ids.push_back(id);
    return ids;
}

const PageMap *Memory::pageMap(uint32_t pid) const
{
    const auto found = m_taskObjects.find(pid);
    return found == m_taskObjects.end() ? nullptr : &found->second->map;
}

const std::vector<Memory::Span> &Memory::spans(uint32_t pid) const
{
    static const std::vector<Span> none;
    const auto found = m_spans.find(pid);
    return found == m_spans.end() ? none : found->second;
}

const Memory::PagesFile *Memory::pagesFile(const Extent &canonical) const
{
    auto after = std::upper_bound(m_pagesFiles.begin(), m_pagesFiles.end(), canonical,
                                  [](const Extent &extent, const PagesFile &file) {
                                      return std::pair(extent.member, extent.offset) <
                                             std::pair(file.extent.member, file.extent.offset);
                                  });
    while (after != m_pagesFiles.begin()) {
        --after;
        if (after->extent.member != canonical.member)
            return nullptr;
        if (after->extent.range().contains(canonical.offset))
            return &*after;
        if (!after->extent.range().empty())
            return nullptr;
    }
    return nullptr;
}

std::vector<MemoryPlace> Memory::places(const Extent &canonical) const
{
    std::vector<MemoryPlace> found;
    const PagesFile *file = pagesFile(canonical);
    if (file == nullptr)
        return found;
    // Who stores the byte is known; who still sees it there is asked by resolving the address again.
    const auto sees = [&canonical](const AddressSpace &space, uint64_t address) {
        const auto pieces = space.pieces({address, 1});
        return pieces.size() == 1 && pieces.front().presence == Presence::Present &&
               pieces.front().extent.member == canonical.member &&
               pieces.front().extent.offset == canonical.offset;
    };
    const auto chainHolds = [](const std::shared_ptr<const PagesObject> &top, const PagesObject *wanted) {
        for (const PagesObject *object = top.get(); object != nullptr; object = object->parent.get()) {
            if (object == wanted)
                return true;
        }
        return false;
    };
    for (const auto &object : file->objects) {
        const auto address = object->addressOf(canonical.offset - file->extent.offset);
        if (!address)
            continue;
        for (const auto &[pid, top] : m_taskObjects) {
            const Task *task = m_checkpoint->task(pid);
            if (task == nullptr || !chainHolds(top, object.get()))
                continue;
            const AddressSpace space(this, task, 0);
            if (sees(space, *address))
                found.push_back({pid, 0, *address, space.vmaAt(*address)});
        }
        for (const auto &[shmid, top] : m_sharedObjects) {
            if (!chainHolds(top, object.get()) || !sees(AddressSpace(this, nullptr, shmid), *address))
                continue;
            const size_t before = found.size();
            const auto mappings = m_mappings.find(shmid);
            if (mappings != m_mappings.end()) {
                for (const auto &[pid, span] : mappings->second) {
                    const uint64_t skipped = span.start - span.vma->start;
                    const uint64_t from = span.vma->fileOffset + skipped; // of the span, in the object
                    if (*address < from || *address - from >= span.end - span.start)
                        continue;
                    const uint64_t at = span.start + (*address - from);
                    if (sees(AddressSpace(this, m_checkpoint->task(pid), 0), at))
                        found.push_back({pid, shmid, at, span.vma});
                }
            }
            if (found.size() == before)
                found.push_back({0, shmid, *address, nullptr});
        }
    }
    return found;
}

bool Memory::isPagesFile(MemberId member) const
{
    return std::any_of(m_pagesFiles.begin(), m_pagesFiles.end(), [&](const PagesFile &file) {
        if (file.extent.member != member || file.extent.offset != 0)
            return false;
        const auto &content = m_checkpoint->archive().member(member).content;
        return content && content->size() == file.extent.length;
    });
}

} // namespace cryoscope
