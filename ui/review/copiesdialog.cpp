// SPDX-License-Identifier: Apache-2.0
#include "ui/review/copiesdialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

enum CopyColumn { CopyPlace, CopyForm, CopyBytes };

QString copyPlace(const Memory &memory, const Finding &finding)
{
    if (finding.parts.empty())
        return {};
    const Archive &archive = memory.checkpoint().archive();
    const Extent first = archive.innermost(finding.parts.front());
    const QString stored = QStringLiteral("%1 at %2")
                               .arg(QString::fromStdString(archive.member(first.member).path))
                               .arg(first.offset);
    return finding.pid == 0 ? stored
                            : QStringLiteral("pid %1 at 0x%2 (%3)")
                                  .arg(finding.pid)
                                  .arg(finding.address, 0, 16)
                                  .arg(stored);
}

} // namespace

CopiesDialog::CopiesDialog(ReviewSession &session, FindingId id, std::vector<Finding> places, QWidget *parent)
    : QDialog(parent), m_session(session), m_list(new QTreeWidget(this))
{
    setObjectName(QStringLiteral("copiesDialog"));
    setWindowTitle(tr("Accept a value with its copies"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(760, 420);
    const auto asked = session.finding(id);
    for (Finding &place : places) {
        const bool own = asked && place.parts == asked->finding.parts;
        (own ? m_own : m_places).push_back(std::move(place));
    }
    auto *about = new QLabel(
        tr("The value of this %1 stands in %n more place(s), in this and other encodings. They are accepted "
           "with it, as one step that undo takes back; Space leaves one out.",
           nullptr, static_cast<int>(m_places.size()))
            .arg(asked ? QString::fromStdString(asked->finding.kind) : tr("finding")),
        this);
    about->setWordWrap(true);
    m_list->setObjectName(QStringLiteral("copyList"));
    m_list->setAccessibleName(tr("Copies"));
    m_list->setHeaderLabels({tr("Place"), tr("Form"), tr("Bytes")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAlternatingRowColors(true);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_accept = buttons->button(QDialogButtonBox::Ok);
    m_accept->setObjectName(QStringLiteral("acceptPlaces"));
    connect(buttons, &QDialogButtonBox::accepted, this, &CopiesDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &CopiesDialog::reject);
    fill();
    connect(m_list, &QTreeWidget::itemChanged, this, &CopiesDialog::updateState);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(about);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);
    updateState();
    m_list->setFocus();
}

void CopiesDialog::fill()
{
    const auto memory = m_session.memory();
    for (const Finding &place : m_places) {
        // What remains of a value says so in words.
        const QString form = place.rule == "copy"
                                 ? QString::fromStdString(std::string(encodingName(place.encoding)))
                                 : QString::fromStdString(place.why.substr(0, place.why.find(" of a copy")));
        auto *item = new QTreeWidgetItem(
            m_list, {memory ? copyPlace(*memory, place) : QString(), form, QString::number(place.length())});
        item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
        item->setCheckState(CopyPlace, Qt::Checked);
        item->setToolTip(CopyPlace, item->text(CopyPlace));
        item->setToolTip(CopyForm, QString::fromStdString(place.why));
        item->setTextAlignment(CopyBytes, Qt::AlignRight | Qt::AlignVCenter);
    }
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(CopyPlace, QHeaderView::Stretch);
    m_list->setColumnWidth(CopyForm, 190);
    m_list->setColumnWidth(CopyBytes, 70);
    if (m_list->topLevelItemCount() > 0)
        m_list->setCurrentItem(m_list->topLevelItem(0));
}

void CopiesDialog::updateState()
{
    int chosen = 0;
    for (int row = 0; row < m_list->topLevelItemCount(); ++row)
        chosen += m_list->topLevelItem(row)->checkState(CopyPlace) == Qt::Checked ? 1 : 0;
    m_accept->setText(tr("&Accept with %n place(s)", nullptr, chosen));
}

void CopiesDialog::accept()
{
    std::vector<Finding> accepted = m_own;
    for (int row = 0; row < m_list->topLevelItemCount(); ++row) {
        if (m_list->topLevelItem(row)->checkState(CopyPlace) == Qt::Checked)
            accepted.push_back(m_places[static_cast<size_t>(row)]);
    }
    m_session.acceptFindings(std::move(accepted), Origin::Copy,
                             QStringLiteral("copies of an accepted value"));
    QDialog::accept();
}

} // namespace cryoscope::ui
