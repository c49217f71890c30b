// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "core/redact/plan.h"

#include <memory>
#include <set>
#include <stop_token>

namespace cryoscope
{

/// The evidence without the members that a plan takes out, opened anew: what an export is, but for patches
/// of the same length. Nothing is written; compressed archives within that lose members are encoded anew, in
/// memory. What is left of the plan is told in terms of it.
class Reduction
{
public:
    /// Errors: Unsupported, naming a member that cannot be taken out or whose size cannot be rewritten; those
    /// of reading; Cancelled.
    static Result<Reduction> make(const Memory &evidence, const RedactionPlan &plan,
                                  std::stop_token stop = {});

    [[nodiscard]] const std::shared_ptr<const Memory> &memory() const { return m_memory; }
    /// The patches that are left.
    [[nodiscard]] const RedactionPlan &plan() const { return m_plan; }

private:
    Reduction() = default;

    std::shared_ptr<const Memory> m_memory;
    RedactionPlan m_plan;
};

} // namespace cryoscope
