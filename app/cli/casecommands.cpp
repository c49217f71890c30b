// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include "core/review/baseline.h"
#include "core/review/casemerge.h"

#include <iostream>

namespace cryoscope::cli
{

namespace
{

struct OpenCase {
    std::shared_ptr<const Memory> memory;
    std::unique_ptr<Case> review;
};

/// A case with its checkpoint: the one that it names, unless `checkpoint` says where that is now.
Result<OpenCase> openCase(Context &context, const std::string &path, const std::string &checkpoint)
{
    std::string evidence = checkpoint;
    if (evidence.empty()) {
        const auto alone = Case::open(path);
        if (!alone)
            return alone.error();
        evidence = (*alone)->checkpointPath();
    }
    auto memory = context.open(evidence);
    if (!memory)
        return memory.error();
    auto review = Case::open(path, memory->get());
    if (!review)
        return review.error();
    return OpenCase{std::move(*memory), std::move(*review)};
}

int baseline(Context &context, const std::string &path, const std::string &checkpoint,
             const std::string &output)
{
    const auto opened = openCase(context, path, checkpoint);
    if (!opened)
        return context.fail(opened.error());
    const auto made = Baseline::of(*opened->review, *opened->memory);
    if (!made)
        return context.fail(made.error());
    if (auto done = made->write(output); !done)
        return context.fail(done.error());
    const size_t written = made->entries().size();
    std::cerr << written << (written == 1 ? " decision" : " decisions") << " written\n";
    return context.finish();
}

std::string decisionText(const CaseFinding &one)
{
    std::string text = decisionName(one.decision);
    if (one.reason != Reason::None)
        text += " (" + reasonName(one.reason) + ")";
    if (!one.reviewer.empty())
        text += " by " + one.reviewer;
    if (!one.decided.empty())
        text += ", " + one.decided;
    return printable(text);
}

int merge(Context &context, const std::string &path, const std::string &otherPath,
          const std::string &checkpoint, const std::string &reviewer, MergePrefer prefer)
{
    const auto opened = openCase(context, path, checkpoint);
    if (!opened)
        return context.fail(opened.error());
    const auto other = Case::open(otherPath, opened->memory.get());
    if (!other)
        return context.fail(other.error());
    if (!reviewer.empty())
        opened->review->setReviewer(reviewer);
    const auto outcome = mergeCase(*opened->review, **other, *opened->memory, prefer);
    if (!outcome)
        return context.fail(outcome.error());
    const Archive &archive = opened->memory->checkpoint().archive();
    for (const MergeConflict &conflict : outcome->conflicts) {
        const Finding &finding = conflict.mine.finding;
        const Extent first = archive.innermost(finding.parts.front());
        std::cout << "conflict: " << printable(finding.kind) << ", " << finding.length()
                  << " bytes: " << printable(archive.member(first.member).path) << "+" << hex(first.offset)
                  << ": here " << decisionText(conflict.mine) << "; there " << decisionText(conflict.theirs)
                  << "\n";
    }
    std::cout << outcome->taken << " decisions taken, " << outcome->added << " findings added, "
              << outcome->equal << " the same, " << outcome->conflicts.size() << " conflicts\n";
    if (prefer == MergePrefer::Nothing && !outcome->conflicts.empty()) {
        std::cout << "What is in conflict stays as it was here; --prefer settles it.\n";
        return Failed;
    }
    return context.finish();
}

} // namespace

void addCaseCommands(CLI::App &app, Action &action)
{
    struct Options {
        std::string path;
        std::string other;
        std::string checkpoint;
        std::string output;
        std::string reviewer;
        std::string prefer = "nothing";
    };
    const auto addCommon = [](CLI::App &command, Options &options) {
        command.add_option("CASE", options.path, "Case file")->required();
        command.add_option("--against", options.checkpoint,
                           "The checkpoint of the case, if it is not where it was when the case was made");
    };
    auto *baselineCommand = app.add_subcommand(
        "baseline",
        "Write the decisions of a case to a private file that scan and redact take by --baseline, for the "
        "next dump of the same program");
    auto options = std::make_shared<Options>();
    addCommon(*baselineCommand, *options);
    baselineCommand->add_option("-o,--output", options->output, "New file")->required();
    baselineCommand->callback([options, &action] {
        action = [options](Context &context) {
            return baseline(context, options->path, options->checkpoint, options->output);
        };
    });

    auto *mergeCommand = app.add_subcommand(
        "merge", "Take the decisions of another review of the same checkpoint into a case");
    auto both = std::make_shared<Options>();
    addCommon(*mergeCommand, *both);
    mergeCommand->add_option("OTHER", both->other, "The other case; its decisions stay as they are")
        ->required();
    mergeCommand->add_option("--reviewer", both->reviewer,
                             "Name that the case keeps with what is taken; the login name without it");
    mergeCommand
        ->add_option(
            "--prefer", both->prefer,
            "Whose decision counts where two differ: nothing (this case's stays, and the exit code is 1; "
            "default), mine, theirs, or accepted (whoever accepts)")
        ->check(CLI::IsMember({"nothing", "mine", "theirs", "accepted"}));
    mergeCommand->callback([both, &action] {
        action = [both](Context &context) {
            const MergePrefer prefer = both->prefer == "mine"       ? MergePrefer::Mine
                                       : both->prefer == "theirs"   ? MergePrefer::Theirs
                                       : both->prefer == "accepted" ? MergePrefer::Accepted
                                                                    : MergePrefer::Nothing;
            return merge(context, both->path, both->other, both->checkpoint, both->reviewer, prefer);
        };
    });
}

} // namespace cryoscope::cli
