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

Result<void> decideFiles(const Memory &memory, Case &review, const FileTreatments &files)
{
    if (files.isEmpty())
        return {};
    const auto known = review.findings();
    if (!known)
        return known.error();
    const auto accepted = [&](const std::vector<Extent> &parts) {
        return std::any_of(known->begin(), known->end(), [&](const CaseFinding &entry) {
            return entry.finding.parts == parts && entry.decision == Decision::Accepted;
        });
    };
    std::vector<Finding> wanted;
    std::vector<FindingId> kept;
    const auto all = fileContents(memory, [&](std::string_view path) { return files.of(path).has_value(); });
    for (const FileContent &content : all) {
        const FileTreatment treatment = *files.of(content.path);
        if (treatment == FileTreatment::Keep) {
            for (const CaseFinding &entry : *known) {
                if (entry.finding.rule == "sensitive-file" && entry.finding.parts == content.parts &&
                    entry.decision != Decision::Rejected)
                    kept.push_back(entry.id);
            }
            continue;
        }
        uint64_t length = 0;
        for (const Extent &part : content.parts)
            length += part.length;
        if ((treatment == FileTreatment::Remove && length > maxRemovedValue) || accepted(content.parts) ||
            !tellsSomething(memory.checkpoint().archive(), content))
            continue;
        wanted.push_back(fileFinding(
            content, sensitiveFile(content.path)
                         .value_or(SensitiveFile{"named by a rule for files", Confidence::High})));
    }
    if (!kept.empty()) {
        if (auto done = review.decide(kept, Decision::Rejected, Reason::Other); !done)
            return done;
    }
    if (wanted.empty())
        return {};
    const auto done = review.acceptExtents(memory, Origin::Manual, wanted, "treatment of files");
    return done ? Result<void>() : Result<void>(done.error());
}

} // namespace cryoscope
