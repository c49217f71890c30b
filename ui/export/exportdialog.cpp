// SPDX-License-Identifier: Apache-2.0
#include "ui/export/exportdialog.h"

#include "core/detect/sensitivefiles.h"
#include "ui/export/exportwork.h"
#include "ui/export/filesview.h"
#include "ui/export/manifestrow.h"
#include "ui/export/planview.h"
#include "ui/export/profilechooser.h"
#include "ui/export/proofview.h"
#include "ui/theme/widgets.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTabWidget>
#include <QVBoxLayout>

#include <utility>

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

QString sized(quint64 bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

} // namespace

ExportDialog::ExportDialog(ReviewSession &session, QWidget *parent)
    : QDialog(parent), m_session(session), m_tabs(new QTabWidget(this)), m_planView(new PlanView(m_tabs)),
      m_filesView(new FilesView(m_tabs)), m_proofView(new ProofView(this))
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export a redacted checkpoint"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(860, 640);
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    m_tabs->setObjectName(QStringLiteral("exportTabs"));
    m_tabs->addTab(m_planView, tr("&Changes"));
    m_tabs->addTab(m_filesView, tr("&Sensitive files"));
    connect(m_filesView, &FilesView::changed, this, &ExportDialog::makePlan);
    layout->addWidget(m_tabs, 1);
    layout->addLayout(makeForm());
    layout->addWidget(makeUndecided());
    layout->addWidget(m_proofView);
    auto *work = new QHBoxLayout;
    m_phase = new QLabel(this);
    m_phase->setObjectName(QStringLiteral("exportPhase"));
    m_bar = new QProgressBar(this);
    m_bar->setObjectName(QStringLiteral("exportProgress"));
    m_bar->setTextVisible(false);
    work->addWidget(m_phase);
    work->addWidget(m_bar, 1);
    layout->addLayout(work);
    layout->addLayout(makeButtons());
    const auto progress = [this](const QString &phase, quint64 done, quint64 total) {
        showProgress(m_bar, done, total);
        m_phase->setText(total == 0 ? phase : tr("%1: %2 of %3").arg(phase, sized(done), sized(total)));
    };
    connect(&m_job, &Job::progressed, this, progress);
    connect(&session, &ReviewSession::progressed, this, progress);

    m_busy = true;
    m_planView->setText(tr("Searching for the copies of what was accepted, in every encoding …"));
    updateState();
    session.acceptAllCopies([alive = QPointer<ExportDialog>(this)] {
        if (alive)
            alive->takeSettings();
    });
}

ExportDialog::~ExportDialog() = default;

QLayout *ExportDialog::makeForm()
{
    auto *form = new QFormLayout;
    m_replacement = new QComboBox(this);
    m_replacement->setObjectName(QStringLiteral("replacement"));
    m_replacement->addItem(
        tr("Shape: letters become x and X, digits 0, the rest stays (text formats stay valid)"),
        QStringLiteral("shape"));
    m_replacement->addItem(tr("Zero bytes"), QStringLiteral("zero"));
    m_replacement->addItem(tr("Fill with the letter x"), QStringLiteral("fill:x"));
    connect(m_replacement, &QComboBox::currentIndexChanged, this, &ExportDialog::makePlan);
    m_profile = new ProfileChooser(this);
    m_profile->setTasks(m_session.memory()->checkpoint().tasks());
    connect(m_profile, &ProfileChooser::changed, this, &ExportDialog::makePlan);
    form->addRow(tr("&Profile"), m_profile);
    form->addRow(tr("&Replace by"), m_replacement);
    auto *mapLabel = new QLabel(tr("Pseu&donyms"), this);
    form->addRow(mapLabel, makeMapRow());
    mapLabel->setBuddy(m_map);
    m_mapLabel = mapLabel;
    auto *row = new QHBoxLayout;
    m_output = new QLineEdit(suggestedOutput(m_session.path()), this);
    m_output->setObjectName(QStringLiteral("outputPath"));
    connect(m_output, &QLineEdit::textChanged, this, &ExportDialog::updateState);
    m_browse = new QPushButton(tr("&Browse…"), this);
    m_browse->setAutoDefault(false);
    connect(m_browse, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, tr("New place of the export"), m_output->text());
        if (!path.isEmpty())
            m_output->setText(path);
    });
    row->addWidget(m_output, 1);
    row->addWidget(m_browse);
    auto *label = new QLabel(tr("&Export to"), this);
    label->setBuddy(m_output);
    form->addRow(label, row);
    m_manifest = new ManifestRow(this);
    form->addRow(tr("Manifest"), m_manifest);
    return form;
}

QWidget *ExportDialog::makeMapRow()
{
    m_mapRow = new QWidget(this);
    auto *layout = new QHBoxLayout(m_mapRow);
    layout->setContentsMargins(0, 0, 0, 0);
    m_map = new QLineEdit(m_mapRow);
    m_map->setObjectName(QStringLiteral("mapPath"));
    m_map->setAccessibleName(tr("Private file of pseudonyms"));
    m_map->setPlaceholderText(
        tr("Private file of pseudonyms, to turn an answer back into names (may be left out)"));
    auto *browse = new QPushButton(tr("B&rowse…"), m_mapRow);
    browse->setAutoDefault(false);
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, tr("Private file of pseudonyms"), m_map->text(), QString(),
                                         nullptr, QFileDialog::DontConfirmOverwrite);
        if (!path.isEmpty()) {
            m_map->setText(path);
            makePlan();
        }
    });
    connect(m_map, &QLineEdit::editingFinished, this, [this] {
        if (m_map->isModified()) {
            m_map->setModified(false);
            makePlan(); // a file that is there gives the pseudonyms
        }
    });
    layout->addWidget(m_map, 1);
    layout->addWidget(browse);
    m_mapRow->hide();
    return m_mapRow;
}

QWidget *ExportDialog::makeUndecided()
{
    m_undecided = new QWidget(this);
    auto *layout = new QVBoxLayout(m_undecided);
    layout->setContentsMargins(0, 0, 0, 0);
    m_undecidedText = new QLabel(m_undecided);
    m_undecidedText->setObjectName(QStringLiteral("undecidedText"));
    m_undecidedText->setWordWrap(true);
    connect(m_undecidedText, &QLabel::linkActivated, this, [this] {
        QDialog::reject();
        Q_EMIT undecidedAsked();
    });
    layout->addWidget(m_undecidedText);
    m_reason = new QLineEdit(m_undecided);
    m_reason->setObjectName(QStringLiteral("undecidedReason"));
    m_reason->setAccessibleName(tr("Reason to export all the same"));
    m_reason->setPlaceholderText(tr("Reason to export all the same (kept in the case and the report)"));
    connect(m_reason, &QLineEdit::textChanged, this, &ExportDialog::updateState);
    layout->addWidget(m_reason);
    m_undecided->hide();
    return m_undecided;
}

QLayout *ExportDialog::makeButtons()
{
    auto *buttons = new QHBoxLayout;
    m_report = new QPushButton(tr("Save the re&port…"), this);
    m_report->setObjectName(QStringLiteral("saveReport"));
    m_compare = new QPushButton(tr("&Compare with the evidence"), this);
    m_compare->setObjectName(QStringLiteral("compareExport"));
    m_start = new QPushButton(tr("E&xport and prove"), this);
    m_start->setObjectName(QStringLiteral("startExport"));
    m_start->setDefault(true);
    m_close = new QPushButton(tr("Close"), this);
    m_close->setObjectName(QStringLiteral("closeExport"));
    buttons->addWidget(m_report);
    buttons->addWidget(m_compare);
    buttons->addStretch();
    buttons->addWidget(m_start);
    buttons->addWidget(m_close);
    connect(m_report, &QPushButton::clicked, this, &ExportDialog::saveReport);
    connect(m_compare, &QPushButton::clicked, this, [this] {
        const QString output = m_output->text();
        QDialog::reject();
        Q_EMIT compareAsked(output);
    });
    connect(m_start, &QPushButton::clicked, this, &ExportDialog::start);
    connect(m_close, &QPushButton::clicked, this, &ExportDialog::reject);
    return buttons;
}

void ExportDialog::updateState()
{
    const bool reasoned = m_open == 0 || !m_reason->text().trimmed().isEmpty();
    m_bar->setVisible(m_busy);
    m_phase->setVisible(m_busy || !m_phase->text().isEmpty());
    m_start->setVisible(!m_proof);
    m_start->setEnabled(!m_busy && m_plan && (m_plan->patchCount() > 0 || !m_plan->removed().empty()) &&
                        !m_proof && reasoned && !m_output->text().isEmpty());
    for (QWidget *input : std::initializer_list<QWidget *>{m_output, m_browse, m_manifest, m_reason})
        input->setEnabled(!m_busy && !m_proof);
    // These ask for another plan, also while one is being made.
    for (QWidget *input : std::initializer_list<QWidget *>{m_profile, m_replacement, m_mapRow, m_filesView})
        input->setEnabled((!m_busy || m_planning) && !m_proof);
    for (QWidget *part : std::initializer_list<QWidget *>{m_mapLabel, m_mapRow})
        part->setVisible(!m_profile->profile().isEmpty());
    m_undecided->setVisible(m_open > 0 && !m_proof);
    m_close->setText(m_busy ? tr("Cancel") : tr("Close"));
    for (QPushButton *next : {m_report, m_compare}) {
        next->setVisible(m_proof.has_value());
        next->setEnabled(!m_busy);
    }
}

void ExportDialog::fail(const Error &error)
{
    m_failure = QString::fromStdString(error.describe());
    m_proofView->setFailure(tr("✗ Nothing was exported: %1").arg(m_failure));
    m_busy = false;
    m_phase->clear();
    updateState();
}

void ExportDialog::takeSettings()
{
    m_session.cases().post(
        [memory = m_session.memory()](CaseThread::Slot &review) {
            auto settings = review ? ExportSettings::of(*review) : Result<ExportSettings>(ExportSettings());
            auto files =
                fileContents(*memory, [](std::string_view path) { return sensitiveFile(path).has_value(); });
            return std::pair(settings ? std::move(*settings) : ExportSettings(), std::move(files));
        },
        [alive =
             QPointer<ExportDialog>(this)](const std::pair<ExportSettings, std::vector<FileContent>> &known) {
            if (!alive)
                return;
            const auto &[settings, files] = known;
            alive->m_filesView->setFiles(files);
            alive->m_filesView->setTreatments(settings.files);
            alive->m_tabs->setTabText(alive->m_tabs->indexOf(alive->m_filesView),
                                      files.empty() ? tr("&Sensitive files")
                                                    : tr("&Sensitive files (%1)").arg(files.size()));
            alive->m_profile->setProfile(settings.profile);
            const int index =
                alive->m_replacement->findData(QString::fromStdString(settings.replacement.describe()));
            const QSignalBlocker quiet(alive->m_replacement);
            alive->m_replacement->setCurrentIndex(std::max(index, 0));
            alive->makePlan();
        });
}

void ExportDialog::makePlan()
{
    if (m_job.isRunning()) {
        m_outdated = m_planning;
        if (m_outdated)
            m_job.cancel();
        return;
    }
    m_busy = true;
    m_planning = true;
    m_outdated = false;
    m_proofView->clear();
    updateState();
    auto made = std::make_shared<PlannedExport>();
    ExportSettings settings;
    settings.profile = m_profile->profile();
    settings.files = m_filesView->treatments();
    m_job.start(
        [made, memory = m_session.memory(), &cases = m_session.cases(), settings = std::move(settings),
         map = m_map->text().toStdString(),
         replacement = m_replacement->currentData().toString().toStdString()](Progress &progress,
                                                                              const std::stop_token &stop) {
            *made = planExport(*memory, cases, settings, replacement, map, progress, stop);
        },
        [this, made] {
            m_busy = false;
            m_planning = false;
            m_phase->clear();
            if (m_outdated) {
                makePlan();
                return;
            }
            m_plan = std::move(made->plan);
            m_settings = std::move(made->settings);
            m_decisions = std::move(made->decisions);
            m_open = made->open;
            if (made->error)
                fail(*made->error);
            showPlan();
            updateState();
            if (std::exchange(m_starting, false) && m_plan && m_decisions.isEmpty())
                run();
        });
}

void ExportDialog::showPlan()
{
    m_planView->clear();
    if (m_plan)
        m_planView->setPlan(m_session, *m_plan, m_settings.profile.isEmpty());
    m_undecidedText->setText(tr("%n finding(s) of high confidence are undecided and would stay as they are.",
                                nullptr, static_cast<int>(m_open)) +
                             QStringLiteral(" <a href=\"#undecided\">") + tr("Review them") +
                             QStringLiteral("</a>"));
}

void ExportDialog::start()
{
    if (!m_plan || m_job.isRunning() || m_session.isBusy())
        return;
    if (m_decisions.isEmpty()) {
        run();
        return;
    }
    if (!m_decisions.rejected.empty())
        m_session.decide(m_decisions.rejected, Decision::Rejected, Reason::Other);
    if (!m_decisions.accepted.empty())
        m_session.acceptFindings(m_decisions.accepted, Origin::Manual, tr("treatment of files"));
    m_busy = true;
    m_starting = true;
    m_planView->setText(tr("Searching for the copies of what was accepted, in every encoding …"));
    updateState();
    m_session.acceptAllCopies([alive = QPointer<ExportDialog>(this)] {
        if (alive)
            alive->makePlan();
    });
}

void ExportDialog::run()
{
    if (!m_plan || m_job.isRunning())
        return;
    m_busy = true;
    m_tabs->setCurrentWidget(m_planView);
    m_proofView->clear();
    m_failure.clear();
    updateState();
    auto made = std::make_shared<DoneExport>();
    ExportOrder order{*m_plan, m_settings, m_output->text().toStdString(), m_open, {}, {}, {}};
    if (m_open > 0)
        order.reason = m_reason->text().trimmed().toStdString();
    if (m_mapRow->isVisibleTo(this))
        order.map = m_map->text().toStdString();
    order.target = m_manifest->target(m_output->text());
    m_manifest->clearPassphrase();
    m_job.start(
        [made, memory = m_session.memory(), &cases = m_session.cases(),
         order = std::move(order)](Progress &progress, const std::stop_token &stop) mutable {
            *made = runExport(memory, cases, std::move(order), progress, stop);
        },
        [this, made] {
            if (made->error) {
                fail(*made->error);
                return;
            }
            m_proof = std::move(made->proof);
            m_busy = false;
            m_phase->clear();
            m_proofView->setProof(*m_proof, m_output->text());
            if (made->manifestError)
                m_phase->setText(tr("The export is there, but its manifest could not be written: %1")
                                     .arg(QString::fromStdString(made->manifestError->describe())));
            else if (made->manifest)
                m_phase->setText(tr("Manifest: %1.manifest.json").arg(m_output->text()));
            if (made->mapError)
                m_phase->setText(tr("The file of pseudonyms could not be written: %1")
                                     .arg(QString::fromStdString(made->mapError->describe())));
            updateState();
            m_close->setFocus();
        });
}

void ExportDialog::saveReport()
{
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the report"), m_output->text() + QStringLiteral(".report.html"),
        tr("HTML (*.html);;Markdown (*.md);;JSON (*.json);;SARIF (*.sarif)"));
    if (path.isEmpty())
        return;
    m_session.cases().post(
        [memory = m_session.memory(), proof = *m_proof, path](CaseThread::Slot &review) {
            return writeReport(review, *memory, proof, path);
        },
        [alive = QPointer<ExportDialog>(this), path](const QString &error) {
            if (!alive)
                return;
            alive->m_phase->setText(error.isEmpty() ? tr("Report saved: %1").arg(path)
                                                    : tr("The report could not be written: %1").arg(error));
            alive->updateState();
        });
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
