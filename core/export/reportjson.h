// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"

#include <nlohmann/json.hpp>

#include <string>

namespace cryoscope
{

/// Where a finding stands: an array of member, offset, length.
[[nodiscard]] nlohmann::ordered_json partsJson(const Finding &finding);
/// Indented, with an end of line.
[[nodiscard]] std::string dumpJson(const nlohmann::ordered_json &json);

} // namespace cryoscope
