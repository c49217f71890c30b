// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/profilescope.h"

#include <QWidget>

#include <vector>

class QLabel;
class QLineEdit;
class QPushButton;

namespace cryoscope::ui
{

/// Exceptions to the classes of a profile, as a line of text, with a menu that writes those for processes.
class ScopeLine : public QWidget
{
    Q_OBJECT
public:
    explicit ScopeLine(QWidget *parent = nullptr);

    /// Processes that the menu offers, with their names.
    void setTasks(const std::vector<Task> &tasks);

    [[nodiscard]] const std::vector<ScopeRule> &rules() const { return m_rules; }
    /// At the end of the line.
    [[nodiscard]] QPushButton *button() const { return m_add; }
    /// Without changed().
    void setRules(const std::vector<ScopeRule> &rules);

Q_SIGNALS:
    void changed();

private:
    void take();
    void add(const ScopeRule &rule);

    QLineEdit *m_line;
    QPushButton *m_add;
    QLabel *m_problem;
    std::vector<ScopeRule> m_rules;
};

} // namespace cryoscope::ui
