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

MemberId RedactionSink::meant(MemberId member, const Extent &canonical) const
{
    if (m_scope.isEmpty())
        return member;
    return m_headerOf != noMember ? m_headerOf : m_archive.innermost(canonical).member;
}

void RedactionSink::replace(DataClass dataClass, MemberId member, uint64_t offset, std::string_view before,
                            std::string_view after)
{
    assert(before.size() == after.size());
    if (before == after)
        return;
    const Extent canonical = m_archive.canonical({member, offset, after.size()});
    if (!wants(dataClass, meant(member, canonical)))
        return;
    m_patches.add(canonical.member, canonical.offset, asBytes(after));
    ClassSummary &summary = m_summary[dataClass];
    summary.changedBytes += after.size();
    ++summary.places;
}

void RedactionSink::zero(DataClass dataClass, MemberId member, ByteRange range)
{
    if (range.empty())
        return;
    const Extent canonical = m_archive.canonical({member, range.offset, range.length});
    const auto empty = [&](ByteRange part) {
        m_patches.add(canonical.member, Patch{part.offset, {}, part.length});
        ClassSummary &summary = m_summary[dataClass];
        summary.changedBytes += part.length;
        ++summary.places;
    };
    if (dataClass != DataClass::Memory || m_scope.isEmpty()) {
        if (wants(dataClass, meant(member, canonical)))
            empty(canonical.range());
        return;
    }
    m_scope.eachPiece(member, canonical, [&](ByteRange part, std::optional<bool> decided) {
        if (decided ? *decided : m_classes.contains(dataClass))
            empty(part);
    });
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
