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
    /// `memory` must outlive it; `needsPath`: rules ask where bytes stand.
    RuleDetector(std::shared_ptr<const WindowMatcher> matcher, const Memory &memory, bool needsPath)
        : m_matcher(std::move(matcher)), m_memory(memory), m_needsPath(needsPath)
    {
    }

    [[nodiscard]] Result<std::unique_ptr<Scratch>> makeScratch() const override;
    void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) override;
    [[nodiscard]] bool isPure() const override { return !m_needsPath; }

private:
    struct MatcherScratch : Scratch {
        WindowMatcher::Scratch matcher;
    };
    /// Of the member or mapped file that holds what the window owns; empty if there is none.
    [[nodiscard]] std::string pathOf(const RunWindow &window) const;

    std::shared_ptr<const WindowMatcher> m_matcher;
    const Memory &m_memory;
    bool m_needsPath;
};

} // namespace cryoscope
