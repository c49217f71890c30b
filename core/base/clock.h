// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <string>

namespace cryoscope
{

/// A time as UTC in ISO 8601 ("2025-01-31T12:00:00Z"); empty if no calendar has it.
[[nodiscard]] std::string utcText(std::time_t time);

/// Now, as utcText().
[[nodiscard]] std::string utcNow();

} // namespace cryoscope
