// SPDX-License-Identifier: Apache-2.0
#include "ui/views/statusline.h"

#include "ui/theme/theme.h"
#include "ui/theme/widgets.h"

#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QStatusBar>
#include <QTimer>
#include <QToolButton>

namespace cryoscope::ui
{

namespace
{

QString sized(quint64 bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

} // namespace

StatusLine::StatusLine(QStatusBar *bar)
    : QObject(bar), m_position(new QLabel(bar)), m_note(new QLabel(bar)), m_noteTimer(new QTimer(this)),
      m_work(new QLabel(bar)), m_workBar(new QProgressBar(bar)), m_cancel(new QToolButton(bar))
{
    m_position->setObjectName(QStringLiteral("positionLabel"));
    m_position->setFont(monospaceFont());
    m_position->setContentsMargins(8, 0, 8, 0);
    m_position->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_position->hide();
    bar->addWidget(m_position, 1);
    m_note->setObjectName(QStringLiteral("noteLabel"));
    m_note->setContentsMargins(8, 0, 8, 0);
    m_noteTimer->setSingleShot(true);
    connect(m_noteTimer, &QTimer::timeout, m_note, &QLabel::clear);
    m_workBar->setObjectName(QStringLiteral("workBar"));
    m_workBar->setTextVisible(false);
    m_workBar->setFixedSize(160, 12);
    m_cancel->setObjectName(QStringLiteral("cancelButton"));
    m_cancel->setText(tr("Cancel"));
    connect(m_cancel, &QToolButton::clicked, this, &StatusLine::cancelAsked);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_note, m_work, m_workBar, m_cancel})
        bar->addPermanentWidget(widget);
    setBusy(false);
}

void StatusLine::setPosition(const QString &text)
{
    m_position->setText(text);
    m_position->setToolTip(text);
    m_position->setVisible(!text.isEmpty());
}

void StatusLine::tell(const QString &text, int milliseconds)
{
    m_note->setText(text);
    m_note->setToolTip(text);
    m_noteTimer->start(milliseconds);
}

void StatusLine::setBusy(bool busy)
{
    for (QWidget *widget : std::initializer_list<QWidget *>{m_work, m_workBar, m_cancel})
        widget->setVisible(busy);
    if (!busy)
        m_work->clear();
}

void StatusLine::setProgress(const QString &phase, quint64 done, quint64 total)
{
    showProgress(m_workBar, done, total);
    m_work->setText(total > 0 ? tr("%1: %2 of %3").arg(phase, sized(done), sized(total)) : phase);
}

} // namespace cryoscope::ui
