// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/windowdetector.h"
#include "core/detect/windowmatcher.h"

namespace cryoscope
{

/// What rules describe: text around anchors (WindowMatcher).
class RuleDetector : public WindowDetector
{
public:
    explicit RuleDetector(std::shared_ptr<const WindowMatcher> matcher) : m_matcher(std::move(matcher)) {}

    [[nodiscard]] Result<std::unique_ptr<Scratch>> makeScratch() const override;
    void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) override;

private:
    struct MatcherScratch : Scratch {
        WindowMatcher::Scratch matcher;
    };
    std::shared_ptr<const WindowMatcher> m_matcher;
};

} // namespace cryoscope
