// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace cryoscope
{

/// The numbers are stored in case files: append only.
enum class Decision { Undecided = 0, Accepted = 1, Rejected = 2 };
enum class Reason { None = 0, NotASecret = 1, TestData = 2, Public = 3, NeededForDebugging = 4, Other = 5 };

[[nodiscard]] std::string decisionName(Decision decision); ///< "undecided", "accepted", "rejected"
[[nodiscard]] std::string reasonName(Reason reason);       ///< "not a secret" …; empty for None

} // namespace cryoscope
