// SPDX-License-Identifier: Apache-2.0
// The built-in rules on any bytes, and each confirm function at any position.
#include "core/detect/windowmatcher.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

namespace
{

struct Matcher {
    std::shared_ptr<const RuleSet> rules;
    std::shared_ptr<const WindowMatcher> matcher;
    WindowMatcher::Scratch scratch;

    Matcher()
    {
        rules = *RuleSet::builtIn();
        matcher = *WindowMatcher::make(rules);
        scratch = matcher->makeScratch().value();
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Matcher with;
    if (size < 4)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 4, size - 4);
    const size_t first = data[0] * bytes.size() / 256;
    const size_t last = first + data[1] * (bytes.size() - first) / 256;
    const WindowMatcher::Place place{first, last, (data[2] & 1) != 0, {}};
    uint64_t end = 0;
    for (const auto &match : with.matcher->search(bytes, place, with.scratch)) {
        require(!match.rule.empty() && match.text.begin >= first && match.text.begin < last &&
                    match.text.begin < match.text.end && match.text.end <= bytes.size(),
                "matches begin in what the window owns and lie within the bytes");
        require(match.text.begin >= end, "matches ascend");
        end = match.text.begin;
        const auto value = bytes.substr(match.text.begin, match.text.end - match.text.begin);
        require(value.size() < 8 || match.text.why.find(value) == std::string::npos, "reasons hold no value");
    }
    // Any text, any position, whatever stands there.
    const auto &rules = with.rules->rules();
    const Rule &rule = rules[data[3] % rules.size()];
    const std::string anchor = rule.anchors.empty() ? "xyz" : rule.anchors.front();
    for (const size_t at : {first, last, size_t{0}, bytes.size()}) {
        std::vector<TextMatch> out;
        rule.confirm->function(rule, bytes, at, anchor, out);
        for (const TextMatch &match : out)
            require(match.begin <= match.end && match.end <= bytes.size(), "matches lie within the text");
    }
    return 0;
}
