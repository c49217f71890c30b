// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/findings.h"
#include "app/cli/manifestfiles.h"
#include "app/cli/prooftext.h"
#include "app/cli/restoretext.h"

#include "core/base/wipe.h"
#include "core/export/exporter.h"
#include "core/redact/exportsettings.h"
#include "core/redact/filedecisions.h"
#include "core/redact/pseudonymmap.h"
#include "core/redact/removals.h"
#include "core/review/copies.h"
#include "core/review/valuelist.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

namespace cryoscope::cli
{

namespace
{

struct RedactOptions {
    std::string path;
    std::string output;
    std::string casePath;
    std::vector<std::string> accept;
    std::string valueFile;
    std::vector<std::string> ranges;
    std::string replacement = "shape";
    std::string profile = "restorable";
    std::string mapFile;
    std::string sensitiveFiles;
    std::vector<std::string> files;
    std::string reviewer;
    ScanSettings scan;
    ManifestSettings manifest;
    bool despiteProblems = false;
    bool json = false;
};

std::optional<uint64_t> number(std::string_view text)
{
    const bool isHex = text.starts_with("0x");
    if (isHex)
        text.remove_prefix(2);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, isHex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

/// "MEMBER:OFFSET:LENGTH" as a canonical extent.
Result<Extent> parseRange(const Archive &archive, const std::string &text)
{
    const Error usage{ErrorCode::Usage, "--range takes MEMBER:OFFSET:LENGTH", {}, std::nullopt};
    const size_t second = text.rfind(':');
    if (second == std::string::npos || second == 0)
        return usage;
    const size_t first = text.rfind(':', second - 1);
    if (first == std::string::npos)
        return usage;
    const auto offset = number(std::string_view(text).substr(first + 1, second - first - 1));
    const auto length = number(std::string_view(text).substr(second + 1));
    if (!offset || !length || *length == 0)
        return usage;
    const Member *member = archive.find(text.substr(0, first));
    if (member == nullptr || !member->content)
        return Error{ErrorCode::NotFound, "has no member \"" + text.substr(0, first) + "\"", archive.path(),
                     std::nullopt};
    if (*offset > member->content->size() || *length > member->content->size() - *offset)
        return Error{ErrorCode::Usage, "the range reaches beyond the end", member->path, *offset};
    return archive.canonical({member->id, *offset, *length});
}

Result<std::unique_ptr<Case>> openCase(const RedactOptions &options, const Memory &memory)
{
    std::error_code ignored;
    if (!options.casePath.empty() && std::filesystem::exists(options.casePath, ignored))
        return Case::open(options.casePath, &memory);
    return Case::create(options.casePath, memory);
}

/// Accepts what --accept names; decisions that were made stay.
Result<void> acceptNamed(Case &review, const std::vector<std::string> &names)
{
    if (names.empty())
        return {};
    const auto wanted = [&](const CaseFinding &entry) {
        return std::any_of(names.begin(), names.end(), [&](const std::string &name) {
            return name == "all" || name == confidenceName(entry.finding.confidence) ||
                   name == entry.finding.rule;
        });
    };
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    std::vector<FindingId> ids;
    for (const CaseFinding &entry : *findings) {
        if (entry.decision == Decision::Undecided && wanted(entry))
            ids.push_back(entry.id);
    }
    return ids.empty() ? Result<void>() : review.decide(ids, Decision::Accepted);
}

Result<FileTreatments> fileTreatments(const RedactOptions &options)
{
    FileTreatments out;
    if (!options.sensitiveFiles.empty()) {
        const auto treatment = parseFileTreatment(options.sensitiveFiles);
        if (!treatment)
            return treatment.error();
        out.sensitive = *treatment;
    }
    for (const std::string &text : options.files) {
        auto rule = FileRule::parse(text);
        if (!rule)
            return rule.error();
        out.rules.push_back(std::move(*rule));
    }
    return out;
}

/// Everything that decides what is redacted.
Result<uint64_t> decide(Context &context, const std::shared_ptr<const Memory> &memory, Case &review,
                        const RedactOptions &options, const FileTreatments &files)
{
    const auto rules = RuleSet::withFiles(options.scan.rules);
    if (!rules)
        return rules.error();
    if (review.rulesVersion() != (*rules)->version()) {
        const auto summary = scanInto(context, memory, review, options.scan);
        if (!summary)
            return summary.error();
    }
    if (auto done = takeBaselines(*memory, review, options.scan); !done)
        return done.error();
    if (auto done = decideFiles(*memory, review, files); !done)
        return done.error();
    if (auto done = acceptNamed(review, options.accept); !done)
        return done.error();
    for (const std::string &text : options.ranges) {
        const auto extent = parseRange(memory->checkpoint().archive(), text);
        if (!extent)
            return extent.error();
        const auto added = review.addManual(*memory, {*extent}, {});
        if (!added)
            return added.error();
    }
    uint64_t tooShort = 0;
    if (!options.valueFile.empty()) {
        auto values = readValues(options.valueFile);
        if (!values)
            return values.error();
        const auto found = findCopiesOf(*memory, *values, context.progress(), context.stop());
        wipe(*values);
        if (!found)
            return found.error();
        tooShort += found->tooShort;
        if (auto done = review.acceptExtents(*memory, Origin::ValueFile, found->found, "values of a file");
            !done)
            return done.error();
    }
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    const auto copies = findCopies(*memory, *findings, context.progress(), context.stop());
    if (!copies)
        return copies.error();
    if (auto done = review.acceptExtents(*memory, Origin::Copy, copies->found, "copies of accepted values");
        !done)
        return done.error();
    if (copies->remains > 0)
        std::cerr << "note: " << copies->remains
                  << " of the copies are remains: the beginning or end of a value whose rest is not there\n";
    return tooShort + copies->tooShort;
}

int redact(Context &context, const RedactOptions &options)
{
    const auto replacement = Replacement::parse(options.replacement);
    if (!replacement)
        return context.fail(replacement.error());
    const auto profile = Profile::parse(options.profile);
    if (!profile)
        return context.fail(profile.error());
    const auto files = fileTreatments(options);
    if (!files)
        return context.fail(files.error());
    std::error_code ignored;
    if (std::filesystem::symlink_status(options.output, ignored).type() !=
        std::filesystem::file_type::not_found)
        return context.fail(
            {ErrorCode::OutputExists, "is there already; an export is always new", options.output, {}});
    auto target = options.manifest.target();
    if (!target)
        return context.fail(target.error());
    if (auto fine = checkManifestTarget(*target); !fine)
        return context.fail(fine.error());
    const auto memory = context.open(options.path);
    if (!memory)
        return context.fail(memory.error());
    if (context.hasProblems() && !options.despiteProblems)
        return context.fail(
            {ErrorCode::InputUnreadable,
             "parts of it cannot be read, so nothing can be said of them; --despite-problems exports "
             "it all the same",
             options.path, std::nullopt});
    auto review = openCase(options, **memory);
    if (!review)
        return context.fail(review.error());
    if (!options.reviewer.empty())
        (*review)->setReviewer(options.reviewer);
    // What cannot be removed is told before anything is decided.
    if (const auto removals = findRemovals(**memory, *files); !removals)
        return context.fail(removals.error());
    const auto tooShort = decide(context, *memory, **review, options, *files);
    if (!tooShort)
        return context.fail(tooShort.error());
    const auto findings = (*review)->findings();
    if (!findings)
        return context.fail(findings.error());
    auto map = PseudonymMap::forCase(**review, options.mapFile);
    if (!map)
        return context.fail(map.error());
    const ExportSettings settings{*replacement, *profile, map->key(), *files};
    const auto plan = RedactionPlan::make(**memory, *findings, settings, context.progress(), context.stop());
    if (!plan)
        return context.fail(plan.error());
    for (const std::string &note : plan->profileSummary().notes)
        std::cerr << "note: " << printable(note) << "\n";
    for (const std::string &warning : plan->warnings())
        std::cerr << "note: " << printable(warning) << "\n";
    for (const RestoreFinding &risk : plan->restoreRisks())
        std::cerr << "warning: restoring the export: " << restoreFindingLine(risk) << "\n";
    // verify makes the same plan again from the case.
    if (auto done = settings.keepIn(**review); !done)
        return context.fail(done.error());
    const auto proof =
        Exporter(*memory).run(*plan, *findings, options.output, context.progress(), context.stop());
    if (!proof) {
        (void)(*review)->addHistory("export failed", plan->findingCount(), {});
        return context.fail(proof.error());
    }
    if (auto done = (*review)->addHistory("export", plan->findingCount(), options.output); !done)
        return context.fail(done.error());
    if (!options.mapFile.empty()) {
        map->add(plan->profileSummary().names);
        if (auto done = map->write(options.mapFile); !done)
            return context.fail(done.error());
    }
    if (!target->path.empty()) {
        const auto facts = ReviewFacts::of(**review);
        if (!facts)
            return context.fail(facts.error());
        const auto written =
            writeManifest(*target, options.output, *proof, *facts, context.progress(), context.stop());
        wipe(target->passphrase);
        if (!written)
            return context.fail(written.error());
    }
    if (options.json) {
        auto json = proofJson(*proof);
        json["removed"] = nlohmann::ordered_json::array();
        for (const MemberId member : plan->removed())
            json["removed"].push_back((*memory)->checkpoint().archive().member(member).path);
        json["restoreRisks"] = restoreFindingsJson(plan->restoreRisks());
        std::cout << jsonText(json) << "\n";
    } else {
        std::cout << plan->findingCount() << " findings redacted, " << plan->patchedBytes() << " bytes in "
                  << plan->patches().size() << " members\n";
        for (const MemberId member : plan->removed())
            std::cout << "  removed: " << printable((*memory)->checkpoint().archive().member(member).path)
                      << "\n";
        for (const auto &[dataClass, summary] : plan->profileSummary().classes)
            std::cout << "  " << dataClassName(dataClass) << ": " << summary.changedBytes << " bytes in "
                      << summary.places << " places\n";
        if (*tooShort > 0)
            std::cout << *tooShort << " values are shorter than " << minSearchedValue
                      << " bytes; they were redacted where they were found, and not searched elsewhere\n";
        printProof(*proof);
        std::cout << "Export: " << printable(options.output) << "\n";
    }
    return context.finish();
}

} // namespace

void addRedactCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand("redact", "Decide, plan, export to a new place, and prove it");
    auto options = std::make_shared<RedactOptions>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    command
        ->add_option(
            "-o,--output", options->output,
            "New directory, or archive of the same form. The directory of an incremental dump gets its "
            "parent sets from outside too, as parent-1, parent-2 …, with \"parent\" links to them, so "
            "that CRIU restores from it alone")
        ->required();
    command->add_option("--case", options->casePath, "Case file: decisions are taken from it and kept in it");
    command->add_option("--reviewer", options->reviewer,
                        "Name that the case keeps with decisions; the login name without it");
    command
        ->add_option("--accept", options->accept,
                     "What is accepted of the undecided findings: high, medium, low, all, or a rule's id "
                     "(comma-separated)")
        ->delimiter(',');
    command->add_option("--value-file", options->valueFile,
                        "File with values to redact everywhere, one a line");
    command->add_option("--range", options->ranges,
                        "MEMBER:OFFSET:LENGTH to redact (may be given more than once)");
    command
        ->add_option("--sensitive-files", options->sensitiveFiles,
                     "What is done with files known to be sensitive (/etc/shadow, keys, histories, logs …): "
                     "content (emptied, same size), remove (taken out of the archive or directory), keep; "
                     "without it, what was decided of each")
        ->check(CLI::IsMember({"content", "remove", "keep"}));
    command->add_option(
        "--file", options->files,
        "GLOB=content, GLOB=remove or GLOB=keep: the same for files by their paths, as members "
        "or as a program knows them; the last one that fits counts (may be given more than once)");
    command->add_option("--replace", options->replacement, "shape (default), zero, fill:x or fill:0x41");
    command->add_option(
        "--profile", options->profile,
        "What is changed beside what is accepted: restorable (nothing; default), bug-report "
        "(memory, registers, "
        "stream and file contents emptied; paths, names, addresses and owners replaced by "
        "pseudonyms), keep-pointers, "
        "no-memory; then ,+CLASS or ,-CLASS to widen or narrow it, and ,+ or ,- pid=N, member=GLOB, "
        "field=MESSAGE.FIELD for exceptions (the last one that means a byte counts)");
    command->add_option(
        "--map", options->mapFile,
        "Private file with the pseudonyms and what they stand for; used again, it gives the same "
        "pseudonyms. Never part of the export");
    command->add_flag("--despite-problems", options->despiteProblems, "Export although parts cannot be read");
    command->add_flag("--json", options->json, "Print the proof as JSON");
    options->manifest.addTo(*command);
    options->scan.addTo(*command);
    command->callback(
        [options, &action] { action = [options](Context &context) { return redact(context, *options); }; });
}

} // namespace cryoscope::cli
