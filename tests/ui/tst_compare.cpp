// SPDX-License-Identifier: Apache-2.0
// Comparing with another checkpoint: what is listed, where its rows lead, and what is said when there is
// nothing to list.
#include "tests/program/testprogram.h"
#include "tests/support/completeset.h"
#include "tests/ui/windowtest.h"
#include "ui/compare/comparepane.h"
#include "ui/export/exportdialog.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTreeView>

namespace tst_compare
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace cryoscope::ui;

class tst_compare : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void allLevels();
    void rowsLeadToPlaces();
    void onlyInOne();
    void swapped();
    void filtered();
    void maskedValuesAreNotRead();
    void maskForgetsValues();
    void nothingDiffers();
    void notACheckpoint();
    void damagedArchive();
    void cancelByEscape();
    void closedMeanwhile();
    void anotherOneMeanwhile();
    void moreThanAreListed();
    void exportWithItsEvidence();
    void emptyAndListedInKeys();

private:
    [[nodiscard]] QString path(const char *name) const
    {
        return m_test->folder.filePath(QString::fromLatin1(name));
    }
    [[nodiscard]] const Comparison &comparison() const { return m_pane->comparison(); }
    /// Writes the second set, opens the first one and compares them by keys.
    void compare();
    void start(const QString &with);
    [[nodiscard]] QString words() const { return m_test->child<QLabel>("compareWords")->text(); }
    /// The first row of which a column holds the text, at any depth.
    [[nodiscard]] QModelIndex row(const QString &text, int column = DifferenceModel::Place,
                                  const QModelIndex &parent = {}) const;
    [[nodiscard]] static QString said(const QModelIndex &index, int column)
    {
        return index.siblingAtColumn(column).data().toString();
    }
    /// Chooses a row and presses Enter on it.
    void activate(const QModelIndex &index);

    std::unique_ptr<WindowTest> m_test;
    std::unique_ptr<CompleteSet> m_after;
    ComparePane *m_pane = nullptr;
    QTreeView *m_tree = nullptr;
};

void tst_compare::init()
{
    m_test = std::make_unique<WindowTest>();
    m_pane = m_test->window->findChild<ComparePane *>();
    m_tree = m_test->child<QTreeView>("differenceTree");
    CompleteSet().builder.writeTo(path("before").toStdString());
    m_after = std::make_unique<CompleteSet>();
    // One of each: a member more, one less, a number, a payload, pages.
    m_after->builder.member("extra.json", "{}").without("tcp-stream-1234.img");
    std::string pipes = m_after->builder.members().at("pipes-data.img");
    pipes.replace(pipes.find("queued"), 6, "QUEUED");
    m_after->builder.member("pipes-data.img", pipes);
    m_after->task.cwd(m_after->exe)
        .page(CompleteSet::heap + 0x1010, "XY")
        .page(CompleteSet::heap + 0x2010, "Z")
        .page(CompleteSet::code + 0x1000, "new");
}

void tst_compare::cleanup()
{
    m_test.reset();
    m_after.reset();
}

void tst_compare::start(const QString &with)
{
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_D, Qt::ControlModifier);
    auto *edit = m_test->child<QLineEdit>("comparePath");
    QCOMPARE(QApplication::focusWidget(), edit);
    QTest::keyClicks(edit, with); // what was there is chosen
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(comparison().isRunning());
}

void tst_compare::compare()
{
    m_after->builder.writeTo(path("after").toStdString());
    QVERIFY(m_test->open(path("before")));
    start(path("after"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QVERIFY(comparison().difference() != nullptr && !comparison().difference()->same());
    QVERIFY(m_tree->isVisible());
}

QModelIndex tst_compare::row(const QString &text, int column, const QModelIndex &parent) const
{
    const auto *model = m_tree->model();
    for (int i = 0; i < model->rowCount(parent); ++i) {
        const QModelIndex index = model->index(i, 0, parent);
        if (said(index, column).contains(text))
            return index;
        if (const QModelIndex below = row(text, column, index); below.isValid())
            return below;
    }
    return {};
}

void tst_compare::activate(const QModelIndex &index)
{
    QVERIFY(index.isValid());
    m_tree->setFocus();
    m_tree->setCurrentIndex(index);
    QTest::keyClick(m_tree, Qt::Key_Return);
}

void tst_compare::allLevels()
{
    compare();
    // Members.
    const QModelIndex added = row(QStringLiteral("extra.json"));
    QVERIFY(said(added, DifferenceModel::ChangeColumn).contains(QStringLiteral("+ added")));
    QCOMPARE(said(added, DifferenceModel::Before), QStringLiteral("not there"));
    QVERIFY(said(added, DifferenceModel::After).startsWith(QLatin1Char('2')));
    const QModelIndex removed = row(QStringLiteral("tcp-stream-1234.img"));
    QVERIFY(said(removed, DifferenceModel::ChangeColumn).contains(QStringLiteral("− removed")));
    QCOMPARE(said(removed, DifferenceModel::After), QStringLiteral("not there"));
    const QModelIndex changed = row(QStringLiteral("fs-100.img"));
    QVERIFY(said(changed, DifferenceModel::ChangeColumn).contains(QStringLiteral("Δ changed")));
    QCOMPARE(said(changed, DifferenceModel::Bytes), QStringLiteral("1"));
    QCOMPARE(said(changed, DifferenceModel::What), QStringLiteral("image"));
    // A field of it.
    const QModelIndex field = row(QStringLiteral("cwd_id"));
    QCOMPARE(field.parent(), changed);
    QCOMPARE(said(field, DifferenceModel::What), QStringLiteral("number"));
    QCOMPARE(said(field, DifferenceModel::Before), QString::number(m_after->directory));
    QCOMPARE(said(field, DifferenceModel::After), QString::number(m_after->exe));
    const QModelIndex payload = row(QStringLiteral("payload"));
    QCOMPARE(said(payload, DifferenceModel::Before), QStringLiteral("queued in the pipe"));
    QCOMPARE(said(payload, DifferenceModel::After), QStringLiteral("QUEUED in the pipe"));
    // Pages of a process.
    const QModelIndex process = row(QStringLiteral("100 prog"));
    QVERIFY(process.isValid());
    QCOMPARE(process.model()->rowCount(process), 2);
    const QModelIndex heap = row(QStringLiteral("[heap]"));
    QCOMPARE(heap.parent(), process);
    QCOMPARE(said(heap, DifferenceModel::Place), QStringLiteral("0x601000  [heap]"));
    QVERIFY(said(heap, DifferenceModel::What).startsWith(QLatin1Char('2'))); // two pages
    QCOMPARE(said(heap, DifferenceModel::Bytes), QStringLiteral("3"));
    const QModelIndex code = row(QStringLiteral("0x401000"));
    QVERIFY(said(code, DifferenceModel::ChangeColumn).contains(QStringLiteral("added")));
    QCOMPARE(said(code, DifferenceModel::Before), QStringLiteral("not stored"));
    // Totals, and what a screen reader says.
    const QString totals = m_test->child<QLabel>("compareTotals")->text();
    for (const char *part :
         {"Before: before (shown)", "After: after", "Members: Δ4 +1 −1", "Fields: ", "Pages: Δ2 +1"})
        QVERIFY2(totals.contains(QString::fromUtf8(part)), qPrintable(totals));
    QCOMPARE(m_tree->model()->index(0, 0).data().toString(),
             QStringLiteral("Members: 4 changed, 1 added, 1 removed"));
    QVERIFY(removed.data(Qt::AccessibleTextRole).toString().endsWith(QStringLiteral("removed")));
    QVERIFY(changed.siblingAtColumn(DifferenceModel::ChangeColumn)
                .data(Qt::ForegroundRole)
                .value<QColor>()
                .isValid());
}

void tst_compare::rowsLeadToPlaces()
{
    compare();
    // A field: its bytes are chosen in its member.
    activate(row(QStringLiteral("cwd_id")));
    QTRY_VERIFY(m_test->hex()->document() != nullptr &&
                m_test->hex()->document()->title() == QStringLiteral("fs-100.img"));
    const FieldDifference *field = nullptr;
    for (const MemberDifference &member : comparison().difference()->members) {
        if (member.path == "fs-100.img")
            field = &member.image->fields.front();
    }
    QVERIFY(field != nullptr);
    QTRY_COMPARE(m_test->hex()->selection().start, field->placeBefore.offset);
    QCOMPARE(m_test->hex()->selection().length, field->placeBefore.length);
    QCOMPARE(QApplication::focusWidget(), m_tree); // one goes on from there
    // Pages: the process at the address.
    activate(row(QStringLiteral("0x601000")));
    QTRY_COMPARE(m_test->hex()->cursor(), CompleteSet::heap + 0x1000);
    QVERIFY(m_test->hex()->document()->title().startsWith(QStringLiteral("100")));
    // A member: the first byte that differs. By the mouse.
    const QModelIndex pipes = row(QStringLiteral("pipes-data.img"));
    m_tree->scrollTo(pipes);
    const QPoint at = m_tree->visualRect(pipes).center();
    QTest::mouseClick(m_tree->viewport(), Qt::LeftButton, {}, at);
    QTest::mouseDClick(m_tree->viewport(), Qt::LeftButton, {}, at);
    QTRY_COMPARE(m_test->hex()->document()->title(), QStringLiteral("pipes-data.img"));
    QTRY_COMPARE(m_test->hex()->byteAt(m_test->hex()->cursor()).value_or(0), uint8_t{'q'});
    // And back.
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(m_test->hex()->cursor(), CompleteSet::heap + 0x1000);
}

void tst_compare::onlyInOne()
{
    compare();
    const QString before = m_test->hex()->document()->title();
    activate(row(QStringLiteral("extra.json")));
    QTRY_VERIFY(m_test->child<QLabel>("noteLabel")->text().contains(QStringLiteral("Only in the other")));
    QCOMPARE(m_test->hex()->document()->title(), before);
    activate(row(QStringLiteral("tcp-stream-1234.img")));
    QTRY_COMPARE(m_test->hex()->document()->title(), QStringLiteral("tcp-stream-1234.img"));
}

void tst_compare::swapped()
{
    compare();
    auto *swap = m_test->child<QPushButton>("compareSwap");
    QVERIFY(!swap->accessibleName().isEmpty());
    swap->setFocus();
    QTest::keyClick(swap, Qt::Key_Space);
    QVERIFY(said(row(QStringLiteral("extra.json")), DifferenceModel::ChangeColumn)
                .contains(QStringLiteral("removed")));
    QVERIFY(said(row(QStringLiteral("tcp-stream-1234.img")), DifferenceModel::ChangeColumn)
                .contains(QStringLiteral("added")));
    QCOMPARE(said(row(QStringLiteral("payload")), DifferenceModel::Before),
             QStringLiteral("QUEUED in the pipe"));
    QVERIFY(m_test->child<QLabel>("compareTotals")->text().contains(QStringLiteral("After: before (shown)")));
    // The rows lead to the same places: the shown checkpoint is the same.
    activate(row(QStringLiteral("payload")));
    QTRY_COMPARE(m_test->hex()->document()->title(), QStringLiteral("pipes-data.img"));
    QTRY_COMPARE(m_test->hex()->selection().length, uint64_t{18});
}

void tst_compare::filtered()
{
    compare();
    auto *filter = m_test->child<QLineEdit>("compareFilter");
    filter->setFocus();
    QTest::keyClicks(filter, QStringLiteral("CWD"));
    QTRY_VERIFY(!row(QStringLiteral("extra.json")).isValid());
    const QModelIndex field = row(QStringLiteral("cwd_id"));
    QVERIFY(field.isValid());
    QVERIFY(m_tree->isExpanded(field.parent()));
    QCOMPARE(m_tree->model()->rowCount(), 1); // no memory says so
    QTest::keyClick(filter, Qt::Key_Return);  // into the list
    QCOMPARE(QApplication::focusWidget(), m_tree);
    filter->setFocus();
    filter->selectAll();
    QTest::keyClicks(filter, QStringLiteral("0x601"));
    QTRY_VERIFY(row(QStringLiteral("[heap]")).isValid() && !row(QStringLiteral("0x401000")).isValid());
    filter->selectAll();
    QTest::keyClicks(filter, QStringLiteral("no such thing"));
    QTRY_VERIFY(m_test->child<QLabel>("compareWords")->isVisible());
    QVERIFY2(words().contains(QStringLiteral("no such thing")), qPrintable(words()));
    filter->clear();
    QTRY_VERIFY(m_tree->isVisible() && row(QStringLiteral("extra.json")).isValid());
}

void tst_compare::maskedValuesAreNotRead()
{
    m_after->builder.writeTo(path("after").toStdString());
    QVERIFY(m_test->open(path("before")));
    m_test->key(Qt::Key_M);
    start(path("after"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QVERIFY(!comparison().hasValues());
    for (const MemberDifference &member : comparison().difference()->members) {
        for (size_t i = 0; member.image && i < member.image->fields.size(); ++i)
            QVERIFY(member.image->fields[i].before.empty() && member.image->fields[i].after.empty());
    }
    const QModelIndex payload = row(QStringLiteral("payload"));
    QCOMPARE(said(payload, DifferenceModel::Before), maskedText());
    QCOMPARE(said(payload, DifferenceModel::After), maskedText());
    QVERIFY(payload.siblingAtColumn(DifferenceModel::Before).data(Qt::ToolTipRole).toString() ==
            maskedText());
    // Asked for, they come.
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_M);
    QTRY_COMPARE_WITH_TIMEOUT(said(row(QStringLiteral("payload")), DifferenceModel::After),
                              QStringLiteral("QUEUED in the pipe"), patience);
    QTRY_VERIFY(!comparison().isRunning());
}

void tst_compare::maskForgetsValues()
{
    compare();
    QVERIFY(comparison().hasValues());
    m_tree->expand(row(QStringLiteral("payload")).parent());
    m_tree->setCurrentIndex(row(QStringLiteral("payload")));
    // What is open stays open, and what is chosen chosen.
    const auto isOpen = [this] {
        return m_tree->isExpanded(row(QStringLiteral("payload")).parent()) &&
               m_tree->currentIndex() == row(QStringLiteral("payload"));
    };
    QVERIFY(isOpen());
    m_test->hex()->setFocus();
    m_test->key(Qt::Key_M);
    QVERIFY(!comparison().hasValues());
    QVERIFY(isOpen());
    QCOMPARE(said(row(QStringLiteral("payload")), DifferenceModel::Before), maskedText());
    for (const MemberDifference &member : comparison().difference()->members) {
        for (size_t i = 0; member.image && i < member.image->fields.size(); ++i)
            QVERIFY(member.image->fields[i].before.empty());
    }
    m_test->key(Qt::Key_M);
    QTRY_VERIFY_WITH_TIMEOUT(comparison().hasValues(), patience);
    QVERIFY(isOpen());
}

void tst_compare::nothingDiffers()
{
    CompleteSet().builder.writeTo(path("twin").toStdString());
    QVERIFY(m_test->open(path("before")));
    start(path("twin"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QVERIFY(!m_tree->isVisible());
    for (const char *part : {"Nothing differs", "before (shown)", "twin", "members", "processes"})
        QVERIFY2(words().contains(QString::fromLatin1(part)), qPrintable(words()));
    QVERIFY(!m_test->child<QLabel>("compareTotals")->isVisible());
}

void tst_compare::notACheckpoint()
{
    QVERIFY(m_test->open(path("before")));
    start(path("not-there"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Failed, patience);
    QVERIFY2(words().contains(QStringLiteral("✗")) && words().contains(path("not-there")),
             qPrintable(words()));
    QVERIFY(m_test->session().isOpen()); // what is shown stays
    // The next one is not hindered by it.
    m_after->builder.writeTo(path("after").toStdString());
    start(path("after"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QVERIFY(m_tree->isVisible());
}

void tst_compare::damagedArchive()
{
    // Its last member is cut off. (What decoders give of a damaged stream depends on their versions.)
    QProcess tar;
    tar.start(QStringLiteral("tar"),
              {QStringLiteral("--sort=name"), QStringLiteral("-b1"), QStringLiteral("-C"), path("before"),
               QStringLiteral("-cf"), path("damaged.tar"), QStringLiteral(".")});
    QVERIFY(tar.waitForFinished() && tar.exitCode() == 0);
    QFile damaged(path("damaged.tar"));
    QVERIFY(damaged.resize(damaged.size() - 1024 - 600)); // the end of the archive, and some
    QVERIFY(m_test->open(path("before")));
    start(path("damaged.tar"));
    QTRY_VERIFY_WITH_TIMEOUT(!comparison().isRunning(), patience);
    // What precedes the damage is compared; the rest is named, and never taken for the same.
    QCOMPARE(comparison().state(), Comparison::State::Done);
    const QString totals = m_test->child<QLabel>("compareTotals")->text();
    QVERIFY2(totals.contains(QStringLiteral("not all could be read")), qPrintable(totals));
    const QModelIndex unread = row(QStringLiteral("Not compared"));
    QVERIFY(unread.isValid() && unread.model()->rowCount(unread) >= 1);
    const QModelIndex part = unread.model()->index(0, 0, unread);
    QVERIFY2(said(part, 0).contains(path("damaged.tar")) && said(part, 0).contains(QStringLiteral("offset")),
             qPrintable(said(part, 0)));
    activate(part); // leads nowhere, and says nothing wrong
    const QString note = m_test->child<QLabel>("noteLabel")->text();
    QVERIFY2(!note.contains(QStringLiteral("Only in the other")), qPrintable(note));
    // What is no archive at all is an error with file and offset.
    QFile text(path("notes.txt"));
    QVERIFY(text.open(QIODevice::WriteOnly) && text.write("no archive\n") > 0);
    text.close();
    start(path("notes.txt"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Failed, patience);
    QVERIFY2(words().contains(path("notes.txt")) && words().contains(QStringLiteral("offset 0")),
             qPrintable(words()));
    QVERIFY(!m_tree->isVisible());
}

/// A file that takes long to read and little room: a byte in each mebibyte.
static bool writeLong(const QString &path, char byte, qint64 length)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    for (qint64 at = 0; at < length; at += qint64{1} << 20) {
        if (!file.seek(at) || file.write(&byte, 1) != 1)
            return false;
    }
    return true;
}

void tst_compare::cancelByEscape()
{
    m_after->builder.writeTo(path("after").toStdString());
    QVERIFY(writeLong(path("before/zz-big.img"), 'a', qint64{2} << 30) &&
            writeLong(path("after/zz-big.img"), 'b', qint64{2} << 30));
    QVERIFY(m_test->open(path("before")));
    QSignalSpy progress(m_pane, &ComparePane::progressed);
    start(path("after"));
    QVERIFY(m_test->child<QAction>("cancel")->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(!progress.isEmpty() && progress.last()[2].toULongLong() > 0 &&
                                 progress.last()[1].toULongLong() > 0,
                             patience);
    QVERIFY(progress.last()[1].toULongLong() <= progress.last()[2].toULongLong());
    QCOMPARE(m_test->child<QPushButton>("compareButton")->text(), QStringLiteral("Stop"));
    QVERIFY2(words().contains(QStringLiteral("Esc")), qPrintable(words()));
    QTest::keyClick(m_test->child<QLineEdit>("comparePath"), Qt::Key_Escape);
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Cancelled, patience);
    QVERIFY(comparison().difference() == nullptr);
    QVERIFY2(words().contains(QStringLiteral("Cancelled")), qPrintable(words()));
    QVERIFY(!m_test->child<QAction>("cancel")->isEnabled());
}

void tst_compare::closedMeanwhile()
{
    m_after->builder.writeTo(path("after").toStdString());
    QVERIFY(writeLong(path("before/zz-big.img"), 'a', qint64{256} << 20) &&
            writeLong(path("after/zz-big.img"), 'b', qint64{256} << 20));
    QVERIFY(m_test->open(path("before")));
    start(path("after"));
    m_test->key(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(!m_test->session().isOpen());
    QTRY_VERIFY_WITH_TIMEOUT(!comparison().isRunning(), patience);
    QCOMPARE(comparison().state(), Comparison::State::Idle);
    QVERIFY(!m_test->child<QAction>("cancel")->isEnabled());
    QVERIFY(!m_test->child<QAction>("compare")->isEnabled());
    // What is opened next has nothing of it.
    QVERIFY(m_test->open(path("after")));
    QVERIFY(m_test->child<QLineEdit>("comparePath")->text().isEmpty());
    QVERIFY(comparison().difference() == nullptr && comparison().path().isEmpty());
}

void tst_compare::anotherOneMeanwhile()
{
    m_after->builder.writeTo(path("after").toStdString());
    CompleteSet().builder.writeTo(path("twin").toStdString());
    QVERIFY(m_test->open(path("before")));
    start(path("after"));
    start(path("twin")); // while the first is compared
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QCOMPARE(comparison().path(), path("twin"));
    QVERIFY(comparison().difference()->same());
}

void tst_compare::moreThanAreListed()
{
    constexpr int files = 1100;
    for (const bool after : {false, true}) {
        CheckpointBuilder builder;
        builder.task(100, "prog").exe(builder.file("/bin/prog"));
        for (int i = 0; i < files; ++i) {
            builder.file((after ? "/new/" : "/old/") + std::to_string(i));
            builder.member("note-" + std::to_string(i) + ".txt", after ? "after" : "before");
        }
        builder.writeTo(path(after ? "many-after" : "many-before").toStdString());
    }
    QVERIFY(m_test->open(path("many-before")));
    start(path("many-after"));
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    const auto *model = m_tree->model();
    const QModelIndex members = model->index(0, 0);
    QCOMPARE(model->rowCount(members), 1001);
    QCOMPARE(said(model->index(1000, 0, members), 0), QStringLiteral("and 101 more that are not listed"));
    const QModelIndex image = row(QStringLiteral("files.img"));
    QCOMPARE(model->rowCount(image), 1001);
    QCOMPARE(said(model->index(1000, 0, image), 0), QStringLiteral("and 100 more that are not listed"));
    activate(model->index(1000, 0, members)); // leads nowhere
    // The filter looks at all members.
    auto *filter = m_test->child<QLineEdit>("compareFilter");
    filter->setFocus();
    QTest::keyClicks(filter, QStringLiteral("note-999.txt"));
    QTRY_COMPARE(model->rowCount(model->index(0, 0)), 1);
}

void tst_compare::exportWithItsEvidence()
{
    QVERIFY(m_test->open(samplePath()));
    QVERIFY(m_test->scan());
    m_test->key(Qt::Key_N);
    m_test->key(Qt::Key_A);
    m_test->window->activateWindow();
    m_test->key(Qt::Key_E, Qt::ControlModifier);
    QPointer<ExportDialog> dialog = m_test->window->exportDialog();
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isPlanned(), patience);
    const auto inDialog = [&](const char *name) {
        return dialog->findChild<QPushButton *>(QString::fromLatin1(name));
    };
    QVERIFY(!inDialog("compareExport")->isVisible()); // there is none yet
    const QString out = path("out.tar.zst");
    dialog->findChild<QLineEdit *>(QStringLiteral("outputPath"))->setText(out);
    auto *reason = dialog->findChild<QLineEdit *>(QStringLiteral("undecidedReason"));
    if (reason->isVisible())
        QTest::keyClicks(reason, QStringLiteral("a test"));
    QTRY_VERIFY_WITH_TIMEOUT(inDialog("startExport")->isEnabled(), patience);
    QTest::mouseClick(inDialog("startExport"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->proof().has_value() || !dialog->failure().isEmpty(), patience);
    QVERIFY2(dialog->failure().isEmpty(), qPrintable(dialog->failure()));
    QVERIFY(inDialog("compareExport")->isVisible());
    QTest::keyClick(inDialog("compareExport"), Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(comparison().state(), Comparison::State::Done, patience);
    QVERIFY(!dialog || !dialog->isVisible());
    QVERIFY(m_pane->isVisible());
    QCOMPARE(comparison().path(), out);
    // It differs where it was redacted: the same members, and as many bytes as the proof allows.
    const CheckpointDifference &difference = *comparison().difference();
    QVERIFY(!difference.same());
    for (const MemberDifference &member : difference.members)
        QVERIFY(member.change == Change::Changed && member.sizeBefore == member.sizeAfter);
    QVERIFY(comparison().isShownBefore());
}

void tst_compare::emptyAndListedInKeys()
{
    QVERIFY(!m_test->child<QAction>("compare")->isEnabled()); // nothing is open
    QVERIFY(m_test->open(path("before")));
    m_test->key(Qt::Key_D, Qt::ControlModifier);
    QVERIFY2(words().contains(QStringLiteral("Choose an export")), qPrintable(words()));
    QVERIFY(!m_test->child<QPushButton>("compareButton")->isEnabled());
    QTest::keyClick(m_test->child<QLineEdit>("comparePath"), Qt::Key_Return); // nothing to compare with
    QVERIFY(!comparison().isRunning());
    for (const QWidget *input : m_pane->findChildren<QLineEdit *>())
        QVERIFY(!input->accessibleName().isEmpty());
}

CRYOSCOPE_TEST(tst_compare)

} // namespace tst_compare

#include "tst_compare.moc"
