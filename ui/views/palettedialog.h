// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace cryoscope
{
class Checkpoint;
}

namespace cryoscope::ui
{

class Actions;

/// Finds anything by a few letters of its name: processes, commands, members; or an address.
class PaletteDialog : public QDialog
{
    Q_OBJECT
public:
    PaletteDialog(const Checkpoint &checkpoint, const Actions &actions, QWidget *parent = nullptr);

    /// What was chosen: the name of an action, or else empty.
    [[nodiscard]] QString action() const;
    /// What was chosen: a place as Navigator::goTo() takes it, or else empty.
    [[nodiscard]] QString place() const;

private:
    void fill(const QString &filter);
    [[nodiscard]] QString chosen(int role) const;

    const Checkpoint &m_checkpoint;
    const Actions &m_actions;
    QLineEdit *m_edit;
    QListWidget *m_list;
};

} // namespace cryoscope::ui
