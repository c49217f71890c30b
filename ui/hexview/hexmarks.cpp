// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/hexmarks.h"

#include <algorithm>
#include <tuple>

namespace cryoscope::ui
{

HexMarks::List HexMarks::make(std::vector<HexMark> marks)
{
    const auto before = [](const HexMark &a, const HexMark &b) {
        return std::tie(a.start, a.id, a.length) < std::tie(b.start, b.id, b.length);
    };
    if (!std::is_sorted(marks.begin(), marks.end(), before)) // of one file of an archive they are
        std::sort(marks.begin(), marks.end(), before);
    auto merged = std::make_shared<std::vector<HexMark>>();
    merged->reserve(marks.size());
    uint64_t reach = 0;
    for (HexMark &mark : marks) {
        if (mark.length == 0)
            continue;
        if (!merged->empty() && merged->back().id == mark.id && merged->back().end() >= mark.start)
            merged->back().length = std::max(merged->back().end(), mark.end()) - merged->back().start;
        else
            merged->push_back(mark);
        reach = std::max(reach, merged->back().end());
        merged->back().reach = reach;
    }
    return merged;
}

HexMarks::HexMarks(List list, StateOf stateOf, TextOf textOf)
    : m_list(std::move(list)), m_stateOf(std::move(stateOf)), m_textOf(std::move(textOf))
{
}

size_t HexMarks::firstReaching(uint64_t address) const
{
    if (!m_list)
        return 0;
    const auto found = std::partition_point(m_list->begin(), m_list->end(),
                                            [address](const HexMark &mark) { return mark.reach <= address; });
    return static_cast<size_t>(found - m_list->begin());
}

} // namespace cryoscope::ui
