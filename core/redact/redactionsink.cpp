// SPDX-License-Identifier: Apache-2.0
#include "core/redact/redactionsink.h"

#include "core/base/hash.h"

#include <cassert>

namespace cryoscope
{

namespace
{

constexpr size_t shortestName = 3; // shorter ones stand in any text by chance

} // namespace

void RedactionSink::replace(DataClass dataClass, MemberId member, uint64_t offset, std::string_view before,
                            std::string_view after)
{
    assert(before.size() == after.size());
    if (before == after || !wants(dataClass))
        return;
    const Extent canonical = m_archive.canonical({member, offset, after.size()});
    m_patches.add(canonical.member, canonical.offset, asBytes(after));
    ClassSummary &summary = m_summary[dataClass];
    summary.changedBytes += after.size();
    ++summary.places;
}

void RedactionSink::zero(DataClass dataClass, MemberId member, ByteRange range)
{
    if (range.empty() || !wants(dataClass))
        return;
    const Extent canonical = m_archive.canonical({member, range.offset, range.length});
    m_patches.add(canonical.member, Patch{canonical.offset, {}, canonical.length});
    ClassSummary &summary = m_summary[dataClass];
    summary.changedBytes += range.length;
    ++summary.places;
}

void RedactionSink::remember(std::string_view original)
{
    while (!original.empty()) {
        const size_t slash = std::min(original.find('/'), original.size());
        if (slash >= shortestName)
            m_known.emplace(original.substr(0, slash));
        original.remove_prefix(std::min(slash + 1, original.size()));
    }
}

} // namespace cryoscope
