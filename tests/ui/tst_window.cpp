// SPDX-License-Identifier: Apache-2.0
// What the window does besides the main job: opening in every way, moving about, judging fast, cancelling,
// and what it says when there is nothing to show.
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/ui/windowtest.h"
#include "ui/models/fieldsmodel.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDirIterator>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QRegularExpression>
#include <QTableView>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>

namespace tst_window
{

using namespace cryoscope;
using namespace cryoscope::ui;
using test::patience;
using test::WindowTest;

namespace
{

const std::string token = "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"; // its checksum is right

/// A task with `count` tokens in its heap, each at the start of a line of 64 bytes.
std::string writeTokens(const QString &directory, int count)
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(0x100000, 0x200000, test::VmaKind::Heap);
    std::string text;
    for (int i = 0; i < count; ++i) {
        std::string line = "\"token\": \"" + token + "\"";
        line.resize(64, '\n');
        text += line;
    }
    task.page(0x100000, text);
    builder.writeTo(directory.toStdString());
    return text;
}

} // namespace

class tst_window : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_test = std::make_unique<WindowTest>(); }
    void cleanup() { m_test.reset(); }
    void recentFiles();
    void dragAndDrop();
    void secondOpenTakesOver();
    void twoWindowsOneCheckpoint();
    void rejectWithReason();
    void keysFasterThanTheDisk();
    void undoAcrossEverything();
    void panesByF6();
    void historyBackAndForward();
    void cancelKeepsWhatWasFound();
    void knownValuesByKeys();
    void knownValuesThatAreNotThere();
    void paletteGoesAnywhere();
    void emptyStates();
    void nothingStored();
    void parentMissing();
    void marksFollowDecisions();
    void redactingStaysWhereOneIs();
    void fieldsAndBytesAreLinked();
    void masksOnScreen();

private:
    [[nodiscard]] QString path(const char *name) const
    {
        return m_test->folder.filePath(QString::fromLatin1(name));
    }
    std::unique_ptr<WindowTest> m_test;
};

void tst_window::recentFiles()
{
    auto *recent = m_test->child<QListWidget>("recentList");
    QVERIFY(!recent->isVisible());
    QVERIFY(m_test->open(test::samplePath()));
    m_test->key(Qt::Key_W, Qt::ControlModifier);
    QTRY_VERIFY(recent->isVisible());
    QCOMPARE(recent->count(), 1);
    m_test->reopenWindow(); // it outlives the window
    recent = m_test->child<QListWidget>("recentList");
    QCOMPARE(recent->count(), 1);
    recent->setFocus();
    recent->setCurrentRow(0);
    QTest::keyClick(recent, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(m_test->session().isOpen(), patience);
    QCOMPARE(m_test->session().path(), test::samplePath());
}

void tst_window::dragAndDrop()
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(test::samplePath())});
    QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(m_test->window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(m_test->window.get(), &drop);
    QTRY_VERIFY_WITH_TIMEOUT(m_test->session().isOpen(), patience);
    QCOMPARE(m_test->session().path(), test::samplePath());

    QMimeData text;
    text.setText(QStringLiteral("no file"));
    QDragEnterEvent wrong({50, 50}, Qt::CopyAction, &text, Qt::LeftButton, {});
    wrong.ignore();
    QApplication::sendEvent(m_test->window.get(), &wrong);
    QVERIFY(!wrong.isAccepted());
}

void tst_window::secondOpenTakesOver()
{
    writeTokens(path("one"), 3);
    m_test->window->open(test::samplePath());
    m_test->window->open(path("one")); // while the first is being opened
    QTRY_VERIFY_WITH_TIMEOUT(m_test->session().isOpen() && m_test->session().path() == path("one") &&
                                 !m_test->session().isBusy(),
                             patience);
    // And while a scan runs: what it has found is kept in its own case.
    m_test->hex()->setFocus();
    m_test->session().startScan();
    m_test->window->open(test::samplePath());
    QTRY_VERIFY_WITH_TIMEOUT(m_test->session().path() == test::samplePath() && !m_test->session().isBusy(),
                             patience);
    QVERIFY(m_test->session().findings().empty());
}

void tst_window::twoWindowsOneCheckpoint()
{
    writeTokens(path("one"), 3);
    QVERIFY(m_test->open(path("one")));
    MainWindow second;
    second.show();
    second.open(path("one"));
    QTRY_VERIFY_WITH_TIMEOUT(second.session().isOpen(), patience);
    QTRY_VERIFY(second.findChild<QLabel *>(QStringLiteral("noteLabel"))
                    ->text()
                    .contains(QStringLiteral("another window")));
}

void tst_window::rejectWithReason()
{
    writeTokens(path("one"), 6);
    QVERIFY(m_test->open(path("one")));
    QVERIFY(m_test->scan());
    const auto rejectedFor = [&](FindingId id) { return m_test->session().finding(id)->reason; };
    m_test->key(Qt::Key_N);
    const FindingId first = m_test->panel()->current();
    m_test->key(Qt::Key_R, Qt::ShiftModifier);
    auto *menu = m_test->child<QMenu>("reasonMenu");
    QTRY_VERIFY(menu->isVisible());
    QTest::keyClick(menu, Qt::Key_T); // test data
    QTRY_VERIFY(!menu->isVisible());
    QCOMPARE(m_test->session().finding(first)->decision, Decision::Rejected);
    QCOMPARE(rejectedFor(first), Reason::TestData);
    // The plain key takes the last reason.
    const FindingId second = m_test->panel()->current();
    QVERIFY(second != first);
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_R);
    QCOMPARE(rejectedFor(second), Reason::TestData);
    // The arrow of the button opens the same menu.
    const FindingId third = m_test->panel()->current();
    auto *button = m_test->child<QToolButton>("rejectButton");
    QCOMPARE(button->menu(), menu);
    QCOMPARE(button->popupMode(), QToolButton::MenuButtonPopup);
    menu->popup(button->mapToGlobal(QPoint(0, 0)));
    QTRY_VERIFY(menu->isVisible());
    QTest::keyClick(menu, Qt::Key_P); // public
    QTRY_COMPARE(rejectedFor(third), Reason::Public);
    // Escape decides nothing.
    const FindingId fourth = m_test->panel()->current();
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_R, Qt::ShiftModifier);
    QTRY_VERIFY(menu->isVisible());
    QTest::keyClick(menu, Qt::Key_Escape);
    QTRY_VERIFY(!menu->isVisible());
    QCOMPARE(m_test->session().finding(fourth)->decision, Decision::Undecided);
}

void tst_window::keysFasterThanTheDisk()
{
    constexpr int findings = 120;
    writeTokens(path("many"), findings);
    QVERIFY(m_test->open(path("many")));
    QVERIFY(m_test->scan());
    QCOMPARE(m_test->session().findings().size(), size_t{findings});
    m_test->key(Qt::Key_N);
    for (int i = 0; i < findings; ++i)
        m_test->key(i % 3 == 2 ? Qt::Key_R : Qt::Key_A);
    QCOMPARE(m_test->count(Decision::Accepted), size_t{80}); // all shown at once
    QCOMPARE(m_test->count(Decision::Rejected), size_t{40});
    QCOMPARE(m_test->session().decided(), size_t{findings});
    // Closed at once: each is in the case.
    m_test->key(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(m_test->open(path("many")));
    QCOMPARE(m_test->count(Decision::Accepted), size_t{80});
    QCOMPARE(m_test->count(Decision::Rejected), size_t{40});
}

void tst_window::undoAcrossEverything()
{
    writeTokens(path("some"), 5);
    QVERIFY(m_test->open(path("some")));
    QVERIFY(m_test->scan());
    auto &session = m_test->session();
    m_test->key(Qt::Key_N);
    m_test->key(Qt::Key_A);
    m_test->key(Qt::Key_R);
    session.setComment(m_test->panel()->current(), QStringLiteral("looked at"));
    m_test->key(Qt::Key_BracketRight);
    m_test->key(Qt::Key_Home, Qt::ControlModifier);
    m_test->key(Qt::Key_Right, Qt::ShiftModifier);
    m_test->key(Qt::Key_X);
    QTRY_COMPARE(session.findings().size(), size_t{6});
    for (int i = 0; i < 5; ++i)
        m_test->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(session.undoText().isEmpty());
    QCOMPARE(session.findings().size(), size_t{5});
    QCOMPARE(session.decided(), size_t{0});
    QVERIFY(!m_test->child<QAction>("undo")->isEnabled());
    for (int i = 0; i < 5; ++i)
        m_test->key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(session.redoText().isEmpty());
    QTRY_COMPARE(session.findings().size(), size_t{6});
    QCOMPARE(m_test->count(Decision::Accepted), size_t{2});
    QCOMPARE(m_test->count(Decision::Rejected), size_t{1});
    QVERIFY(std::any_of(session.findings().begin(), session.findings().end(),
                        [](const CaseFinding &entry) { return entry.comment == "looked at"; }));
}

void tst_window::panesByF6()
{
    QVERIFY(m_test->open(test::samplePath()));
    QVERIFY(m_test->scan());
    auto *tree = m_test->child<QTreeView>("checkpointTree");
    auto *list = m_test->child<QTableView>("findingList");
    auto *decoded = m_test->child<QWidget>("decodedPane");
    m_test->hex()->setFocus();
    for (QWidget *pane : std::initializer_list<QWidget *>{decoded, list, tree, m_test->hex()}) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_F6);
        QCOMPARE(QApplication::focusWidget(), pane);
    }
}

void tst_window::historyBackAndForward()
{
    QVERIFY(m_test->open(test::samplePath()));
    const auto title = [&] {
        return m_test->hex()->document() ? m_test->hex()->document()->title() : QString();
    };
    const QString start = title();
    const uint64_t address = m_test->hex()->cursor();
    QVERIFY(!m_test->child<QAction>("back")->isEnabled());
    auto *edit = m_test->child<QLineEdit>("goToEdit");
    const auto goTo = [&](const QString &where) {
        m_test->hex()->setFocus();
        m_test->key(Qt::Key_G);
        QTest::keyClicks(edit, where);
        QTest::keyClick(edit, Qt::Key_Return);
    };
    goTo(QStringLiteral("config.dump"));
    QTRY_COMPARE(title(), QStringLiteral("config.dump"));
    goTo(QStringLiteral("0x100"));
    QTRY_COMPARE(m_test->hex()->cursor(), uint64_t{0x100});
    // Typed where one is: remembered when one leaves.
    m_test->key(Qt::Key_Down);
    goTo(QStringLiteral("spec.dump"));
    QTRY_COMPARE(title(), QStringLiteral("spec.dump"));
    m_test->key(Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(title(), QStringLiteral("config.dump"));
    QTRY_COMPARE(m_test->hex()->cursor(), uint64_t{0x110});
    m_test->key(Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(m_test->hex()->cursor(), uint64_t{0});
    m_test->key(Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(title(), start);
    QTRY_COMPARE(m_test->hex()->cursor(), address);
    QTRY_VERIFY(!m_test->child<QAction>("back")->isEnabled());
    for (int i = 0; i < 3; ++i) {
        QTRY_VERIFY(m_test->child<QAction>("forward")->isEnabled());
        const QString before = title() + QString::number(m_test->hex()->cursor());
        m_test->key(Qt::Key_Right, Qt::AltModifier);
        QTRY_VERIFY(title() + QString::number(m_test->hex()->cursor()) != before);
    }
    QTRY_COMPARE(title(), QStringLiteral("spec.dump"));
    goTo(QStringLiteral("nowhere-at-all"));
    QTRY_VERIFY(m_test->child<QLabel>("noteLabel")->text().contains(QStringLiteral("nowhere-at-all")));
}

void tst_window::cancelKeepsWhatWasFound()
{
    writeTokens(path("long"), 4);
    QFile big(path("long/zz-big.img")); // all hole: takes no room, and long to scan
    QVERIFY(big.open(QIODevice::WriteOnly) && big.resize(qint64{8} << 30));
    QVERIFY(m_test->open(path("long")));
    QObject::connect(&m_test->session(), &ReviewSession::foundSoFar, m_test->window.get(),
                     [&] { m_test->key(Qt::Key_Escape); });
    m_test->key(Qt::Key_R, Qt::ControlModifier);
    QVERIFY(m_test->session().isBusy());
    QTRY_VERIFY_WITH_TIMEOUT(!m_test->session().isBusy(), patience);
    QVERIFY(!m_test->session().findings().empty());
    QVERIFY(!m_test->session().isScanned()); // not a whole scan
    QTRY_VERIFY(m_test->child<QLabel>("noteLabel")->text().contains(QStringLiteral("cancelled")));
    m_test->key(Qt::Key_N);
    m_test->key(Qt::Key_A);
    QCOMPARE(m_test->count(Decision::Accepted), size_t{1});
}

void tst_window::knownValuesByKeys()
{
    const std::string text = writeTokens(path("known"), 4);
    QVERIFY(m_test->open(path("known")));
    m_test->key(Qt::Key_X, Qt::ShiftModifier);
    auto *dialog = m_test->child<QDialog>("knownValuesDialog");
    QTRY_VERIFY(dialog != nullptr && dialog->isVisible());
    auto *edit = dialog->findChild<QLineEdit *>(QStringLiteral("knownEdit"));
    auto *list = dialog->findChild<QTreeWidget *>(QStringLiteral("knownList"));
    auto *start = dialog->findChild<QPushButton *>(QStringLiteral("knownStart"));
    QVERIFY(!start->isEnabled());
    // Typed: masked as it is typed and as it is listed.
    QTest::keyClicks(edit, QString::fromStdString(token));
    QVERIFY(!edit->displayText().contains(QStringLiteral("ghp")));
    QTest::keyClick(edit, Qt::Key_Return);
    // Pasted lines: one each; the same one once; the empty ones none.
    QApplication::clipboard()->setText(
        QStringLiteral("not-in-there-at-all\r\n\n%1\nabc\n").arg(QString::fromStdString(token)));
    QTest::keyClick(edit, Qt::Key_V, Qt::ControlModifier);
    QApplication::clipboard()->clear();
    QCOMPARE(list->topLevelItemCount(), 3);
    for (int row = 0; row < 3; ++row)
        QVERIFY(!list->topLevelItem(row)->text(0).contains(QRegularExpression(QStringLiteral("[a-zA-Z]"))));
    QTest::mouseClick(start, Qt::LeftButton);
    auto *status = dialog->findChild<QLabel *>(QStringLiteral("knownStatus"));
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains(QStringLiteral("redacted now")), patience);
    QCOMPARE(list->topLevelItem(0)->text(2), QStringLiteral("✓ 4 place(s)"));
    QCOMPARE(list->topLevelItem(1)->text(2), QStringLiteral("not found"));
    QCOMPARE(list->topLevelItem(2)->text(2), QStringLiteral("too short to search"));
    QCOMPARE(m_test->count(Decision::Accepted), size_t{4});
    QVERIFY(!start->isEnabled()); // the values are no longer known
    QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("knownClose")), Qt::LeftButton);
    QTRY_VERIFY(m_test->child<QDialog>("knownValuesDialog") == nullptr);
    // One step.
    m_test->window->activateWindow(); // no window manager does it here
    QVERIFY(QTest::qWaitForWindowActive(m_test->window.get()));
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(m_test->count(Decision::Accepted), size_t{0});
    // Neither the case nor the settings hold the value.
    QDirIterator files(m_test->folder.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.fileName().startsWith(path("known/")))
            continue;
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains(QByteArray::fromStdString(token)), qPrintable(file.fileName()));
    }
}

void tst_window::knownValuesThatAreNotThere()
{
    writeTokens(path("known"), 1);
    QVERIFY(m_test->open(path("known")));
    m_test->key(Qt::Key_X, Qt::ShiftModifier);
    auto *dialog = m_test->child<QDialog>("knownValuesDialog");
    QTRY_VERIFY(dialog != nullptr && dialog->isVisible());
    auto *edit = dialog->findChild<QLineEdit *>(QStringLiteral("knownEdit"));
    QTest::keyClicks(edit, QStringLiteral("not-in-there-at-all"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTest::keyClick(edit, Qt::Key_Return); // the empty line's Enter starts
    auto *status = dialog->findChild<QLabel *>(QStringLiteral("knownStatus"));
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains(QStringLiteral("not found")), patience);
    QVERIFY(m_test->session().findings().empty());
    QVERIFY(m_test->session().undoText().isEmpty());
}

void tst_window::paletteGoesAnywhere()
{
    QVERIFY(m_test->open(test::samplePath()));
    QTimer::singleShot(0, m_test->window.get(), [] {
        auto *dialog = QApplication::activeModalWidget();
        QVERIFY(dialog != nullptr);
        auto *edit = dialog->findChild<QLineEdit *>(QStringLiteral("paletteEdit"));
        QTest::keyClicks(edit, QStringLiteral("spec.d"));
        QCOMPARE(dialog->findChild<QListWidget *>(QStringLiteral("paletteList"))->count(), 1);
        QTest::keyClick(edit, Qt::Key_Return);
    });
    m_test->key(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(m_test->hex()->document() ? m_test->hex()->document()->title() : QString(),
                 QStringLiteral("spec.dump"));
}

void tst_window::emptyStates()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "nothing to see");
    builder.writeTo(path("clean").toStdString());
    QVERIFY(m_test->open(path("clean")));
    auto *text = m_test->child<QLabel>("findingsEmpty");
    auto *scan = m_test->child<QPushButton>("scanNow");
    auto *clear = m_test->child<QPushButton>("clearFilter");
    QVERIFY(text->isVisible() && text->text().contains(QStringLiteral("Nothing was scanned")));
    QVERIFY(scan->isVisible() && !clear->isVisible());
    QTest::mouseClick(scan, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!m_test->session().isBusy() && m_test->session().isScanned(), patience);
    QVERIFY(m_test->session().findings().empty());
    QVERIFY(text->isVisible() && text->text().contains(QStringLiteral("No secrets were found in")));
    QVERIFY(!scan->isVisible());
    // A filter that hides all says so, and goes with one click.
    writeTokens(path("some"), 3);
    QVERIFY(m_test->open(path("some")));
    QVERIFY(m_test->scan());
    auto *states = m_test->child<QComboBox>("stateFilter");
    states->setFocus();
    QTest::keyClick(states, Qt::Key_End); // rejected
    QTRY_VERIFY(text->isVisible() && text->text().contains(QStringLiteral("hides all 3")));
    QVERIFY(clear->isVisible());
    QTest::mouseClick(clear, Qt::LeftButton);
    QCOMPARE(m_test->child<QTableView>("findingList")->model()->rowCount(), 3);
    QVERIFY(!text->isVisible());
}

void tst_window::nothingStored()
{
    // A dump whose pages went to a page server: the images are there, the pages are not.
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "elsewhere");
    builder.without(builder.pagesFileOfTask(100));
    builder.writeTo(path("nopages").toStdString());
    m_test->window->open(path("nopages"));
    QTRY_VERIFY_WITH_TIMEOUT(m_test->session().isOpen() && !m_test->session().isBusy(), patience);
    auto *problems = m_test->child<QListWidget>("problemList");
    QStringList all;
    for (int row = 0; row < problems->count(); ++row)
        all << problems->item(row)->text();
    QVERIFY2(all.join(QLatin1Char('\n')).contains(QStringLiteral("pages-1.img")),
             qPrintable(all.join(QLatin1Char('\n'))));
    // The rest is browsable.
    auto *edit = m_test->child<QLineEdit>("goToEdit");
    edit->setFocus();
    QTest::keyClicks(edit, QStringLiteral("pstree.img"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_VERIFY(m_test->hex()->document() != nullptr);
    QTRY_COMPARE(m_test->hex()->document()->title(), QStringLiteral("pstree.img"));
}

void tst_window::parentMissing()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "here").inParent(0x12000, 2);
    builder.parent("../not-there");
    builder.writeTo(path("child").toStdString());
    QVERIFY(m_test->open(path("child")));
    auto *problems = m_test->child<QListWidget>("problemList");
    QStringList all;
    for (int row = 0; row < problems->count(); ++row)
        all << problems->item(row)->text();
    QVERIFY2(all.join(QLatin1Char('\n')).contains(QStringLiteral("parent"), Qt::CaseInsensitive),
             qPrintable(all.join(QLatin1Char('\n'))));
    const auto &segments = m_test->hex()->document()->segments();
    QVERIFY(std::any_of(segments.begin(), segments.end(), [](const HexSegment &segment) {
        return !segment.present && segment.text.contains(QStringLiteral("parent"));
    }));
    QTRY_COMPARE(m_test->hex()->byteAt(0x11000).value_or(0), uint8_t{'h'});
}

void tst_window::marksFollowDecisions()
{
    writeTokens(path("marks"), 2);
    QVERIFY(m_test->open(path("marks")));
    QVERIFY(m_test->scan());
    m_test->key(Qt::Key_N);
    QTRY_VERIFY(m_test->hex()->accessibleDescription().contains(QStringLiteral("undecided")));
    m_test->key(Qt::Key_A);
    m_test->key(Qt::Key_P);
    QTRY_VERIFY(m_test->hex()->accessibleDescription().contains(QStringLiteral("accepted")));
    m_test->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(m_test->hex()->accessibleDescription().contains(QStringLiteral("undecided")));
}

void tst_window::redactingStaysWhereOneIs()
{
    writeTokens(path("stay"), 2);
    QVERIFY(m_test->open(path("stay")));
    QVERIFY(m_test->scan());
    m_test->key(Qt::Key_N);
    m_test->key(Qt::Key_End, Qt::ControlModifier);
    const uint64_t end = m_test->hex()->cursor();
    m_test->key(Qt::Key_Left, Qt::ShiftModifier);
    m_test->key(Qt::Key_X);
    QTRY_COMPARE(m_test->session().findings().size(), size_t{3});
    QCOMPARE(m_test->hex()->cursor(), end - 1); // no jump to the chosen finding
    // Asked for again, it comes.
    m_test->key(Qt::Key_N, Qt::ShiftModifier);
    QTRY_VERIFY(m_test->hex()->cursor() < end - 1);
}

void tst_window::fieldsAndBytesAreLinked()
{
    QVERIFY(m_test->open(test::samplePath()));
    auto *edit = m_test->child<QLineEdit>("goToEdit");
    edit->setFocus();
    QTest::keyClicks(edit, QStringLiteral("inventory.img"));
    QTest::keyClick(edit, Qt::Key_Return);
    auto *tree = m_test->child<QTreeView>("fieldTree");
    QTRY_VERIFY(tree->model()->rowCount() >= 2); // magic, record
    // From the bytes to the field: each step of the cursor stands in the chosen row.
    auto *where = m_test->child<QLabel>("whereLabel");
    m_test->hex()->setFocus();
    for (const uint64_t offset : {0u, 4u, 8u, 9u, 10u, 12u}) {
        m_test->hex()->goTo(offset);
        QTRY_VERIFY([&] {
            const QModelIndex index = tree->currentIndex();
            const uint64_t from =
                index.siblingAtColumn(FieldsModel::Offset).data().toString().toULongLong(nullptr, 16);
            const uint64_t length =
                index.siblingAtColumn(FieldsModel::Length).data().toString().toULongLong();
            return index.isValid() && from <= offset && offset < from + length &&
                   !tree->model()->hasChildren(index);
        }());
    }
    m_test->hex()->goTo(9);
    QTRY_VERIFY2(where->text().contains(QStringLiteral("img_version")), qPrintable(where->text()));
    // From the field to the bytes.
    const QModelIndex field = tree->currentIndex().parent();
    QVERIFY(field.isValid());
    tree->setFocus();
    tree->setCurrentIndex(field);
    const uint64_t offset =
        field.siblingAtColumn(FieldsModel::Offset).data().toString().toULongLong(nullptr, 16);
    const uint64_t length = field.siblingAtColumn(FieldsModel::Length).data().toString().toULongLong();
    QCOMPARE(m_test->hex()->selection().start, offset);
    QCOMPARE(m_test->hex()->selection().length, length);
    // A task's memory has no fields.
    edit->setFocus();
    edit->clear();
    QTest::keyClicks(edit, QStringLiteral("7"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(tree->model()->rowCount(), 0);
    QVERIFY(!where->text().contains(QStringLiteral("img_version")));
}

void tst_window::masksOnScreen()
{
    writeTokens(path("mask"), 1);
    QVERIFY(m_test->open(path("mask")));
    QVERIFY(m_test->scan());
    m_test->key(Qt::Key_N);
    QTRY_VERIFY(m_test->hex()->byteAt(m_test->hex()->cursor()).has_value());
    QTRY_VERIFY(m_test->hex()->accessibleDescription().contains(QStringLiteral("undecided")));
    const QImage plain = m_test->hex()->grab().toImage();
    m_test->key(Qt::Key_M);
    QVERIFY(m_test->hex()->isMasked());
    QVERIFY(m_test->hex()->grab().toImage() != plain);
    m_test->key(Qt::Key_M);
    QVERIFY(!m_test->hex()->isMasked());
}

CRYOSCOPE_TEST(tst_window)

} // namespace tst_window

#include "tst_window.moc"
