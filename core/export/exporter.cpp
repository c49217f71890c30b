// SPDX-License-Identifier: Apache-2.0
#include "core/export/exporter.h"

#include "core/bytes/filesource.h"
#include "core/export/archivewriter.h"
#include "core/export/directorywriter.h"
#include "core/export/reduction.h"
#include "core/export/temporaryoutput.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"

#include <optional>
#include <thread>

namespace cryoscope
{

namespace
{

Result<void> writeDirectoryForm(const Archive &archive, RedactedContent &content, const std::string &path,
                                const RedactionPlan &plan, Progress *progress, std::stop_token stop)
{
    std::vector<Member> members;
    std::map<MemberId, std::vector<Patch>> patches;
    const auto names = content.newNames();
    if (!names)
        return names.error();
    for (const Member &member : archive.members()) {
        if (member.parent != noMember)
            continue;
        members.push_back(member);
        members.back().path = withNewDigests(member.path, *names);
        members.back().linkTarget = withNewDigests(member.linkTarget, *names);
        if (content.resized(member.id)) {
            auto now = content.content(member.id);
            if (!now)
                return now.error();
            members.back().content = std::move(*now);
        } else if (const auto found = plan.patches().find(member.id); found != plan.patches().end()) {
            patches.insert(*found);
        }
    }
    const DescriptorOf descriptorOf =
        [held = std::shared_ptr<const FileHandle>()](const ByteSource &source) mutable {
            const auto *file = dynamic_cast<const FileSource *>(&source);
            held = file != nullptr ? file->handle() : nullptr;
            return held ? held->get() : -1;
        };
    return writeDirectory(members, patches, path, descriptorOf, progress, std::move(stop));
}

uint64_t contentBytes(const Archive &archive)
{
    if (archive.stream())
        return archive.stream()->size();
    uint64_t bytes = 0;
    for (const Member &member : archive.members()) {
        if (member.parent == noMember && member.content)
            bytes += member.content->size();
    }
    return bytes;
}

} // namespace

Exporter::Exporter(std::shared_ptr<const Memory> memory) : m_memory(std::move(memory)) {}

Result<Proof> Exporter::run(const RedactionPlan &plan, std::span<const CaseFinding> accepted,
                            const std::string &output, Progress *progress, std::stop_token stop)
{
    const Archive &archive = m_memory->checkpoint().archive();
    const bool directory = archive.form() == ArchiveForm::Directory;
    auto place = TemporaryOutput::make(output, directory ? TemporaryOutput::Kind::Directory
                                                         : TemporaryOutput::Kind::File);
    if (!place)
        return place.error();

    VerifyInput input;
    input.evidence = m_memory.get();
    input.plan = &plan;
    auto values = acceptedValues(archive, accepted);
    if (!values)
        return values.error();
    input.values = std::move(*values);
    if (progress != nullptr)
        progress->begin("hash the evidence", archive.file() ? archive.file()->size() : contentBytes(archive));
    const auto before = evidenceHash(archive, progress, stop);
    if (!before)
        return before.error();
    input.evidenceHashBefore = *before;

    if (progress != nullptr)
        progress->begin("write", contentBytes(archive));
    std::optional<Reduction> left; // what is written if members are taken out
    if (!plan.removed().empty()) {
        auto made = Reduction::make(*m_memory, plan, stop);
        if (!made)
            return made.error();
        left = std::move(*made);
    }
    const Archive &source = left ? left->memory()->checkpoint().archive() : archive;
    const RedactionPlan &patched = left ? left->plan() : plan;
    RedactedContent content(source, patched.patches(), nullptr, stop);
    const auto written =
        directory ? writeDirectoryForm(source, content, (*place)->path(), patched, progress, stop)
                  : writeArchive(source, content, (*place)->descriptor(), (*place)->path(), progress, stop);
    if (!written)
        return written.error();

    // The disk takes it while it is proven.
    Result<void> synced;
    std::jthread syncing([&synced, &place] { synced = (*place)->sync(); });
    auto proof = verifyExport((*place)->path(), input, progress, stop);
    if (!proof)
        return proof;
    for (const ProofItem &item : proof->items) {
        if (item.state == ProofItem::State::Failed)
            return Error{ErrorCode::ProofFailed, item.title + ": " + item.detail, output, std::nullopt};
    }
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "cancelled", output, std::nullopt};
    if (progress != nullptr)
        progress->begin("wait for the disk", 0);
    syncing.join();
    if (!synced)
        return synced.error();
    if (auto published = (*place)->publish(); !published)
        return published.error();
    return proof;
}

} // namespace cryoscope
