// SPDX-License-Identifier: Apache-2.0
#include "core/export/reduction.h"

#include "core/archive/encoder.h"
#include "core/archive/tarheader.h"
#include "core/archive/tarplaces.h"
#include "core/bytes/memorysource.h"
#include "core/export/tarsplice.h"
#include "core/redact/removedplaces.h"
#include "core/redact/tarheaders.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// Makes the contents of what loses members.
class Reducer
{
public:
    Reducer(const Archive &archive, const std::set<MemberId> &removed, std::stop_token stop)
        : m_archive(archive), m_removed(removed), m_inner(archive.members().size()),
          m_touched(archive.members().size(), false), m_stop(std::move(stop))
    {
        for (const MemberId id : removed) {
            for (MemberId at = id; at != noMember; at = archive.member(at).parent) {
                m_touched[at] = true;
                const MemberId parent = archive.member(at).parent;
                auto &list = parent == noMember ? m_outermost : m_inner[parent];
                if (std::find(list.begin(), list.end(), at) == list.end())
                    list.push_back(at);
            }
        }
    }

    /// What is left of the outermost members of a directory.
    Result<std::vector<Member>> members()
    {
        std::vector<Member> out;
        for (const Member &member : m_archive.members()) {
            if (member.parent != noMember || m_removed.contains(member.id))
                continue;
            out.push_back(member);
            if (m_touched[member.id]) {
                auto now = content(member.id);
                if (!now)
                    return now.error();
                out.back().content = std::move(*now);
            }
        }
        return out;
    }

    /// What is left of the outermost tar.
    Result<std::shared_ptr<const ByteSource>> stream() { return reduced(m_archive.stream(), m_outermost); }

private:
    /// Of a member that loses some of what lies within it.
    Result<std::shared_ptr<const ByteSource>> content(MemberId id)
    {
        const Member &member = m_archive.member(id);
        const auto &inner = m_inner[id];
        const bool compressed = inner.size() == 1 &&
                                m_archive.member(inner.front()).storage == Storage::Decoded &&
                                !m_removed.contains(inner.front());
        if (!compressed)
            return reduced(member.content, inner);
        const auto decoded = content(inner.front());
        if (!decoded)
            return decoded.error();
        auto out = std::make_shared<MemorySource>(member.path);
        auto done = encodeStream(
            **decoded, detectCodec(*member.content),
            [&](std::span<const std::byte> bytes) -> Result<void> {
                out->append(bytes);
                return {};
            },
            nullptr, m_stop);
        if (!done)
            return done.error();
        return std::shared_ptr<const ByteSource>(std::move(out));
    }

    /// `tar` without or with less of some of its members.
    Result<std::shared_ptr<const ByteSource>> reduced(const std::shared_ptr<const ByteSource> &tar,
                                                      const std::vector<MemberId> &members)
    {
        std::vector<Splice> splices;
        for (const MemberId id : members) {
            if (m_removed.contains(id)) {
                const auto pieces = tarPlaces(m_archive, id);
                if (!pieces)
                    return pieces.error();
                for (const ByteRange &piece : *pieces)
                    splices.push_back({piece});
                continue;
            }
            auto now = content(id);
            if (!now)
                return now.error();
            auto splice = resizedMember(*tar, m_archive.member(id), std::move(*now));
            if (!splice)
                return splice.error();
            splices.push_back(std::move(*splice));
        }
        std::sort(splices.begin(), splices.end(),
                  [](const Splice &a, const Splice &b) { return a.range.offset < b.range.offset; });
        return spliced(tar, splices);
    }

    const Archive &m_archive;
    const std::set<MemberId> &m_removed;
    std::vector<std::vector<MemberId>> m_inner; ///< by member: those in it that go or lose something
    std::vector<MemberId> m_outermost;          ///< the same at the top
    std::vector<bool> m_touched;                ///< by member: it goes, or something in it
    std::stop_token m_stop;
};

/// The new ids of what stays, by the old ones (noMember: it is gone); an Error if the two are not the same
/// members.
Result<std::vector<MemberId>> newIds(const Archive &before, const std::set<MemberId> &gone,
                                     const Archive &now)
{
    std::vector<MemberId> ids(before.members().size(), noMember);
    size_t next = 0;
    for (const Member &member : before.members()) {
        if (gone.contains(member.id))
            continue;
        if (next >= now.members().size() || now.members()[next].path != member.path)
            return Error{ErrorCode::Unsupported,
                         "what is left of the checkpoint cannot be read without the removed members",
                         member.path, std::nullopt};
        ids[member.id] = now.members()[next++].id;
    }
    return ids;
}

/// Patches of headers of archives that lost members leave the size alone, which is another one now.
void keepSizes(const Archive &before, const std::set<MemberId> &removed, const std::vector<MemberId> &ids,
               const Archive &now, std::map<MemberId, std::vector<Patch>> &patches)
{
    for (const MemberId id : removed) {
        for (MemberId at = before.member(id).parent; at != noMember; at = before.member(at).parent) {
            const Member &member = now.member(ids[at]);
            if (member.parent == noMember || member.storage != Storage::InPlace)
                continue;
            const Extent size = now.canonical(
                {member.parent, member.offsetInParent - tarBlock + tarSizeOffset, tarSizeLength});
            cutPatches(patches, size.member, {size.range()}, Cut::Leave);
        }
    }
}

} // namespace

Result<Reduction> Reduction::make(const Memory &evidence, const RedactionPlan &plan, std::stop_token stop)
{
    const Archive &before = evidence.checkpoint().archive();
    Reducer reducer(before, plan.removed(), stop);
    std::shared_ptr<const ByteSource> stream;
    std::vector<Member> members;
    if (before.form() == ArchiveForm::Directory) {
        auto left = reducer.members();
        if (!left)
            return left.error();
        members = std::move(*left);
    } else {
        auto left = reducer.stream();
        if (!left)
            return left.error();
        stream = std::move(*left);
    }
    auto archive = before.with(std::move(stream), std::move(members), stop);
    if (!archive)
        return archive.error();
    std::optional<std::string> set;
    if (evidence.checkpoint().imageSets().size() > 1)
        set = evidence.checkpoint().imagePrefix();
    auto checkpoint = Checkpoint::open(std::move(*archive), set, stop);
    if (!checkpoint)
        return checkpoint.error();
    Reduction out;
    auto memory = Memory::load(*checkpoint, nullptr, stop);
    if (!memory)
        return memory.error();
    out.m_memory = std::move(*memory);

    const Archive &now = out.m_memory->checkpoint().archive();
    const auto ids = newIds(before, withInner(before, plan.removed()), now);
    if (!ids)
        return ids.error();
    const auto places = removedPlaces(before, plan.removed());
    if (!places)
        return places.error();
    auto old = plan.patches();
    for (const auto &[member, ranges] : *places)
        cutPatches(old, member, ranges, Cut::MoveUp);
    std::map<MemberId, std::vector<Patch>> patches;
    for (auto &[member, list] : old) {
        if ((*ids)[member] != noMember)
            patches.emplace((*ids)[member], std::move(list));
    }
    keepSizes(before, plan.removed(), *ids, now, patches);
    if (auto fitted = fitTarHeaders(now, patches); !fitted)
        return fitted.error();
    out.m_plan = RedactionPlan::ofPatches(std::move(patches));
    return out;
}

} // namespace cryoscope
