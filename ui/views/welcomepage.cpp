// SPDX-License-Identifier: Apache-2.0
#include "ui/views/welcomepage.h"

#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace cryoscope::ui
{

WelcomePage::WelcomePage(QWidget *parent) : QWidget(parent), m_recent(new QListWidget(this))
{
    setObjectName(QStringLiteral("welcomePage"));
    auto *column = new QWidget(this);
    column->setMaximumWidth(620);
    auto *layout = new QVBoxLayout(column);
    layout->setSpacing(12);

    auto *title = new QLabel(tr("Cryoscope"), column);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 2.4);
    large.setBold(true);
    title->setFont(large);
    layout->addWidget(title);
    auto *about =
        new QLabel(tr("See all of what is in a CRIU checkpoint, find the secrets in it, and export a "
                      "checkpoint that is proven free of them."),
                   column);
    about->setWordWrap(true);
    layout->addWidget(about);
    layout->addSpacing(8);

    m_error = new QLabel(column);
    m_error->setObjectName(QStringLiteral("openError"));
    m_error->setWordWrap(true);
    m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_error->setFrameShape(QFrame::StyledPanel);
    m_error->setMargin(10);
    m_error->hide();
    layout->addWidget(m_error);

    const auto button = [&](const QString &text, const QString &hint, const QString &name,
                            void (WelcomePage::*signal)()) {
        auto *made = new QPushButton(text, column);
        made->setObjectName(name);
        made->setMinimumHeight(38);
        made->setStyleSheet(QStringLiteral("text-align: left; padding-left: 14px;"));
        made->setToolTip(hint);
        connect(made, &QPushButton::clicked, this, signal);
        layout->addWidget(made);
        return made;
    };
    button(tr("Open an &archive…   (tar, tar.gz, tar.zst: podman container checkpoint -e)"),
           tr("Podman's or CRI-O's export"), QStringLiteral("openArchiveButton"), &WelcomePage::openArchive);
    button(tr("Open an image &directory…   (criu dump -D)"), tr("The directory that CRIU wrote"),
           QStringLiteral("openDirectoryButton"), &WelcomePage::openDirectory);
    auto *sample =
        button(tr("Open the &sample   (a made-up shop with planted secrets)"), tr("Nothing in it is real"),
               QStringLiteral("openSampleButton"), &WelcomePage::openSample);
    sample->setDefault(true);
    auto *drop = new QLabel(
        tr("or drop a checkpoint or a case here. What is opened is only read, never changed."), column);
    drop->setForegroundRole(QPalette::PlaceholderText);
    layout->addWidget(drop);
    layout->addSpacing(8);

    m_recentTitle = new QLabel(tr("Recent"), column);
    layout->addWidget(m_recentTitle);
    m_recent->setObjectName(QStringLiteral("recentList"));
    m_recent->setAccessibleName(tr("Recent checkpoints"));
    m_recent->setMaximumHeight(170);
    m_recent->setFrameShape(QFrame::StyledPanel);
    connect(m_recent, &QListWidget::itemActivated, this,
            [this](QListWidgetItem *item) { Q_EMIT openRecent(item->data(Qt::UserRole).toString()); });
    layout->addWidget(m_recent);

    auto *outer = new QVBoxLayout(this);
    outer->addStretch(2);
    auto *row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(column, 1);
    row->addStretch();
    outer->addLayout(row);
    outer->addStretch(3);
}

void WelcomePage::setRecent(const QStringList &paths)
{
    m_recent->clear();
    for (const QString &path : paths) {
        const QFileInfo info(path);
        auto *item = new QListWidgetItem(info.fileName() + QStringLiteral("   ") + info.path(), m_recent);
        item->setData(Qt::UserRole, path);
        item->setToolTip(path);
    }
    m_recent->setVisible(!paths.isEmpty());
    m_recentTitle->setVisible(!paths.isEmpty());
}

void WelcomePage::setError(const QString &text)
{
    m_error->setText(text.isEmpty() ? QString() : tr("It could not be opened: %1").arg(text));
    m_error->setVisible(!text.isEmpty());
}

} // namespace cryoscope::ui
