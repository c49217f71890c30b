// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"
#include "ui/review/search.h"

#include <QAbstractTableModel>

namespace cryoscope::ui
{

/// The hits of a search, where each is seen and where it is stored.
class HitsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Place, Address, Stored, Form, Length, ColumnCount };

    HitsModel(const ReviewSession &session, const Search &search, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const ReviewSession &m_session;
    const Search &m_search;
    int m_rows = 0;
};

} // namespace cryoscope::ui
