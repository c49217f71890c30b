// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/ruleset.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope::test
{

/// A made-up value that a rule finds, and what must stand around it.
struct RuleExample {
    std::string name;   ///< of the example: the rule, and which of its forms
    std::string rule;   ///< id
    std::string before; ///< directly before the value; may be empty
    std::string value;  ///< exactly what is found
    std::string after;  ///< directly behind it; may be empty
    std::string anchor =
        {}; ///< of what data describes: the literal that the value begins with or stands behind
};

/// Text that a pattern takes: each piece at its least length, letters and digits drawn from its set.
[[nodiscard]] std::string patternExample(std::string_view pattern, uint32_t seed);

/// The checksum that GitHub and npm put at the end, over the last six characters of `body`.
[[nodiscard]] std::string withGithubChecksum(std::string body);

/// Whether an anchor names what follows and is no part of it.
[[nodiscard]] bool isNamingAnchor(std::string_view anchor);

/// An example of each form (anchor and pattern) of a rule that data describes; none for others.
[[nodiscard]] std::vector<RuleExample> dataExamples(const Rule &rule, uint32_t seed);

/// Examples of every rule that finds something in text; other seeds give other values.
[[nodiscard]] std::vector<RuleExample> ruleExamples(const RuleSet &rules, uint32_t seed);

} // namespace cryoscope::test
