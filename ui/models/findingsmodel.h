// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"
#include "ui/theme/theme.h"

#include <QAbstractTableModel>

#include <optional>
#include <set>
#include <vector>

namespace cryoscope::ui
{

/// The findings of a session that a filter lets through, in the case's order. Rows are indexes into the
/// session's findings; nothing is copied.
class FindingsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { State, ConfidenceColumn, Kind, Place, Copies, ColumnCount };

    explicit FindingsModel(ReviewSession &session, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// Words that must all stand in a row (kind, label, place, state, confidence); empty: all rows.
    void setFilter(const QString &text);
    void setStates(std::optional<Decision> only);
    [[nodiscard]] bool isFiltered() const { return !m_words.isEmpty() || m_only.has_value(); }

    /// 0 if there is no such row.
    [[nodiscard]] FindingId idAt(int row) const;
    /// -1 if the filter hides it.
    [[nodiscard]] int rowOf(FindingId id) const;
    /// The next row after `row` (before it, if not `forward`), round the end; undecided ones only if asked;
    /// -1: none.
    [[nodiscard]] int step(int row, bool forward, bool undecidedOnly) const;

    /// How a finding is drawn.
    [[nodiscard]] static MarkState markState(const CaseFinding &entry);
    /// "1042 [heap]" or "config.dump".
    [[nodiscard]] static QString placeText(const Memory &memory, const CaseFinding &entry);

private:
    void fill();
    void rebuild();
    [[nodiscard]] bool accepts(const CaseFinding &entry) const;

    ReviewSession &m_session;
    std::vector<size_t> m_rows; ///< indexes into the session's findings
    QStringList m_words;
    std::optional<Decision> m_only;
};

} // namespace cryoscope::ui
