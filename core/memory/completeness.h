// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/restorefinding.h"
#include "core/memory/memory.h"

#include <stop_token>
#include <vector>

namespace cryoscope
{

/// Whether the shown set has all that restoring it needs, as far as the set itself tells: files by path,
/// cgroups, devices and what else the host must have are not looked at.
struct Completeness {
    std::vector<RestoreFinding> findings; ///< what stops first

    /// Nothing stops it, and nothing may.
    [[nodiscard]] bool complete() const;
    /// How many findings are of `severity`.
    [[nodiscard]] size_t count(RestoreSeverity severity) const;
    /// "yes", or "no: 2 stop it, 1 may".
    [[nodiscard]] std::string answer() const;
};

/// Checks the set as it is: every image that must be there is, every id leads to what it names, lengths
/// agree, pages lie in the memory of their task, parent sets have what is left to them. Incomplete when it
/// was stopped. Reads images, no pages.
[[nodiscard]] Completeness checkCompleteness(const Memory &memory, std::stop_token stop = {});

} // namespace cryoscope
