// SPDX-License-Identifier: Apache-2.0
#include "core/export/removalproof.h"

#include "core/archive/tarheader.h"
#include "core/export/contentdifference.h"
#include "core/export/faults.h"

#include <algorithm>
#include <utility>

namespace cryoscope
{

namespace
{

/// Walks both side by side.
class RemovalProof
{
public:
    RemovalProof(const Archive &evidence, const std::set<MemberId> &removed, const Archive &left,
                 std::stop_token stop)
        : m_before(evidence), m_left(left), m_gone(evidence.members().size(), false),
          m_lost(evidence.members().size(), false), m_pair(evidence.members().size(), noMember),
          m_stop(std::move(stop))
    {
        for (const Member &member : evidence.members()) // those within others come behind them
            m_gone[member.id] =
                removed.contains(member.id) || (member.parent != noMember && m_gone[member.parent]);
        for (const MemberId id : removed) {
            for (MemberId at = evidence.member(id).parent; at != noMember; at = evidence.member(at).parent)
                m_lost[at] = true;
        }
    }

    Result<ProofItem> run()
    {
        uint64_t gone = 0;
        uint64_t bytes = 0;
        for (const Member &member : m_before.members()) {
            if (!m_gone[member.id])
                continue;
            ++gone;
            bytes += member.content ? member.content->size() : 0;
        }
        if (pairUp()) {
            if (auto done = compare(); !done)
                return done.error();
        }
        // Without their names, for a manifest goes with the export.
        return m_faults.item("removed", "Planned members are taken out, and no others",
                             count(gone, "member") + " with " + count(bytes, "byte"));
    }

private:
    bool pairUp()
    {
        size_t next = 0;
        const auto left = m_left.members();
        for (const Member &old : m_before.members()) {
            if (m_gone[old.id])
                continue;
            if (next >= left.size() || left[next].path != old.path) {
                m_faults.add(old.path + " is missing or not in its place");
                return false;
            }
            m_pair[old.id] = left[next++].id;
        }
        if (next < left.size())
            m_faults.add(left[next].path + " is there although it was to go");
        return next == left.size();
    }

    [[nodiscard]] MemberId pairOf(MemberId id) const { return id == noMember ? noMember : m_pair[id]; }

    Result<void> compare()
    {
        for (const Member &old : m_before.members()) {
            if (m_gone[old.id])
                continue;
            const Member &now = m_left.member(m_pair[old.id]);
            if (old.kind != now.kind || old.mode != now.mode || old.uid != now.uid || old.gid != now.gid ||
                old.mtime != now.mtime || old.linkTarget != now.linkTarget ||
                old.deviceMajor != now.deviceMajor || old.deviceMinor != now.deviceMinor ||
                old.storage != now.storage || now.parent != pairOf(old.parent) ||
                now.linkedTo != pairOf(old.linkedTo) ||
                static_cast<bool>(old.content) != static_cast<bool>(now.content))
                m_faults.add(old.path + " has other metadata");
            // Of archives that lost something the parts are compared; what lies within the others is the same
            // if they are.
            const bool part = old.parent == noMember || m_lost[old.parent];
            if (!part || !old.content || !now.content || m_lost[old.id] || old.storage == Storage::Linked)
                continue;
            const auto difference =
                compareContent(*old.content, *now.content, {}, false, nullptr, m_stop, Hashes::NotWanted);
            if (!difference)
                return difference.error();
            if (!difference->asPlanned())
                m_faults.add(old.path + " is not the same");
        }
        if (m_before.form() != ArchiveForm::Directory) {
            if (auto done = compareTar(noMember, m_before.stream(), m_left.stream()); !done)
                return done;
        }
        for (const Member &old : m_before.members()) {
            const Member *first = m_lost[old.id] && !m_gone[old.id] ? firstWithin(old.id) : nullptr;
            if (first == nullptr || first->storage == Storage::Decoded)
                continue;
            if (auto done = compareTar(old.id, old.content, m_left.member(m_pair[old.id]).content); !done)
                return done;
        }
        return {};
    }

    [[nodiscard]] const Member *firstWithin(MemberId parent) const
    {
        const auto members = m_before.members();
        const auto found = std::find_if(members.begin(), members.end(),
                                        [&](const Member &member) { return member.parent == parent; });
        return found == members.end() ? nullptr : &*found;
    }

    static uint64_t endOf(const Member &member, const ByteSource &tar)
    {
        return std::min(member.offsetInParent + member.storedSize() + tarPadding(member.storedSize()),
                        tar.size());
    }

    /// What stands in a tar between the contents of its members.
    Result<void> compareTar(MemberId tar, const std::shared_ptr<const ByteSource> &before,
                            const std::shared_ptr<const ByteSource> &left)
    {
        uint64_t oldEnd = 0; // of the member before, whether it is gone or not
        uint64_t newEnd = 0;
        for (const Member &old : m_before.members()) {
            if (old.parent != tar || old.storage == Storage::Decoded)
                continue;
            const uint64_t oldStart = std::exchange(oldEnd, endOf(old, *before));
            if (m_gone[old.id])
                continue;
            const Member &now = m_left.member(m_pair[old.id]);
            auto one = before->readAll(oldStart, old.offsetInParent - oldStart);
            auto two = left->readAll(newEnd, now.offsetInParent - newEnd);
            newEnd = endOf(now, *left);
            if (!one || !two)
                return one ? two.error() : one.error();
            if (m_lost[old.id] && one->size() >= tarBlock)
                setTarSize(std::span<std::byte, tarBlock>(one->data() + (one->size() - tarBlock), tarBlock),
                           now.storedSize());
            // Behind headers of removed members that are about all that follow, which stay.
            if (two->size() < one->size() || !std::equal(one->rbegin(), one->rend(), two->rbegin()) ||
                !globalHeaders(std::span(*two).first(two->size() - one->size())))
                m_faults.add("the header of " + old.path + " differs");
        }
        const auto one = before->readAll(oldEnd, before->size() - oldEnd);
        const auto two = left->readAll(newEnd, left->size() - newEnd);
        if (!one || !two)
            return one ? two.error() : one.error();
        if (two->size() < one->size() || !std::equal(one->rbegin(), one->rend(), two->rbegin()) ||
            !globalHeaders(std::span(*two).first(two->size() - one->size())))
            m_faults.add("the end of " + (tar == noMember ? "the archive" : m_before.member(tar).path) +
                         " differs");
        return {};
    }

    static bool globalHeaders(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            const auto header =
                bytes.size() < tarBlock ? std::nullopt : parseTarHeader(bytes.first<tarBlock>());
            if (!header || header->type != 'g' || header->size > bytes.size() - tarBlock)
                return false;
            const uint64_t length = tarBlock + header->size + tarPadding(header->size);
            bytes = bytes.subspan(std::min<uint64_t>(length, bytes.size()));
        }
        return true;
    }

    const Archive &m_before;
    const Archive &m_left;
    std::vector<bool> m_gone;     ///< by member of the evidence: it was to go
    std::vector<bool> m_lost;     ///< something within it was to go
    std::vector<MemberId> m_pair; ///< what it is in what is left
    Faults m_faults;
    std::stop_token m_stop;
};

} // namespace

Result<ProofItem> proveRemovals(const Archive &evidence, const std::set<MemberId> &removed,
                                const Archive &left, std::stop_token stop)
{
    return RemovalProof(evidence, removed, left, std::move(stop)).run();
}

} // namespace cryoscope
