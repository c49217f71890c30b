// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/exporter.h"
#include "core/redact/exportsettings.h"
#include "core/redact/filedecisions.h"
#include "ui/review/reviewsession.h"

#include <QDialog>

#include <optional>

class QComboBox;
class QLabel;
class QLayout;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTabWidget;

namespace cryoscope::ui
{

class FilesView;
class ManifestRow;
class PlanView;
class ProfileChooser;
class ProofView;

/// Shows the plan, makes the export, shows its proof. Accepts the copies of accepted values before it plans.
/// While findings of high confidence are undecided it exports only for a reason, which the case keeps.
class ExportDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ExportDialog(ReviewSession &session, QWidget *parent = nullptr);
    ~ExportDialog() override;

    [[nodiscard]] const std::optional<Proof> &proof() const { return m_proof; }
    /// Why the last export failed; empty if it did not.
    [[nodiscard]] QString failure() const { return m_failure; }
    [[nodiscard]] bool isPlanned() const { return m_plan.has_value(); }

    void reject() override;

Q_SIGNALS:
    /// The user wants to see the findings that are undecided still; the dialog has closed.
    void undecidedAsked();
    /// The user wants to see how the export at `output` differs from the evidence; the dialog has closed.
    void compareAsked(const QString &output);

private:
    QLayout *makeForm();
    QWidget *makeMapRow();
    QWidget *makeUndecided();
    QLayout *makeButtons();
    /// What the last export of the case was made with.
    void takeSettings();
    void makePlan();
    void showPlan();
    /// Takes the decisions that the treatment of files asks for, plans anew if there were any, and exports.
    void start();
    void run();
    void saveReport();
    void updateState();
    void fail(const Error &error);

    ReviewSession &m_session;
    QTabWidget *m_tabs;
    PlanView *m_planView;
    FilesView *m_filesView;
    ProofView *m_proofView;
    ProfileChooser *m_profile = nullptr;
    QComboBox *m_replacement = nullptr;
    QWidget *m_mapLabel = nullptr;
    QWidget *m_mapRow = nullptr; ///< shown while there are pseudonyms
    QLineEdit *m_map = nullptr;  ///< private file of pseudonyms; may be empty
    QLineEdit *m_output = nullptr;
    QPushButton *m_browse = nullptr;
    ManifestRow *m_manifest = nullptr;
    QWidget *m_undecided = nullptr; ///< shown while there are any
    QLabel *m_undecidedText = nullptr;
    QLineEdit *m_reason = nullptr;
    QLabel *m_phase = nullptr;
    QProgressBar *m_bar = nullptr;
    QPushButton *m_start = nullptr;
    QPushButton *m_report = nullptr;
    QPushButton *m_compare = nullptr;
    QPushButton *m_close = nullptr;
    bool m_busy = false;
    bool m_planning = false; ///< what is under way is a plan
    bool m_outdated = false; ///< the plan was asked for anew while one was being made
    size_t m_open = 0;       ///< undecided findings of high confidence
    std::optional<RedactionPlan> m_plan;
    ExportSettings m_settings; ///< of m_plan
    FileDecisions m_decisions; ///< that m_plan takes for granted
    bool m_starting = false;   ///< the export begins when there is a plan
    std::optional<Proof> m_proof;
    QString m_failure;
    Job m_job;
};

} // namespace cryoscope::ui
