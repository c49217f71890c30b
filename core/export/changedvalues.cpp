// SPDX-License-Identifier: Apache-2.0
#include "core/export/changedvalues.h"

#include "core/memory/run.h"

#include <algorithm>
#include <set>

namespace cryoscope
{

namespace
{

/// The changed parts of a run, as offsets in it, ascending and joined.
std::vector<ByteRange> changedIn(std::span<const Extent> extents,
                                 const std::map<MemberId, std::vector<ByteRange>> &changed)
{
    std::vector<ByteRange> out;
    uint64_t at = 0; // in the run
    for (const Extent &extent : extents) {
        const auto found = changed.find(extent.member);
        if (found != changed.end()) {
            const auto &ranges = found->second;
            auto next = std::partition_point(ranges.begin(), ranges.end(), [&](const ByteRange &range) {
                return range.end() <= extent.offset;
            });
            for (; next != ranges.end() && next->offset < extent.end(); ++next) {
                const ByteRange common = next->intersected(extent.range());
                const ByteRange inRun{at + (common.offset - extent.offset), common.length};
                if (!out.empty() && inRun.offset - out.back().end() <= ChangedValues::joinedGap)
                    out.back().length = inRun.end() - out.back().offset;
                else
                    out.push_back(inRun);
            }
        }
        at += extent.length;
    }
    return out;
}

} // namespace

Result<ChangedValues> changedValues(const Memory &evidence,
                                    const std::map<MemberId, std::vector<ByteRange>> &changed)
{
    ChangedValues out;
    std::set<std::string> values;
    for (const Run &run : allRuns(evidence)) {
        const auto extents = runExtents(evidence, run, 0, run.length);
        if (!extents)
            return extents.error();
        for (const ByteRange &range : changedIn(*extents, changed)) {
            if (range.length < ChangedValues::minLength) {
                ++out.tooShort;
                continue;
            }
            if (range.length > ChangedValues::maxLength) {
                ++out.tooLong;
                continue;
            }
            std::string value(range.length, '\0');
            if (auto done = readRun(evidence, run, range.offset,
                                    std::as_writable_bytes(std::span(value.data(), value.size())));
                !done)
                return done.error();
            values.insert(std::move(value));
        }
    }
    out.values.assign(values.begin(), values.end());
    return out;
}

} // namespace cryoscope
