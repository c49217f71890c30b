// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include "core/memory/completeness.h"

#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

/// "stops: pages-1.img: is not there".
inline std::string restoreFindingLine(const RestoreFinding &finding)
{
    return std::string(restoreSeverityName(finding.severity)) + ": " + printable(finding.describe());
}

/// [{severity, member, offset?, field?, reason}].
inline nlohmann::ordered_json restoreFindingsJson(const std::vector<RestoreFinding> &findings)
{
    auto list = nlohmann::ordered_json::array();
    for (const RestoreFinding &finding : findings) {
        nlohmann::ordered_json entry{{"severity", restoreSeverityName(finding.severity)},
                                     {"member", finding.member}};
        if (finding.offset)
            entry["offset"] = *finding.offset;
        if (!finding.field.empty())
            entry["field"] = finding.field;
        entry["reason"] = finding.reason;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace cryoscope::cli
