// SPDX-License-Identifier: Apache-2.0
// A user's rules.
#include "core/base/hash.h"
#include "core/detect/windowmatcher.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto rules = RuleSet::parse({reinterpret_cast<const char *>(data), size}, "rules.toml");
    if (!rules) {
        require(rules.error().file == "rules.toml", "errors name the file");
        return 0;
    }
    for (const Rule &rule : *rules) {
        require(!rule.id.empty() && rule.confirm != nullptr, "rules are whole");
        const std::string text =
            "x=" + (rule.anchors.empty() ? std::string() : rule.anchors.front()) + "0123456789abcdef";
        std::vector<TextMatch> out;
        rule.confirm->function(rule, text, 2,
                               rule.anchors.empty() ? std::string_view() : rule.anchors.front(), out);
        for (const TextMatch &match : out)
            require(match.begin < match.end && match.end <= text.size(), "matches lie within the text");
    }
    return 0;
}
