// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexview.h"

#include <QTableWidget>

namespace cryoscope::ui
{

/// What the bytes at the cursor are as numbers, times and addresses, in both byte orders.
class Inspector : public QTableWidget
{
    Q_OBJECT
public:
    explicit Inspector(QWidget *parent = nullptr);

    /// Shows the bytes at the view's cursor.
    void follow(HexView *view);

private:
    void show(const HexView &view);
};

} // namespace cryoscope::ui
