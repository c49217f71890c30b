// SPDX-License-Identifier: Apache-2.0
#include "core/detect/ruledetector.h"

namespace cryoscope
{

Result<std::unique_ptr<WindowDetector::Scratch>> RuleDetector::makeScratch() const
{
    auto made = m_matcher->makeScratch();
    if (!made)
        return made.error();
    auto scratch = std::make_unique<MatcherScratch>();
    scratch->matcher = std::move(*made);
    return std::unique_ptr<Scratch>(std::move(scratch));
}

void RuleDetector::search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out)
{
    const bool oddStart = (window.run->start + window.start) % 2 != 0;
    for (const auto &match : m_matcher->search(window.bytes, window.ownBegin, window.ownEnd,
                                               static_cast<MatcherScratch &>(scratch).matcher, oddStart))
        out.push_back({match.rule->id, match.rule->kind, match.text.begin, match.text.end,
                       match.text.confidence, match.text.encoding, match.text.why, match.text.label});
}

} // namespace cryoscope
