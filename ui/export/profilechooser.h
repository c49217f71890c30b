// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/profile.h"

#include <QWidget>

#include <map>

class QAction;
class QComboBox;
class QLabel;
class QPushButton;

namespace cryoscope::ui
{

/// Chooses what an export changes beside what was accepted: a kind of profile, and the classes of data that
/// are redacted, which begin as the kind's.
class ProfileChooser : public QWidget
{
    Q_OBJECT
public:
    explicit ProfileChooser(QWidget *parent = nullptr);

    [[nodiscard]] Profile profile() const;
    void setProfile(const Profile &profile);

Q_SIGNALS:
    void changed();

private:
    void takeKind();
    void takeClasses();
    void describe();

    QComboBox *m_kind;
    QPushButton *m_classes;
    QLabel *m_meaning;
    std::map<DataClass, QAction *> m_actions;
    Profile m_profile;
};

} // namespace cryoscope::ui
