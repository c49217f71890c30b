// SPDX-License-Identifier: Apache-2.0
// The main job by keys and mouse alone: open, scan, judge, add, undo, export, proof. CRYOSCOPE_GUI_EVIDENCE
// and CRYOSCOPE_GUI_OUT make the whole loop run on another checkpoint and keep its export.
#include "core/checkpoint/checkpoint.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"
#include "tests/support/checkpointbuilder.h"
#include "ui/export/exportdialog.h"
#include "ui/hexview/hexview.h"
#include "ui/views/findingpanel.h"
#include "ui/views/mainwindow.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

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
    key(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(session().finding(second)->decision, Decision::Undecided);
    key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(session().finding(second)->decision, Decision::Rejected);
    key(Qt::Key_P);
    panel->select(first);
    key(Qt::Key_U);
    QCOMPARE(session().finding(first)->decision, Decision::Undecided);
    // All copies of one value, in one step that undo takes back.
    panel->select(first);
    const uint64_t copies = session().finding(first)->copies;
    QVERIFY(copies > 0);
    key(Qt::Key_A, Qt::ShiftModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!session().isBusy(), patience);
    QVERIFY(count(Decision::Accepted) >= copies + 1);
    key(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(count(Decision::Accepted), size_t{0});
}

void tst_mainwindow::addFromSelection()
{
    open(sample());
    const uint64_t start = m_window->hexView()->cursor();
    for (int i = 0; i < 7; ++i)
        key(Qt::Key_Right, Qt::ShiftModifier);
    key(Qt::Key_X);
    QCOMPARE(session().findings().size(), size_t{1});
    const CaseFinding &added = session().findings().front();
    QCOMPARE(added.origin, Origin::Manual);
    QCOMPARE(added.decision, Decision::Accepted);
    QCOMPARE(added.finding.length(), uint64_t{8});
    auto *panel = m_window->findChild<FindingPanel *>();
    panel->select(added.id);
    key(Qt::Key_BracketRight);
    QCOMPARE(session().findings().front().finding.length(), uint64_t{9});
    key(Qt::Key_Z, Qt::ControlModifier);
    key(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(session().findings().empty());
    Q_UNUSED(start)
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
    m_window->hexView()->setFocus();
    // The find dialog asks; what is typed into it is found.
    QTimer::singleShot(0, this, [] {
        auto *dialog = QApplication::activeModalWidget();
        QVERIFY(dialog != nullptr);
        auto *line = dialog->findChild<QLineEdit *>();
        QTest::keyClicks(line, QStringLiteral("DB_PASSWORD="));
        QTest::keyClick(line, Qt::Key_Return);
    });
    key(Qt::Key_Slash);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->hexView()->selection().length, uint64_t{12}, patience);
    QTRY_VERIFY(m_window->hexView()->selectedBytes().has_value());
    QCOMPARE(*m_window->hexView()->selectedBytes(), QByteArray("DB_PASSWORD="));
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
    QCOMPARE(session().casePath(), saved);
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
        const CaseFinding *entry = session().finding(panel->current());
        QVERIFY(entry != nullptr);
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
    QVERIFY(dialog->findChild<QListWidget *>(QStringLiteral("proofItems"))->count() >= 6);
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
}

QTEST_MAIN(tst_mainwindow)
#include "tst_mainwindow.moc"
