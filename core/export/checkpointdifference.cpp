// SPDX-License-Identifier: Apache-2.0
#include "core/export/checkpointdifference.h"

#include "core/base/wipe.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/vma.h"
#include "core/export/contentdifference.h"
#include "core/image/imagefile.h"

#include <algorithm>
#include <map>
#include <set>

namespace cryoscope
{

namespace
{

constexpr uint64_t comparedPiece = uint64_t{1} << 20; // bytes that are read at once

/// Ranges of `a` that are not in `b`, or that are; both ascending and free of overlaps.
std::vector<ByteRange> partsOf(const std::vector<ByteRange> &a, const std::vector<ByteRange> &b, bool inBoth)
{
    std::vector<ByteRange> parts;
    auto next = b.begin();
    for (const ByteRange &range : a) {
        uint64_t at = range.offset;
        while (next != b.end() && next->end() <= at)
            ++next;
        for (auto other = next; other != b.end() && other->offset < range.end(); ++other) {
            const ByteRange common = range.intersected(*other);
            if (!inBoth && common.offset > at)
                parts.push_back({at, common.offset - at});
            if (inBoth && !common.empty())
                parts.push_back(common);
            at = common.end();
        }
        if (!inBoth && at < range.end())
            parts.push_back({at, range.end() - at});
    }
    return parts;
}

/// Compares the stored pages of one address space.
class SpaceComparison
{
public:
    SpaceComparison(const AddressSpace *before, const AddressSpace *after, uint64_t pageSize)
        : m_before(before), m_after(after), m_pageSize(pageSize)
    {
    }

    Result<MemoryDifference> run(Progress *progress, const std::stop_token &stop)
    {
        const auto runsOf = [](const AddressSpace *space) {
            return space != nullptr ? space->presentRuns() : std::vector<ByteRange>();
        };
        const auto olds = runsOf(m_before);
        const auto news = runsOf(m_after);
        for (const ByteRange &range : partsOf(olds, news, false))
            add(Change::Removed, range.offset, pagesOf(range.length), 0);
        for (const ByteRange &range : partsOf(news, olds, false))
            add(Change::Added, range.offset, pagesOf(range.length), 0);
        for (const ByteRange &range : partsOf(olds, news, true)) {
            for (uint64_t at = range.offset; at < range.end(); at += comparedPiece) {
                if (stop.stop_requested())
                    return Error{ErrorCode::Cancelled, "cancelled", {}, std::nullopt};
                const uint64_t length = std::min(comparedPiece, range.end() - at);
                if (auto done = compare(at, length); !done)
                    return done.error();
                if (progress != nullptr)
                    progress->advance(length);
            }
        }
        std::sort(m_result.ranges.begin(), m_result.ranges.end(),
                  [](const PagesDifference &a, const PagesDifference &b) { return a.address < b.address; });
        return std::move(m_result);
    }

private:
    [[nodiscard]] uint64_t pagesOf(uint64_t length) const { return (length + m_pageSize - 1) / m_pageSize; }

    Result<void> compare(uint64_t address, uint64_t length)
    {
        m_old.resize(length);
        m_new.resize(length);
        const auto old = m_before->read(address, m_old);
        const auto now = m_after->read(address, m_new);
        if (!old || !now)
            return old ? now.error() : old.error();
        for (uint64_t at = 0; at < length;) {
            const uint64_t part = std::min(length - at, m_pageSize - (address + at) % m_pageSize);
            uint64_t changed = 0;
            for (uint64_t i = at; i < at + part; ++i)
                changed += m_old[i] != m_new[i] ? 1 : 0;
            if (changed > 0)
                add(Change::Changed, address + at, 1, changed);
            at += part;
        }
        return {};
    }

    void add(Change change, uint64_t address, uint64_t pages, uint64_t bytes)
    {
        (change == Change::Added     ? m_result.addedPages
         : change == Change::Removed ? m_result.removedPages
                                     : m_result.changedPages) += pages;
        m_result.changedBytes += bytes;
        const AddressSpace *space = change == Change::Removed ? m_before : m_after;
        const Vma *vma = space->vmaAt(address);
        std::string area = vma != nullptr ? vma->label() : std::string();
        if (!m_result.ranges.empty()) {
            PagesDifference &last = m_result.ranges.back();
            if (last.change == change && last.area == area &&
                last.address + last.pages * m_pageSize == address) {
                last.pages += pages;
                last.changedBytes += bytes;
                return;
            }
        }
        if (m_result.ranges.size() < MemoryDifference::maxListed)
            m_result.ranges.push_back({change, address, pages, bytes, std::move(area)});
        else
            ++m_result.unlisted;
    }

    const AddressSpace *m_before; ///< null: there is none
    const AddressSpace *m_after;
    const uint64_t m_pageSize;
    std::vector<std::byte> m_old, m_new;
    MemoryDifference m_result;
};

/// Goes over both checkpoints.
class CheckpointComparison
{
public:
    CheckpointComparison(const Memory &before, const Memory &after, bool withValues, Progress *progress,
                         std::stop_token stop)
        : m_before(before), m_after(after), m_withValues(withValues), m_progress(progress),
          m_stop(std::move(stop))
    {
    }

    Result<CheckpointDifference> run()
    {
        const auto olds = membersOf(m_before);
        const auto news = membersOf(m_after);
        if (m_progress != nullptr) {
            uint64_t total = 0;
            for (const auto &[name, member] : olds)
                total += member->content ? member->content->size() : 0;
            m_progress->begin("compare", total);
        }
        for (const auto &[name, member] : olds) {
            const auto found = news.find(name);
            if (auto done = members(member, found == news.end() ? nullptr : found->second); !done)
                return done.error();
        }
        for (const auto &[name, member] : news) {
            if (!olds.contains(name))
                (void)members(nullptr, member);
        }
        std::sort(m_result.members.begin(), m_result.members.end(),
                  [](const MemberDifference &a, const MemberDifference &b) { return a.path < b.path; });
        if (auto done = memory(); !done)
            return done.error();
        return std::move(m_result);
    }

private:
    /// Files and links by name: path, without the directory of the shown set.
    static std::map<std::string, const Member *> membersOf(const Memory &memory)
    {
        const std::string &prefix = memory.checkpoint().imagePrefix();
        std::map<std::string, const Member *> members;
        for (const Member &member : memory.checkpoint().archive().members()) {
            if (member.kind == MemberKind::Directory)
                continue;
            const bool within = member.path.starts_with(prefix);
            members[within ? member.path.substr(prefix.size()) : member.path] = &member;
        }
        return members;
    }

    static uint64_t sizeOf(const Member *member)
    {
        return member != nullptr && member->content ? member->content->size() : 0;
    }

    /// One of the two may be null.
    Result<void> members(const Member *before, const Member *after)
    {
        MemberDifference difference;
        difference.change = before == nullptr  ? Change::Added
                            : after == nullptr ? Change::Removed
                                               : Change::Changed;
        difference.path = after != nullptr ? after->path : before->path;
        difference.before = before != nullptr ? before->id : noMember;
        difference.after = after != nullptr ? after->id : noMember;
        ++m_result.comparedMembers;
        difference.sizeBefore = sizeOf(before);
        difference.sizeAfter = sizeOf(after);
        difference.pages =
            after != nullptr ? m_after.isPagesFile(after->id) : m_before.isPagesFile(before->id);
        if (before != nullptr && after != nullptr) {
            const bool alike = before->kind == after->kind && before->linkTarget == after->linkTarget &&
                               (before->content == nullptr) == (after->content == nullptr);
            if (before->content && after->content) {
                const auto content = compareContent(*before->content, *after->content, {}, true, m_progress,
                                                    m_stop, Hashes::NotWanted);
                if (!content)
                    return content.error();
                m_result.comparedBytes += std::min(difference.sizeBefore, difference.sizeAfter);
                if (alike && content->sameSize && content->changedBytes == 0)
                    return {};
                difference.changedBytes = content->changedBytes;
                if (!content->ranges.empty())
                    difference.firstChange = content->ranges.front().offset;
                if (!difference.pages) {
                    if (auto done = images(*before, *after, difference); !done)
                        return done;
                }
            } else if (alike) {
                return {};
            }
        }
        m_result.members.push_back(std::move(difference));
        return {};
    }

    Result<void> images(const Member &before, const Member &after, MemberDifference &difference) const
    {
        if (isRawImage(splitPath(after.path).second) || !Image::looksLikeImage(*before.content) ||
            !Image::looksLikeImage(*after.content))
            return {};
        const auto old = m_before.checkpoint().openImage(before.id);
        const auto now = m_after.checkpoint().openImage(after.id);
        if (!old || !now)
            return {}; // no images after all: their bytes were compared
        auto fields = compareImages(*old, *now, m_withValues);
        if (!fields)
            return fields.error();
        difference.image = std::move(*fields);
        return {};
    }

    Result<void> memory()
    {
        std::set<uint32_t> pids;
        std::set<uint64_t> objects;
        for (const Memory *each : {&m_before, &m_after}) {
            for (const Task &task : each->checkpoint().tasks())
                pids.insert(task.pid);
            for (const uint64_t id : each->sharedObjects())
                objects.insert(id);
        }
        m_result.comparedSpaces = pids.size() + objects.size();
        if (m_progress != nullptr) {
            uint64_t total = 0;
            for (const uint32_t pid : pids)
                total += inBoth(m_before.addressSpace(pid), m_after.addressSpace(pid));
            for (const uint64_t id : objects)
                total += inBoth(m_before.sharedObject(id), m_after.sharedObject(id));
            m_progress->begin("compare memory", total);
        }
        for (const uint32_t pid : pids) {
            if (auto done = space(m_before.addressSpace(pid), m_after.addressSpace(pid), pid, 0); !done)
                return done;
        }
        for (const uint64_t id : objects) {
            if (auto done = space(m_before.sharedObject(id), m_after.sharedObject(id), std::nullopt, id);
                !done)
                return done;
        }
        return {};
    }

    /// Bytes that both store.
    static uint64_t inBoth(const Result<AddressSpace> &before, const Result<AddressSpace> &after)
    {
        uint64_t bytes = 0;
        if (before && after) {
            for (const ByteRange &range : partsOf(before->presentRuns(), after->presentRuns(), true))
                bytes += range.length;
        }
        return bytes;
    }

    Result<void> space(const Result<AddressSpace> &before, const Result<AddressSpace> &after,
                       std::optional<uint32_t> pid, uint64_t sharedId)
    {
        auto difference = SpaceComparison(before ? &*before : nullptr, after ? &*after : nullptr,
                                          m_after.checkpoint().pageSize())
                              .run(m_progress, m_stop);
        if (!difference)
            return difference.error();
        difference->pid = pid;
        difference->sharedId = sharedId;
        if (difference->changedPages + difference->addedPages + difference->removedPages > 0)
            m_result.memory.push_back(std::move(*difference));
        return {};
    }

    const Memory &m_before;
    const Memory &m_after;
    const bool m_withValues;
    Progress *m_progress;
    std::stop_token m_stop;
    CheckpointDifference m_result;
};

Change reversed(Change change)
{
    return change == Change::Added     ? Change::Removed
           : change == Change::Removed ? Change::Added
                                       : Change::Changed;
}

} // namespace

CheckpointDifference reversed(CheckpointDifference difference)
{
    for (MemberDifference &member : difference.members) {
        member.change = reversed(member.change);
        std::swap(member.sizeBefore, member.sizeAfter);
        std::swap(member.before, member.after);
        if (!member.image)
            continue;
        for (FieldDifference &field : member.image->fields) {
            field.change = reversed(field.change);
            std::swap(field.placeBefore, field.placeAfter);
            std::swap(field.lengthBefore, field.lengthAfter);
            std::swap(field.before, field.after);
        }
    }
    for (MemoryDifference &memory : difference.memory) {
        std::swap(memory.addedPages, memory.removedPages);
        for (PagesDifference &range : memory.ranges)
            range.change = reversed(range.change);
    }
    return difference;
}

Result<void> addValues(const Memory &before, const Memory &after, CheckpointDifference &difference,
                       std::stop_token stop)
{
    for (MemberDifference &member : difference.members) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", {}, std::nullopt};
        if (!member.image)
            continue;
        const auto old = before.checkpoint().openImage(member.before);
        const auto now = after.checkpoint().openImage(member.after);
        if (!old || !now)
            return old ? now.error() : old.error();
        auto fields = compareImages(*old, *now, true);
        if (!fields)
            return fields.error();
        member.image = std::move(*fields);
    }
    return {};
}

void dropValues(CheckpointDifference &difference)
{
    for (MemberDifference &member : difference.members) {
        if (!member.image)
            continue;
        for (FieldDifference &field : member.image->fields) {
            for (std::string *value : {&field.before, &field.after}) {
                wipe(*value);
                value->clear();
            }
        }
    }
}

Result<CheckpointDifference> compareCheckpoints(const Memory &before, const Memory &after, bool withValues,
                                                Progress *progress, std::stop_token stop)
{
    return CheckpointComparison(before, after, withValues, progress, std::move(stop)).run();
}

} // namespace cryoscope
