// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGlobal>

class QProgressBar;
class QTableView;

/// What widgets of the window have in common.
namespace cryoscope::ui
{

/// A table of rows: no grid, striped, rows of one height with `padding` pixels around their text, many may be
/// chosen.
void styleTable(QTableView *table, int padding);

/// Bytes done of bytes in all; `total` 0: not known, the bar only moves.
void showProgress(QProgressBar *bar, quint64 done, quint64 total);

} // namespace cryoscope::ui
