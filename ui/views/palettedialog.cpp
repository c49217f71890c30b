// SPDX-License-Identifier: Apache-2.0
#include "ui/views/palettedialog.h"

#include "core/checkpoint/checkpoint.h"
#include "ui/views/actions.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int most = 200; // entries that are listed
enum Role { ActionRole = Qt::UserRole, PlaceRole };

} // namespace

PaletteDialog::PaletteDialog(const Checkpoint &checkpoint, const Actions &actions, QWidget *parent)
    : QDialog(parent), m_checkpoint(checkpoint), m_actions(actions), m_edit(new QLineEdit(this)),
      m_list(new QListWidget(this))
{
    setObjectName(QStringLiteral("paletteDialog"));
    setWindowTitle(tr("Go to anything"));
    resize(620, 420);
    auto *layout = new QVBoxLayout(this);
    m_edit->setObjectName(QStringLiteral("paletteEdit"));
    m_edit->setPlaceholderText(tr("Address, pid, image, member, command"));
    m_list->setObjectName(QStringLiteral("paletteList"));
    m_list->setFocusProxy(m_edit);
    layout->addWidget(m_edit);
    layout->addWidget(m_list);
    fill({});
    connect(m_edit, &QLineEdit::textChanged, this, &PaletteDialog::fill);
    connect(m_edit, &QLineEdit::returnPressed, this, &QDialog::accept);
    connect(m_list, &QListWidget::itemActivated, this, &QDialog::accept);
    // The arrows walk the list while the text keeps the focus.
    for (const auto &[key, step] : {std::pair(Qt::Key_Down, 1), std::pair(Qt::Key_Up, -1)}) {
        auto *walk = new QAction(this);
        walk->setShortcut(key);
        connect(walk, &QAction::triggered, this, [this, step = step] {
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + step, 0, m_list->count() - 1));
        });
        addAction(walk);
    }
}

void PaletteDialog::fill(const QString &filter)
{
    m_list->clear();
    const auto add = [&](const QString &title, int role, const QString &goal) {
        if (m_list->count() < most && title.contains(filter, Qt::CaseInsensitive)) {
            auto *item = new QListWidgetItem(title, m_list);
            item->setData(role, goal);
        }
    };
    if (filter.startsWith(QStringLiteral("0x")))
        add(filter, PlaceRole, filter);
    for (const Task &task : m_checkpoint.tasks())
        add(tr("process %1 %2").arg(task.pid).arg(QString::fromStdString(task.comm)), PlaceRole,
            QString::number(task.pid));
    for (const auto &[name, entry] : m_actions.all())
        add(QString(entry->text()).remove(QLatin1Char('&')) + QStringLiteral("   ") +
                entry->shortcut().toString(),
            ActionRole, name);
    for (const Member &member : m_checkpoint.archive().members()) {
        if (member.content)
            add(QString::fromStdString(member.path), PlaceRole, QString::fromStdString(member.path));
    }
    m_list->setCurrentRow(0);
}

QString PaletteDialog::chosen(int role) const
{
    const QListWidgetItem *item = m_list->currentItem();
    return item == nullptr ? QString() : item->data(role).toString();
}

QString PaletteDialog::action() const
{
    return chosen(ActionRole);
}

QString PaletteDialog::place() const
{
    return chosen(PlaceRole);
}

} // namespace cryoscope::ui
