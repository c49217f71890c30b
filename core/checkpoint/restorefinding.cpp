// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/restorefinding.h"

#include "core/base/hextext.h"

#include <algorithm>

namespace cryoscope
{

std::string_view restoreSeverityName(RestoreSeverity severity)
{
    switch (severity) {
    case RestoreSeverity::Note:
        return "note";
    case RestoreSeverity::MayStop:
        return "may stop";
    case RestoreSeverity::Stops:
        return "stops";
    }
    return "note";
}

std::string RestoreFinding::describe() const
{
    std::string text = member;
    if (offset)
        text += " at offset " + std::to_string(*offset) + " (" + hexText(*offset) + ")";
    for (const std::string *part : {&field, &reason}) {
        if (!part->empty())
            text += (text.empty() ? "" : ": ") + *part;
    }
    return text;
}

void RestoreFindings::add(RestoreFinding finding, const std::string &kind)
{
    Count &count = m_counts[std::string(restoreSeverityName(finding.severity)) + '\n' + kind];
    if (++count.number > maxAlike)
        return;
    count.lastAt = m_list.size();
    m_list.push_back(std::move(finding));
}

void RestoreFindings::addPart(RestoreFinding finding, const std::string &group, const std::string &parts)
{
    const auto [known, isNew] = m_groups.try_emplace(group, Group{0, m_list.size(), parts});
    if (isNew)
        m_list.push_back(std::move(finding));
    ++known->second.number;
}

std::vector<RestoreFinding> RestoreFindings::take() &&
{
    for (const auto &[name, group] : m_groups) {
        if (group.number > 1)
            m_list[group.at].reason += " (" + std::to_string(group.number) + " " + group.parts + " in all)";
    }
    for (const auto &[kind, count] : m_counts) {
        if (count.number > maxAlike)
            m_list[count.lastAt].reason +=
                " (and " + std::to_string(count.number - maxAlike) + " more like it)";
    }
    std::stable_sort(m_list.begin(), m_list.end(), [](const RestoreFinding &a, const RestoreFinding &b) {
        return a.severity > b.severity;
    });
    return std::move(m_list);
}

} // namespace cryoscope
