// SPDX-License-Identifier: Apache-2.0
#include "ui/export/proofview.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

enum ProofColumn { What, Outcome, ColumnCount };

QString glyphOf(ProofItem::State state)
{
    switch (state) {
    case ProofItem::State::Passed:
        return QStringLiteral("✓");
    case ProofItem::State::Failed:
        return QStringLiteral("✗");
    case ProofItem::State::NotCovered:
        return QStringLiteral("?");
    }
    return {};
}

} // namespace

ProofView::ProofView(QWidget *parent)
    : QWidget(parent), m_verdict(new QLabel(this)), m_items(new QTreeWidget(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_verdict->setObjectName(QStringLiteral("verdict"));
    m_verdict->setWordWrap(true);
    QFont bold = m_verdict->font();
    bold.setBold(true);
    m_verdict->setFont(bold);
    layout->addWidget(m_verdict);
    m_items->setObjectName(QStringLiteral("proofItems"));
    m_items->setAccessibleName(tr("Proof"));
    m_items->setHeaderHidden(true);
    m_items->setColumnCount(ColumnCount);
    m_items->setRootIsDecorated(false);
    m_items->setAlternatingRowColors(true);
    m_items->setSelectionMode(QAbstractItemView::NoSelection);
    m_items->setTextElideMode(Qt::ElideMiddle);
    m_items->setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    layout->addWidget(m_items);
    clear();
}

void ProofView::clear()
{
    m_verdict->hide();
    m_items->hide();
    m_items->clear();
}

void ProofView::setFailure(const QString &text)
{
    clear();
    m_verdict->setText(text);
    m_verdict->show();
}

void ProofView::setProof(const Proof &proof, const QString &output)
{
    clear();
    const QString name = QFileInfo(output).fileName();
    m_verdict->setText(
        proof.complete()
            ? tr("✓ Verified: what was accepted is gone from %1. Nothing can prove that nothing "
                 "else in it is sensitive.")
                  .arg(name)
            : tr("? Exported to %1; nothing failed, but not everything could be covered.").arg(name));
    m_verdict->setToolTip(output);
    m_verdict->show();
    for (const ProofItem &item : proof.items) {
        auto *row = new QTreeWidgetItem(m_items);
        row->setText(What, glyphOf(item.state) + QStringLiteral("  ") + QString::fromStdString(item.title));
        row->setText(Outcome, QString::fromStdString(item.detail));
        row->setToolTip(Outcome, QString::fromStdString(item.detail));
    }
    m_items->show();
    m_items->resizeColumnToContents(What);
    m_items->setColumnWidth(What, m_items->columnWidth(What) + fontMetrics().averageCharWidth() * 3);
    // As high as what it holds, so that no empty space pretends that there is more.
    const int rows = m_items->topLevelItemCount();
    const int height = m_items->sizeHintForRow(0) * rows + 2 * m_items->frameWidth() + 2;
    m_items->setFixedHeight(std::min(height, m_items->sizeHintForRow(0) * 12));
}

} // namespace cryoscope::ui
