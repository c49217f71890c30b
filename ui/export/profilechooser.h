// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/profile.h"
#include "ui/export/scopeline.h"

#include <QWidget>

#include <map>

class QAction;
class QComboBox;
class QLabel;
class QPushButton;

namespace cryoscope::ui
{

/// Chooses what an export changes beside what was accepted: a kind of profile, the classes of data that are
/// redacted, which begin as the kind's, and exceptions to them.
class ProfileChooser : public QWidget
{
    Q_OBJECT
public:
    explicit ProfileChooser(QWidget *parent = nullptr);

    [[nodiscard]] Profile profile() const;
    void setProfile(const Profile &profile);
    /// Processes that exceptions are offered for.
    void setTasks(const std::vector<Task> &tasks) { m_scope->setTasks(tasks); }

Q_SIGNALS:
    void changed();

private:
    void takeKind();
    void takeClasses();
    void takeScope();
    void describe();

    QComboBox *m_kind;
    QPushButton *m_classes;
    ScopeLine *m_scope;
    QLabel *m_meaning;
    std::map<DataClass, QAction *> m_actions;
    Profile m_profile;
};

} // namespace cryoscope::ui
