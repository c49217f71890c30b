// SPDX-License-Identifier: Apache-2.0
#include "ui/views/welcomepage.h"

#include "ui/theme/icons.h"
#include "ui/views/dropzone.h"

#include <QCommandLinkButton>
#include <QEvent>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int pageWidth = 900;
constexpr int logoSize = 56;

QLabel *wrapped(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setWordWrap(true);
    return label;
}

} // namespace

WelcomePage::WelcomePage(QWidget *parent)
    : QWidget(parent), m_drop(new DropZone(this)), m_recent(new QListWidget(this))
{
    setObjectName(QStringLiteral("welcomePage"));
    auto *page = new QWidget(this);
    page->setMaximumWidth(pageWidth);
    auto *layout = new QVBoxLayout(page);
    layout->setSpacing(14);
    layout->addLayout(makeHead(page));
    m_error = wrapped({}, page);
    m_error->setObjectName(QStringLiteral("openError"));
    m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_error->setFrameShape(QFrame::StyledPanel);
    m_error->setMargin(10);
    m_error->hide();
    layout->addWidget(m_error);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(24);
    columns->addLayout(makeOpeners(page), 1);
    columns->addLayout(makeRecent(page), 1);
    layout->addLayout(columns);
    layout->addSpacing(6);
    layout->addLayout(makeSteps(page));

    auto *outer = new QVBoxLayout(this);
    outer->addStretch(2);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(page, 100);
    row->addStretch(1);
    outer->addLayout(row);
    outer->addStretch(3);
    drawIcons();
}

QLayout *WelcomePage::makeHead(QWidget *page)
{
    auto *head = new QHBoxLayout;
    head->setSpacing(16);
    auto *logo = new QLabel(page);
    logo->setPixmap(programIcon().pixmap(logoSize));
    logo->setAccessibleName(tr("Cryoscope"));
    head->addWidget(logo);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    auto *title = new QLabel(tr("Cryoscope"), page);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 2.2);
    large.setBold(true);
    title->setFont(large);
    words->addWidget(title);
    words->addWidget(
        wrapped(tr("See all of what is in a CRIU checkpoint, find the secrets in it, and export a "
                   "checkpoint that is proven free of them."),
                page));
    head->addLayout(words, 1);
    return head;
}

QLayout *WelcomePage::makeOpeners(QWidget *page)
{
    auto *column = new QVBoxLayout;
    column->setSpacing(6);
    const auto opener = [&](const QString &title, const QString &hint, const QString &name,
                            void (WelcomePage::*signal)()) {
        auto *button = new QCommandLinkButton(title, hint, page);
        button->setObjectName(name);
        button->setIconSize({28, 28});
        connect(button, &QAbstractButton::clicked, this, signal);
        column->addWidget(button);
        return button;
    };
    m_archive =
        opener(tr("Open an &archive…"), tr("podman container checkpoint -e: tar, tar.gz, tar.zst; a case"),
               QStringLiteral("openArchiveButton"), &WelcomePage::openArchive);
    m_directory = opener(tr("Open an image &directory…"), tr("The directory that criu dump -D wrote"),
                         QStringLiteral("openDirectoryButton"), &WelcomePage::openDirectory);
    m_sample =
        opener(tr("Open the &sample"), tr("A made-up shop with planted secrets; nothing in it is real"),
               QStringLiteral("openSampleButton"), &WelcomePage::openSample);
    m_sample->setDefault(true);
    column->addStretch();
    return column;
}

QLayout *WelcomePage::makeRecent(QWidget *page)
{
    auto *column = new QVBoxLayout;
    column->setSpacing(8);
    column->addWidget(m_drop);
    m_recentTitle = new QLabel(tr("Recent"), page);
    QFont bold = m_recentTitle->font();
    bold.setBold(true);
    m_recentTitle->setFont(bold);
    column->addWidget(m_recentTitle);
    m_recent->setObjectName(QStringLiteral("recentList"));
    m_recent->setAccessibleName(tr("Recent checkpoints"));
    m_recent->setMaximumHeight(150);
    m_recent->setFrameShape(QFrame::StyledPanel);
    m_recent->setTextElideMode(Qt::ElideMiddle);
    connect(m_recent, &QListWidget::itemActivated, this,
            [this](QListWidgetItem *item) { Q_EMIT openRecent(item->data(Qt::UserRole).toString()); });
    column->addWidget(m_recent);
    column->addStretch();
    return column;
}

/// What the program does, in three steps.
QLayout *WelcomePage::makeSteps(QWidget *page)
{
    auto *row = new QHBoxLayout;
    row->setSpacing(24);
    const std::pair<QString, QString> steps[] = {
        {tr("1  Open"),
         tr("The evidence is only read. Memory is shown as each process saw it; what is not stored "
            "has a name and is never shown as zeros.")},
        {tr("2  Judge"),
         tr("Each finding says why it is one. One key decides, undo reaches back over everything, "
            "and the case never holds a value.")},
        {tr("3  Prove"),
         tr("Copies go too, in every encoding. The export is opened anew and searched; CRIU and "
            "Podman still restore it.")}};
    for (const auto &[title, text] : steps) {
        auto *column = new QVBoxLayout;
        column->setSpacing(4);
        auto *head = new QLabel(title, page);
        QFont bold = head->font();
        bold.setBold(true);
        head->setFont(bold);
        column->addWidget(head);
        auto *body = wrapped(text, page);
        body->setForegroundRole(QPalette::PlaceholderText);
        body->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        column->addWidget(body, 1);
        row->addLayout(column, 1);
    }
    return row;
}

void WelcomePage::drawIcons()
{
    m_archive->setIcon(symbolicIcon(QStringLiteral("archive"), palette()));
    m_directory->setIcon(symbolicIcon(QStringLiteral("folder"), palette()));
    m_sample->setIcon(symbolicIcon(QStringLiteral("sample"), palette()));
}

void WelcomePage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        drawIcons();
}

void WelcomePage::setDropping(bool dropping)
{
    m_drop->setActive(dropping);
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
