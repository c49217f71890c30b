// SPDX-License-Identifier: Apache-2.0
#include "app/gui/screenshots.h"

#include "core/base/crashdump.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/mainwindow.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <sys/resource.h>

using namespace cryoscope;

namespace
{

/// Image directories hold thousands of files, and each stays open.
void raiseFileLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace

int main(int argc, char **argv)
{
    forbidCrashDumps();
    raiseFileLimit();
    QApplication application(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("cryoscope"));
    QCoreApplication::setApplicationName(QStringLiteral("cryoscope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(CRYOSCOPE_VERSION));

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QApplication::translate("main", "Review, redact and prove CRIU checkpoints."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("CHECKPOINT"),
                                 QApplication::translate("main", "Image directory, archive or case to open"),
                                 QStringLiteral("[CHECKPOINT|CASE]"));
    const QCommandLineOption theme(QStringLiteral("theme"),
                                   QApplication::translate("main", "light, dark or system"),
                                   QStringLiteral("NAME"));
    const QCommandLineOption screenshots(
        QStringLiteral("screenshots"),
        QApplication::translate("main", "Write pictures of the window showing CHECKPOINT into DIR, and end"),
        QStringLiteral("DIR"));
    parser.addOptions({theme, screenshots});
    parser.process(application);
    const QStringList paths = parser.positionalArguments();
    if (paths.size() > 1 || (parser.isSet(screenshots) && paths.isEmpty()))
        parser.showHelp(2);

    if (parser.isSet(screenshots)) {
        // Pictures neither see nor leave anything of the user's.
        QTemporaryDir folder;
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.path());
        QStandardPaths::setTestModeEnabled(true);
        qputenv("XDG_DATA_HOME", folder.path().toUtf8());
        return gui::makeScreenshots(application, parser.value(screenshots), paths.front());
    }
    ui::ThemeChoice choice =
        static_cast<ui::ThemeChoice>(QSettings().value(QStringLiteral("theme"), 0).toInt());
    if (parser.isSet(theme)) {
        const QString name = parser.value(theme);
        if (name != QStringLiteral("light") && name != QStringLiteral("dark") &&
            name != QStringLiteral("system"))
            parser.showHelp(2);
        choice = name == QStringLiteral("light")  ? ui::ThemeChoice::Light
                 : name == QStringLiteral("dark") ? ui::ThemeChoice::Dark
                                                  : ui::ThemeChoice::System;
    }
    ui::applyTheme(application, choice);
    QApplication::setWindowIcon(ui::programIcon());
    ui::MainWindow window;
    window.show();
    // The first time, there is something to look at.
    QSettings settings;
    const bool first = !settings.contains(QStringLiteral("started"));
    settings.setValue(QStringLiteral("started"), true);
    if (!paths.isEmpty())
        window.open(paths.front());
    else if (first && !ui::MainWindow::samplePath().isEmpty())
        window.open(ui::MainWindow::samplePath());
    return QApplication::exec();
}
