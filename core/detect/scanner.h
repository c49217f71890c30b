// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/detect/finding.h"
#include "core/detect/ruleset.h"
#include "core/detect/suppressions.h"
#include "core/memory/memory.h"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

namespace cryoscope
{

struct ScanOptions {
    unsigned jobs = 0;               ///< worker threads; 0: as many as cores
    uint64_t unitBytes = 256u << 10; ///< bytes per unit of work (tests make it small to hit the borders)
    Confidence minimum = Confidence::Low;
    std::shared_ptr<const Suppressions> suppressions; ///< what the user does not want to see; may be null
};

/// What was looked at: the report's coverage.
struct ScanSummary {
    uint64_t memoryBytes = 0; ///< bytes of task memory and shared objects scanned
    uint64_t memberBytes = 0; ///< bytes of other members scanned
    uint64_t findings = 0;
    std::map<std::string, uint64_t> suppressed; ///< findings left out, by reason
    std::vector<Problem> unread;                ///< what could not be read
    std::vector<Problem> unsearched;            ///< what was not looked at because a bound was met
};

/// Looks for secrets in everything a checkpoint holds.
class Scanner
{
public:
    Scanner(std::shared_ptr<const Memory> memory, std::shared_ptr<const RuleSet> rules);
    ~Scanner();

    /// Called with batches of findings as they are confirmed, from worker threads, one call at a time.
    using Sink = std::function<void(std::vector<Finding> &&batch)>;

    /// Scans all runs (core/memory/run.h): each distinct byte range is reported once per rule, wherever
    /// several tasks see it. Blocks until done; `progress` counts bytes. Errors: Cancelled (what was found so
    /// far has gone to `sink`), Internal (Vectorscan cannot be set up). May be called again.
    Result<ScanSummary> run(const ScanOptions &options, const Sink &sink, Progress *progress = nullptr,
                            std::stop_token stop = {});

private:
    /// Members that a user's rules name by path alone.
    [[nodiscard]] std::vector<Finding> filesByPath() const;

    std::shared_ptr<const Memory> m_memory;
    std::shared_ptr<const RuleSet> m_rules;
};

} // namespace cryoscope
