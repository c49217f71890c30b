// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/job.h"
#include "ui/models/findingorder.h"
#include "ui/review/reviewsession.h"
#include "ui/theme/theme.h"

#include <QAbstractTableModel>

#include <memory>
#include <optional>
#include <vector>

namespace cryoscope::ui
{

/// The findings of a session that a filter lets through, in the order that was asked for. Rows are positions
/// in the session's findings; nothing is copied. Of few findings the list is made at once, of many in a job:
/// until then the list is the one before, or empty if its findings are gone. While findings are still read,
/// they are added at the end; a list in another order, or with a filter, is made anew now and then.
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
    /// By a column; the case's order for any other.
    void sort(int column, Qt::SortOrder order) override;

    /// Words that must all stand in a row (kind, label, place, state, confidence); empty: all rows.
    void setFilter(const QString &text);
    void setStates(std::optional<Decision> only);
    [[nodiscard]] bool isFiltered() const { return m_query.isFiltered(); }
    /// Whether a list is being made.
    [[nodiscard]] bool isArranging() const { return m_taken != m_asked; }
    /// From how many findings on lists are made in a job.
    void setManyFindings(size_t count) { m_many = count; }

    /// 0 if there is no such row.
    [[nodiscard]] FindingId idAt(int row) const;
    /// Appends the ids of the rows from `first` to `last`.
    void addIds(int first, int last, std::vector<FindingId> &ids) const;
    /// Appends the positions of these rows among the session's findings.
    void addPositions(int first, int last, std::vector<PositionRange> &where) const;
    /// -1 if the filter hides it.
    [[nodiscard]] int rowOf(FindingId id) const;
    /// The next row after `row` (before it, if not `forward`), round the end; undecided ones only if asked;
    /// -1: none.
    [[nodiscard]] int step(int row, bool forward, bool undecidedOnly) const;

    /// How a finding is drawn.
    [[nodiscard]] static MarkState markState(const CaseFinding &entry)
    {
        return markState(entry.origin, entry.decision);
    }
    [[nodiscard]] static MarkState markState(Origin origin, Decision decision);

private:
    void takeFindings();
    void takeMore();
    [[nodiscard]] bool hasOutgrown() const;
    void arrange();
    void startJob();
    void take(std::shared_ptr<const FindingOrder> order, size_t listed);
    [[nodiscard]] size_t count() const;
    [[nodiscard]] size_t positionAt(size_t row) const { return m_order ? m_order->positionAt(row) : row; }

    ReviewSession &m_session;
    size_t m_many = 20'000;
    FindingTable m_table;                          ///< of the session's findings
    std::shared_ptr<const FindingPlaces> m_places; ///< null while nobody has asked for them
    FindingQuery m_query;
    std::shared_ptr<const FindingOrder> m_order; ///< null: all, in the case's order
    size_t m_listed = 0;                         ///< findings that were there when it was made
    uint64_t m_asked = 0;                        ///< number of the last list that was asked for
    uint64_t m_taken = 0;                        ///< number of the list that is there
    Job m_job;                                   ///< last: ends before what it uses goes
};

} // namespace cryoscope::ui
