// SPDX-License-Identifier: Apache-2.0
#include "core/export/verifier.h"

#include "core/archive/decoder.h"
#include "core/archive/passedover.h"
#include "core/archive/tarheader.h"
#include "core/base/wipe.h"
#include "core/bytes/concatsource.h"
#include "core/bytes/memorysource.h"
#include "core/checkpoint/imagenames.h"
#include "core/detect/numbersearch.h"
#include "core/detect/valuesearch.h"
#include "core/export/changedvalues.h"
#include "core/export/contentdifference.h"
#include "core/export/faults.h"
#include "core/export/layoutproof.h"
#include "core/export/redactedcontent.h"
#include "core/export/reduction.h"
#include "core/export/removalproof.h"
#include "core/export/tarframe.h"
#include "core/image/imagefile.h"
#include "core/memory/run.h"
#include "core/redact/tarheaders.h"

#include <algorithm>
#include <array>
#include <set>

namespace cryoscope
{

namespace
{

using State = ProofItem::State;

/// Holds one export against its evidence.
class Verification
{
public:
    /// `stored`: the evidence as it is, where `input` has it without the members that are taken out.
    Verification(const std::string &path, const VerifyInput &input, const Archive &stored, Progress *progress,
                 std::stop_token stop)
        : m_path(path), m_input(input), m_evidence(*input.evidence),
          m_before(m_evidence.checkpoint().archive()), m_stored(stored),
          m_content(m_before, input.plan != nullptr ? input.plan->patches() : m_noPatches),
          m_namesMayChange(input.plan == nullptr || touchesTarHeaders(m_before, input.plan->patches())),
          m_layout(m_before), m_progress(progress), m_stop(std::move(stop))
    {
    }

    Result<Proof> run()
    {
        if (auto opened = open(); !opened) {
            if (opened.error().code == ErrorCode::Cancelled)
                return opened.error();
            m_proof.items.push_back({"structure", "The export is a checkpoint of the same structure",
                                     State::Failed, "it cannot be opened: " + opened.error().describe()});
            return std::move(m_proof);
        }
        checkStructure();
        if (!m_sameMembers) // nothing more can be held against its counterpart
            return std::move(m_proof);
        for (const auto step :
             {&Verification::compareContents, &Verification::checkSlack, &Verification::checkDecoding,
              &Verification::checkLayout, &Verification::searchValues, &Verification::checkEvidence}) {
            if (auto done = (this->*step)(); !done)
                return done.error();
        }
        return std::move(m_proof);
    }

private:
    Result<void> open()
    {
        Checkpoint::OpenOptions options;
        if (!m_layout.empty()) {
            // Which blob is which must be known before they are put in order.
            const auto archive = Archive::open(m_path, {}, m_progress, m_stop);
            if (!archive)
                return archive.error();
            m_names = pairedNames(m_before, m_layout, **archive);
            for (const auto &[blob, digest] : m_layout.blobs()) {
                const std::string &path = m_before.member(blob).path;
                if (std::string now = renamedPath(path, m_names); now != path)
                    options.archive.sortAs.emplace(std::move(now), path);
            }
        }
        if (m_evidence.checkpoint().imageSets().size() > 1)
            options.set = renamedPath(m_evidence.checkpoint().imagePrefix(), m_names);
        auto checkpoint = Checkpoint::open(m_path, options, m_progress, m_stop);
        if (!checkpoint)
            return checkpoint.error();
        auto memory = Memory::load(*checkpoint, nullptr, m_stop);
        if (!memory)
            return memory.error();
        m_export = std::move(*memory);
        return {};
    }

    [[nodiscard]] const Archive &after() const { return m_export->checkpoint().archive(); }
    [[nodiscard]] bool directory() const { return m_before.form() == ArchiveForm::Directory; }

    /// Whether the size of a member may differ: it is encoded anew, or holds what is.
    [[nodiscard]] bool mayResize(const Member &member) const
    {
        const MemberId stored = member.storage == Storage::Linked ? member.linkedTo : member.id;
        if (m_input.plan != nullptr)
            return m_content.resized(stored);
        return m_compressed[stored];
    }

    /// Whether two names of a member and of its counterpart are the same, or may differ: those in tars within
    /// the checkpoint are redacted in place, where the plan says so. Their bytes are compared as content of
    /// what holds them.
    [[nodiscard]] bool sameText(const Member &member, const std::string &before,
                                const std::string &made) const
    {
        const std::string old = renamedPath(before, m_names);
        return old == made || (m_namesMayChange && member.parent != noMember && old.size() == made.size());
    }

    /// Without a plan each compressed member may have been encoded anew, and so what is around it.
    void findCompressed()
    {
        const auto members = m_before.members();
        m_compressed.assign(members.size(), false);
        for (size_t i = members.size(); i-- > 0;) {
            const Member &member = members[i];
            if (member.recoding) {
                for (const MemberId stored : member.recoding->storedIn())
                    m_compressed[stored] = true;
            } else if (member.parent != noMember && (member.storage == Storage::Decoded || m_compressed[i])) {
                m_compressed[member.parent] = true;
            }
        }
        if (!m_digests.empty()) {
            for (const MemberId text : m_layout.texts())
                m_compressed[text] = true;
        }
    }

    void checkStructure()
    {
        Faults faults;
        const auto before = m_before.members();
        const auto now = after().members();
        if (!m_names.empty() && before.size() == now.size()) {
            auto digests = computedDigests(m_before, m_layout, after(), m_stop);
            if (digests)
                m_digests = std::move(*digests);
            else
                faults.add(digests.error().describe());
        }
        findCompressed();
        if (m_before.form() != after().form())
            faults.add("it is a " + std::string(archiveFormName(after().form())) + " and the evidence a " +
                       std::string(archiveFormName(m_before.form())));
        if (before.size() != now.size()) {
            std::set<std::string> names;
            for (const Member &member : now)
                names.insert(member.path);
            for (const Member &member : before) {
                if (!names.contains(renamedPath(member.path, m_names)))
                    faults.add(member.path + " is missing");
            }
            for (const Member &member : before)
                names.erase(renamedPath(member.path, m_names));
            for (const std::string &name : names)
                faults.add(name + " is there although it should not be");
            if (faults.none())
                faults.add("it has " + count(now.size(), "member") + " instead of " +
                           std::to_string(before.size()));
        }
        m_sameMembers = before.size() == now.size();
        for (size_t i = 0; i < before.size() && m_sameMembers; ++i) {
            const Member &old = before[i];
            const Member &made = now[i];
            const bool sameName =
                sameText(old, old.path, made.path) && old.kind == made.kind && old.parent == made.parent &&
                old.storage == made.storage && old.linkedTo == made.linkedTo &&
                sameText(old, old.followedTo.empty() ? old.linkTarget : old.followedTo, made.linkTarget) &&
                static_cast<bool>(old.content) == static_cast<bool>(made.content);
            if (!sameName) {
                faults.add(old.path + " is not in its place, or of another kind");
                m_sameMembers = false;
                break;
            }
            if (old.storage == Storage::Decoded && !old.recoding && old.parent != noMember &&
                detectCodec(*m_before.member(old.parent).content) !=
                    detectCodec(*after().member(made.parent).content))
                faults.add(m_before.member(old.parent).path + " is compressed in another way");
            // Files of a directory are made private whatever they were; a decoded stream has its file's
            // metadata.
            const bool metadata = directory() && (old.parent == noMember || old.storage == Storage::Decoded);
            if (!metadata && (old.mode != made.mode || old.uid != made.uid || old.gid != made.gid ||
                              old.mtime != made.mtime || old.deviceMajor != made.deviceMajor ||
                              old.deviceMinor != made.deviceMinor))
                faults.add(old.path + " has other metadata");
            if (old.content && old.content->size() != made.content->size() && !mayResize(old))
                faults.add(old.path + " has " + std::to_string(made.content->size()) + " bytes instead of " +
                           std::to_string(old.content->size()));
        }
        const auto warnings = [](const Memory &memory) {
            return std::count_if(memory.problems().begin(), memory.problems().end(),
                                 [](const Problem &problem) { return problem.severity != Severity::Note; });
        };
        if (warnings(*m_export) > warnings(m_evidence)) {
            for (const Problem &problem : m_export->problems()) {
                if (problem.severity != Severity::Note)
                    faults.add(problem.error.describe());
            }
        }
        if (m_sameMembers && !directory())
            compareHeaders(faults);
        m_proof.items.push_back(faults.item("structure", "Same members, order and metadata",
                                            count(before.size(), "member") + " compared"));
    }

    /// Headers of the outermost tar, byte by byte; only the size and checksum of what was encoded anew may
    /// differ.
    void compareHeaders(Faults &faults)
    {
        const auto headersOf = [](const Archive &archive, const Member &member, uint64_t from) {
            return archive.stream()->readAll(from, member.offsetInParent - from);
        };
        uint64_t oldEnd = 0;
        uint64_t newEnd = 0;
        for (size_t i = 0; i < m_before.members().size(); ++i) {
            const Member &old = m_before.members()[i];
            const Member &made = after().members()[i];
            if (old.parent != noMember)
                continue;
            auto one = headersOf(m_before, old, oldEnd);
            auto two = headersOf(after(), made, newEnd);
            if (one && (renamedPath(old.path, m_names) != old.path ||
                        withNewDigests(old.linkTarget, m_names) != old.linkTarget)) {
                const std::string renamed = headersWithNewDigests(asText(*one), m_names);
                one->assign(asBytes(renamed).begin(), asBytes(renamed).end());
            }
            const uint64_t oldSize = old.storedSize();
            const uint64_t newSize = made.storedSize();
            if (one && two && mayResize(old) && oldSize != newSize && two->size() >= tarBlock) {
                const std::span<std::byte, tarBlock> last(one->data() + (one->size() - tarBlock), tarBlock);
                setTarSize(last, newSize);
                const std::span<std::byte, tarBlock> lastNow(two->data() + (two->size() - tarBlock),
                                                             tarBlock);
                setTarSize(lastNow, newSize); // its checksum was checked when it was read
            }
            if (!one || !two || *one != *two)
                faults.add("the header of " + old.path + " differs");
            oldEnd = std::min(old.offsetInParent + oldSize + tarPadding(oldSize), m_before.stream()->size());
            newEnd = std::min(made.offsetInParent + newSize + tarPadding(newSize), after().stream()->size());
        }
    }

    Result<void> compareContents()
    {
        if (m_progress != nullptr) {
            uint64_t total = 0;
            for (const MemberId id : m_before.canonicalMembers())
                total += m_before.member(id).content->size();
            m_progress->begin("compare", total);
        }
        Faults faults;
        for (const Member &member : m_before.members()) {
            if (member.storage != Storage::InPlace && member.storage != Storage::Linked && member.content) {
                if (auto done = compareMember(member, faults); !done)
                    return done;
            }
        }
        for (const auto &[id, ranges] : m_changed) {
            ChangedRanges changed{m_before.member(id).path, m_before.member(id).content->size(), ranges};
            changed.ranges.resize(std::min(changed.ranges.size(), ChangedRanges::maxRanges));
            m_proof.changed.push_back(std::move(changed));
        }
        m_proof.items.push_back(faults.item(
            "difference",
            m_input.plan != nullptr ? "Bytes differ where planned and nowhere else"
                                    : "Differences are replacements of the same length",
            count(m_proof.changedBytes, "byte") + " changed in " + count(m_changed.size(), "member")));
        return {};
    }

    Result<void> compareMember(const Member &member, Faults &faults)
    {
        const ByteSource &old = *member.content;
        const ByteSource &made = *after().member(member.id).content;
        const bool sameSize = old.size() == made.size();
        if (!m_digests.empty() && m_layout.isText(member.id))
            return compareText(member, faults);
        if (mayResize(member) && (m_input.plan != nullptr || !sameSize || !equal(old, made))) {
            // The stream that it decodes to is a member of its own; of a tar around it the others are
            // compared here.
            for (const Member &child : m_before.members()) {
                if (child.parent == member.id && child.content &&
                    (child.storage == Storage::InPlace || child.storage == Storage::Sparse)) {
                    if (auto done = compareMember(child, faults); !done)
                        return done;
                }
            }
            if (m_input.plan != nullptr) {
                const auto frame = frameFaults(m_before, after(), member.id, m_content.patchesOf(member.id),
                                               [this](const Member &child) { return mayResize(child); });
                if (!frame)
                    return frame.error();
                for (const std::string &fault : *frame)
                    faults.add(fault);
            }
            if (auto done = compareRecoded(member, faults); !done)
                return done;
            return hash(member);
        }
        const auto patches = m_content.patchesOf(member.id);
        auto difference = compareContent(old, made, patches, m_input.plan == nullptr, m_progress, m_stop,
                                         member.parent == noMember ? Hashes::Wanted : Hashes::NotWanted);
        if (!difference)
            return difference.error();
        if (member.storage != Storage::Sparse || member.parent == noMember) // else counted where it is stored
            m_proof.changedBytes += difference->changedBytes;
        if (!difference->sameSize)
            faults.add(member.path + " has another size");
        if (difference->unplanned)
            faults.add(member.path + " differs at offset " + std::to_string(*difference->unplanned) +
                       ", which is not planned");
        if (difference->unpatched)
            faults.add(member.path + " is not redacted as planned at offset " +
                       std::to_string(*difference->unpatched));
        const Extent base = m_before.canonical({member.id, 0, old.size()});
        if (!difference->ranges.empty()) {
            auto &ranges = m_changed[base.member];
            for (const ByteRange &range : difference->ranges)
                ranges.push_back({base.offset + range.offset, range.length});
            std::sort(ranges.begin(), ranges.end());
        }
        if (difference->ranges.size() >= ContentDifference::maxRanges)
            m_rangesComplete = false;
        if (member.parent == noMember)
            addHashes(member, difference->before, difference->after);
        return {};
    }

    void addHashes(const Member &member, const std::string &before, const std::string &now)
    {
        const Member &made = after().member(member.id);
        m_proof.members.push_back({made.path, made.content->size(), before, now});
        m_hashes[member.id] = {before, now};
    }

    /// A text that names blobs by their digests: it has the new ones of those that changed, and is otherwise
    /// what the plan makes of it.
    Result<void> compareText(const Member &member, Faults &faults)
    {
        auto patched = member.content->readWhole(BlobLayout::maxText);
        if (!patched)
            return patched.error();
        uint64_t planned = 0;
        for (const Patch &patch : m_content.patchesOf(member.id)) {
            patch.lay(0, *patched);
            planned += patch.length();
        }
        const auto edits = digestEdits(asText(*patched), m_digests);
        const std::string expected = edited(asText(*patched), edits);
        const MemorySource source(member.path, asBytes(expected));
        const ByteSource &made = *after().member(member.id).content;
        const auto difference =
            compareContent(source, made, {}, m_input.plan == nullptr, m_progress, m_stop, Hashes::NotWanted);
        if (!difference)
            return difference.error();
        if (!difference->asPlanned())
            faults.add(member.path + " does not name the blobs by their new digests, or differs otherwise" +
                       (difference->unplanned ? " at offset " + std::to_string(*difference->unplanned) : ""));
        m_proof.changedBytes += planned + difference->changedBytes;
        for (const ByteRange &range : difference->ranges) { // without a plan
            const uint64_t from = offsetBeforeEdits(range.offset, edits);
            const uint64_t to = offsetBeforeEdits(range.end(), edits);
            if (to > from)
                m_changed[member.id].push_back({from, to - from});
        }
        return hash(member);
    }

    /// Blobs that were called by their digests still are, whatever became of them.
    Result<void> checkLayout()
    {
        if (m_layout.empty())
            return {};
        Faults faults;
        uint64_t renamed = 0;
        uint64_t wrong = 0;
        for (const auto &[blob, digest] : m_layout.blobs()) {
            const auto hashes = m_hashes.find(blob);
            if (hashes == m_hashes.end())
                continue;
            const std::string &path = after().member(blob).path;
            if (hashes->second.first != digest)
                ++wrong; // as in the evidence, whose name stays
            else if (path.find(hashes->second.second) == std::string::npos)
                faults.add(path + " is not called by its digest");
            renamed += path != m_before.member(blob).path ? 1 : 0;
        }
        std::string detail = count(m_layout.blobs().size(), "blob") + ", " + std::to_string(renamed) +
                             " with a new name; " + count(m_digests.size(), "digest") +
                             " and their sizes changed in the texts that name them, and nothing else";
        if (wrong > 0)
            detail += "; " + count(wrong, "blob") + " with a wrong name in the evidence";
        m_proof.items.push_back(
            faults.item("layout", "The image's blobs are called by their digests", std::move(detail)));
        return {};
    }

    /// Members that store compressed pages: what they decode to is compared as a member of its own, so that
    /// here it is about the rest: blocks that did not change are the same to the byte, and nothing else is in
    /// the files than what the plan makes of them.
    Result<void> compareRecoded(const Member &member, Faults &faults)
    {
        const MemberId decoded = recodedIn(member.id);
        if (decoded == noMember || m_input.plan == nullptr)
            return {};
        const auto expected = m_content.content(member.id);
        if (!expected)
            return expected.error();
        const auto difference = compareContent(**expected, *after().member(member.id).content, {}, false,
                                               nullptr, m_stop, Hashes::NotWanted);
        if (!difference)
            return difference.error();
        if (!difference->asPlanned())
            faults.add(member.path + " is not stored as planned" +
                       (difference->unplanned ? " at offset " + std::to_string(*difference->unplanned) : ""));
        return {};
    }

    /// The decoded member that `member` stores by a Recoding; noMember if it stores none.
    [[nodiscard]] MemberId recodedIn(MemberId member) const
    {
        for (const Member &candidate : m_before.members()) {
            if (!candidate.recoding)
                continue;
            const auto stored = candidate.recoding->storedIn();
            if (std::find(stored.begin(), stored.end(), member) != stored.end())
                return candidate.id;
        }
        return noMember;
    }

    static bool equal(const ByteSource &a, const ByteSource &b)
    {
        const auto one = a.sha256();
        const auto two = b.sha256();
        return one && two && *one == *two;
    }

    Result<void> hash(const Member &member)
    {
        if (member.parent != noMember)
            return {};
        const ByteSource &made = *after().member(member.id).content;
        const auto before = member.content->sha256(nullptr, m_stop);
        const auto now = made.sha256(nullptr, m_stop);
        if (!before)
            return before.error();
        if (!now)
            return now.error();
        addHashes(member, toHex(*before), toHex(*now));
        return {};
    }

    Result<void> checkSlack()
    {
        Faults faults;
        uint64_t bytes = 0;
        for (const ByteRange &slack : after().slack()) {
            constexpr uint64_t piece = uint64_t{1} << 20;
            for (uint64_t at = slack.offset; at < slack.end(); at += piece) {
                const auto part = after().stream()->readAll(at, std::min(piece, slack.end() - at));
                if (!part)
                    return part.error();
                const auto found = std::find_if(part->begin(), part->end(),
                                                [](std::byte byte) { return byte != std::byte{0}; });
                if (found != part->end()) {
                    faults.add("padding of the archive holds bytes at offset " +
                               std::to_string(at + static_cast<uint64_t>(found - part->begin())));
                    break;
                }
            }
            bytes += slack.length;
        }
        if (auto done = checkStreams(faults); !done)
            return done;
        m_proof.items.push_back(
            faults.item("slack", "Padding and slack of the archive are empty",
                        directory() ? "an image directory has none" : count(bytes, "byte") + " are zero"));
        return {};
    }

    /// Compressed streams that are not the evidence's hold nothing that decoding them does not show.
    Result<void> checkStreams(Faults &faults)
    {
        const auto check = [&](const ByteSource &old, const ByteSource &made,
                               const std::string &name) -> Result<void> {
            const auto passed = bytesPassedOver(made, detectCodec(made), m_stop);
            if (!passed)
                return passed.error();
            if (!passed->empty() && !equal(old, made))
                faults.add(name + " has bytes that decoding passes over at offset " +
                           std::to_string(passed->front().offset));
            return {};
        };
        if (!directory()) {
            if (auto done = check(*m_before.file(), *after().file(), after().path()); !done)
                return done;
        }
        for (const Member &member : m_before.members()) {
            if (member.storage != Storage::Decoded || member.recoding || member.parent == noMember)
                continue;
            const Member &stream = after().member(member.parent);
            if (auto done = check(*m_before.member(member.parent).content, *stream.content, stream.path);
                !done)
                return done;
        }
        return {};
    }

    Result<void> checkDecoding()
    {
        Faults faults;
        uint64_t checked = 0;
        const Checkpoint &then = m_evidence.checkpoint();
        const Checkpoint &now = m_export->checkpoint();
        for (const Member &member : m_before.members()) {
            if (!member.content || isRawImage(splitPath(member.path).second) ||
                !Image::looksLikeImage(*member.content))
                continue;
            const Extent base = m_before.canonical({member.id, 0, member.content->size()});
            const auto changed = m_changed.find(base.member);
            if (changed == m_changed.end() ||
                std::none_of(changed->second.begin(), changed->second.end(),
                             [&](const ByteRange &range) { return range.overlaps(base.range()); }))
                continue; // the same bytes decode the same
            ++checked;
            const auto wrong = decodingFault(then, now, member.id);
            if (!wrong.empty())
                faults.add(member.path + ": " + wrong);
        }
        checked += checkPagemaps(faults);
        m_proof.items.push_back(faults.item("decodes", "Every image that decoded still decodes",
                                            count(checked, "changed image") + " decoded"));
        return {};
    }

    /// Pagemaps of compressed pages may have got other sizes; the pages that they name must be the same.
    uint64_t checkPagemaps(Faults &faults)
    {
        uint64_t checked = 0;
        for (const Member &member : m_before.members()) {
            if (!member.recoding)
                continue;
            const MemberId pagemap = member.recoding->storedIn().back();
            const uint64_t pageSize = m_evidence.checkpoint().pageSize();
            const auto old = PageMap::read(*m_before.member(pagemap).content, pageSize, PagesLayout::Decoded);
            const auto made = PageMap::read(*after().member(pagemap).content, pageSize, PagesLayout::Decoded);
            ++checked;
            if (!old || !made || old->pagesId() != made->pagesId() || old->entries() != made->entries() ||
                old->problem().has_value() != made->problem().has_value())
                faults.add(m_before.member(pagemap).path + ": it names other pages");
        }
        return checked;
    }

    static std::string decodingFault(const Checkpoint &then, const Checkpoint &now, MemberId member)
    {
        const auto old = then.openImage(member);
        if (!old || old->problem())
            return {};
        const auto made = now.openImage(member);
        if (!made)
            return made.error().describe();
        if (made->problem())
            return made->problem()->describe();
        if (made->records().size() != old->records().size())
            return "it has another number of records";
        for (size_t i = 0; i < old->records().size(); ++i) {
            const auto one = old->message(old->records()[i]);
            if (!one || one->problem() != nullptr)
                continue;
            const auto two = made->message(made->records()[i]);
            if (!two)
                return two.error().describe();
            if (two->problem() != nullptr)
                return two->problem()->describe();
        }
        return {};
    }

    Result<void> searchValues()
    {
        std::vector<std::string> values = m_input.values;
        uint64_t tooShort = 0;
        uint64_t tooLong = 0;
        if (m_input.plan == nullptr && values.empty()) {
            auto derived = changedValues(m_evidence, m_changed);
            if (!derived)
                return derived.error();
            values = std::move(derived->values);
            tooShort = derived->tooShort;
            tooLong = derived->tooLong;
        }
        std::vector<SearchValue> wanted;
        for (std::string &value : values) {
            if (value.size() < minSearchedValue)
                ++tooShort;
            else
                wanted.push_back({std::move(value), wanted.size()});
        }
        Faults faults;
        const auto done = findValues(
            *m_export, wanted,
            [&](std::vector<ValueHit> &&hits) {
                for (const ValueHit &hit : hits) {
                    if (m_input.plan == nullptr || !planned(hit))
                        faults.add("an accepted value (" + std::string(encodingName(hit.encoding)) +
                                   ") stands in " + describe(hit));
                }
            },
            m_progress, m_stop);
        if (!done)
            return done;
        if (auto named = searchNames(wanted, faults); !named)
            return named;
        const auto numbers = findInNumbers(*m_export, wanted, m_stop);
        if (!numbers)
            return numbers.error();
        for (const NumberHit &hit : *numbers)
            faults.add("an accepted value stands in numbers of " + after().member(hit.member).path + ": " +
                       hit.field);
        for (const Run &run : allRuns(*m_export))
            m_proof.bytesSearched += run.length;
        m_proof.valuesChecked = wanted.size();
        std::string detail = count(wanted.size(), "value") + " searched in every encoding in " +
                             count(m_proof.bytesSearched, "byte");
        if (tooShort > 0)
            detail += "; " + count(tooShort, "piece") + " too short to be searched";
        if (tooLong > 0)
            detail += "; " + count(tooLong, "piece") + " too long to be searched";
        auto item = faults.item("values-absent", "No accepted value is left", std::move(detail));
        if (item.state == State::Passed && !m_rangesComplete && m_input.plan == nullptr)
            item = {item.id, item.title, State::NotCovered,
                    "too many changes to search for all that they replaced"};
        m_proof.items.push_back(std::move(item));
        for (SearchValue &value : wanted)
            std::fill(value.bytes.begin(), value.bytes.end(), '\0');
        return {};
    }

    /// Names and whatever else of an archive is no member's content.
    Result<void> searchNames(std::span<const SearchValue> wanted, Faults &faults)
    {
        ConcatSource outside("names and headers");
        std::string names;
        for (const Member &member : after().members())
            names += member.path + "\n" + member.linkTarget + "\n";
        auto namesSource = std::make_shared<MemorySource>("names", asBytes(names));
        if (auto done = outside.add(namesSource, {0, names.size()}); !done)
            return done;
        if (!directory()) {
            uint64_t at = 0;
            for (const Member &member : after().members()) {
                if (member.parent != noMember || member.storedSize() == 0 || member.offsetInParent < at)
                    continue;
                if (auto done = outside.add(after().stream(), {at, member.offsetInParent - at}); !done)
                    return done;
                at = member.offsetInParent + member.storedSize();
            }
            if (auto done = outside.add(after().stream(), {at, after().stream()->size() - at}); !done)
                return done;
        }
        auto hits = findInSource(outside, wanted);
        if (!hits)
            return hits.error();
        if (!directory() && detectCodec(*after().file()) != Codec::None) {
            // As it is stored: in what decoders pass over. What is shorter stands there by chance.
            constexpr size_t minInStream = 8; // bytes
            std::vector<SearchValue> longer;
            std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(longer),
                         [](const SearchValue &value) { return value.bytes.size() >= minInStream; });
            const auto stored = findInSource(*after().file(), longer);
            for (SearchValue &value : longer)
                wipe(value.bytes);
            if (!stored)
                return stored.error();
            hits->insert(hits->end(), stored->begin(), stored->end());
        }
        if (!hits->empty())
            faults.add("an accepted value stands in a member's name or header (" +
                       count(hits->size(), "place") + ")");
        return {};
    }

    /// A hit within what the plan wrote is the replacement itself.
    [[nodiscard]] bool planned(const ValueHit &hit) const
    {
        return std::all_of(hit.parts.begin(), hit.parts.end(), [this](const Extent &part) {
            const auto found = m_input.plan->patches().find(part.member);
            if (found == m_input.plan->patches().end())
                return false;
            const auto &patches = found->second;
            auto patch = std::partition_point(patches.begin(), patches.end(),
                                              [&](const Patch &p) { return p.end() <= part.offset; });
            uint64_t covered = part.offset;
            for (; patch != patches.end() && patch->offset <= covered && covered < part.end(); ++patch)
                covered = patch->end();
            return covered >= part.end();
        });
    }

    [[nodiscard]] std::string describe(const ValueHit &hit) const
    {
        if (hit.parts.empty())
            return "an unknown place";
        const Extent inner = after().innermost(hit.parts.front());
        return after().member(inner.member).path + " at offset " + std::to_string(inner.offset);
    }

    Result<void> checkEvidence()
    {
        if (m_progress != nullptr)
            m_progress->begin("hash the evidence", m_stored.file() ? m_stored.file()->size() : 0);
        // The files of a directory were hashed when they were compared, after the export was written.
        std::map<MemberId, std::string> compared;
        if (&m_stored == &m_before) {
            for (const auto &[member, hashes] : m_hashes)
                compared.emplace(member, hashes.first);
        }
        auto now = evidenceHash(m_stored, m_progress, m_stop, compared);
        if (!now)
            return now.error();
        m_proof.evidenceHash = *now;
        if (m_input.evidenceHashBefore.empty()) {
            m_proof.items.push_back(
                {"evidence-hash", "The evidence was read whole", State::Passed, "SHA-256 " + *now});
            return {};
        }
        const bool same = *now == m_input.evidenceHashBefore;
        m_proof.items.push_back(
            {"evidence-unchanged", "The evidence is unchanged", same ? State::Passed : State::Failed,
             same ? "SHA-256 " + *now : "its SHA-256 is not what it was before the export"});
        return {};
    }

    const std::string &m_path;
    const VerifyInput &m_input;
    const Memory &m_evidence;
    const Archive &m_before;
    const Archive &m_stored; ///< m_before with the members that are taken out
    const std::map<MemberId, std::vector<Patch>> m_noPatches;
    RedactedContent m_content; ///< asked for patches and sizes only
    bool m_namesMayChange;     ///< of members of tars within the checkpoint
    BlobLayout m_layout;       ///< of the evidence
    NewDigests m_names;        ///< of blobs with new names, as the export calls them
    NewDigests m_digests;      ///< of these and of what they decode to, computed
    std::map<MemberId, std::pair<std::string, std::string>> m_hashes; ///< before and after
    Progress *m_progress;
    std::stop_token m_stop;
    std::shared_ptr<const Memory> m_export;
    std::vector<bool> m_compressed;                       ///< by member
    std::map<MemberId, std::vector<ByteRange>> m_changed; ///< by canonical member
    bool m_sameMembers = false;
    bool m_rangesComplete = true;
    Proof m_proof;
};

/// The hashes of what lost members, or is gone, as they are in the evidence.
Result<void> fitHashes(Proof &proof, const Archive &evidence, const std::set<MemberId> &removed,
                       const std::stop_token &stop)
{
    std::set<MemberId> outermost;
    for (MemberId at : removed) {
        while (evidence.member(at).parent != noMember)
            at = evidence.member(at).parent;
        outermost.insert(at);
    }
    for (const MemberId id : outermost) {
        const Member &member = evidence.member(id);
        if (!member.content)
            continue;
        const auto hash = member.content->sha256(nullptr, stop);
        if (!hash)
            return hash.error();
        if (removed.contains(id)) {
            proof.members.push_back({member.path, 0, toHex(*hash), {}});
            continue;
        }
        for (MemberHash &known : proof.members) {
            if (known.path == member.path)
                known.before = toHex(*hash);
        }
    }
    return {};
}

/// A plan that takes members out: the export is held against what is left without them, and that against the
/// evidence.
Result<Proof> verifyReduced(const std::string &exportPath, const VerifyInput &input, Progress *progress,
                            const std::stop_token &stop)
{
    const Archive &evidence = input.evidence->checkpoint().archive();
    const auto left = Reduction::make(*input.evidence, *input.plan, stop);
    if (!left)
        return left.error();
    VerifyInput reduced = input;
    reduced.evidence = left->memory().get();
    reduced.plan = &left->plan();
    auto proof = Verification(exportPath, reduced, evidence, progress, stop).run();
    wipe(reduced.values);
    if (!proof)
        return proof;
    auto removed =
        proveRemovals(evidence, input.plan->removed(), left->memory()->checkpoint().archive(), stop);
    if (!removed)
        return removed.error();
    proof->items.insert(proof->items.begin() + (proof->items.empty() ? 0 : 1), std::move(*removed));
    if (auto done = fitHashes(*proof, evidence, input.plan->removed(), stop); !done)
        return done.error();
    return proof;
}

} // namespace

Result<Proof> verifyExport(const std::string &exportPath, const VerifyInput &input, Progress *progress,
                           std::stop_token stop)
{
    if (input.plan != nullptr && !input.plan->removed().empty())
        return verifyReduced(exportPath, input, progress, stop);
    return Verification(exportPath, input, input.evidence->checkpoint().archive(), progress, std::move(stop))
        .run();
}

} // namespace cryoscope
