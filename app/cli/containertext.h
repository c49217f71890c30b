// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/containerinfo.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cryoscope::cli
{

/// What `info` tells of a container: title and text, those that say something. Of variables only the names.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> containerLines(const ContainerInfo &container);
[[nodiscard]] nlohmann::ordered_json containerJson(const ContainerInfo &container);

} // namespace cryoscope::cli
