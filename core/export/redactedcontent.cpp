// SPDX-License-Identifier: Apache-2.0
#include "core/export/redactedcontent.h"

#include "core/archive/encoder.h"
#include "core/archive/tarheader.h"
#include "core/bytes/concatsource.h"
#include "core/bytes/memorysource.h"
#include "core/bytes/slicesource.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

using Source = std::shared_ptr<const ByteSource>;

/// The parts of `patches` within `range`, relative to its start.
std::vector<Patch> within(const std::vector<Patch> &patches, ByteRange range)
{
    std::vector<Patch> out;
    for (const Patch &patch : patches) {
        if (!patch.range().overlaps(range))
            continue;
        out.push_back(patch.part(range));
        out.back().offset -= range.offset;
    }
    return out;
}

Result<Source> overlay(Source base, std::vector<Patch> patches)
{
    if (patches.empty())
        return base;
    auto made = OverlaySource::make(std::move(base), std::move(patches));
    if (!made)
        return made.error();
    return Source(std::move(*made));
}

Result<Source> encoded(const ByteSource &content, Codec codec, const std::string &name, Progress *progress,
                       std::stop_token stop)
{
    auto out = std::make_shared<MemorySource>(name);
    auto done = encodeStream(
        content, codec,
        [&](std::span<const std::byte> bytes) -> Result<void> {
            out->append(bytes);
            return {};
        },
        progress, std::move(stop));
    if (!done)
        return done.error();
    return Source(std::move(out));
}

} // namespace

RedactedContent::RedactedContent(const Archive &archive,
                                 const std::map<MemberId, std::vector<Patch>> &patches, Progress *progress,
                                 std::stop_token stop)
    : m_archive(archive), m_patches(patches), m_progress(progress), m_stop(std::move(stop)),
      m_resized(archive.members().size(), false), m_resizedIn(archive.members().size()),
      m_decodedIn(archive.members().size(), noMember)
{
    // From a changed stream up: what decodes to it, the tars around that, what decodes to them, and so on.
    // Members within others have larger ids, so one pass from the back sees children first.
    const auto members = archive.members();
    std::vector<bool> changed(members.size(), false);
    for (const auto &[member, list] : patches)
        changed[member] = !list.empty();
    for (size_t i = members.size(); i-- > 0;) {
        const Member &member = members[i];
        if (member.parent == noMember)
            continue;
        if (member.recoding && changed[i]) {
            for (const MemberId stored : member.recoding->storedIn()) {
                m_resized[stored] = true;
                m_decodedIn[stored] = member.id;
            }
        } else if (member.storage == Storage::Decoded && (changed[i] || m_resized[i])) {
            m_resized[member.parent] = true;
            m_decodedIn[member.parent] = member.id;
        } else if (member.storage == Storage::InPlace && m_resized[i]) {
            m_resized[member.parent] = true;
            m_resizedIn[member.parent].push_back(member.id);
        }
    }
    for (auto &children : m_resizedIn)
        std::sort(children.begin(), children.end(), [&](MemberId a, MemberId b) {
            return members[a].offsetInParent < members[b].offsetInParent;
        });
}

bool RedactedContent::anyResized() const
{
    return std::find(m_resized.begin(), m_resized.end(), true) != m_resized.end();
}

std::vector<Patch> RedactedContent::patchesOf(MemberId member) const
{
    const auto &content = m_archive.member(member).content;
    if (!content)
        return {};
    const Extent canonical = m_archive.canonical({member, 0, content->size()});
    const auto found = m_patches.find(canonical.member);
    return found == m_patches.end() ? std::vector<Patch>() : within(found->second, canonical.range());
}

Result<Source> RedactedContent::patched(MemberId member) const
{
    return overlay(m_archive.member(member).content, patchesOf(member));
}

Result<Source> RedactedContent::content(MemberId member)
{
    if (const MemberId decoded = m_decodedIn[member]; decoded != noMember) {
        if (m_archive.member(decoded).recoding)
            return recoded(member, m_archive.member(decoded));
        const auto inner = content(decoded);
        if (!inner)
            return inner.error();
        const Member &entry = m_archive.member(member);
        return encoded(**inner, detectCodec(*entry.content), entry.path, m_progress, m_stop);
    }
    auto base = patched(member);
    if (!base || m_resizedIn[member].empty())
        return base;
    return rebuilt(std::move(*base), m_resizedIn[member]);
}

Result<Source> RedactedContent::recoded(MemberId member, const Member &decoded)
{
    auto known = m_recoded.find(decoded.id);
    if (known == m_recoded.end()) {
        const auto changed = patched(decoded.id);
        if (!changed)
            return changed.error();
        std::vector<ByteRange> ranges;
        for (const Patch &patch : patchesOf(decoded.id))
            ranges.push_back({patch.offset, patch.bytes.size()});
        auto contents = decoded.recoding->encode(**changed, ranges);
        if (!contents)
            return contents.error();
        known = m_recoded.emplace(decoded.id, std::move(*contents)).first;
    }
    const auto stored = decoded.recoding->storedIn();
    const auto index = std::find(stored.begin(), stored.end(), member) - stored.begin();
    return known->second.at(static_cast<size_t>(index));
}

Result<Source> RedactedContent::rebuilt(Source tar, const std::vector<MemberId> &children)
{
    auto out = std::make_shared<ConcatSource>(tar->name());
    uint64_t at = 0;
    for (const MemberId child : children) {
        const Member &member = m_archive.member(child);
        auto now = content(child);
        if (!now)
            return now.error();
        const uint64_t oldSize = member.content->size();
        std::array<std::byte, tarBlock> block{};
        const uint64_t headerAt = member.offsetInParent - std::min(member.offsetInParent, tarBlock);
        if (auto done = tar->read(headerAt, block); !done)
            return done.error();
        const auto header = parseTarHeader(block);
        if (!header || header->size != oldSize)
            return Error{
                ErrorCode::Unsupported,
                "its size stands in an extended header, which cannot be rewritten; leave it out of the plan",
                member.path, headerAt};
        setTarSize(block, (*now)->size());
        const uint64_t padding = tarPadding((*now)->size());
        const uint64_t next = member.offsetInParent + oldSize + tarPadding(oldSize);
        const std::vector<std::byte> zeros(padding);
        const auto headerSource =
            std::make_shared<MemorySource>(tar->name(), std::span<const std::byte>(block));
        const auto paddingSource =
            std::make_shared<MemorySource>(tar->name(), std::span<const std::byte>(zeros));
        for (auto done : {out->add(tar, {at, headerAt - at}), out->add(headerSource, {0, tarBlock}),
                          out->add(*now, {0, (*now)->size()}), out->add(paddingSource, {0, padding})}) {
            if (!done)
                return done.error();
        }
        at = std::min(next, tar->size());
    }
    if (auto done = out->add(tar, {at, tar->size() - at}); !done)
        return done.error();
    return Source(std::move(out));
}

std::vector<Patch> RedactedContent::streamPatches() const
{
    std::vector<Patch> patches;
    for (const Member &member : m_archive.members()) {
        if (member.parent != noMember || !member.content || m_resized[member.id])
            continue;
        for (Patch &patch : patchesOf(member.id)) {
            patch.offset += member.offsetInParent;
            patches.push_back(std::move(patch));
        }
    }
    constexpr uint64_t piece = uint64_t{1} << 20;
    for (const ByteRange &slack : m_archive.slack()) {
        for (uint64_t at = slack.offset; at < slack.end(); at += piece) {
            const auto bytes = m_archive.stream()->readAll(at, std::min(piece, slack.end() - at));
            if (bytes &&
                std::any_of(bytes->begin(), bytes->end(), [](std::byte b) { return b != std::byte{0}; }))
                patches.push_back({at, {}, bytes->size()});
        }
    }
    std::sort(patches.begin(), patches.end(),
              [](const Patch &a, const Patch &b) { return a.offset < b.offset; });
    return patches;
}

Result<Source> RedactedContent::stream()
{
    auto base = overlay(m_archive.stream(), streamPatches());
    if (!base)
        return base;
    std::vector<MemberId> outermost;
    for (const Member &member : m_archive.members()) {
        if (member.parent == noMember && m_resized[member.id])
            outermost.push_back(member.id);
    }
    std::sort(outermost.begin(), outermost.end(), [this](MemberId a, MemberId b) {
        return m_archive.member(a).offsetInParent < m_archive.member(b).offsetInParent;
    });
    if (outermost.empty())
        return base;
    return rebuilt(std::move(*base), outermost);
}

} // namespace cryoscope
