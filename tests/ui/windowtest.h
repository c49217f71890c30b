// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexview.h"
#include "ui/views/findingpanel.h"
#include "ui/views/mainwindow.h"

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>

namespace cryoscope::test
{

constexpr int patience = 60000; // milliseconds that anything may take

inline QString samplePath()
{
    return ui::MainWindow::samplePath();
}

/// A window with settings and cases of its own, and what a user does with it.
class WindowTest
{
public:
    WindowTest()
    {
        QCoreApplication::setOrganizationName(QStringLiteral("cryoscope-test"));
        QCoreApplication::setApplicationName(QStringLiteral("window"));
        qputenv("XDG_DATA_HOME", folder.filePath(QStringLiteral("data")).toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope,
                           folder.filePath(QStringLiteral("config")));
        ui::applyTheme(*qApp, ui::ThemeChoice::Light);
        reopenWindow();
    }

    void reopenWindow()
    {
        window.reset();
        window = std::make_unique<ui::MainWindow>();
        window->show();
        (void)QTest::qWaitForWindowExposed(window.get());
        window->activateWindow();
    }

    [[nodiscard]] ui::ReviewSession &session() const { return window->session(); }
    [[nodiscard]] ui::HexView *hex() const { return window->hexView(); }
    [[nodiscard]] ui::FindingPanel *panel() const { return window->findChild<ui::FindingPanel *>(); }
    template <class T> [[nodiscard]] T *child(const char *name) const
    {
        return window->findChild<T *>(QString::fromLatin1(name));
    }

    /// What a drop, the command line or the file dialog calls; false if it does not open.
    bool open(const QString &path)
    {
        window->open(path);
        const bool done =
            QTest::qWaitFor([this] { return session().isOpen() && !session().isBusy(); }, patience) &&
            QTest::qWaitFor([this] { return hex()->document() != nullptr; }, patience);
        hex()->setFocus();
        return done;
    }
    void key(Qt::Key which, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::keyClick(hex(), which, modifiers);
    }
    bool scan()
    {
        key(Qt::Key_R, Qt::ControlModifier);
        return QTest::qWaitFor([this] { return !session().isBusy(); }, patience);
    }
    [[nodiscard]] size_t count(Decision decision) const
    {
        const auto &findings = session().findings();
        return static_cast<size_t>(
            std::count_if(findings.begin(), findings.end(),
                          [&](const CaseFinding &entry) { return entry.decision == decision; }));
    }

    QTemporaryDir folder;
    std::unique_ptr<ui::MainWindow> window;
};

} // namespace cryoscope::test
