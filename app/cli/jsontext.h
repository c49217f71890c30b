// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <nlohmann/json.hpp>

#include <string>

namespace cryoscope::cli
{

// The JSON of go-criu's `crit x DIR ps|fds|mems|rss|sk`: its names and nesting, four spaces, & < > escaped,
// newline at the end. The order is that of the images (go-criu's changes from run to run). Where go-criu is
// wrong, what the image says: each file mapping has its path (go-criu leaves it out where the offset is 0),
// IPv6 addresses are whole, packet sockets have their type and netlink sockets their protocol (go-criu looks
// both up as something else), page counts of CRIU before 4.2 are there, and a zombie ends nothing.
[[nodiscard]] std::string psJson(const Checkpoint &checkpoint);
[[nodiscard]] std::string fdsJson(const Checkpoint &checkpoint);
[[nodiscard]] std::string memsJson(const Checkpoint &checkpoint);
[[nodiscard]] std::string rssJson(const Memory &memory);
[[nodiscard]] std::string skJson(const Checkpoint &checkpoint);

/// JSON as Go's encoder writes it, with a newline at the end. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string goText(const nlohmann::ordered_json &json);

} // namespace cryoscope::cli
