// SPDX-License-Identifier: Apache-2.0
#include "ui/export/profilechooser.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

QString className(DataClass dataClass)
{
    switch (dataClass) {
    case DataClass::Memory:
        return ProfileChooser::tr("Memory pages");
    case DataClass::Paths:
        return ProfileChooser::tr("Paths");
    case DataClass::Registers:
        return ProfileChooser::tr("Registers");
    case DataClass::ProcessNames:
        return ProfileChooser::tr("Names of processes and threads");
    case DataClass::Streams:
        return ProfileChooser::tr("Contents of pipes, sockets, terminals");
    case DataClass::GhostFiles:
        return ProfileChooser::tr("Contents of deleted files");
    case DataClass::Tmpfs:
        return ProfileChooser::tr("Contents of tmpfs");
    case DataClass::Network:
        return ProfileChooser::tr("Network addresses and interfaces");
    case DataClass::Environment:
        return ProfileChooser::tr("Environment and arguments");
    case DataClass::HostNames:
        return ProfileChooser::tr("Host names");
    case DataClass::SocketNames:
        return ProfileChooser::tr("Names of unix sockets");
    case DataClass::Identity:
        return ProfileChooser::tr("Users and groups");
    case DataClass::Archive:
        return ProfileChooser::tr("The engine's files and changed files");
    case DataClass::Other:
        return ProfileChooser::tr("Everything else that may tell something");
    case DataClass::None:
        break;
    }
    return QString::fromUtf8(dataClassName(dataClass).data());
}

} // namespace

ProfileChooser::ProfileChooser(QWidget *parent)
    : QWidget(parent), m_kind(new QComboBox(this)), m_classes(new QPushButton(this)),
      m_scope(new ScopeLine(this)), m_meaning(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    auto *row = new QHBoxLayout;
    m_kind->setObjectName(QStringLiteral("profileKind"));
    m_kind->addItem(tr("Restorable: what was accepted, nothing else"),
                    static_cast<int>(Profile::Kind::Restorable));
    m_kind->addItem(tr("Bug report: everything that may tell of somebody"),
                    static_cast<int>(Profile::Kind::BugReport));
    m_kind->addItem(tr("Keep pointers: memory without its contents"),
                    static_cast<int>(Profile::Kind::KeepPointers));
    m_kind->addItem(tr("No memory: empty pages"), static_cast<int>(Profile::Kind::NoMemory));
    m_classes->setObjectName(QStringLiteral("profileClasses"));
    m_classes->setAutoDefault(false);
    m_classes->setText(tr("&Also redact"));
    m_classes->setToolTip(tr("Which classes of data are redacted beside what was accepted"));
    auto *menu = new QMenu(m_classes);
    for (const DataClass dataClass : sensitiveClasses()) {
        QAction *action = menu->addAction(className(dataClass));
        action->setCheckable(true);
        action->setData(QString::fromUtf8(dataClassName(dataClass).data(),
                                          static_cast<qsizetype>(dataClassName(dataClass).size())));
        connect(action, &QAction::toggled, this, &ProfileChooser::takeClasses);
        m_actions.emplace(dataClass, action);
    }
    m_classes->setMenu(menu);
    row->addWidget(m_kind, 1);
    row->addWidget(m_classes);
    layout->addLayout(row);
    layout->addWidget(m_scope);
    connect(m_scope, &ScopeLine::changed, this, &ProfileChooser::takeScope);
    m_meaning->setObjectName(QStringLiteral("profileMeaning"));
    m_meaning->setWordWrap(true);
    layout->addWidget(m_meaning);
    // One below the other; narrowed or widened, the first has a mark.
    m_classes->setText(tr("&Also redact *"));
    const int width = std::max(m_classes->sizeHint().width(), m_scope->button()->sizeHint().width());
    for (QPushButton *button : {m_classes, m_scope->button()})
        button->setMinimumWidth(width);
    setFocusProxy(m_kind);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &ProfileChooser::takeKind);
    setProfile({});
}

Profile ProfileChooser::profile() const
{
    return m_profile;
}

void ProfileChooser::setProfile(const Profile &profile)
{
    m_profile = profile;
    const QSignalBlocker quiet(m_kind);
    m_kind->setCurrentIndex(m_kind->findData(static_cast<int>(profile.kind)));
    const auto classes = profile.classes();
    for (const auto &[dataClass, action] : m_actions) {
        const QSignalBlocker quietAction(action);
        action->setChecked(classes.contains(dataClass));
    }
    m_scope->setRules(profile.scope);
    describe();
}

void ProfileChooser::takeKind()
{
    Profile profile;
    profile.kind = static_cast<Profile::Kind>(m_kind->currentData().toInt());
    profile.scope = m_profile.scope;
    setProfile(profile);
    Q_EMIT changed();
}

void ProfileChooser::takeClasses()
{
    Profile kind;
    kind.kind = m_profile.kind;
    const auto usual = kind.classes();
    m_profile.widened.clear();
    m_profile.narrowed.clear();
    for (const auto &[dataClass, action] : m_actions) {
        if (action->isChecked() && !usual.contains(dataClass))
            m_profile.widened.insert(dataClass);
        if (!action->isChecked() && usual.contains(dataClass))
            m_profile.narrowed.insert(dataClass);
    }
    describe();
    Q_EMIT changed();
}

void ProfileChooser::takeScope()
{
    m_profile.scope = m_scope->rules();
    describe();
    Q_EMIT changed();
}

void ProfileChooser::describe()
{
    m_meaning->setText(
        m_profile.isEmpty()
            ? tr("Nothing beside it is changed: CRIU restores the export, but for what the changes above "
                 "warn of.")
            : tr("For reading only: sizes, structure and relations stay, CRIU does not restore it. Names get "
                 "pseudonyms that are the same everywhere in this case."));
    m_classes->setText(m_profile.widened.empty() && m_profile.narrowed.empty() ? tr("&Also redact")
                                                                               : tr("&Also redact *"));
}

} // namespace cryoscope::ui
