// SPDX-License-Identifier: Apache-2.0
#include "ui/review/markindex.h"

#include <algorithm>
#include <unordered_set>

namespace cryoscope::ui
{

namespace
{

constexpr uint64_t pageBytes = 4096;

struct Collected {
    std::map<uint32_t, std::vector<HexMark>> tasks;
    std::map<uint64_t, std::vector<HexMark>> shared;
    std::map<MemberId, std::vector<HexMark>> members;
};

/// Neighbours in a pages file need not be neighbours in memory: each page is asked for by itself.
void collectPages(const Memory &memory, FindingId id, const Extent &part, Collected &out)
{
    for (uint64_t done = 0; done < part.length;) {
        const uint64_t left = part.length - done;
        const auto places = memory.places({part.member, part.offset + done, left});
        if (places.empty()) {
            if (!memory.isPagesFile(part.member))
                return;
            // Pages that nobody maps; where the next page begins cannot be told from an address.
            done += std::min(left, pageBytes);
            continue;
        }
        const uint64_t here = std::min(left, pageBytes - places.front().address % pageBytes);
        for (const MemoryPlace &place : places) {
            const HexMark mark{place.address, here, id, 0};
            if (place.pid != 0)
                out.tasks[place.pid].push_back(mark);
            else
                out.shared[place.sharedId].push_back(mark);
        }
        done += here;
    }
}

bool collect(const Memory &memory, std::span<const MarkSource> sources, const std::stop_token &stop,
             Collected &out)
{
    for (const MarkSource &source : sources) {
        if (stop.stop_requested())
            return false;
        const Extent &part = source.part;
        if (part.length == 0)
            continue;
        out.members[part.member].push_back({part.offset, part.length, source.id, 0});
        collectPages(memory, source.id, part, out);
    }
    return true;
}

template <class Key>
void lay(std::map<Key, HexMarks::List> &lists, std::map<Key, std::vector<HexMark>> &added,
         const std::unordered_set<qint64> &replaced)
{
    for (auto &[key, list] : lists) {
        const bool touched = added.contains(key) ||
                             std::any_of(list->begin(), list->end(),
                                         [&](const HexMark &mark) { return replaced.contains(mark.id); });
        if (!touched)
            continue;
        std::vector<HexMark> &marks = added[key];
        for (const HexMark &mark : *list) {
            if (!replaced.contains(mark.id))
                marks.push_back(mark);
        }
    }
    for (auto &[key, marks] : added)
        lists[key] = HexMarks::make(std::move(marks));
}

} // namespace

std::shared_ptr<const MarkIndex> MarkIndex::make(const Memory &memory, std::span<const MarkSource> sources,
                                                 const std::stop_token &stop)
{
    return MarkIndex().with(memory, sources, stop);
}

std::shared_ptr<const MarkIndex> MarkIndex::with(const Memory &memory, std::span<const MarkSource> changed,
                                                 const std::stop_token &stop) const
{
    Collected added;
    if (!collect(memory, changed, stop, added))
        return nullptr;
    std::unordered_set<qint64> ids; // those that may be marked now
    if (!m_members.empty()) {
        for (const MarkSource &source : changed)
            ids.insert(source.id);
    }
    auto made = std::make_shared<MarkIndex>(*this);
    lay(made->m_tasks, added.tasks, ids);
    lay(made->m_shared, added.shared, ids);
    lay(made->m_members, added.members, ids);
    return made;
}

HexMarks::List MarkIndex::of(const Memory &memory, const ByteTarget &target) const
{
    const auto find = [](const auto &lists, auto key) {
        const auto found = lists.find(key);
        return found == lists.end() ? HexMarks::List() : found->second;
    };
    switch (target.kind) {
    case ByteTarget::Kind::None:
        break;
    case ByteTarget::Kind::Task:
        return find(m_tasks, target.pid);
    case ByteTarget::Kind::Shared:
        return find(m_shared, target.sharedId);
    case ByteTarget::Kind::Member: {
        const Archive &archive = memory.checkpoint().archive();
        const Member &member = archive.member(target.member);
        if (!member.content)
            break;
        const Extent base = archive.canonical({target.member, 0, member.content->size()});
        const HexMarks::List all = find(m_members, base.member);
        if (!all || base.member == target.member)
            return all;
        // A file within an archive: the part of the archive's marks that lies in it, at its own offsets.
        std::vector<HexMark> inner;
        HexMarks(all, [](qint64) { return MarkState::Undecided; }, {})
            .over(base.offset, base.offset + base.length, [&](const HexMark &mark, MarkState) {
                const ByteRange common = base.range().intersected({mark.start, mark.length});
                inner.push_back({common.offset - base.offset, common.length, mark.id, 0});
            });
        return HexMarks::make(std::move(inner));
    }
    }
    return nullptr;
}

} // namespace cryoscope::ui
