// SPDX-License-Identifier: Apache-2.0
#include "ui/export/planview.h"

#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

enum PlanColumn { MemberColumn, Redactions, Bytes, How };

} // namespace

PlanView::PlanView(QWidget *parent)
    : QWidget(parent), m_summary(new QLabel(this)), m_members(new QTreeWidget(this)),
      m_notes(new QListWidget(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    m_summary->setObjectName(QStringLiteral("planSummary"));
    m_summary->setWordWrap(true);
    layout->addWidget(m_summary);
    m_members->setObjectName(QStringLiteral("planMembers"));
    m_members->setAccessibleName(tr("Changes by member"));
    m_members->setHeaderLabels({tr("Member"), tr("Redactions"), tr("Bytes"), tr("How")});
    for (const int column : {Redactions, Bytes})
        m_members->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    m_members->setRootIsDecorated(false);
    m_members->setUniformRowHeights(true);
    m_members->setAlternatingRowColors(true);
    auto *header = m_members->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(MemberColumn, QHeaderView::Stretch);
    const int letter = fontMetrics().averageCharWidth();
    m_members->setColumnWidth(Redactions, letter * 14);
    m_members->setColumnWidth(Bytes, letter * 12);
    m_members->setColumnWidth(How, letter * 22);
    layout->addWidget(m_members, 1);
    m_notes->setObjectName(QStringLiteral("planNotes"));
    m_notes->setAccessibleName(tr("Notes on the plan"));
    m_notes->setWordWrap(true);
    m_notes->setResizeMode(QListView::Adjust);
    m_notes->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // they are wrapped
    m_notes->setMaximumHeight(fontMetrics().height() * 5);
    m_notes->hide();
    layout->addWidget(m_notes);
}

void PlanView::setText(const QString &text)
{
    m_summary->setText(text);
}

void PlanView::clear()
{
    m_members->clear();
    m_notes->clear();
    m_notes->hide();
}

void PlanView::setPlan(const ReviewSession &session, const RedactionPlan &plan, bool restorable)
{
    clear();
    setText(
        plan.patchCount() == 0 && plan.removed().empty()
            ? tr("Nothing is accepted yet, so there is nothing to redact. Accept findings (A), or select "
                 "bytes and press X.")
            : tr("%n accepted finding(s), their copies included", nullptr,
                 static_cast<int>(plan.findingCount())) +
                  (restorable ? tr(", change %1 bytes in %2 members. Every change keeps its length, so that "
                                   "CRIU restores the export.")
                              : tr(", and the profile change %1 bytes in %2 members. Every change keeps its "
                                   "length. The export is for reading; CRIU does not restore it."))
                      .arg(QLocale().toString(static_cast<qulonglong>(plan.patchedBytes())))
                      .arg(plan.patches().size()) +
                  (plan.removed().empty() ? QString()
                                          : QLatin1Char(' ') + tr("%n member(s) are taken out.", nullptr,
                                                                  static_cast<int>(plan.removed().size()))));
    const Archive &archive = session.memory()->checkpoint().archive();
    for (const auto &[member, patches] : plan.patches()) {
        uint64_t bytes = 0;
        for (const Patch &patch : patches)
            bytes += patch.length();
        const Member &entry = archive.member(member);
        auto *item = new QTreeWidgetItem(m_members);
        item->setText(MemberColumn, QString::fromStdString(entry.path));
        item->setText(Redactions, QLocale().toString(static_cast<qulonglong>(patches.size())));
        item->setText(Bytes, QLocale().toString(static_cast<qulonglong>(bytes)));
        item->setText(How, entry.storage == Storage::Decoded ? tr("   compressed anew") : tr("   in place"));
        item->setTextAlignment(Redactions, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(Bytes, Qt::AlignRight | Qt::AlignVCenter);
    }
    for (const MemberId member : plan.removed()) {
        const Member &entry = archive.member(member);
        auto *item = new QTreeWidgetItem(m_members);
        item->setText(MemberColumn, QString::fromStdString(entry.path));
        item->setText(Bytes,
                      QLocale().toString(static_cast<qulonglong>(entry.content ? entry.content->size() : 0)));
        item->setText(How, tr("   taken out"));
        item->setTextAlignment(Bytes, Qt::AlignRight | Qt::AlignVCenter);
    }
    for (const auto &[dataClass, summary] : plan.profileSummary().classes)
        m_notes->addItem(tr("%1: %2 bytes in %3 places")
                             .arg(QString::fromStdString(std::string(dataClassName(dataClass))),
                                  QLocale().toString(static_cast<qulonglong>(summary.changedBytes)),
                                  QLocale().toString(static_cast<qulonglong>(summary.places))));
    for (const std::string &note : plan.profileSummary().notes)
        m_notes->addItem(QString::fromStdString(note));
    for (const std::string &warning : plan.warnings())
        m_notes->addItem(QString::fromStdString(warning));
    for (const RestoreFinding &risk : plan.restoreRisks())
        m_notes->addItem((risk.severity == RestoreSeverity::Stops  ? tr("Stops the restore: %1")
                          : risk.severity == RestoreSeverity::Note ? tr("Note: %1")
                                                                   : tr("May stop the restore: %1"))
                             .arg(QString::fromStdString(risk.describe())));
    for (const Problem &problem : session.memory()->problems()) {
        if (problem.severity != Severity::Note)
            m_notes->addItem(tr("Not covered: %1").arg(QString::fromStdString(problem.error.describe())));
    }
    m_notes->setVisible(m_notes->count() > 0);
}

} // namespace cryoscope::ui
