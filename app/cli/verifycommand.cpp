// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/prooftext.h"

#include "core/base/wipe.h"
#include "core/export/manifestfiles.h"
#include "core/export/report.h"
#include "core/export/verifier.h"
#include "core/redact/exportsettings.h"
#include "core/review/copies.h"

#include <iostream>

namespace cryoscope::cli
{

namespace
{

struct VerifyOptions {
    std::string output;
    std::string evidence;
    std::string casePath;
    std::string manifest;
    std::string signer;
    bool json = false;
};

/// Holds an export against its evidence, and against what its case says was planned (if there is one).
Result<Proof> prove(Context &context, const Memory &memory, const Case *review, const std::string &output)
{
    VerifyInput input;
    input.evidence = &memory;
    std::optional<RedactionPlan> plan;
    if (review != nullptr) {
        const auto findings = review->findings();
        if (!findings)
            return findings.error();
        const auto settings = ExportSettings::of(*review);
        if (!settings)
            return settings.error();
        auto made = RedactionPlan::make(memory, *findings, *settings, context.progress(), context.stop());
        if (!made)
            return made.error();
        plan = std::move(*made);
        auto values = acceptedValues(memory.checkpoint().archive(), *findings);
        if (!values)
            return values.error();
        input.values = std::move(*values);
        input.plan = &*plan;
    }
    auto proof = verifyExport(output, input, context.progress(), context.stop());
    wipe(input.values);
    return proof;
}

/// What the evidence proves.
Result<Proof> verifyAgainst(Context &context, const VerifyOptions &options)
{
    const auto memory = context.open(options.evidence);
    if (!memory)
        return memory.error();
    std::unique_ptr<Case> review;
    if (!options.casePath.empty()) {
        auto opened = Case::open(options.casePath, memory->get());
        if (!opened)
            return opened.error();
        review = std::move(*opened);
    }
    return prove(context, **memory, review.get(), options.output);
}

int verify(Context &context, const VerifyOptions &options)
{
    if (options.evidence.empty() && options.manifest.empty())
        return context.fail(
            {ErrorCode::Usage, "--against or --manifest must say what it is held against", {}, {}});
    Proof proof;
    if (!options.evidence.empty()) {
        auto made = verifyAgainst(context, options);
        if (!made)
            return context.fail(made.error());
        proof = std::move(*made);
    }
    if (!options.manifest.empty()) {
        auto items =
            checkByManifest(options.output, options.manifest, options.signer,
                            options.evidence.empty() ? nullptr : &proof, context.progress(), context.stop());
        if (!items)
            return context.fail(items.error());
        proof.items.insert(proof.items.end(), items->begin(), items->end());
    }
    if (options.json)
        std::cout << jsonText(proofJson(proof)) << "\n";
    else
        printProof(proof);
    if (!proof.passed())
        return Failed;
    return context.finish();
}

struct ReportOptions {
    std::string casePath;
    std::string output;
    std::string format = "markdown";
};

int report(Context &context, const ReportOptions &options)
{
    const auto format = parseReportFormat(options.format);
    if (!format)
        return context.fail(format.error());
    const auto review = Case::open(options.casePath);
    if (!review)
        return context.fail(review.error());
    // With the evidence at hand the report has pictures, and names members and problems.
    std::shared_ptr<const Memory> memory;
    if (const auto checkpoint =
            Checkpoint::open((*review)->checkpointPath(), context.openOptions(), nullptr, context.stop())) {
        if (auto loaded = Memory::load(*checkpoint, nullptr, context.stop()))
            memory = *loaded;
    }
    std::optional<Proof> proof;
    if (!options.output.empty()) {
        if (!memory)
            return context.fail({ErrorCode::InputUnreadable,
                                 "is not at hand, so that nothing can be proven of the export",
                                 (*review)->checkpointPath(), std::nullopt});
        auto made = prove(context, *memory, review->get(), options.output);
        if (!made)
            return context.fail(made.error());
        proof = std::move(*made);
    }
    const auto text = makeReport(**review, memory.get(), proof ? &*proof : nullptr, *format);
    if (!text)
        return context.fail(text.error());
    (void)context.finish(); // the report itself tells of problems
    std::cout << *text;
    return proof && !proof->passed() ? Failed : static_cast<int>(Done);
}

} // namespace

void addVerifyCommands(CLI::App &app, Action &action)
{
    auto *verifyCommand = app.add_subcommand("verify", "Prove an export again, by itself");
    auto options = std::make_shared<VerifyOptions>();
    verifyCommand->add_option("OUT", options->output, "The export")->required();
    auto *against =
        verifyCommand->add_option("--against", options->evidence, "The checkpoint that it was made from");
    verifyCommand
        ->add_option(
            "--case", options->casePath,
            "Case file; without it each difference is taken as a redaction and what stood there as a "
            "value that must be gone")
        ->needs(against);
    auto *manifest = verifyCommand->add_option(
        "--manifest", options->manifest,
        "The manifest that came with it; without --against this alone is checked, which needs no evidence");
    verifyCommand
        ->add_option("--signer", options->signer,
                     "Public Ed25519 key (PEM) of who must have signed the manifest, in FILE.sig")
        ->needs(manifest);
    verifyCommand->add_flag("--json", options->json, "Print JSON");
    verifyCommand->callback(
        [options, &action] { action = [options](Context &context) { return verify(context, *options); }; });

    auto *reportCommand = app.add_subcommand("report", "Report of a case, free of values");
    auto reported = std::make_shared<ReportOptions>();
    reportCommand->add_option("CASE", reported->casePath, "Case file")->required();
    reportCommand->add_option(
        "--export", reported->output,
        "The export that was made with it, which is proven again: the report then has the "
        "proof, and the hashes before and after");
    reportCommand->add_option("--format", reported->format, "markdown, html, json or sarif")
        ->check(CLI::IsMember({"markdown", "html", "json", "sarif"}));
    reportCommand->callback([reported, &action] {
        action = [reported](Context &context) { return report(context, *reported); };
    });
}

} // namespace cryoscope::cli
