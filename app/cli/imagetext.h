// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cryoscope::cli
{

/// What `info` says of the features of a checkpoint, and how many images of each type it has.
[[nodiscard]] nlohmann::ordered_json featuresJson(const Checkpoint &checkpoint);
/// {name: {files, bytes, records?}}; the records of pagemaps are counted for the shown set.
[[nodiscard]] nlohmann::ordered_json imagesJson(const Memory &memory);
/// Lines of a name (may be empty) and a value.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> featureLines(const Checkpoint &checkpoint);
[[nodiscard]] std::vector<std::pair<std::string, std::string>> imageLines(const Memory &memory);

} // namespace cryoscope::cli
