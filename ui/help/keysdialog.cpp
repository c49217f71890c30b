// SPDX-License-Identifier: Apache-2.0
#include "ui/help/keysdialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QMenu>
#include <QMenuBar>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace cryoscope::ui
{

KeysDialog::KeysDialog(const QMenuBar *menus, QWidget *parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("keysDialog"));
    setWindowTitle(tr("Keys"));
    resize(460, 560);
    auto *layout = new QVBoxLayout(this);
    auto *text = new QTextBrowser(this);
    QString html = QStringLiteral("<table cellpadding='3'>");
    for (const QAction *menu : menus->actions()) {
        html += QStringLiteral("<tr><td colspan='2'><b>%1</b></td></tr>")
                    .arg(QString(menu->text()).remove(QLatin1Char('&')).toHtmlEscaped());
        for (const QAction *entry : menu->menu()->actions()) {
            if (!entry->shortcut().isEmpty())
                html += QStringLiteral("<tr><td><code>%1</code></td><td>%2</td></tr>")
                            .arg(entry->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                                 QString(entry->text()).remove(QLatin1Char('&')).toHtmlEscaped());
        }
    }
    text->setHtml(html + QStringLiteral("</table>"));
    layout->addWidget(text);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
}

} // namespace cryoscope::ui
