// SPDX-License-Identifier: Apache-2.0
#include "core/memory/memory.h"

#include "core/base/checked.h"
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

const PagesObject *Memory::taskPages(uint32_t pid) const
{
    const auto found = m_taskObjects.find(pid);
    return found == m_taskObjects.end() ? nullptr : found->second;
}

const PagesObject *Memory::sharedPages(uint64_t shmid) const
{
    const auto found = m_sharedObjects.find(shmid);
    return found == m_sharedObjects.end() ? nullptr : found->second;
}

std::optional<uint64_t> Memory::Span::objectOffset(uint64_t address, uint64_t length) const
{
    const auto offset = checkedAdd(address - vma->start, vma->fileOffset);
    return offset && checkedAdd(*offset, length) ? offset : std::nullopt;
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

namespace
{

/// Who stores a byte is known; whether it is still seen there is asked by resolving the address again.
bool sees(const AddressSpace &space, uint64_t address, const Extent &canonical)
{
    const auto pieces = space.pieces({address, 1});
    return pieces.size() == 1 && pieces.front().presence == Presence::Present &&
           pieces.front().extent.member == canonical.member &&
           pieces.front().extent.offset == canonical.offset;
}

} // namespace

std::vector<MemoryPlace> Memory::places(const Extent &canonical) const
{
    std::vector<MemoryPlace> found;
    const PagesFile *file = pagesFile(canonical);
    if (file == nullptr)
        return found;
    for (const PagesObject *object : file->objects) {
        const auto address = object->addressOf(canonical.offset - file->extent.offset);
        if (!address)
            continue;
        if (object->shared) {
            addSharedPlaces(object->id, *address, canonical, found);
            continue;
        }
        const auto pid = static_cast<uint32_t>(object->id);
        const Task *task = m_checkpoint->task(pid);
        if (task == nullptr)
            continue;
        const AddressSpace space(this, task, 0);
        if (sees(space, *address, canonical))
            found.push_back({pid, 0, *address, space.vmaAt(*address)});
    }
    return found;
}

void Memory::addSharedPlaces(uint64_t shmid, uint64_t offset, const Extent &canonical,
                             std::vector<MemoryPlace> &found) const
{
    if (!sees(AddressSpace(this, nullptr, shmid), offset, canonical))
        return;
    const size_t before = found.size();
    if (const auto mappings = m_mappings.find(shmid); mappings != m_mappings.end()) {
        const auto &list = mappings->second;
        auto mapping = std::upper_bound(list.begin(), list.end(), offset,
                                        [](uint64_t at, const Mapping &m) { return at < m.range.offset; });
        while (mapping != list.begin() && std::prev(mapping)->furthest > offset) {
            --mapping;
            if (!mapping->range.contains(offset))
                continue;
            const uint64_t at = mapping->span.start + (offset - mapping->range.offset);
            if (sees(AddressSpace(this, m_checkpoint->task(mapping->pid), 0), at, canonical))
                found.push_back({mapping->pid, shmid, at, mapping->span.vma});
        }
    }
    if (found.size() == before)
        found.push_back({0, shmid, offset, nullptr});
    std::sort(found.begin() + static_cast<ptrdiff_t>(before), found.end(),
              [](const MemoryPlace &a, const MemoryPlace &b) {
                  return std::pair(a.pid, a.address) < std::pair(b.pid, b.address);
              });
}

bool Memory::isPagesFile(MemberId member) const
{
    const Archive &archive = m_checkpoint->archive();
    const auto &content = archive.member(member).content;
    if (!content)
        return false;
    const Extent whole = archive.canonical({member, 0, content->size()});
    const auto at =
        std::lower_bound(m_pagesFiles.begin(), m_pagesFiles.end(), whole,
                         [](const PagesFile &file, const Extent &extent) { return file.extent < extent; });
    return at != m_pagesFiles.end() && at->extent == whole;
}

std::vector<Extent> Memory::pagesFiles() const
{
    std::vector<Extent> files;
    for (const PagesFile &file : m_pagesFiles)
        files.push_back(file.extent);
    return files;
}

std::vector<const PagesObject *> Memory::pagesObjects(MemberId member) const
{
    const auto &content = m_checkpoint->archive().member(member).content;
    if (!content)
        return {};
    const Extent whole = m_checkpoint->archive().canonical({member, 0, content->size()});
    const PagesFile *file = pagesFile(whole);
    return file != nullptr && file->extent == whole ? file->objects : std::vector<const PagesObject *>();
}

std::vector<const PagesObject *> Memory::pagesObjects() const
{
    std::vector<const PagesObject *> objects;
    for (const auto &object : m_objects)
        objects.push_back(object.get());
    return objects;
}

bool Memory::isNewest(const PagesObject &object) const
{
    return (object.shared ? sharedPages(object.id) : taskPages(static_cast<uint32_t>(object.id))) == &object;
}

} // namespace cryoscope
