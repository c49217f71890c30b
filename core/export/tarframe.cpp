// SPDX-License-Identifier: Apache-2.0
#include "core/export/tarframe.h"

#include "core/archive/tarheader.h"

#include <algorithm>
#include <optional>

namespace cryoscope
{

namespace
{

/// One of the two tars, and how far it was looked at.
struct Side {
    const ByteSource &source;
    uint64_t at = 0;
};

/// Whether both have the same from where they are up to these offsets, with the patches laid over the old
/// one. `size`: the last block of it is the header of a member that has this size now.
Result<bool> sameUpTo(Side &old, uint64_t oldEnd, Side &made, uint64_t newEnd, std::span<const Patch> patches,
                      std::optional<uint64_t> size)
{
    if (oldEnd < old.at || newEnd < made.at || oldEnd - old.at != newEnd - made.at)
        return false;
    auto one = old.source.readAll(old.at, oldEnd - old.at);
    if (!one)
        return one.error();
    auto two = made.source.readAll(made.at, newEnd - made.at);
    if (!two)
        return two.error();
    auto patch = std::partition_point(patches.begin(), patches.end(),
                                      [&](const Patch &each) { return each.end() <= old.at; });
    for (; patch != patches.end() && patch->offset < oldEnd; ++patch)
        patch->lay(old.at, *one);
    if (size && one->size() >= tarBlock) {
        for (auto *bytes : {&*one, &*two}) // its checksum was checked when it was read
            setTarSize(std::span<std::byte, tarBlock>(bytes->data() + (bytes->size() - tarBlock), tarBlock),
                       *size);
    }
    return *one == *two;
}

} // namespace

Result<std::vector<std::string>> frameFaults(const Archive &before, const Archive &after, MemberId tar,
                                             std::span<const Patch> patches,
                                             const std::function<bool(const Member &)> &mayResize)
{
    std::vector<std::string> faults;
    const auto members = before.members();
    const auto within = [&](const Member &member) {
        return member.parent == tar && member.storage != Storage::Decoded;
    };
    if (std::none_of(members.begin(), members.end(), within))
        return faults;
    Side old{*before.member(tar).content};
    Side made{*after.member(tar).content};
    for (const Member &member : members) {
        if (!within(member) || member.offsetInParent < old.at)
            continue;
        const Member &now = after.member(member.id);
        const uint64_t oldSize = member.storedSize();
        const uint64_t newSize = now.storedSize();
        const bool resized = oldSize != newSize && mayResize(member);
        const auto same = sameUpTo(old, member.offsetInParent, made, now.offsetInParent, patches,
                                   resized ? std::optional(newSize) : std::nullopt);
        if (!same)
            return same.error();
        if (!*same)
            faults.push_back("what stands before " + member.path + " differs");
        old.at = member.offsetInParent + oldSize;
        made.at = now.offsetInParent + newSize;
        if (!resized)
            continue;
        old.at = std::min(old.at + tarPadding(oldSize), old.source.size());
        const auto padding =
            made.source.readAll(made.at, std::min(tarPadding(newSize), made.source.size() - made.at));
        if (!padding)
            return padding.error();
        made.at += padding->size();
        if (std::any_of(padding->begin(), padding->end(),
                        [](std::byte byte) { return byte != std::byte{0}; }))
            faults.push_back("padding behind " + member.path + " holds bytes");
    }
    const auto same = sameUpTo(old, old.source.size(), made, made.source.size(), patches, std::nullopt);
    if (!same)
        return same.error();
    if (!*same)
        faults.push_back("what stands behind the last member of " + before.member(tar).path + " differs");
    return faults;
}

} // namespace cryoscope
