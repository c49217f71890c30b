// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QKeySequence>
#include <QObject>
#include <QString>

#include <functional>
#include <map>
#include <vector>

class QAction;
class QMenu;
class QMenuBar;
class QToolBar;
class QWidget;

namespace cryoscope::ui
{

/// All that the window can be asked to do, by name: texts, keys (the user's own from the settings
/// "keys/NAME" come first), and the menus that hold them. What an action does is connected by whoever does
/// it.
class Actions : public QObject
{
    Q_OBJECT
public:
    /// The actions' keys work in `window` and its children.
    explicit Actions(QWidget *window);

    /// The action of that name, which must be there.
    [[nodiscard]] QAction *at(const QString &name) const { return m_actions.at(name); }
    [[nodiscard]] const std::map<QString, QAction *> &all() const { return m_actions; }
    /// Calls `done` when the action is triggered.
    void on(const QString &name, std::function<void()> done);
    void setEnabled(std::initializer_list<const char *> names, bool enabled);
    /// Draws the icons in the colours of the application's palette.
    void updateIcons();
    /// Fills a menu bar.
    void makeMenus(QMenuBar *bar) const;
    /// Adds the named actions to a menu or bar; an empty name is a separator.
    void addTo(QMenu *menu, std::initializer_list<const char *> names) const;
    void addTo(QToolBar *bar, std::initializer_list<const char *> names) const;

private:
    QAction *add(const QString &name, const QString &text, const QList<QKeySequence> &keys = {});
    void makeFileActions();
    void makeReviewActions();
    void makeViewActions();

    QWidget *m_window;
    std::map<QString, QAction *> m_actions;
};

} // namespace cryoscope::ui
