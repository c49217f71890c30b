// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/exporter.h"
#include "ui/review/reviewsession.h"

#include <QDialog>

#include <optional>

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QTreeWidget;

namespace cryoscope::ui
{

/// Shows the plan, makes the export, shows its proof. Accepts the copies of accepted values before it plans.
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

private:
    void makePlan();
    void showPlan();
    void run();
    void showProof();
    void saveReport();
    void setBusy(bool busy);
    void fail(const Error &error);

    ReviewSession &m_session;
    QComboBox *m_replacement;
    QLineEdit *m_output;
    QLabel *m_summary;
    QTreeWidget *m_members;
    QListWidget *m_notes;
    QLabel *m_phase;
    QProgressBar *m_bar;
    QLabel *m_verdict;
    QListWidget *m_items;
    QPushButton *m_start;
    QPushButton *m_report;
    QPushButton *m_close;
    std::optional<RedactionPlan> m_plan;
    std::optional<Proof> m_proof;
    QString m_failure;
    Job m_job;
};

} // namespace cryoscope::ui
