// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/keyfindings.h"

#include "core/detect/windowdetector.h"

namespace cryoscope
{

void KeyFindings::add(const KeyPlace &place, const What &what)
{
    Detection detection{what.rule,       what.kind,     0,        static_cast<size_t>(place.length),
                        what.confidence, what.encoding, what.why, what.label};
    if (auto finding = findingOf(m_memory, *place.run, place.offset, std::move(detection)))
        m_found.push_back(std::move(*finding));
}

std::string KeyFindings::read(const KeyPlace &place) const
{
    std::string bytes(place.length, '\0');
    const auto done = readRun(m_memory, *place.run, place.offset,
                              std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    return done ? bytes : std::string();
}

void KeyFindings::add(uint32_t pid, uint64_t address, uint64_t length, const What &what)
{
    const auto space = m_memory.addressSpace(pid);
    if (!space)
        return;
    auto parts = space->extents(address, length);
    if (!parts)
        return;
    Finding finding;
    finding.rule = what.rule;
    finding.kind = what.kind;
    finding.confidence = what.confidence;
    finding.encoding = what.encoding;
    finding.parts = std::move(*parts);
    finding.why = what.why;
    finding.label = what.label;
    finding.pid = pid;
    finding.address = address;
    m_found.push_back(std::move(finding));
}

} // namespace cryoscope
