// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/findings.h"

#include "core/export/report.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

Json toJson(const Memory &memory, const CaseFinding &entry)
{
    const Archive &archive = memory.checkpoint().archive();
    const Finding &finding = entry.finding;
    Json json{
        {"rule", finding.rule}, {"kind", finding.kind}, {"confidence", confidenceName(finding.confidence)}};
    std::vector<Extent> parts;
    for (const Extent &part : finding.parts)
        parts.push_back(archive.innermost(part));
    json["member"] = archive.member(parts.front().member).path;
    json["offset"] = parts.front().offset;
    json["length"] = finding.length();
    if (parts.size() > 1) {
        for (const Extent &part : parts) {
            Json piece{{"offset", part.offset}, {"length", part.length}};
            if (part.member != parts.front().member)
                piece["member"] = archive.member(part.member).path;
            json["parts"].push_back(std::move(piece));
        }
    }
    json["encoding"] = encodingName(finding.encoding);
    json["fingerprint"] = entry.fingerprint;
    json["places"] = Json::array();
    for (const MemoryPlace &place : memory.places(finding.parts.front())) {
        Json shown;
        if (place.pid != 0)
            shown["pid"] = place.pid;
        if (place.sharedId != 0)
            shown["shared"] = place.sharedId;
        shown["address"] = hex(place.address);
        if (place.vma != nullptr)
            shown["vma"] = place.vma->label();
        json["places"].push_back(std::move(shown));
    }
    if (!finding.label.empty())
        json["label"] = finding.label;
    json["copies"] = entry.copies;
    if (entry.decision != Decision::Undecided)
        json["decision"] = decisionName(entry.decision);
    json["why"] = finding.why;
    return json;
}

void printText(const Memory &memory, const std::vector<CaseFinding> &findings)
{
    const Archive &archive = memory.checkpoint().archive();
    for (const CaseFinding &entry : findings) {
        const Finding &finding = entry.finding;
        const Extent inner = archive.innermost(finding.parts.front());
        std::string confidence(confidenceName(finding.confidence));
        confidence.resize(7, ' ');
        std::cout << confidence << finding.kind;
        if (!finding.label.empty())
            std::cout << " (" << printable(finding.label) << ")";
        std::cout << ", " << finding.length() << " bytes: " << printable(archive.member(inner.member).path)
                  << "+" << hex(inner.offset);
        const auto places = memory.places(finding.parts.front());
        if (!places.empty())
            std::cout << ", " << placeText(memory, places.front());
        if (places.size() > 1)
            std::cout << " and " << places.size() - 1 << " more";
        std::cout << "\n";
    }
}

} // namespace

void addScanCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand("scan", "Find suspected secrets");
    struct Options {
        std::string path;
        ScanSettings settings;
        std::string format = "text";
        std::string failOn;
    };
    auto options = std::make_shared<Options>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    options->settings.addTo(*command);
    command->add_option("--format", options->format, "text, json (a finding a line) or sarif")
        ->check(CLI::IsMember({"text", "json", "sarif"}));
    command->add_flag_callback(
        "--json", [options] { options->format = "json"; }, "The same as --format json");
    command
        ->add_option("--fail-on", options->failOn,
                     "Exit with 1 if there are findings of this confidence or higher")
        ->check(CLI::IsMember({"high", "medium", "low"}));
    command->callback([options, &action] {
        action = [options](Context &context) {
            const auto memory = context.open(options->path);
            if (!memory)
                return context.fail(memory.error());
            // A case in memory groups equal values and keys the fingerprints; nothing is stored.
            auto review = Case::create({}, **memory);
            if (!review)
                return context.fail(review.error());
            const auto summary = scanInto(context, *memory, **review, options->settings);
            if (!summary)
                return context.fail(summary.error());
            if (auto done = takeBaselines(**memory, **review, options->settings); !done)
                return context.fail(done.error());
            auto findings = (*review)->findings();
            if (!findings)
                return context.fail(findings.error());
            const auto rejected = std::erase_if(*findings, [](const CaseFinding &entry) {
                return entry.decision == Decision::Rejected; // by a baseline
            });
            if (rejected > 0)
                std::cerr << "left out: " << rejected << " (rejected in a baseline)\n";
            if (options->format == "sarif") {
                const auto report = makeReport(**review, memory->get(), nullptr, ReportFormat::Sarif);
                if (!report)
                    return context.fail(report.error());
                std::cout << *report;
            } else if (options->format == "json") {
                for (const CaseFinding &entry : *findings)
                    std::cout << toJson(**memory, entry).dump(-1, ' ', false, Json::error_handler_t::replace)
                              << "\n";
            } else {
                printText(**memory, *findings);
                std::cerr << findings->size() << " findings in " << sizeText(summary->memoryBytes)
                          << " of memory and " << sizeText(summary->memberBytes) << " of other members\n";
            }
            for (const Problem &problem : summary->unread)
                std::cerr << "problem: " << printable(problem.error.describe()) << "\n";
            if (!options->failOn.empty()) {
                const Confidence least = options->failOn == "high"     ? Confidence::High
                                         : options->failOn == "medium" ? Confidence::Medium
                                                                       : Confidence::Low;
                for (const CaseFinding &entry : *findings) {
                    if (entry.finding.confidence <= least)
                        return static_cast<int>(Failed);
                }
            }
            return summary->unread.empty() ? context.finish() : static_cast<int>(Unreadable);
        };
    });
}

} // namespace cryoscope::cli
