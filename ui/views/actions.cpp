// SPDX-License-Identifier: Apache-2.0
#include "ui/views/actions.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QToolBar>

namespace cryoscope::ui
{

namespace
{

template <class... Keys> QList<QKeySequence> key(Keys... keys)
{
    return {QKeySequence(keys)...};
}

template <class Bar>
void fill(Bar *bar, std::initializer_list<const char *> names, const std::map<QString, QAction *> &actions)
{
    for (const char *name : names) {
        if (*name == '\0')
            bar->addSeparator();
        else
            bar->addAction(actions.at(QString::fromLatin1(name)));
    }
}

} // namespace

Actions::Actions(QWidget *window) : QObject(window), m_window(window)
{
    makeFileActions();
    makeReviewActions();
    makeViewActions();
}

QAction *Actions::add(const QString &name, const QString &text, const QList<QKeySequence> &keys)
{
    auto *made = new QAction(text, this);
    made->setObjectName(name);
    const QString own = QSettings().value(QStringLiteral("keys/") + name).toString();
    if (!own.isEmpty())
        made->setShortcut(QKeySequence(own));
    else
        made->setShortcuts(keys);
    if (!made->shortcut().isEmpty())
        made->setToolTip(QString(text).remove(QLatin1Char('&')) + QStringLiteral(" (") +
                         made->shortcut().toString(QKeySequence::NativeText) + QLatin1Char(')'));
    m_window->addAction(made);
    m_actions[name] = made;
    return made;
}

void Actions::makeFileActions()
{
    add("openArchive", tr("Open &Archive…"), key(Qt::CTRL | Qt::Key_O));
    add("openDirectory", tr("Open &Directory…"), key(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    add("openSample", tr("Open the &Sample"));
    add("saveCase", tr("Save &Case As…"), key(Qt::CTRL | Qt::Key_S));
    add("takeDecisions", tr("&Take Decisions From…"), key(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
    add("saveBaseline", tr("Save Decisions for the Next &Dump…"));
    add("compare", tr("Compare &With…"), key(Qt::CTRL | Qt::Key_D));
    add("export", tr("&Export…"), key(Qt::CTRL | Qt::Key_E));
    add("close", tr("C&lose"), key(Qt::CTRL | Qt::Key_W));
    add("quit", tr("&Quit"), key(Qt::CTRL | Qt::Key_Q));
    add("keys", tr("&Keys"), key(Qt::Key_Question, Qt::Key_F1));
    add("about", tr("&About Cryoscope"));
}

void Actions::makeReviewActions()
{
    add("undo", tr("&Undo"), key(Qt::CTRL | Qt::Key_Z));
    add("redo", tr("&Redo"), key(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    add("scan", tr("&Scan"), key(Qt::CTRL | Qt::Key_R));
    add("cancel", tr("&Cancel"), key(Qt::Key_Escape));
    add("next", tr("&Next Finding"), key(Qt::Key_N));
    add("previous", tr("&Previous Finding"), key(Qt::Key_P));
    add("nextUndecided", tr("Next Undecided"), key(Qt::SHIFT | Qt::Key_N));
    add("previousUndecided", tr("Previous Undecided"), key(Qt::SHIFT | Qt::Key_P));
    add("accept", tr("&Accept"), key(Qt::Key_A));
    add("acceptCopies", tr("Accept All &Copies…"), key(Qt::SHIFT | Qt::Key_A));
    add("reject", tr("&Reject"), key(Qt::Key_R));
    add("rejectReason", tr("Reject &with a Reason…"), key(Qt::SHIFT | Qt::Key_R));
    add("undecided", tr("&Undecided"), key(Qt::Key_U));
    add("knownValues", tr("Redact &Known Values…"), key(Qt::SHIFT | Qt::Key_X));
    add("comment", tr("Co&mment…"), key(Qt::Key_C));
    add("redactSelection", tr("Redact the Se&lection"), key(Qt::Key_X));
    add("endBack", tr("Move the End Back"), key(Qt::Key_BracketLeft));
    add("endOn", tr("Move the End On"), key(Qt::Key_BracketRight));
    add("startBack", tr("Move the Start Back"), key(Qt::SHIFT | Qt::Key_BracketLeft, Qt::Key_BraceLeft));
    add("startOn", tr("Move the Start On"), key(Qt::SHIFT | Qt::Key_BracketRight, Qt::Key_BraceRight));
    add("filter", tr("Filter the Findings"), key(Qt::Key_F));
}

void Actions::makeViewActions()
{
    add("goTo", tr("&Go To…"), key(Qt::Key_G));
    add("palette", tr("Go to Anything…"), key(Qt::CTRL | Qt::Key_K));
    add("back", tr("&Back"), key(Qt::ALT | Qt::Key_Left));
    add("forward", tr("&Forward"), key(Qt::ALT | Qt::Key_Right));
    add("find", tr("&Find…"), key(Qt::Key_Slash, Qt::CTRL | Qt::Key_F));
    add("findNext", tr("Find Next"), key(Qt::Key_F3));
    add("findPrevious", tr("Find Previous"), key(Qt::SHIFT | Qt::Key_F3));
    add("preview", tr("Pre&view"), key(Qt::Key_D))->setCheckable(true);
    add("mask", tr("&Mask Values"), key(Qt::Key_M))->setCheckable(true);
    add("problems", tr("&Problems"));
    add("nextPane", tr("Next Pane"), key(Qt::Key_F6));
    add("themeSystem", tr("Follow the &System"));
    add("themeLight", tr("&Light"));
    add("themeDark", tr("&Dark"));
}

void Actions::on(const QString &name, std::function<void()> done)
{
    connect(at(name), &QAction::triggered, this, [done = std::move(done)] { done(); });
}

void Actions::setEnabled(std::initializer_list<const char *> names, bool enabled)
{
    for (const char *name : names)
        at(QString::fromLatin1(name))->setEnabled(enabled);
}

void Actions::updateIcons()
{
    const QPalette palette = QApplication::palette();
    static constexpr std::pair<const char *, const char *> symbols[] = {
        {"openArchive", "archive"}, {"openDirectory", "folder"},
        {"openSample", "sample"},   {"export", "export"},
        {"undo", "undo"},           {"redo", "redo"},
        {"scan", "scan"},           {"cancel", "stop"},
        {"back", "back"},           {"forward", "forward"},
        {"find", "find"},           {"preview", "preview"},
        {"mask", "mask"},           {"comment", "comment"},
        {"acceptCopies", "copies"}, {"knownValues", "known"}};
    for (const auto &[name, symbol] : symbols)
        at(QString::fromLatin1(name))->setIcon(symbolicIcon(QString::fromLatin1(symbol), palette));
    const Theme theme = themeFor(palette);
    at("accept")->setIcon(stateIcon(MarkState::Accepted, theme));
    at("reject")->setIcon(stateIcon(MarkState::Rejected, theme));
    at("undecided")->setIcon(stateIcon(MarkState::Undecided, theme));
    at("redactSelection")->setIcon(stateIcon(MarkState::Manual, theme));
}

void Actions::addTo(QMenu *menu, std::initializer_list<const char *> names) const
{
    fill(menu, names, m_actions);
}

void Actions::addTo(QToolBar *bar, std::initializer_list<const char *> names) const
{
    fill(bar, names, m_actions);
}

void Actions::makeMenus(QMenuBar *bar) const
{
    addTo(bar->addMenu(tr("&File")),
          {"openArchive", "openDirectory", "openSample", "", "saveCase", "takeDecisions", "saveBaseline", "",
           "compare", "export", "", "close", "quit"});
    addTo(bar->addMenu(tr("&Edit")), {"undo", "redo", "", "redactSelection", "startBack", "startOn",
                                      "endBack", "endOn", "", "find", "findNext", "findPrevious"});
    QMenu *view = bar->addMenu(tr("&View"));
    addTo(view, {"preview", "mask", "problems", "nextPane", ""});
    addTo(view->addMenu(tr("&Theme")), {"themeSystem", "themeLight", "themeDark"});
    addTo(bar->addMenu(tr("&Go")), {"goTo", "palette", "", "back", "forward"});
    addTo(bar->addMenu(tr("&Review")),
          {"next", "previous", "nextUndecided", "previousUndecided", "", "accept", "acceptCopies", "reject",
           "rejectReason", "undecided", "comment", "", "redactSelection", "knownValues", "", "filter"});
    addTo(bar->addMenu(tr("&Scan")), {"scan", "cancel"});
    addTo(bar->addMenu(tr("&Help")), {"keys", "about"});
}

} // namespace cryoscope::ui
