// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/export/proof.h"
#include "core/memory/memory.h"
#include "core/redact/plan.h"

#include <memory>
#include <stop_token>
#include <string>

namespace cryoscope
{

/// Makes and proves exports. The evidence is only read. The output is written beside its final place under a
/// private temporary name (directories 0700, files 0600), verified while the disk takes it, synced, and only
/// then renamed; whatever goes wrong, and kill -9, leaves nothing under the final name. Leftovers of killed
/// exports to the same place are removed.
class Exporter
{
public:
    explicit Exporter(std::shared_ptr<const Memory> memory);

    /// Exports with `plan` to `output`, in the same form as the evidence (directory, tar, tar.gz, tar.zst …).
    /// `accepted` are the findings the plan was made of: their values are proven absent. Errors:
    /// OutputExists, OutputUnwritable, ProofFailed (naming what; the output is gone), Cancelled,
    /// InputUnreadable.
    Result<Proof> run(const RedactionPlan &plan, std::span<const CaseFinding> accepted,
                      const std::string &output, Progress *progress = nullptr, std::stop_token stop = {});

private:
    std::shared_ptr<const Memory> m_memory;
};

} // namespace cryoscope
