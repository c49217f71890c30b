// SPDX-License-Identifier: Apache-2.0
#include "ui/views/mainbar.h"

#include "ui/review/reviewsession.h"
#include "ui/views/actions.h"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QToolButton>

namespace cryoscope::ui
{

MainBar::MainBar(const Actions &actions, QWidget *parent)
    : QToolBar(tr("Main"), parent), m_goTo(new QLineEdit(this)), m_reviewText(new QLabel(this)),
      m_reviewBar(new QProgressBar(this))
{
    setObjectName(QStringLiteral("mainBar"));
    setMovable(false);
    setIconSize({18, 18});
    setToolButtonStyle(Qt::ToolButtonIconOnly);
    actions.addTo(this, {"back", "forward"});
    m_goTo->setObjectName(QStringLiteral("goToEdit"));
    m_goTo->setAccessibleName(tr("Go to address, pid or member"));
    m_goTo->setPlaceholderText(tr("Go to address, pid, image…  (G)"));
    m_goTo->setMaximumWidth(340);
    connect(m_goTo, &QLineEdit::returnPressed, this, [this] { Q_EMIT goToAsked(m_goTo->text().trimmed()); });
    addWidget(m_goTo);
    actions.addTo(this, {"", "scan", ""});
    m_reviewText->setObjectName(QStringLiteral("reviewText"));
    m_reviewText->setContentsMargins(6, 0, 6, 0);
    m_reviewText->setMinimumWidth(
        fontMetrics().horizontalAdvance(tr("Loading %1/%2").arg(999999).arg(999999)) + 12);
    addWidget(m_reviewText);
    m_reviewBar->setObjectName(QStringLiteral("reviewBar"));
    m_reviewBar->setAccessibleName(tr("Findings decided"));
    m_reviewBar->setTextVisible(false);
    m_reviewBar->setFixedSize(120, 12);
    addWidget(m_reviewBar);
    auto *space = new QWidget(this);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    addWidget(space);
    actions.addTo(this, {"undo", "redo", "", "mask", "preview", "", "export"});
    // The words of what is used most; the others say theirs when pointed at.
    for (const char *name : {"scan", "preview", "export"}) {
        if (auto *button =
                qobject_cast<QToolButton *>(widgetForAction(actions.at(QString::fromLatin1(name)))))
            button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    }
}

void MainBar::focusGoTo()
{
    m_goTo->setFocus(Qt::ShortcutFocusReason);
    m_goTo->selectAll();
}

void MainBar::showReview(const ReviewSession &session)
{
    const size_t there = session.findings().size();
    const size_t all = session.findings().total();
    const size_t decided = session.decided();
    if (!session.isOpen())
        m_reviewText->setText({});
    else if (session.isLoading() && all > 0)
        m_reviewText->setText(tr("Loading %1/%2").arg(there).arg(all));
    else
        m_reviewText->setText(tr("Review %1/%2").arg(decided).arg(all));
    m_reviewBar->setEnabled(all > 0);
    m_reviewBar->setRange(0, static_cast<int>(std::max<size_t>(all, 1)));
    m_reviewBar->setValue(static_cast<int>(session.isLoading() ? there : decided));
}

void MainBar::showFoundSoFar(quint64 count)
{
    m_reviewText->setText(tr("%1 found so far").arg(count));
}

} // namespace cryoscope::ui
