// SPDX-License-Identifier: Apache-2.0
#include "core/detect/windowdetector.h"

namespace cryoscope
{

Result<std::unique_ptr<WindowDetector::Scratch>> WindowDetector::makeScratch() const
{
    return std::make_unique<Scratch>();
}

std::vector<Finding> WindowDetector::finish(const Memory &, size_t)
{
    return {};
}

std::optional<Finding> findingOf(const Memory &memory, const Run &run, uint64_t windowStart,
                                 Detection &&detection)
{
    const uint64_t offset = windowStart + detection.begin;
    auto parts = runExtents(memory, run, offset, detection.end - detection.begin);
    if (!parts)
        return std::nullopt;
    Finding finding;
    finding.rule = std::move(detection.rule);
    finding.kind = std::move(detection.kind);
    finding.confidence = detection.confidence;
    finding.encoding = detection.encoding;
    finding.parts = std::move(*parts);
    finding.why = std::move(detection.why);
    finding.label = std::move(detection.label);
    if (run.kind == Run::Kind::TaskMemory) {
        finding.pid = run.pid;
        finding.address = run.start + offset;
    }
    return finding;
}

} // namespace cryoscope
