// SPDX-License-Identifier: Apache-2.0
#include "core/redact/filedecisions.h"

#include "core/detect/sensitivefiles.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

// Of the content of a removed file: a longer one is no value that could be searched elsewhere.
constexpr uint64_t maxRemovedValue = uint64_t{16} << 20; // bytes

} // namespace

void FileDecisions::applyTo(std::vector<CaseFinding> &findings) const
{
    for (CaseFinding &entry : findings) {
        if (std::find(rejected.begin(), rejected.end(), entry.id) != rejected.end())
            entry.decision = Decision::Rejected;
    }
    for (const Finding &finding : accepted) {
        bool known = false;
        for (CaseFinding &entry : findings) {
            if (entry.finding.parts != finding.parts)
                continue;
            entry.decision = Decision::Accepted;
            known = true;
        }
        if (known)
            continue;
        CaseFinding entry;
        entry.origin = Origin::Manual;
        entry.finding = finding;
        entry.decision = Decision::Accepted;
        findings.push_back(std::move(entry));
    }
}

FileDecisions fileDecisions(const Memory &memory, std::span<const CaseFinding> findings,
                            const FileTreatments &files)
{
    FileDecisions out;
    if (files.isEmpty())
        return out;
    const Archive &archive = memory.checkpoint().archive();
    const auto accepted = [&](const std::vector<Extent> &parts) {
        return std::any_of(findings.begin(), findings.end(), [&](const CaseFinding &entry) {
            return entry.finding.parts == parts && entry.decision == Decision::Accepted;
        });
    };
    const auto all = fileContents(memory, [&](std::string_view path) { return files.of(path).has_value(); });
    for (const FileContent &content : all) {
        const FileTreatment treatment = *files.of(content.path);
        if (treatment == FileTreatment::Keep) {
            for (const CaseFinding &entry : findings) {
                if (entry.finding.rule == "sensitive-file" && entry.finding.parts == content.parts &&
                    entry.decision != Decision::Rejected)
                    out.rejected.push_back(entry.id);
            }
            continue;
        }
        uint64_t length = 0;
        for (const Extent &part : content.parts)
            length += part.length;
        if ((treatment == FileTreatment::Remove && length > maxRemovedValue) || accepted(content.parts) ||
            !tellsSomething(archive, content))
            continue;
        out.accepted.push_back(fileFinding(
            content, sensitiveFile(content.path)
                         .value_or(SensitiveFile{"named by a rule for files", Confidence::High})));
    }
    return out;
}

Result<void> decideFiles(const Memory &memory, Case &review, const FileTreatments &files)
{
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    const FileDecisions decisions = fileDecisions(memory, *findings, files);
    if (!decisions.rejected.empty()) {
        if (auto done = review.decide(decisions.rejected, Decision::Rejected, Reason::Other); !done)
            return done;
    }
    if (decisions.accepted.empty())
        return {};
    const auto done = review.acceptExtents(memory, Origin::Manual, decisions.accepted, "treatment of files");
    return done ? Result<void>() : Result<void>(done.error());
}

} // namespace cryoscope
