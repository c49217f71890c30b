// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include "core/detect/scanner.h"
#include "core/review/case.h"

#include <CLI/CLI.hpp>

namespace cryoscope::cli
{

/// Options of a scan, shared by commands that make one.
struct ScanSettings {
    std::vector<std::string> rules;
    unsigned jobs = 0;

    void addTo(CLI::App &command)
    {
        command.add_option("--rules", rules, "TOML file with more rules (may be given more than once)");
        command.add_option("--jobs", jobs, "Threads; 0: as many as cores");
    }
};

/// Scans and puts the findings into the case.
inline Result<ScanSummary> scanInto(Context &context, const std::shared_ptr<const Memory> &memory,
                                    Case &review, const ScanSettings &settings)
{
    const auto rules = RuleSet::withFiles(settings.rules);
    if (!rules)
        return rules.error();
    std::vector<Finding> found;
    ScanOptions options;
    options.jobs = settings.jobs;
    auto summary = Scanner(memory, *rules)
                       .run(
                           options,
                           [&](std::vector<Finding> &&batch) {
                               found.insert(found.end(), std::make_move_iterator(batch.begin()),
                                            std::make_move_iterator(batch.end()));
                           },
                           context.progress(), context.stop());
    if (!summary)
        return summary;
    if (auto done = review.replaceScan(*memory, found, (*rules)->version()); !done)
        return done.error();
    return summary;
}

} // namespace cryoscope::cli
