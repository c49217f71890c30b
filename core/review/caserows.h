// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/review/decision.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace cryoscope
{

using FindingId = int64_t; ///< stable within a case; 0 is no finding

/// Where a finding of the case came from. The number is stored: append only.
enum class Origin { Scan = 0, Manual = 1, Copy = 2, ValueFile = 3 };

/// Where a finding of a case stands, and how many others hold the same value: what the order of all follows
/// from.
struct CasePlace {
    FindingId id = 0;
    uint32_t pid = 0; ///< 0: in no task
    uint64_t address = 0;
    Extent first;        ///< nothing if it has no parts
    uint64_t copies = 0; ///< other findings of the case with the same fingerprint
};

/// All findings of a case in the order of their first places (tasks, address; then members, offset).
using CasePlaces = std::vector<CasePlace>;

/// A finding as it is read from a case: nothing is copied, so nothing of it may be kept.
struct CaseRow {
    FindingId id = 0;
    Origin origin = Origin::Scan;
    std::string_view rule;
    std::string_view kind;
    Confidence confidence = Confidence::Medium;
    Encoding encoding = Encoding::Raw;
    std::string_view why;
    std::string_view label;
    uint32_t pid = 0;
    uint64_t address = 0;
    std::span<const Extent> parts;
    std::string_view fingerprint;
    Decision decision = Decision::Undecided;
    Reason reason = Reason::None;
    std::string_view comment;
    bool stale = false;
    std::string_view reviewer;
    std::string_view decided;
};

/// Is given a row and its position among all.
using CaseRowVisit = std::function<void(size_t position, const CaseRow &row)>;

} // namespace cryoscope
