// SPDX-License-Identifier: Apache-2.0
#include "ui/export/exportdialog.h"

#include "core/export/report.h"
#include "ui/theme/theme.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

QString suggestedOutput(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir())
        return info.absoluteFilePath() + QStringLiteral("-redacted");
    // "x.tar.zst" becomes "x-redacted.tar.zst".
    const QString name = info.fileName();
    const qsizetype dot = name.indexOf(QLatin1Char('.'));
    return info.absolutePath() + QLatin1Char('/') +
           (dot < 0 ? name + QStringLiteral("-redacted")
                    : name.left(dot) + QStringLiteral("-redacted") + name.mid(dot));
}

QString stateGlyph(ProofItem::State state)
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

ExportDialog::ExportDialog(ReviewSession &session, QWidget *parent) : QDialog(parent), m_session(session)
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export a redacted checkpoint"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(820, 620);
    auto *layout = new QVBoxLayout(this);
    m_summary = new QLabel(this);
    m_summary->setObjectName(QStringLiteral("planSummary"));
    m_summary->setWordWrap(true);
    layout->addWidget(m_summary);

    m_members = new QTreeWidget(this);
    m_members->setObjectName(QStringLiteral("planMembers"));
    m_members->setAccessibleName(tr("Changes by member"));
    m_members->setHeaderLabels({tr("Member"), tr("Redactions"), tr("Bytes"), tr("How")});
    m_members->setRootIsDecorated(false);
    m_members->setAlternatingRowColors(true);
    m_members->header()->setStretchLastSection(false);
    m_members->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    layout->addWidget(m_members, 2);
    m_notes = new QListWidget(this);
    m_notes->setObjectName(QStringLiteral("planNotes"));
    m_notes->setAccessibleName(tr("Notes on the plan"));
    m_notes->setWordWrap(true);
    m_notes->setMaximumHeight(90);
    m_notes->hide();
    layout->addWidget(m_notes);

    auto *form = new QFormLayout;
    m_replacement = new QComboBox(this);
    m_replacement->setObjectName(QStringLiteral("replacement"));
    m_replacement->addItem(
        tr("Shape: letters become x and X, digits 0, the rest stays (text formats stay valid)"),
        QStringLiteral("shape"));
    m_replacement->addItem(tr("Zero bytes"), QStringLiteral("zero"));
    m_replacement->addItem(tr("Fill with the letter x"), QStringLiteral("fill:x"));
    form->addRow(tr("&Replace by"), m_replacement);
    auto *row = new QHBoxLayout;
    m_output = new QLineEdit(suggestedOutput(session.path()), this);
    m_output->setObjectName(QStringLiteral("outputPath"));
    auto *browse = new QPushButton(tr("&Browse…"), this);
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, tr("New place of the export"), m_output->text());
        if (!path.isEmpty())
            m_output->setText(path);
    });
    row->addWidget(m_output, 1);
    row->addWidget(browse);
    auto *outputLabel = new QLabel(tr("&Export to"), this);
    outputLabel->setBuddy(m_output);
    form->addRow(outputLabel, row);
    layout->addLayout(form);

    m_verdict = new QLabel(this);
    m_verdict->setObjectName(QStringLiteral("verdict"));
    m_verdict->setWordWrap(true);
    QFont bold = m_verdict->font();
    bold.setBold(true);
    m_verdict->setFont(bold);
    m_verdict->hide();
    layout->addWidget(m_verdict);
    m_items = new QListWidget(this);
    m_items->setObjectName(QStringLiteral("proofItems"));
    m_items->setAccessibleName(tr("Proof"));
    m_items->setWordWrap(true);
    m_items->hide();
    layout->addWidget(m_items, 3);

    auto *work = new QHBoxLayout;
    m_phase = new QLabel(this);
    m_bar = new QProgressBar(this);
    m_bar->setObjectName(QStringLiteral("exportProgress"));
    m_bar->setTextVisible(false);
    work->addWidget(m_phase);
    work->addWidget(m_bar, 1);
    layout->addLayout(work);
    auto *buttons = new QHBoxLayout;
    m_report = new QPushButton(tr("Save the re&port…"), this);
    m_report->setObjectName(QStringLiteral("saveReport"));
    m_report->setEnabled(false);
    m_start = new QPushButton(tr("E&xport and prove"), this);
    m_start->setObjectName(QStringLiteral("startExport"));
    m_start->setDefault(true);
    m_close = new QPushButton(tr("Close"), this);
    m_close->setObjectName(QStringLiteral("closeExport"));
    buttons->addWidget(m_report);
    buttons->addStretch();
    buttons->addWidget(m_start);
    buttons->addWidget(m_close);
    layout->addLayout(buttons);
    connect(m_report, &QPushButton::clicked, this, &ExportDialog::saveReport);
    connect(m_start, &QPushButton::clicked, this, &ExportDialog::run);
    connect(m_close, &QPushButton::clicked, this, &ExportDialog::reject);
    connect(m_replacement, &QComboBox::currentIndexChanged, this, &ExportDialog::makePlan);
    const auto progress = [this](const QString &phase, quint64 done, quint64 total) {
        m_bar->setRange(0, total == 0 ? 0 : 1000);
        if (total > 0)
            m_bar->setValue(static_cast<int>(
                std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) * 1000));
        m_phase->setText(total == 0
                             ? phase
                             : tr("%1: %2 of %3")
                                   .arg(phase, QLocale().formattedDataSize(static_cast<qint64>(done), 1),
                                        QLocale().formattedDataSize(static_cast<qint64>(total), 1)));
    };
    connect(&m_job, &Job::progressed, this, progress);
    connect(&session, &ReviewSession::progressed, this, progress);

    setBusy(true);
    m_summary->setText(tr("Searching for the copies of what was accepted, in every encoding …"));
    session.acceptAllCopies([this, alive = QPointer<ExportDialog>(this)] {
        if (alive)
            makePlan();
    });
}

ExportDialog::~ExportDialog() = default;

void ExportDialog::setBusy(bool busy)
{
    m_bar->setVisible(busy);
    m_phase->setVisible(busy);
    m_start->setEnabled(!busy && m_plan && m_plan->patchCount() > 0 && !m_proof);
    m_replacement->setEnabled(!busy && !m_proof);
    m_output->setEnabled(!busy && !m_proof);
    m_close->setText(busy ? tr("Cancel") : tr("Close"));
    m_report->setEnabled(!busy && m_proof.has_value());
}

void ExportDialog::fail(const Error &error)
{
    m_failure = QString::fromStdString(error.describe());
    m_verdict->setText(tr("✗ Nothing was exported: %1").arg(m_failure));
    m_verdict->show();
    setBusy(false);
}

void ExportDialog::makePlan()
{
    if (m_job.isRunning())
        return;
    setBusy(true);
    m_verdict->hide();
    struct Made {
        std::optional<RedactionPlan> plan;
        std::optional<Error> error;
    };
    auto made = std::make_shared<Made>();
    m_job.start(
        [made, memory = m_session.memory(), findings = m_session.findings(),
         text = m_replacement->currentData().toString().toStdString()](Progress &, std::stop_token) {
            const auto replacement = Replacement::parse(text);
            if (!replacement) {
                made->error = replacement.error();
                return;
            }
            auto plan = RedactionPlan::make(*memory, findings, *replacement);
            if (plan)
                made->plan = std::move(*plan);
            else
                made->error = plan.error();
        },
        [this, made] {
            m_plan = std::move(made->plan);
            if (made->error)
                fail(*made->error);
            showPlan();
            setBusy(false);
        });
}

void ExportDialog::showPlan()
{
    m_members->clear();
    m_notes->clear();
    if (!m_plan)
        return;
    size_t undecided = 0;
    for (const CaseFinding &entry : m_session.findings())
        undecided +=
            entry.decision == Decision::Undecided && entry.finding.confidence == Confidence::High ? 1 : 0;
    QString text = m_plan->patchCount() == 0 ? tr("Nothing is accepted yet, so there is nothing to redact. "
                                                  "Accept findings (A), or select bytes and press X.")
                                             : tr("%n accepted finding(s), their copies included", nullptr,
                                                  static_cast<int>(m_plan->findingCount())) +
                                                   tr(", change %1 bytes in %2 members. Every change keeps "
                                                      "its length, so that CRIU restores the export.")
                                                       .arg(m_plan->patchedBytes())
                                                       .arg(m_plan->patches().size());
    if (undecided > 0)
        text += QLatin1Char(' ') +
                tr("%n finding(s) of high confidence are still undecided and stay as they are.", nullptr,
                   static_cast<int>(undecided));
    m_summary->setText(text);
    const Archive &archive = m_session.memory()->checkpoint().archive();
    for (const auto &[member, patches] : m_plan->patches()) {
        uint64_t bytes = 0;
        for (const Patch &patch : patches)
            bytes += patch.bytes.size();
        const Member &entry = archive.member(member);
        auto *item = new QTreeWidgetItem(m_members);
        item->setText(0, QString::fromStdString(entry.path));
        item->setText(1, QString::number(patches.size()));
        item->setText(2, QString::number(bytes));
        item->setText(3, entry.storage == Storage::Decoded ? tr("compressed anew") : tr("in place"));
        item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(2, Qt::AlignRight | Qt::AlignVCenter);
    }
    for (const std::string &warning : m_plan->warnings())
        m_notes->addItem(QString::fromStdString(warning));
    for (const Problem &problem : m_session.memory()->problems()) {
        if (problem.severity != Severity::Note)
            m_notes->addItem(tr("Not covered: %1").arg(QString::fromStdString(problem.error.describe())));
    }
    m_notes->setVisible(m_notes->count() > 0);
}

void ExportDialog::run()
{
    if (!m_plan || m_job.isRunning() || m_session.isBusy())
        return;
    setBusy(true);
    m_verdict->hide();
    m_failure.clear();
    struct Made {
        std::optional<Proof> proof;
        std::optional<Error> error;
    };
    auto made = std::make_shared<Made>();
    // verify makes the same plan again from the case.
    if (auto done = m_session.review()->setSetting("replacement",
                                                   m_replacement->currentData().toString().toStdString());
        !done) {
        fail(done.error());
        return;
    }
    m_job.start(
        [made, memory = m_session.memory(), plan = *m_plan, findings = m_session.findings(),
         output = m_output->text().toStdString()](Progress &progress, std::stop_token stop) {
            auto proof = Exporter(memory).run(plan, findings, output, &progress, stop);
            if (proof)
                made->proof = std::move(*proof);
            else
                made->error = proof.error();
        },
        [this, made] {
            const bool done = made->proof.has_value();
            (void)m_session.review()->addHistory(done ? "export" : "export failed", m_plan->findingCount(),
                                                 done ? m_output->text().toStdString() : std::string());
            if (made->error) {
                fail(*made->error);
                return;
            }
            m_proof = std::move(made->proof);
            showProof();
            setBusy(false);
        });
}

void ExportDialog::showProof()
{
    m_items->clear();
    for (const ProofItem &item : m_proof->items)
        m_items->addItem(stateGlyph(item.state) + QLatin1Char(' ') + QString::fromStdString(item.title) +
                         QStringLiteral(": ") + QString::fromStdString(item.detail));
    m_items->show();
    m_verdict->setText(m_proof->complete()
                           ? tr("✓ Verified: what was accepted is gone from %1. Nothing can prove that "
                                "nothing else in it is sensitive.")
                                 .arg(m_output->text())
                           : tr("? Exported to %1; nothing failed, but not everything could be covered.")
                                 .arg(m_output->text()));
    m_verdict->show();
}

void ExportDialog::saveReport()
{
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the report"), m_output->text() + QStringLiteral(".report.html"),
        tr("HTML (*.html);;Markdown (*.md);;JSON (*.json);;SARIF (*.sarif)"));
    if (path.isEmpty())
        return;
    const ReportFormat format = path.endsWith(QStringLiteral(".md"))      ? ReportFormat::Markdown
                                : path.endsWith(QStringLiteral(".json"))  ? ReportFormat::Json
                                : path.endsWith(QStringLiteral(".sarif")) ? ReportFormat::Sarif
                                                                          : ReportFormat::Html;
    const auto text = makeReport(*m_session.review(), m_session.memory().get(), &*m_proof, format);
    QSaveFile file(path);
    if (!text || !file.open(QIODevice::WriteOnly) ||
        file.write(text->data(), static_cast<qint64>(text->size())) < 0 || !file.commit())
        m_phase->setText(
            tr("The report could not be written: %1")
                .arg(text ? file.errorString() : QString::fromStdString(text.error().describe())));
    else
        m_phase->setText(tr("Report saved: %1").arg(path));
    m_phase->show();
}

void ExportDialog::reject()
{
    if (m_job.isRunning()) {
        m_job.cancel(); // it ends with an error that is shown; nothing is left
        return;
    }
    if (m_session.isBusy())
        m_session.cancel();
    QDialog::reject();
}

} // namespace cryoscope::ui
