// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/sensitivefiles.h"
#include "core/redact/filetreatment.h"

#include <QWidget>

#include <vector>

class QComboBox;
class QLabel;
class QLineEdit;
class QTreeWidget;

namespace cryoscope::ui
{

/// What an export does with files: a choice for all that are known to be sensitive, one for each, and a line
/// for others by their paths.
class FilesView : public QWidget
{
    Q_OBJECT
public:
    explicit FilesView(QWidget *parent = nullptr);

    /// The sensitive files that are in the checkpoint, as fileContents() finds them.
    void setFiles(const std::vector<FileContent> &files);
    [[nodiscard]] qsizetype count() const;

    [[nodiscard]] FileTreatments treatments() const;
    /// Rules for files of the list show there, others in the line. Without changed().
    void setTreatments(const FileTreatments &treatments);

Q_SIGNALS:
    void changed();

private:
    QComboBox *makeChoice(QWidget *parent, const QString &unset);
    void takeRules();

    QComboBox *m_all;
    QTreeWidget *m_files;
    QLabel *m_empty;
    QLineEdit *m_rules;
    QLabel *m_problem;
    std::vector<std::string> m_paths;   ///< by row
    std::vector<QComboBox *> m_choices; ///< by row
    std::vector<FileRule> m_others;     ///< of the line
};

} // namespace cryoscope::ui
