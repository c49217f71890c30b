// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportfacts.h"

#include "core/base/hash.h"
#include "core/base/wipe.h"
#include "core/bytes/memorysource.h"
#include "core/checkpoint/imagenames.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"
#include "core/review/copies.h"

#include <algorithm>
#include <map>

namespace cryoscope
{

namespace
{

// A picture with more says less.
constexpr size_t maxTasks = 24;
constexpr size_t maxAreas = 300;
constexpr size_t maxMembers = 40;
constexpr uint64_t maxMarkedPages = 200000; // that are looked up; more are left out of the pictures of memory

using TaskMarks = std::map<uint32_t, std::vector<ReportMark>>;   // by pid
using MemberMarks = std::map<MemberId, std::vector<ReportMark>>; // by canonical member

MarkState stateOf(Decision decision)
{
    return decision == Decision::Accepted   ? MarkState::Redacted
           : decision == Decision::Rejected ? MarkState::Rejected
                                            : MarkState::Undecided;
}

AreaKind areaKind(const Vma &vma)
{
    if (vma.is(VmaVdso | VmaVvar | VmaVsyscall | VmaUprobes | VmaGuard | VmaAioRing))
        return AreaKind::Kernel;
    if (vma.is(VmaHeap))
        return AreaKind::Heap;
    if (vma.is(VmaShadowStack) || vma.label() == "[stack]") // which is told in several ways
        return AreaKind::Stack;
    if (vma.is(VmaAnonShared | VmaSysvIpc | VmaMemfd))
        return AreaKind::Shared;
    if (vma.is(VmaFilePrivate | VmaFileShared | VmaSocket))
        return AreaKind::File;
    return AreaKind::Anonymous;
}

/// Ascending; those of one state that touch or overlap are one.
void joinMarks(std::vector<ReportMark> &marks)
{
    std::sort(marks.begin(), marks.end(), [](const ReportMark &a, const ReportMark &b) {
        return a.state != b.state ? a.state < b.state : a.offset < b.offset;
    });
    std::vector<ReportMark> joined;
    for (const ReportMark &mark : marks) {
        if (!joined.empty() && joined.back().state == mark.state &&
            mark.offset <= joined.back().offset + joined.back().length)
            joined.back().length =
                std::max(joined.back().length, mark.offset + mark.length - joined.back().offset);
        else
            joined.push_back(mark);
    }
    marks = std::move(joined);
}

/// Everything that is marked, by member and by process.
class MarkCollector
{
public:
    explicit MarkCollector(const Memory &memory)
        : m_memory(memory), m_archive(memory.checkpoint().archive()),
          m_pageSize(memory.checkpoint().pageSize())
    {
    }

    void add(const Extent &part, MarkState state)
    {
        if (part.member >= m_archive.members().size() || part.length == 0)
            return;
        members[part.member].push_back({part.offset, part.length, state});
        if (!m_memory.isPagesFile(m_archive.innermost({part.member, part.offset, 1}).member) &&
            !m_memory.isPagesFile(part.member))
            return;
        // Page by page: neighbours in the file need not be in memory.
        for (uint64_t at = part.offset; at < part.end() && m_looked < maxMarkedPages; ++m_looked) {
            const auto places = m_memory.places({part.member, at, 1});
            uint64_t length = std::min(part.end() - at, m_pageSize);
            if (!places.empty())
                length = std::min(length, m_pageSize - places.front().address % m_pageSize);
            for (const MemoryPlace &place : places) {
                if (place.pid != 0)
                    tasks[place.pid].push_back({place.address, length, state});
            }
            at += length;
        }
    }

    MemberMarks members;
    TaskMarks tasks;

private:
    const Memory &m_memory;
    const Archive &m_archive;
    const uint64_t m_pageSize;
    uint64_t m_looked = 0;
};

void addCoverage(const Memory &memory, ReportData &data)
{
    uint64_t tasks = 0;
    uint64_t shared = 0;
    uint64_t pages = 0;
    uint64_t images = 0;
    uint64_t others = 0;
    for (const Run &run : allRuns(memory)) {
        if (run.kind == Run::Kind::TaskMemory) {
            tasks += run.length;
        } else if (run.kind == Run::Kind::SharedObject) {
            shared += run.length;
        } else {
            const std::string &path = memory.checkpoint().archive().member(run.member).path;
            (memory.isPagesFile(run.member)             ? pages
             : splitPath(path).second.ends_with(".img") ? images
                                                        : others) += run.length;
        }
    }
    data.covered = {{"memory of processes, as each sees it", tasks},
                    {"shared memory objects", shared},
                    {"pages that no process maps", pages},
                    {"images", images},
                    {"other members: archives, files in them, logs, the engine's files", others}};
    std::map<Presence, uint64_t> absent;
    for (const Task &task : memory.checkpoint().tasks()) {
        const auto space = memory.addressSpace(task.pid);
        if (!space)
            continue;
        for (const Vma &vma : task.vmas) {
            space->eachPiece(vma.range(), [&](const AddressPiece &piece) {
                if (piece.presence != Presence::Present && piece.presence != Presence::NotMapped)
                    absent[piece.presence] += piece.length;
            });
        }
    }
    for (const auto &[presence, bytes] : absent)
        data.absent.push_back({std::string(presenceText(presence)), bytes});
}

uint64_t commonLength(const std::vector<ByteRange> &ranges, ByteRange with)
{
    uint64_t length = 0;
    auto next = std::partition_point(ranges.begin(), ranges.end(),
                                     [&](const ByteRange &range) { return range.end() <= with.offset; });
    for (; next != ranges.end() && next->offset < with.end(); ++next)
        length += next->intersected(with).length;
    return length;
}

void addTasks(const Memory &memory, TaskMarks &marks, ReportData &data)
{
    for (const Task &task : memory.checkpoint().tasks()) {
        const auto space = memory.addressSpace(task.pid);
        if (!space || task.vmas.empty())
            continue;
        if (data.tasks.size() >= maxTasks) {
            ++data.unlistedTasks;
            continue;
        }
        auto &own = marks[task.pid];
        joinMarks(own);
        const auto stored = space->presentRuns();
        ReportTask out{task.pid, task.comm};
        std::vector<const Vma *> vmas;
        for (const Vma &vma : task.vmas)
            vmas.push_back(&vma);
        std::stable_sort(vmas.begin(), vmas.end(),
                         [](const Vma *a, const Vma *b) { return a->start < b->start; });
        for (const Vma *vma : vmas) {
            if (out.areas.size() >= maxAreas) {
                ++out.unlisted;
                continue;
            }
            ReportArea area{vma->label(), vma->permissions(), areaKind(*vma),
                            vma->start,   vma->end,           commonLength(stored, vma->range())};
            for (const ReportMark &mark : own) {
                const ByteRange common = ByteRange{mark.offset, mark.length}.intersected(vma->range());
                if (!common.empty())
                    area.marks.push_back({common.offset, common.length, mark.state});
            }
            out.areas.push_back(std::move(area));
        }
        data.tasks.push_back(std::move(out));
    }
}

void addMembers(const Memory &memory, MemberMarks &marks, ReportData &data)
{
    const Archive &archive = memory.checkpoint().archive();
    if (data.proof) {
        for (const MemberHash &member : data.proof->members) {
            if (member.after.empty())
                data.members.push_back({member.path, 0, true});
        }
    }
    for (const MemberId id : archive.canonicalMembers()) {
        const Member &member = archive.member(id);
        const bool removed =
            std::any_of(data.members.begin(), data.members.end(), [&](const ReportMember &known) {
                return known.removed && known.path == member.path;
            });
        if (removed)
            continue;
        ReportMember out{member.path, member.content->size()};
        if (const auto found = marks.find(id); found != marks.end()) {
            joinMarks(found->second);
            out.marks = std::move(found->second);
        }
        data.members.push_back(std::move(out));
    }
    std::stable_sort(data.members.begin(), data.members.end(),
                     [](const ReportMember &a, const ReportMember &b) {
                         const bool one = a.removed || !a.marks.empty();
                         const bool two = b.removed || !b.marks.empty();
                         return one != two ? one : a.size > b.size;
                     });
    if (data.members.size() > maxMembers) {
        data.unlistedMembers = data.members.size() - maxMembers;
        data.members.resize(maxMembers);
    }
}

} // namespace

void addEvidence(const Memory &memory, ReportData &data)
{
    data.coverageKnown = true;
    for (const Problem &problem : memory.problems())
        data.problems.push_back(problem.error.describe());
    addCoverage(memory, data);
    MarkCollector marks(memory);
    for (const CaseFinding &entry : data.findings) {
        for (const Extent &part : entry.finding.parts)
            marks.add(part, stateOf(entry.decision));
    }
    if (data.proof) { // what a profile changed too
        for (const ChangedRanges &changed : data.proof->changed) {
            const Member *member = memory.checkpoint().archive().find(changed.path);
            if (member == nullptr || !member->content || member->content->size() != changed.size)
                continue; // it lost members: these are other offsets
            for (const ByteRange &range : changed.ranges)
                marks.add({member->id, range.offset, range.length}, MarkState::Redacted);
        }
    }
    addTasks(memory, marks.tasks, data);
    addMembers(memory, marks.members, data);
}

Result<void> hideAcceptedNames(const Memory &memory, ReportData &data)
{
    constexpr const char *hidden = "(a name that is redacted)";
    auto values = acceptedValues(memory.checkpoint().archive(), data.findings);
    if (!values)
        return values.error();
    std::vector<SearchValue> wanted;
    for (const std::string &value : *values) {
        if (value.size() >= minSearchedValue)
            wanted.push_back({value, wanted.size()});
    }
    wipe(*values);
    std::vector<std::string *> names;
    for (ReportTask &task : data.tasks) {
        names.push_back(&task.name);
        for (ReportArea &area : task.areas)
            names.push_back(&area.label);
    }
    for (ReportMember &member : data.members)
        names.push_back(&member.path);
    std::string text;
    std::vector<size_t> begins;
    for (const std::string *name : names) {
        begins.push_back(text.size());
        text += *name + '\n';
    }
    const MemorySource source("names", asBytes(text));
    const auto hits = wanted.empty() ? Result<std::vector<SourceHit>>(std::vector<SourceHit>{})
                                     : findInSource(source, wanted);
    for (SearchValue &value : wanted)
        wipe(value.bytes);
    if (!hits)
        return hits.error();
    for (const SourceHit &hit : *hits) {
        const auto after = std::upper_bound(begins.begin(), begins.end(), hit.offset);
        *names[static_cast<size_t>(std::distance(begins.begin(), after)) - 1] = hidden;
    }
    return {};
}

} // namespace cryoscope
