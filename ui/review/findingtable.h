// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"

#include <QString>

#include <cstdint>
#include <span>
#include <vector>

namespace cryoscope::ui
{

/// What a list of findings sorts and filters by: one small row for each finding, each text once. Never
/// changes, so that jobs read it while the findings themselves are judged.
class FindingTable
{
public:
    struct Row {
        FindingId id = 0;
        uint64_t address = 0;
        Extent first; ///< the first part; nothing if there is none
        uint64_t copies = 0;
        uint32_t pid = 0;
        uint32_t kind = 0;  ///< number of a text
        uint32_t label = 0; ///< number of a text
        uint32_t rule = 0;  ///< number of a text
        Confidence confidence = Confidence::Medium;
    };

    /// Row i is about finding i.
    explicit FindingTable(std::span<const CaseFinding> findings);

    [[nodiscard]] size_t size() const { return m_rows.size(); }
    [[nodiscard]] const Row &operator[](size_t position) const { return m_rows[position]; }
    /// Each differs from the others.
    [[nodiscard]] const std::vector<QString> &texts() const { return m_texts; }
    /// The decisions at the time when the table was made.
    [[nodiscard]] const std::vector<Decision> &decisions() const { return m_decisions; }

private:
    std::vector<Row> m_rows;
    std::vector<QString> m_texts;
    std::vector<Decision> m_decisions;
};

} // namespace cryoscope::ui
