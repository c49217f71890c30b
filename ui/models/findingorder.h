// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "ui/review/findingtable.h"

#include <QStringList>

#include <memory>
#include <optional>
#include <stop_token>

namespace cryoscope::ui
{

/// "1042 [heap]" or "config.dump": where a finding was seen.
[[nodiscard]] QString placeText(const Memory &memory, const Finding &finding);

/// The place of each finding of a table as text; each text once.
struct FindingPlaces {
    std::vector<uint32_t> number; ///< of the text, by position in the table
    std::vector<QString> texts;

    FindingPlaces(const Memory &memory, const FindingTable &table);
};

/// What a list of findings shows, and in which order.
struct FindingQuery {
    enum class By { Place, State, Confidence, Kind, Copies }; ///< Place: the case's order

    QStringList words; ///< all must stand in the kind, label, rule, place, state or confidence
    std::optional<Decision> only;
    By by = By::Place;
    bool descending = false;

    /// Whether it is all findings in the case's order.
    [[nodiscard]] bool isPlain() const { return !isFiltered() && by == By::Place && !descending; }
    [[nodiscard]] bool isFiltered() const { return !words.isEmpty() || only.has_value(); }
};

/// The answer to a query. Immutable.
class FindingOrder
{
public:
    FindingOrder() = default;
    /// `decisions`: as they are now. `places` is made if it is needed and not that of all rows. Null if
    /// stopped.
    static std::shared_ptr<const FindingOrder> make(const Memory &memory, const FindingTable &table,
                                                    const std::vector<Decision> &decisions,
                                                    const FindingQuery &query,
                                                    std::shared_ptr<const FindingPlaces> &places,
                                                    const std::stop_token &stop = {});

    [[nodiscard]] size_t size() const { return m_rows.size(); }
    /// Position in the table of a row.
    [[nodiscard]] size_t positionAt(size_t row) const { return m_rows[row]; }
    /// None if the finding at `position` is not in it.
    [[nodiscard]] std::optional<size_t> rowOf(size_t position) const;

private:
    std::vector<uint32_t> m_rows;
    std::vector<uint32_t> m_rowOf; ///< by position; `hidden` for those that are in no row
};

} // namespace cryoscope::ui
