// SPDX-License-Identifier: Apache-2.0
#include "app/gui/screenshots.h"

#include "ui/compare/comparepane.h"
#include "ui/export/exportdialog.h"
#include "ui/hexview/hexview.h"
#include "ui/views/findingpanel.h"
#include "ui/views/mainwindow.h"

#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTextStream>
#include <QTimer>
#include <QTreeView>

#include <chrono>
#include <functional>

namespace cryoscope::gui
{

namespace
{

/// Runs the event loop for some time; sleeps while there is nothing to do.
void pass(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    loop.exec();
}

/// Runs the event loop until `done` says so; false after a minute.
bool wait(const std::function<bool()> &done)
{
    QElapsedTimer timer;
    timer.start();
    while (!done()) {
        if (timer.elapsed() > 60000)
            return false;
        pass(std::chrono::milliseconds(10));
    }
    return true;
}

void settle()
{
    pass(std::chrono::milliseconds(200));
}

/// Compares with the export by its dialog, and shows a changed field before and after.
bool showDifference(ui::MainWindow &window, const ui::ExportDialog &dialog,
                    const std::function<void(const QString &)> &save)
{
    auto *button = dialog.findChild<QPushButton *>(QStringLiteral("compareExport"));
    const auto *pane = window.findChild<ui::ComparePane *>();
    auto *tree = window.findChild<QTreeView *>(QStringLiteral("differenceTree"));
    auto *tabs = window.findChild<QTabWidget *>(QStringLiteral("lowerTabs"));
    button->click();
    if (!wait([&] { return pane->comparison().state() == ui::Comparison::State::Done; }))
        return false;
    settle();
    // A field of an image, as Enter on its row shows it.
    const auto *model = tree->model();
    const QModelIndex members = model->index(0, 0);
    QModelIndex field;
    for (int row = 0; row < model->rowCount(members) && !field.isValid(); ++row)
        field = model->index(0, 0, model->index(row, 0, members));
    if (field.isValid()) {
        tree->setFocus();
        tree->setCurrentIndex(field);
        QTest::keyClick(tree, Qt::Key_Return);
    }
    save(QStringLiteral("compare"));
    window.activateWindow(); // without a window manager nobody else does it
    if (!QTest::qWaitForWindowActive(&window))
        return false;
    QTest::keyClick(window.hexView(), Qt::Key_D);
    tabs->setCurrentIndex(1);
    settle();
    save(QStringLiteral("fields-preview"));
    QTest::keyClick(window.hexView(), Qt::Key_M);
    save(QStringLiteral("fields-masked"));
    QTest::keyClick(window.hexView(), Qt::Key_M);
    tabs->setCurrentIndex(0);
    save(QStringLiteral("json-preview"));
    QTest::keyClick(window.hexView(), Qt::Key_D);
    return true;
}

} // namespace

int makeScreenshots(QApplication &application, const QString &directory, const QString &checkpoint)
{
    QTextStream errors(stderr);
    if (!QDir().mkpath(directory)) {
        errors << "cannot make " << directory << Qt::endl;
        return 4;
    }
    int code = 0;
    const auto save = [&](QWidget &widget, const QString &name) {
        settle();
        if (!widget.grab().save(directory + QLatin1Char('/') + name + QStringLiteral(".png"))) {
            errors << "cannot write " << name << Qt::endl;
            code = 4;
        }
    };
    for (const bool dark : {false, true}) {
        const QString theme = dark ? QStringLiteral("-dark") : QStringLiteral("-light");
        ui::applyTheme(application, dark ? ui::ThemeChoice::Dark : ui::ThemeChoice::Light);
        QTemporaryDir folder;
        ui::MainWindow window;
        window.resize(1280, 720);
        window.show();
        save(window, QStringLiteral("welcome") + theme);

        window.open(checkpoint);
        if (!wait([&] { return window.session().isOpen() && !window.session().isBusy(); })) {
            errors << "cannot open " << checkpoint << Qt::endl;
            return 3;
        }
        settle();
        bool scanShown = false;
        QObject::connect(&window.session(), &ui::ReviewSession::foundSoFar, &window, [&] {
            if (!scanShown && window.session().isBusy()) {
                scanShown = true;
                window.grab().save(directory + QStringLiteral("/scan") + theme + QStringLiteral(".png"));
            }
        });
        window.session().startScan();
        if (!wait([&] { return !window.session().isBusy(); }))
            return 1;
        settle();
        // Some decisions of each kind, by the keys that a reviewer presses.
        window.hexView()->setFocus();
        for (const Qt::Key key : {Qt::Key_N, Qt::Key_A, Qt::Key_A, Qt::Key_R, Qt::Key_A}) {
            QTest::keyClick(window.hexView(), key);
            settle();
        }
        const auto &findings = window.session().findings();
        auto *panel = window.findChild<ui::FindingPanel *>();
        for (const auto &entry : findings) {
            if (entry.finding.rule == "github-token") {
                panel->select(entry.id);
                break;
            }
        }
        save(window, QStringLiteral("review") + theme);
        window.resize(1920, 1080);
        save(window, QStringLiteral("review-large") + theme);
        window.resize(1280, 720);
        if (auto *tabs = window.findChild<QTabWidget *>(QStringLiteral("centreTabs"))) {
            tabs->setCurrentIndex(1);
            save(window, QStringLiteral("areas") + theme);
            tabs->setCurrentIndex(0);
        }
        std::vector<FindingId> all;
        for (const auto &entry : findings)
            all.push_back(entry.id);
        window.session().decide(all, Decision::Accepted);
        window.session().acceptAllCopies([] {});
        wait([&] { return !window.session().isBusy(); });
        if (auto *tabs = window.findChild<QTabWidget *>(QStringLiteral("lowerTabs")))
            tabs->setCurrentIndex(3);
        settle();
        save(window, QStringLiteral("after") + theme);
        // What a user knows and looks for.
        QTest::keyClick(window.hexView(), Qt::Key_Slash);
        if (auto *find = window.findChild<QLineEdit *>(QStringLiteral("findEdit"))) {
            QTest::keyClicks(find, QStringLiteral("password"));
            QTest::keyClick(find, Qt::Key_Return);
            settle();
            save(window, QStringLiteral("find") + theme);
        }
        window.hexView()->setFocus();
        QTest::keyClick(window.hexView(), Qt::Key_X, Qt::ShiftModifier);
        if (auto *known = window.findChild<QDialog *>(QStringLiteral("knownValuesDialog"))) {
            auto *edit = known->findChild<QLineEdit *>(QStringLiteral("knownEdit"));
            for (const char *value : {"made-up-value-one", "another made-up value", "abc"}) {
                QTest::keyClicks(edit, QString::fromLatin1(value));
                QTest::keyClick(edit, Qt::Key_Return);
            }
            save(*known, QStringLiteral("known-values") + theme);
            known->close();
            settle();
            window.activateWindow(); // without a window manager nobody else does it
            if (!QTest::qWaitForWindowActive(&window))
                return 1;
        }
        window.hexView()->setFocus();
        QTest::keyClick(window.hexView(), Qt::Key_E, Qt::ControlModifier);
        auto *dialog = window.exportDialog();
        if (dialog == nullptr || !wait([&] { return dialog->isPlanned() && !window.session().isBusy(); }))
            return 1;
        settle();
        dialog->findChild<QLineEdit *>(QStringLiteral("outputPath"))
            ->setText(folder.path() + QLatin1Char('/') +
                      QFileInfo(checkpoint)
                          .fileName()
                          .replace(QLatin1String(".tar"), QLatin1String("-redacted.tar")));
        save(*dialog, QStringLiteral("export-plan") + theme);
        if (auto *tabs = dialog->findChild<QTabWidget *>(QStringLiteral("exportTabs"))) {
            auto *files = dialog->findChild<QComboBox *>(QStringLiteral("allFiles"));
            tabs->setCurrentIndex(1);
            files->setCurrentIndex(2);
            settle();
            save(*dialog, QStringLiteral("export-files") + theme);
            tabs->setCurrentIndex(0);
            save(*dialog, QStringLiteral("export-removal") + theme);
            files->setCurrentIndex(0);
            settle();
        }
        auto *start = dialog->findChild<QPushButton *>(QStringLiteral("startExport"));
        auto *profile = dialog->findChild<QComboBox *>(QStringLiteral("profileKind"));
        for (const bool report : {true, false}) {
            profile->setCurrentIndex(report ? 1 : 0);
            if (!wait([&] { return start->isEnabled(); }))
                return 1;
            if (report)
                save(*dialog, QStringLiteral("export-report") + theme);
        }
        start->click();
        if (!wait([&] { return dialog->proof().has_value() || !dialog->failure().isEmpty(); }))
            return 1;
        save(*dialog, QStringLiteral("export-proof") + theme);
        if (!dialog->failure().isEmpty()) {
            errors << dialog->failure() << Qt::endl;
            return 1;
        }
        if (!showDifference(window, *dialog, [&](const QString &name) { save(window, name + theme); }))
            return 1;
        // The case that the program keeps by itself goes on from here: start the next theme afresh.
        std::vector<FindingId> undecided;
        for (const auto &entry : window.session().findings())
            undecided.push_back(entry.id);
        window.session().decide(undecided, Decision::Undecided);
        settle();
    }
    return code;
}

} // namespace cryoscope::gui
