// SPDX-License-Identifier: Apache-2.0
#include "core/export/redactedcontent.h"

#include "core/archive/encoder.h"
#include "core/archive/tarheader.h"
#include "core/bytes/memorysource.h"
#include "core/export/tarsplice.h"
#include "core/redact/patchset.h"

#include <algorithm>
#include <iterator>

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

/// What sparse members of tars within the checkpoint change in these; with all of `patches`. Empty if there
/// are no such changes.
std::map<MemberId, std::vector<Patch>> withStored(const Archive &archive,
                                                  const std::map<MemberId, std::vector<Patch>> &patches)
{
    PatchSet stored;
    bool any = false;
    for (const auto &[id, list] : patches) {
        const Member &member = archive.member(id);
        if (!member.sparse || member.parent == noMember)
            continue;
        any = true;
        for (Patch &patch : member.sparse->storedPatches(list)) {
            const Extent place =
                archive.canonical({member.parent, member.offsetInParent + patch.offset, patch.length()});
            patch.offset = place.offset;
            stored.add(place.member, patch);
        }
    }
    if (!any)
        return {};
    for (const auto &[id, list] : patches) {
        for (const Patch &patch : list)
            stored.add(id, patch);
    }
    return std::move(stored).take();
}

/// By member: whether its content changes, if it is an outermost one.
std::vector<bool> changedOutermost(const Archive &archive,
                                   const std::map<MemberId, std::vector<Patch>> &patches)
{
    std::vector<bool> changed(archive.members().size(), false);
    for (const auto &[id, list] : patches) {
        MemberId at = id;
        while (archive.member(at).parent != noMember)
            at = archive.member(at).parent;
        changed[at] = changed[at] || !list.empty();
    }
    return changed;
}

} // namespace

RedactedContent::RedactedContent(const Archive &archive,
                                 const std::map<MemberId, std::vector<Patch>> &patches, Progress *progress,
                                 std::stop_token stop)
    : m_archive(archive), m_withStored(withStored(archive, patches)),
      m_patches(m_withStored.empty() ? patches : m_withStored), m_progress(progress), m_stop(std::move(stop)),
      m_resized(archive.members().size(), false), m_resizedIn(archive.members().size()),
      m_decodedIn(archive.members().size(), noMember),
      m_blobChanges(archive, BlobLayout(archive), changedOutermost(archive, patches), m_stop)
{
    // From a changed stream up: what decodes to it, the tars around that, what decodes to them, and so on.
    // Members within others have larger ids, so one pass from the back sees children first.
    const auto members = archive.members();
    std::vector<bool> changed(members.size(), false);
    for (const auto &[member, list] : m_patches)
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
        } else if ((member.storage == Storage::InPlace || member.storage == Storage::Sparse) &&
                   m_resized[i]) {
            m_resized[member.parent] = true;
            m_resizedIn[member.parent].push_back(member.id);
        }
    }
    for (const MemberId text : m_blobChanges.texts())
        m_resized[text] = true; // numbers in it may get more digits
    for (auto &children : m_resizedIn)
        std::sort(children.begin(), children.end(), [&](MemberId a, MemberId b) {
            return members[a].offsetInParent < members[b].offsetInParent;
        });
}

bool RedactedContent::anyResized() const
{
    return !m_blobChanges.empty() || std::find(m_resized.begin(), m_resized.end(), true) != m_resized.end();
}

std::vector<Patch> RedactedContent::patchesOf(MemberId member) const
{
    const auto &content = m_archive.member(member).content;
    if (!content)
        return {};
    const Member &entry = m_archive.member(member);
    if (entry.sparse && entry.parent != noMember) {
        // All that changes where it is stored, whoever asked for it.
        const Extent place = m_archive.canonical({entry.parent, entry.offsetInParent, entry.storedSize()});
        const auto known = m_patches.find(place.member);
        if (known == m_patches.end())
            return {};
        const auto stored = within(known->second, place.range());
        std::vector<Patch> out;
        for (const auto &[part, at] : entry.sparse->storedParts({0, content->size()})) {
            for (Patch &patch : within(stored, {at, part.length})) {
                patch.offset += part.offset;
                out.push_back(std::move(patch));
            }
        }
        return out;
    }
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
    const auto known = m_blobContents.find(member);
    if (known != m_blobContents.end())
        return known->second;
    if (m_blobChanges.isText(member))
        return renamedText(member);
    if (const MemberId decoded = m_decodedIn[member]; decoded != noMember) {
        if (m_archive.member(decoded).recoding)
            return recoded(member, m_archive.member(decoded));
        const auto inner = content(decoded);
        if (!inner)
            return inner.error();
        const Member &entry = m_archive.member(member);
        auto made = encoded(**inner, detectCodec(*entry.content), entry.path, m_progress, m_stop);
        if (made && entry.parent == noMember && !m_blobChanges.empty())
            m_blobContents.emplace(member, *made); // asked for again: for its digest and to be written
        return made;
    }
    auto base = patched(member);
    if (!base || m_resizedIn[member].empty())
        return base;
    return rebuilt(std::move(*base), m_resizedIn[member]);
}

Result<const NewDigest *> RedactedContent::newDigest(const std::string &digest)
{
    const auto known = m_newDigests.find(digest);
    if (known != m_newDigests.end())
        return &known->second;
    auto found = m_blobChanges.blobs().find(digest);
    if (found == m_blobChanges.blobs().end()) {
        found = m_blobChanges.streams().find(digest);
        if (found == m_blobChanges.streams().end())
            return static_cast<const NewDigest *>(nullptr);
    }
    const auto now = content(found->second);
    if (!now)
        return now.error();
    const auto made = (*now)->sha256(nullptr, m_stop);
    if (!made)
        return made.error();
    return &m_newDigests.emplace(digest, NewDigest{toHex(*made), (*now)->size()}).first->second;
}

Result<Source> RedactedContent::renamedText(MemberId text)
{
    const auto base = patched(text);
    if (!base)
        return base.error();
    const auto bytes = (*base)->readWhole(BlobLayout::maxText);
    if (!bytes)
        return bytes.error();
    // Whose blobs are called rightly cannot name itself in a circle.
    NewDigests digests;
    for (const uint64_t at : digestsIn(asText(*bytes))) {
        const std::string digest(asText(*bytes).substr(at, digestDigits));
        const auto made = newDigest(digest);
        if (!made)
            return made.error();
        if (*made != nullptr)
            digests.emplace(digest, **made);
    }
    const std::string now = edited(asText(*bytes), digestEdits(asText(*bytes), digests));
    Source made = std::make_shared<MemorySource>((*base)->name(), asBytes(now));
    m_blobContents.emplace(text, made);
    return made;
}

Result<NewDigests> RedactedContent::newNames()
{
    NewDigests names;
    for (const auto &[digest, blob] : m_blobChanges.blobs()) {
        const auto made = newDigest(digest);
        if (!made)
            return made.error();
        names.emplace(digest, **made);
    }
    return names;
}

Result<std::vector<Patch>> RedactedContent::headerPatches()
{
    const auto names = newNames();
    if (!names)
        return names.error();
    std::vector<Patch> patches;
    uint64_t end = 0; // of the member before
    for (const Member &member : m_archive.members()) {
        if (member.parent != noMember || names->empty())
            continue;
        if (withNewDigests(member.path, *names) != member.path ||
            withNewDigests(member.linkTarget, *names) != member.linkTarget) {
            const auto headers = m_archive.stream()->readAll(end, member.offsetInParent - end);
            if (!headers)
                return headers.error();
            const std::string made = headersWithNewDigests(asText(*headers), *names);
            const auto bytes = asBytes(made);
            patches.push_back({end, {bytes.begin(), bytes.end()}, 0});
        }
        end = std::min(member.offsetInParent + member.storedSize() + tarPadding(member.storedSize()),
                       m_archive.stream()->size());
    }
    return patches;
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
    std::vector<Splice> splices;
    for (const MemberId child : children) {
        auto now = content(child);
        if (!now)
            return now.error();
        auto splice = resizedMember(*tar, m_archive.member(child), std::move(*now));
        if (!splice)
            return splice.error();
        splices.push_back(std::move(*splice));
    }
    return spliced(std::move(tar), splices);
}

std::vector<Patch> RedactedContent::streamPatches() const
{
    std::vector<Patch> patches;
    for (const Member &member : m_archive.members()) {
        if (member.parent != noMember || !member.content || m_resized[member.id])
            continue;
        if (member.storage == Storage::Linked)
            continue;
        auto own = patchesOf(member.id);
        if (member.sparse)
            own = member.sparse->storedPatches(own);
        for (Patch &patch : own) {
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
    auto patches = streamPatches();
    auto headers = headerPatches();
    if (!headers)
        return headers.error();
    patches.insert(patches.end(), std::make_move_iterator(headers->begin()),
                   std::make_move_iterator(headers->end()));
    std::sort(patches.begin(), patches.end(),
              [](const Patch &a, const Patch &b) { return a.offset < b.offset; });
    auto base = overlay(m_archive.stream(), std::move(patches));
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
