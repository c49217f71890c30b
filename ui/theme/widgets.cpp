// SPDX-License-Identifier: Apache-2.0
#include "ui/theme/widgets.h"

#include <QHeaderView>
#include <QProgressBar>
#include <QTableView>

#include <algorithm>

namespace cryoscope::ui
{

void styleTable(QTableView *table, int padding)
{
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setWordWrap(false);
    table->setFrameShape(QFrame::NoFrame);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed); // no row is measured
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + padding);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
}

void showProgress(QProgressBar *bar, quint64 done, quint64 total)
{
    constexpr int steps = 1000; // QProgressBar counts in int
    bar->setRange(0, total == 0 ? 0 : steps);
    if (total > 0)
        bar->setValue(
            static_cast<int>(std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) * steps));
}

} // namespace cryoscope::ui
