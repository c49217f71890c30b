// SPDX-License-Identifier: Apache-2.0
// The main job by keys and mouse alone: open, scan, judge, add, undo, export, proof. CRYOSCOPE_GUI_EVIDENCE
// and CRYOSCOPE_GUI_OUT make the whole loop run on another checkpoint and keep its export;
// CRYOSCOPE_GUI_VALUES names a file with values that the user knows.
#include "core/checkpoint/checkpoint.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "ui/export/exportdialog.h"
#include "ui/hexview/hexview.h"
#include "ui/review/copiesdialog.h"
#include "ui/review/edges.h"
#include "ui/views/findingpanel.h"
#include "ui/views/mainwindow.h"

#include <QApplication>
#include <QClipboard>
#include <QDirIterator>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeWidget>

namespace tst_mainwindow
{

using namespace cryoscope;
using namespace cryoscope::ui;

namespace
{

constexpr int patience = 60000; // milliseconds that anything may take

QString sample()
{
    return QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst");
}

} // namespace

class tst_mainwindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void sampleByMouse();
    void decisionsByKeys();
    void addFromSelection();
    void findAndGoTo();
    void filterHidesAndShows();
    void caseIsKept();
    void problemsAreListed();
    void whatIsNoCheckpointIsTold();
    void wholeLoop();

private:
    static QStringList knownValues();
    void redactByFinding(const QString &value);
    void redactKnown(const QStringList &values);
    void open(const QString &path);
    void scan();
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {});
    template <class T> T *child(const char *name)
    {
        return m_window->findChild<T *>(QString::fromLatin1(name));
    }
    [[nodiscard]] size_t count(Decision decision) const;
    [[nodiscard]] ReviewSession &session() { return m_window->session(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<MainWindow> m_window;
};

void tst_mainwindow::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("cryoscope-test"));
    QCoreApplication::setApplicationName(QStringLiteral("tst_mainwindow"));
}

void tst_mainwindow::init()
{
    // Settings and cases of each test are its own.
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_DATA_HOME", m_folder->filePath(QStringLiteral("data")).toUtf8());
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope,
                       m_folder->filePath(QStringLiteral("config")));
    applyTheme(*qApp, ThemeChoice::Light);
    m_window = std::make_unique<MainWindow>();
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->activateWindow();
}

void tst_mainwindow::cleanup()
{
    m_window.reset();
    m_folder.reset();
}

void tst_mainwindow::open(const QString &path)
{
    m_window->open(path); // what a drop, the command line or the file dialog calls
    QTRY_VERIFY_WITH_TIMEOUT(session().isOpen() && !session().isBusy(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->hexView()->document() != nullptr, patience);
    m_window->hexView()->setFocus();
}

void tst_mainwindow::key(Qt::Key which, Qt::KeyboardModifiers modifiers)
{
    QTest::keyClick(m_window->hexView(), which, modifiers);
}

void tst_mainwindow::scan()
{
    key(Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!session().isBusy(), patience);
}

size_t tst_mainwindow::count(Decision decision) const
{
    const auto &findings = m_window->session().findings();
    return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const CaseFinding &entry) {
        return entry.decision == decision;
    }));
}

void tst_mainwindow::sampleByMouse()
{
    QTest::mouseClick(child<QPushButton>("openSampleButton"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(session().isOpen(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->hexView()->document() != nullptr, patience);
    QVERIFY(!m_window->windowTitle().isEmpty() &&
            m_window->windowTitle().startsWith(QStringLiteral("sample.tar.zst")));
    QTRY_VERIFY(child<QLabel>("positionLabel")->text().contains(QStringLiteral("pages-")));
}

void tst_mainwindow::decisionsByKeys()
{
    open(sample());
    QVERIFY(session().findings().empty());
    scan();
    const size_t all = session().findings().size();
    QVERIFY(all > 40);
    key(Qt::Key_N);
    auto *panel = m_window->findChild<FindingPanel *>();
    const FindingId first = panel->current();
    QVERIFY(first != 0);
    key(Qt::Key_A);
    QCOMPARE(session().finding(first)->decision, Decision::Accepted);
    QVERIFY(panel->current() != first); // on to the next undecided one
    const FindingId second = panel->current();
    key(Qt::Key_R);
    QCOMPARE(session().finding(second)->decision, Decision::Rejected);
    QVERIFY(session().finding(second)->reason != Reason::None);
    QTRY_VERIFY(session().undoText().contains(QStringLiteral("reject")));
    key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(session().finding(second)->decision, Decision::Undecided);
    key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(session().finding(second)->decision, Decision::Rejected);
    key(Qt::Key_P);
    panel->select(first);
    key(Qt::Key_U);
    QCOMPARE(session().finding(first)->decision, Decision::Undecided);
    // All copies of one value, in one step that undo takes back.
    panel->select(first);
    const uint64_t copies = session().finding(first)->copies;
    QVERIFY(copies > 0);
    const auto acceptAll = [&](bool leaveOneOut) {
        key(Qt::Key_A, Qt::ShiftModifier);
        QPointer<CopiesDialog> dialog;
        const auto shown = [&] { return (dialog = m_window->findChild<CopiesDialog *>()) != nullptr; };
        if (!QTest::qWaitFor(shown, patience) || count(Decision::Accepted) != 0) // they are shown first
            return size_t{0};
        auto *places = dialog->findChild<QTreeWidget *>(QStringLiteral("copyList"));
        auto *button = dialog->findChild<QPushButton *>(QStringLiteral("acceptPlaces"));
        const int rows = places->topLevelItemCount();
        if (leaveOneOut)
            QTest::keyClick(places, Qt::Key_Space);
        const bool told = button->text().contains(QString::number(leaveOneOut ? rows - 1 : rows));
        QTest::keyClick(places, Qt::Key_Return);
        (void)QTest::qWaitFor([&] { return dialog.isNull() && count(Decision::Accepted) > 0; }, patience);
        m_window->activateWindow(); // the offscreen platform does not do it when a dialog has gone
        (void)QTest::qWaitForWindowActive(m_window.get());
        m_window->hexView()->setFocus();
        return told ? count(Decision::Accepted) : 0;
    };
    const size_t whole = acceptAll(false);
    QVERIFY(whole >= copies + 1);
    key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(count(Decision::Accepted), size_t{0});
    panel->select(first);
    const size_t less = acceptAll(true);
    QVERIFY(less > 0 && less < whole);
    key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(count(Decision::Accepted), size_t{0});
}

void tst_mainwindow::addFromSelection()
{
    open(sample());
    const uint64_t start = m_window->hexView()->cursor();
    for (int i = 0; i < 7; ++i)
        key(Qt::Key_Right, Qt::ShiftModifier);
    key(Qt::Key_X);
    QTRY_COMPARE(session().findings().size(), size_t{1});
    const CaseFinding &added = session().findings().front();
    QCOMPARE(added.origin, Origin::Manual);
    QCOMPARE(added.decision, Decision::Accepted);
    QCOMPARE(added.finding.length(), uint64_t{8});
    auto *panel = m_window->findChild<FindingPanel *>();
    panel->select(added.id);
    key(Qt::Key_BracketRight);
    QTRY_COMPARE(session().findings().front().finding.length(), uint64_t{9});
    // Both edges, back and on, faster than anything is written; the start keeps track of where it is.
    for (int i = 0; i < 5; ++i)
        key(Qt::Key_BracketRight, Qt::ShiftModifier);
    for (int i = 0; i < 3; ++i)
        key(Qt::Key_BracketLeft, Qt::ShiftModifier);
    QTRY_COMPARE(session().findings().front().finding.length(), uint64_t{7});
    QCOMPARE(placeOf(*session().memory(), session().findings().front().finding).address, start + 2);
    for (int i = 0; i < 10; ++i)
        key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(session().findings().empty());
}

void tst_mainwindow::findAndGoTo()
{
    open(sample());
    key(Qt::Key_G);
    auto *edit = child<QLineEdit>("goToEdit");
    QTRY_VERIFY(edit->hasFocus());
    QTest::keyClicks(edit, QStringLiteral("config.dump"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(m_window->hexView()->document() != nullptr ? m_window->hexView()->document()->title()
                                                            : QString(),
                 QStringLiteral("config.dump"));
    // Everything is searched; the first hit is shown, F3 goes on to the next.
    m_window->hexView()->setFocus();
    key(Qt::Key_Slash);
    auto *find = child<QLineEdit>("findEdit");
    QTRY_VERIFY(find->hasFocus());
    QTest::keyClicks(find, QStringLiteral("DB_PASSWORD="));
    QTest::keyClick(find, Qt::Key_Return);
    auto *hits = child<QTableView>("hitList");
    QTRY_VERIFY_WITH_TIMEOUT(child<QPushButton>("redactAllHits")->isEnabled(), patience);
    QVERIFY(hits->model()->rowCount() > 1);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->hexView()->selection().length, uint64_t{12}, patience);
    QTRY_COMPARE(m_window->hexView()->selectedBytes().value_or(QByteArray()), QByteArray("DB_PASSWORD="));
    QCOMPARE(hits->currentIndex().row(), 0);
    key(Qt::Key_F3);
    QCOMPARE(hits->currentIndex().row(), 1);
    key(Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(hits->currentIndex().row(), 0);
    const int count = hits->model()->rowCount();
    QTest::mouseClick(child<QPushButton>("redactAllHits"), Qt::LeftButton);
    QTRY_COMPARE(static_cast<int>(session().findings().size()), count);
    QCOMPARE(session().decided(), static_cast<size_t>(count));
    QTRY_VERIFY(!session().undoText().isEmpty());
    m_window->hexView()->setFocus();
    key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(session().findings().empty());
}

void tst_mainwindow::filterHidesAndShows()
{
    open(sample());
    scan();
    auto *list = child<QTableView>("findingList");
    const int all = list->model()->rowCount();
    key(Qt::Key_F);
    auto *filter = child<QLineEdit>("findingFilter");
    QTRY_VERIFY(filter->hasFocus());
    QTest::keyClicks(filter, QStringLiteral("github"));
    QVERIFY(list->model()->rowCount() > 0 && list->model()->rowCount() < all);
    QTest::keyClicks(filter, QStringLiteral(" nothing-like-this"));
    QCOMPARE(list->model()->rowCount(), 0);
    QVERIFY(child<QLabel>("findingsEmpty")->text().contains(QStringLiteral("filter")));
    filter->clear();
    QCOMPARE(list->model()->rowCount(), all);
}

void tst_mainwindow::caseIsKept()
{
    open(sample());
    scan();
    key(Qt::Key_N);
    key(Qt::Key_A);
    const QString saved = m_folder->filePath(QStringLiteral("review.cryoscope"));
    session().saveCaseAs(saved);
    QTRY_COMPARE(session().casePath(), saved);
    key(Qt::Key_A);
    QCOMPARE(count(Decision::Accepted), size_t{2});
    key(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(!session().isOpen());
    open(saved);
    QCOMPARE(count(Decision::Accepted), size_t{2});
    QCOMPARE(session().path(), sample());
}

void tst_mainwindow::problemsAreListed()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "some bytes");
    const std::string directory = m_folder->filePath(QStringLiteral("images")).toStdString();
    auto members = builder.members();
    std::string cut = members.at("files.img");
    cut.resize(cut.size() - 3);
    builder.member("files.img", cut);
    builder.member(builder.pagesFileOfTask(100), std::string());
    builder.writeTo(directory);
    open(QString::fromStdString(directory));
    auto *problems = child<QListWidget>("problemList");
    QStringList texts;
    for (int row = 0; row < problems->count(); ++row)
        texts << problems->item(row)->text();
    const QString all = texts.join(QLatin1Char('\n'));
    QVERIFY2(all.contains(QStringLiteral("files.img at offset")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("pages-1.img at offset 0")), qPrintable(all));
    QCOMPARE(session().memory()->checkpoint().tasks().size(), size_t{1}); // the rest is there
}

void tst_mainwindow::whatIsNoCheckpointIsTold()
{
    const QString path = m_folder->filePath(QStringLiteral("empty"));
    QVERIFY(QDir().mkpath(path));
    m_window->open(path);
    QTRY_VERIFY_WITH_TIMEOUT(!session().isBusy(), patience);
    QVERIFY(!session().isOpen());
    QVERIFY(child<QLabel>("openError")->isVisible());
    QVERIFY(child<QLabel>("openError")->text().contains(QStringLiteral("no checkpoint")));
}

void tst_mainwindow::wholeLoop()
{
    const QString evidence = qEnvironmentVariable("CRYOSCOPE_GUI_EVIDENCE", sample());
    const QString out =
        qEnvironmentVariable("CRYOSCOPE_GUI_OUT", m_folder->filePath(QStringLiteral("redacted.tar.zst")));
    open(evidence);
    scan();
    QVERIFY(!session().findings().empty());
    // Each finding of high or medium confidence is accepted, one key each.
    auto *panel = m_window->findChild<FindingPanel *>();
    std::vector<std::string> values;
    key(Qt::Key_N);
    for (size_t i = 0; i < session().findings().size(); ++i) {
        const auto entry = session().finding(panel->current());
        QVERIFY(entry);
        if (entry->decision != Decision::Undecided)
            break;
        const bool take = entry->finding.confidence != Confidence::Low;
        if (take) {
            const auto bytes = readExtents(session().memory()->checkpoint().archive(), entry->finding.parts);
            QVERIFY(bytes.ok());
            values.push_back(decodeValue(entry->finding.encoding, *bytes));
        }
        key(take ? Qt::Key_A : Qt::Key_R);
    }
    QCOMPARE(count(Decision::Undecided), size_t{0});
    const QStringList known = knownValues();
    for (const QString &value : known)
        values.push_back(value.toStdString());
    if (!known.isEmpty()) {
        redactByFinding(known.front());
        redactKnown(known);
    }
    key(Qt::Key_E, Qt::ControlModifier);
    QPointer<ExportDialog> dialog = m_window->exportDialog();
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isPlanned() && !session().isBusy(), patience);
    auto *output = dialog->findChild<QLineEdit *>(QStringLiteral("outputPath"));
    auto *start = dialog->findChild<QPushButton *>(QStringLiteral("startExport"));
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    output->setFocus();
    output->selectAll();
    QTest::keyClicks(output, out);
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->proof().has_value() || !dialog->failure().isEmpty(), patience);
    QVERIFY2(dialog->failure().isEmpty(), qPrintable(dialog->failure()));
    QVERIFY(dialog->proof()->complete());
    QVERIFY(
        dialog->findChild<QLabel *>(QStringLiteral("verdict"))->text().contains(QStringLiteral("Verified")));
    QVERIFY(dialog->findChild<QTreeWidget *>(QStringLiteral("proofItems"))->topLevelItemCount() >= 6);
    QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("closeExport")), Qt::LeftButton);
    QTRY_VERIFY(!dialog);

    const auto checkpoint = Checkpoint::open(out.toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = Memory::load(*checkpoint);
    QVERIFY(memory.ok());
    std::vector<SearchValue> wanted;
    for (const std::string &value : values) {
        if (value.size() >= minSearchedValue)
            wanted.push_back({value, wanted.size()});
    }
    QVERIFY(!wanted.empty());
    size_t left = 0;
    const auto done =
        findValues(**memory, wanted, [&](std::vector<ValueHit> &&hits) { left += hits.size(); });
    QVERIFY(done.ok());
    QCOMPARE(left, size_t{0});
    // Neither the case nor the settings hold any of the values.
    QDirIterator files(m_folder->path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    size_t looked = 0;
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.fileName() == out)
            continue;
        ++looked;
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        for (const SearchValue &value : wanted)
            QVERIFY2(value.bytes.size() < 8 || !bytes.contains(QByteArray::fromStdString(value.bytes)),
                     qPrintable(file.fileName()));
    }
    QVERIFY(looked > 0);
}

/// Values that the user knows, one a line in the file that CRYOSCOPE_GUI_VALUES names; none for the sample.
QStringList tst_mainwindow::knownValues()
{
    QFile file(qEnvironmentVariable("CRYOSCOPE_GUI_VALUES"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
}

/// Finds one value in everything and redacts all hits.
void tst_mainwindow::redactByFinding(const QString &value)
{
    m_window->hexView()->setFocus();
    key(Qt::Key_Slash);
    auto *find = child<QLineEdit>("findEdit");
    QTRY_VERIFY(find->hasFocus());
    QTest::keyClicks(find, value);
    QTest::keyClick(find, Qt::Key_Return);
    auto *all = child<QPushButton>("redactAllHits");
    QTRY_VERIFY_WITH_TIMEOUT(all->isEnabled(), patience);
    QTest::mouseClick(all, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(child<QLabel>("noteLabel")->text().contains(QStringLiteral("added")), patience);
}

/// Pastes the values into the dialog for known ones, and redacts every copy of each.
void tst_mainwindow::redactKnown(const QStringList &values)
{
    m_window->hexView()->setFocus();
    key(Qt::Key_X, Qt::ShiftModifier);
    QTRY_VERIFY(child<QDialog>("knownValuesDialog") != nullptr);
    QPointer<QDialog> dialog = child<QDialog>("knownValuesDialog");
    QTRY_VERIFY(dialog->isVisible());
    auto *edit = dialog->findChild<QLineEdit *>(QStringLiteral("knownEdit"));
    QApplication::clipboard()->setText(values.join(QLatin1Char('\n')) + QLatin1Char('\n'));
    QTest::keyClick(edit, Qt::Key_V, Qt::ControlModifier);
    QApplication::clipboard()->clear();
    auto *list = dialog->findChild<QTreeWidget *>(QStringLiteral("knownList"));
    QCOMPARE(list->topLevelItemCount(), static_cast<int>(values.size()));
    QTest::keyClick(edit, Qt::Key_Return);
    auto *status = dialog->findChild<QLabel *>(QStringLiteral("knownStatus"));
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains(QStringLiteral("redacted now")), patience);
    for (int row = 0; row < list->topLevelItemCount(); ++row)
        QVERIFY2(list->topLevelItem(row)->text(2).startsWith(QChar(0x2713)),
                 qPrintable(QStringLiteral("value %1: %2").arg(row).arg(list->topLevelItem(row)->text(2))));
    QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("knownClose")), Qt::LeftButton);
    QTRY_VERIFY(!dialog);
    m_window->activateWindow(); // no window manager does it here
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_window->hexView()->setFocus();
}

CRYOSCOPE_TEST(tst_mainwindow)

} // namespace tst_mainwindow

#include "tst_mainwindow.moc"
