// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagesdissection.h"

#include "core/base/hextext.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

std::string ownerText(const PagesObject &owner)
{
    return (owner.shared ? "shared memory " : "process ") + std::to_string(owner.id);
}

} // namespace

PagesDissection::PagesDissection(std::shared_ptr<const Memory> memory, const Member &member)
    : m_memory(std::move(memory)), m_owners(m_memory->pagesObjects(member.id)),
      m_whole(m_memory->checkpoint().archive().canonical({member.id, 0, member.content->size()})),
      m_size(member.content->size())
{
}

PagesDissection::Stretch PagesDissection::stretchAt(uint64_t offset) const
{
    Stretch stretch{m_size, nullptr, 0};
    for (const PagesObject *owner : m_owners) {
        const PageMap &map = owner->map;
        const PagemapEntry *entry = map.entryAtFileOffset(offset);
        if (entry == nullptr) {
            // Only what lies behind the last page is named by no entry of a pagemap.
            if (offset < map.storedBytes())
                stretch.end = std::min(stretch.end, map.storedBytes());
            continue;
        }
        stretch.end = std::min(stretch.end, entry->fileOffset + map.bytes(*entry));
        if (stretch.owner == nullptr) {
            stretch.owner = owner;
            stretch.address = entry->address + (offset - entry->fileOffset);
        }
    }
    return stretch;
}

const Vma *PagesDissection::vmaAt(const PagesObject &owner, uint64_t address, uint64_t &end) const
{
    const Task *task = owner.shared ? nullptr : m_memory->checkpoint().task(static_cast<uint32_t>(owner.id));
    if (task == nullptr)
        return nullptr;
    const auto &vmas = task->vmas; // ascending; guard areas lie in others and stand last
    const auto guards =
        std::partition_point(vmas.begin(), vmas.end(), [](const Vma &vma) { return !vma.is(VmaGuard); });
    const auto vma = std::upper_bound(vmas.begin(), guards, address,
                                      [](uint64_t wanted, const Vma &each) { return wanted < each.end; });
    if (vma == guards)
        return nullptr;
    if (!vma->range().contains(address)) {
        end = std::min(end, vma->start);
        return nullptr;
    }
    end = std::min(end, vma->end);
    return &*vma;
}

void PagesDissection::pages(NodeSink &sink, uint64_t begin, const Stretch &stretch) const
{
    const PagesObject &owner = *stretch.owner;
    const uint64_t pageSize = owner.map.pageSize();
    for (uint64_t at = begin; at < stretch.end && !sink.beyond(at);) {
        const uint64_t address = stretch.address + (at - begin);
        uint64_t end = address + (stretch.end - at);
        const Vma *vma = vmaAt(owner, address, end);
        const ByteRange range{at, end - address};
        at = range.end();
        if (!sink.wants(range))
            continue;
        const uint64_t count = (range.length + pageSize - 1) / pageSize;
        DissectionNode node = makeNode(NodeKind::Pages, ownerText(owner), range);
        node.value = hexText(address) + "-" + hexText(end) + (owner.shared ? " of the object" : "");
        node.meaning = countText(count, "page", "pages");
        if (vma != nullptr)
            node.meaning += " of " + vma->label() + " (" + vma->permissions() + ")";
        else if (!owner.shared)
            node.meaning += " that lie in no area of the process";
        if (!m_memory->isNewest(owner))
            node.meaning += ", stored in a parent set";
        const auto places = m_memory->places({m_whole.member, m_whole.offset + range.offset, 1});
        if (places.empty())
            node.meaning += ", which nothing sees any more";
        if (places.size() > 1)
            node.meaning += ", seen in " + std::to_string(places.size()) + " places";
        if (!owner.shared) {
            node.link.emplace();
            node.link->kind = DissectionLink::Kind::Memory;
            node.link->pid = static_cast<uint32_t>(owner.id);
            node.link->address = address;
            node.link->text = "memory of " + ownerText(owner);
        }
        if (!sink.enter(std::move(node)))
            continue;
        // The first page whose bytes are wanted, not all before it.
        uint64_t page = range.offset;
        if (sink.window().offset > page)
            page += (sink.window().offset - page) / pageSize * pageSize;
        for (; page < range.end() && !sink.beyond(page); page += pageSize)
            sink.leaf(makeNode(NodeKind::Page, "page " + hexText(address + (page - range.offset)),
                               {page, std::min(pageSize, range.end() - page)}));
        sink.leave();
    }
}

Result<void> PagesDissection::walk(ByteRange window, const Visitor &visitor) const
{
    NodeSink sink(window, visitor);
    uint64_t at = 0;
    // Stretches begin where entries do, so the one with the window's first byte is found at once.
    if (window.offset > 0 && window.offset < m_size) {
        for (const PagesObject *owner : m_owners) {
            if (const PagemapEntry *entry = owner->map.entryAtFileOffset(window.offset))
                at = std::max(at, entry->fileOffset);
            else
                at = std::max(at, std::min(owner->map.storedBytes(), window.offset));
        }
    }
    while (at < m_size && !sink.beyond(at)) {
        const Stretch stretch = stretchAt(at);
        if (stretch.owner != nullptr)
            pages(sink, at, stretch);
        else
            sink.leaf(
                makeNode(NodeKind::Unexplained, "unreferenced pages", {at, stretch.end - at},
                         m_owners.empty() ? "no pagemap names this file" : "no pagemap names these bytes"));
        at = stretch.end;
    }
    return {};
}

} // namespace cryoscope
