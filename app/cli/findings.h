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
    std::vector<std::string> disabled;
    bool personal = false;
    bool onlyMine = false;
    unsigned jobs = 0;
    std::string minimum = "low";
    std::vector<std::string> suppress;
    std::vector<std::string> valueFiles;
    std::vector<std::string> baselines;
    std::vector<std::string> ignoreFiles;

    void addTo(CLI::App &command);
    /// Only what chooses rules.
    void addRulesTo(CLI::App &command);
    [[nodiscard]] Result<std::shared_ptr<const RuleSet>> ruleSet() const;
    /// `review` makes fingerprints; null if there is none.
    [[nodiscard]] Result<std::shared_ptr<const Suppressions>> suppressions(const Case *review) const;
};

/// Takes the decisions of baselines of other cases; what became of them is told on stderr.
Result<void> takeBaselines(const Memory &memory, Case &review, const ScanSettings &settings);

/// Scans and puts the findings into the case. What was left out is told on stderr and in the case's history.
Result<ScanSummary> scanInto(Context &context, const std::shared_ptr<const Memory> &memory, Case &review,
                             const ScanSettings &settings);

} // namespace cryoscope::cli
