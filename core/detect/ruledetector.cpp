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

std::string RuleDetector::pathOf(const RunWindow &window) const
{
    const uint64_t start = window.run->start + window.start + window.ownBegin;
    if (window.run->kind == Run::Kind::Member) {
        const Archive &archive = m_memory.checkpoint().archive();
        return archive.member(archive.innermost({window.run->member, start, 1}).member).path;
    }
    if (window.run->kind == Run::Kind::TaskMemory) {
        const auto space = m_memory.addressSpace(window.run->pid);
        const Vma *vma = space ? space->vmaAt(start) : nullptr;
        return vma != nullptr ? vma->path : std::string();
    }
    return {};
}

void RuleDetector::search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out)
{
    WindowMatcher::Place place;
    place.ownBegin = window.ownBegin;
    place.ownEnd = window.ownEnd;
    place.address = window.run->start + window.start;
    const std::string path = m_needsPath ? pathOf(window) : std::string();
    place.path = path;
    for (const auto &match :
         m_matcher->search(window.bytes, place, static_cast<MatcherScratch &>(scratch).matcher))
        out.push_back({std::string(match.rule), match.kind, match.text.begin, match.text.end,
                       match.text.confidence, match.text.encoding, match.text.why, match.text.label});
}

} // namespace cryoscope
