// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace cryoscope
{

/// A file of resources/rules, built into the program.
struct EmbeddedRules {
    std::string_view name;
    std::string_view text;
};
[[nodiscard]] std::span<const EmbeddedRules> embeddedRules();

} // namespace cryoscope
