// SPDX-License-Identifier: Apache-2.0
#include "core/redact/plan.h"

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/imagenames.h"
#include "core/image/imagefile.h"
#include "core/memory/run.h"
#include "core/redact/imagestructure.h"
#include "core/redact/patchset.h"
#include "core/redact/removals.h"
#include "core/redact/removedplaces.h"
#include "core/redact/restorerisks.h"
#include "core/redact/tarheaders.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

namespace cryoscope
{

namespace
{

std::string placeText(const Archive &archive, const Extent &extent)
{
    return archive.member(extent.member).path + " at offset " + std::to_string(extent.offset);
}

/// Takes out of the plan what it has for the holes of sparse members: nothing is stored there. Tells of those
/// for which it is not zero anyway.
void dropHoles(const Archive &archive, std::map<MemberId, std::vector<Patch>> &patches,
               std::vector<std::string> &warnings)
{
    for (auto &[id, list] : patches) {
        const Member &member = archive.member(id);
        if (!member.sparse)
            continue;
        std::vector<Patch> kept;
        bool lost = false;
        for (const Patch &patch : list) {
            uint64_t at = patch.offset;
            const auto hole = [&](uint64_t end) {
                for (; at < end && !patch.bytes.empty() && !lost; ++at)
                    lost = patch.at(at) != std::byte{0};
            };
            for (const auto &[part, stored] : member.sparse->storedParts(patch.range())) {
                hole(part.offset);
                kept.push_back(patch.part(part));
                at = part.end();
            }
            hole(patch.end());
        }
        list = std::move(kept);
        if (lost)
            warnings.push_back(member.path +
                               ": a redaction lies in a hole of this sparse file, where nothing "
                               "is stored; it is left out");
    }
    std::erase_if(patches, [](const auto &entry) { return entry.second.empty(); });
}

/// Looks at where each redaction stands: refuses what would break an image, notes what changes names of
/// archives within.
class PlaceChecker
{
public:
    explicit PlaceChecker(const Memory &memory) : m_memory(memory), m_archive(memory.checkpoint().archive())
    {
        for (const Member &member : m_archive.members()) {
            if (member.storage == Storage::InPlace && member.parent != noMember)
                m_containers.insert(member.parent);
        }
    }

    /// `number`: it is a varint that gets another value.
    Result<void> check(const Extent &canonical, bool number = false)
    {
        if (m_memory.isPagesFile(canonical.member))
            return {};
        const Extent inner = m_archive.innermost(canonical);
        if (m_containers.contains(inner.member))
            warn(placeText(m_archive, inner) +
                 ": lies in a header of a nested archive: a name in it changes");
        const auto image = imageOf(inner.member);
        if (!image)
            return {};
        return number ? checkNumberPatch(*image, inner.range()) : checkImagePatch(*image, inner.range());
    }

    /// The same of a part of a copy in base64, at whose ends it may have a character more than its own: one
    /// that holds bits of the value, or belongs to nothing but looks so (the tag of the next field, a count
    /// before a payload). What cannot be changed of these two is taken off `canonical`.
    Result<void> checkWithoutNeighbours(Extent &canonical, bool first, bool last)
    {
        const auto whole = check(canonical);
        for (const auto &[before, after] : {std::pair{1U, 0U}, std::pair{0U, 1U}, std::pair{1U, 1U}}) {
            if (whole || (before > 0 && !first) || (after > 0 && !last) || canonical.length <= before + after)
                continue;
            const Extent part{canonical.member, canonical.offset + before, canonical.length - before - after};
            if (check(part)) {
                canonical = part;
                return {};
            }
        }
        return whole;
    }

    std::vector<std::string> takeWarnings() { return std::move(m_warnings); }

private:
    const Image *imageOf(MemberId member)
    {
        if (const auto known = m_images.find(member); known != m_images.end())
            return known->second ? &*known->second : nullptr;
        std::optional<Image> &slot = m_images[member];
        const Member &entry = m_archive.member(member);
        if (entry.content && !isRawImage(splitPath(entry.path).second) &&
            Image::looksLikeImage(*entry.content)) {
            if (auto image = m_memory.checkpoint().openImage(member))
                slot.emplace(std::move(*image));
        }
        return slot ? &*slot : nullptr;
    }

    void warn(std::string text)
    {
        if (m_known.insert(text).second)
            m_warnings.push_back(std::move(text));
    }

    const Memory &m_memory;
    const Archive &m_archive;
    std::set<MemberId> m_containers;
    std::unordered_map<MemberId, std::optional<Image>> m_images;
    std::set<std::string> m_known;
    std::vector<std::string> m_warnings;
};

} // namespace

Result<RedactionPlan> RedactionPlan::make(const Memory &memory, std::span<const CaseFinding> findings,
                                          const Replacement &replacement)
{
    return make(memory, findings, replacement, Profile(), {});
}

Result<RedactionPlan> RedactionPlan::make(const Memory &memory, std::span<const CaseFinding> findings,
                                          const Replacement &replacement, const Profile &profile,
                                          const std::string &key, Progress *progress, std::stop_token stop)
{
    return make(memory, findings, ExportSettings{replacement, profile, key}, progress, std::move(stop));
}

RedactionPlan RedactionPlan::ofPatches(std::map<MemberId, std::vector<Patch>> patches)
{
    RedactionPlan plan;
    plan.m_patches = std::move(patches);
    return plan;
}

Result<RedactionPlan> RedactionPlan::make(const Memory &memory, std::span<const CaseFinding> findings,
                                          const ExportSettings &settings, Progress *progress,
                                          std::stop_token stop)
{
    const Profile &profile = settings.profile;
    std::vector<const CaseFinding *> accepted;
    for (const CaseFinding &entry : findings) {
        if (entry.decision == Decision::Accepted)
            accepted.push_back(&entry);
    }
    // The longest first: its shape is the one to keep where a shorter value stands within it.
    std::stable_sort(accepted.begin(), accepted.end(), [](const CaseFinding *a, const CaseFinding *b) {
        return a->finding.length() > b->finding.length();
    });
    const Archive &archive = memory.checkpoint().archive();
    RedactionPlan plan;
    auto removals = findRemovals(memory, settings.files);
    if (!removals)
        return removals.error();
    plan.m_removed = std::move(removals->members);
    PlaceChecker checker(memory);
    PatchSet patches;
    for (const CaseFinding *entry : accepted) {
        const auto original = readExtents(archive, entry->finding.parts);
        if (!original)
            return original.error();
        const std::vector<std::byte> bytes = settings.replacement.apply(*original, entry->finding.encoding);
        const Encoding encoding = entry->finding.encoding;
        const bool neighbours = encoding == Encoding::Base64 || encoding == Encoding::Base64Url ||
                                encoding == Encoding::Base64Mid1 || encoding == Encoding::Base64Mid2;
        const auto &parts = entry->finding.parts;
        size_t at = 0;
        for (const Extent &part : parts) {
            const Extent canonical = archive.canonical(part);
            Extent changed = canonical;
            if (auto checked = neighbours ? checker.checkWithoutNeighbours(changed, &part == &parts.front(),
                                                                           &part == &parts.back())
                                          : checker.check(changed, encoding == Encoding::Numbers);
                !checked)
                return checked.error();
            patches.add(changed.member, changed.offset,
                        std::span(bytes).subspan(at + (changed.offset - canonical.offset), changed.length));
            at += part.length;
        }
        ++plan.m_findings;
    }
    auto changed = applyProfile(memory, profile, Pseudonyms(settings.pseudonymKey), patches, progress, stop);
    if (!changed)
        return changed.error();
    plan.m_profile = std::move(*changed);
    plan.m_patches = std::move(patches).take();
    const auto places = removedPlaces(archive, plan.m_removed);
    if (!places)
        return places.error();
    for (const auto &[member, ranges] : *places)
        cutPatches(plan.m_patches, member, ranges, Cut::Leave);
    if (auto fitted = fitTarHeaders(archive, plan.m_patches); !fitted)
        return fitted.error();
    plan.m_warnings = checker.takeWarnings();
    plan.m_warnings.insert(plan.m_warnings.end(), removals->warnings.begin(), removals->warnings.end());
    dropHoles(archive, plan.m_patches, plan.m_warnings);
    if (profile.kind == Profile::Kind::Restorable) { // the others make nothing that is restored
        auto risks = findRestoreRisks(memory, plan.m_patches, std::move(stop));
        if (!risks)
            return risks.error();
        plan.m_restoreRisks = std::move(*risks);
        plan.m_restoreRisks.insert(plan.m_restoreRisks.end(), removals->risks.begin(), removals->risks.end());
        std::stable_sort(
            plan.m_restoreRisks.begin(), plan.m_restoreRisks.end(),
            [](const RestoreFinding &a, const RestoreFinding &b) { return a.severity > b.severity; });
    }
    return plan;
}

std::shared_ptr<const ByteSource> RedactionPlan::preview(const Archive &archive, MemberId canonical) const
{
    const auto &content = archive.member(canonical).content;
    const auto found = m_patches.find(canonical);
    if (!content || found == m_patches.end())
        return content;
    auto overlay = OverlaySource::make(content, found->second);
    return overlay ? std::shared_ptr<const ByteSource>(std::move(*overlay)) : content;
}

uint64_t RedactionPlan::patchCount() const
{
    uint64_t count = 0;
    for (const auto &[member, patches] : m_patches)
        count += patches.size();
    return count;
}

uint64_t RedactionPlan::patchedBytes() const
{
    uint64_t bytes = 0;
    for (const auto &[member, patches] : m_patches) {
        for (const Patch &patch : patches)
            bytes += patch.length();
    }
    return bytes;
}

std::vector<MemberId> RedactionPlan::rewrittenMembers(const Archive &archive) const
{
    std::set<MemberId> rewritten;
    for (const auto &[member, patches] : m_patches) {
        // Up through decoded streams within decoded streams: each of them is encoded anew.
        for (MemberId at = member; at != noMember && archive.member(at).storage != Storage::Own;) {
            const Member &entry = archive.member(at);
            if (entry.recoding) {
                const auto stored = entry.recoding->storedIn();
                rewritten.insert(stored.begin(), stored.end());
            } else if (entry.storage == Storage::Decoded) {
                rewritten.insert(entry.parent);
            }
            at = entry.parent;
        }
    }
    return {rewritten.begin(), rewritten.end()};
}

} // namespace cryoscope
