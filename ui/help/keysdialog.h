// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>

class QMenuBar;

namespace cryoscope::ui
{

/// All keys, by menu.
class KeysDialog : public QDialog
{
    Q_OBJECT
public:
    explicit KeysDialog(const QMenuBar *menus, QWidget *parent = nullptr);
};

} // namespace cryoscope::ui
