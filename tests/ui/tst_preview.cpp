// SPDX-License-Identifier: Apache-2.0
// The preview of the export, field by field: what changes is marked and says what it holds before and after,
// unless values are masked.
#include "tests/program/testprogram.h"
#include "tests/support/completeset.h"
#include "tests/ui/windowtest.h"
#include "ui/models/fieldsmodel.h"
#include "ui/theme/theme.h"
#include "ui/views/linemarks.h"
#include "ui/views/textpane.h"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QTabWidget>
#include <QTreeView>

namespace tst_preview
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace cryoscope::ui;

class tst_preview : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void fieldBeforeAndAfter();
    void payloadBeforeAndAfter();
    void followsDecisions();
    void masked();
    void imageWithoutChanges();
    void jsonMarksItsLines();
    void textMember();
    void decodedIsMasked();
    void closedWhileMasking();

private:
    [[nodiscard]] QString path(const char *name) const
    {
        return m_test->folder.filePath(QString::fromLatin1(name));
    }
    /// Shows a member and redacts where `text` stands in it, by keys.
    void redact(const char *member, const std::string &text);
    void show(const char *member);
    /// The row of a field; records on the way are opened.
    [[nodiscard]] QModelIndex field(const QString &name, const QModelIndex &parent = {}) const;
    [[nodiscard]] static QString said(const QModelIndex &index, int column)
    {
        return index.siblingAtColumn(column).data().toString();
    }
    void toggle(Qt::Key which) const
    {
        m_test->hex()->setFocus();
        m_test->key(which);
    }

    std::unique_ptr<WindowTest> m_test;
    std::map<std::string, std::string> m_members;
    QTreeView *m_tree = nullptr;
};

void tst_preview::init()
{
    m_test = std::make_unique<WindowTest>();
    CompleteSet set;
    set.builder.member("notes.txt", "first line\nhunter2 is in this one\nlast line\n");
    m_members = set.builder.members();
    set.builder.writeTo(path("set").toStdString());
    QVERIFY(m_test->open(path("set")));
    m_tree = m_test->child<QTreeView>("fieldTree");
    m_test->child<QTabWidget>("lowerTabs")->setCurrentIndex(1);
}

void tst_preview::cleanup()
{
    m_test.reset();
}

void tst_preview::show(const char *member)
{
    auto *edit = m_test->child<QLineEdit>("goToEdit");
    edit->setFocus();
    edit->clear();
    QTest::keyClicks(edit, QString::fromLatin1(member));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(m_test->hex()->document()->title(), QString::fromLatin1(member));
}

void tst_preview::redact(const char *member, const std::string &text)
{
    show(member);
    const size_t at = m_members.at(member).find(text);
    QVERIFY(at != std::string::npos);
    const size_t before = m_test->session().findings().size();
    m_test->hex()->goTo(at);
    m_test->hex()->setFocus();
    for (size_t i = 1; i < text.size(); ++i)
        m_test->key(Qt::Key_Right, Qt::ShiftModifier);
    m_test->key(Qt::Key_X);
    QTRY_COMPARE(m_test->session().findings().size(), before + 1);
}

QModelIndex tst_preview::field(const QString &name, const QModelIndex &parent) const
{
    auto *model = m_tree->model();
    if (model->canFetchMore(parent)) {
        model->fetchMore(parent);
        (void)QTest::qWaitFor([&] { return model->rowCount(parent) > 0; }, patience);
    }
    for (int row = 0; row < model->rowCount(parent); ++row) {
        const QModelIndex index = model->index(row, 0, parent);
        if (said(index, FieldsModel::Name).remove(QStringLiteral("Δ ")) == name)
            return index;
        if (const QModelIndex below = field(name, index); below.isValid())
            return below;
    }
    return {};
}

void tst_preview::fieldBeforeAndAfter()
{
    redact("files.img", "/run/made-up.sock");
    QVERIFY(m_tree->isColumnHidden(FieldsModel::After));
    const auto name = [this] {
        // Of the second socket.
        for (int row = 0; row < m_tree->model()->rowCount(); ++row) {
            const QModelIndex record = m_tree->model()->index(row, 0);
            const QModelIndex each = field(QStringLiteral("name"), record);
            if (each.isValid() && said(each, FieldsModel::Value).contains(QStringLiteral("made-up.sock")))
                return each;
        }
        return QModelIndex();
    };
    QTRY_VERIFY(m_tree->model()->rowCount() > 3);
    const QPersistentModelIndex row = name();
    QVERIFY(row.isValid());
    QVERIFY(!said(row, FieldsModel::Name).contains(QStringLiteral("Δ")));
    toggle(Qt::Key_D);
    QTRY_COMPARE_WITH_TIMEOUT(said(row, FieldsModel::Name), QStringLiteral("Δ name"), patience);
    QTRY_COMPARE(said(row, FieldsModel::After), QStringLiteral("/xxx/xxxx-xx.xxxx"));
    QCOMPARE(said(row, FieldsModel::Value), QStringLiteral("/run/made-up.sock"));
    QVERIFY(!m_tree->isColumnHidden(FieldsModel::After));
    QCOMPARE(m_tree->model()->headerData(FieldsModel::Value, Qt::Horizontal, Qt::DisplayRole).toString(),
             QStringLiteral("Before"));
    QVERIFY(QModelIndex(row).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("changed")));
    // All that it lies in is marked, and nothing else.
    for (QModelIndex above = QModelIndex(row).parent(); above.isValid(); above = above.parent())
        QVERIFY(said(above, FieldsModel::Name).startsWith(QStringLiteral("Δ")));
    int marked = 0;
    for (int i = 0; i < m_tree->model()->rowCount(); ++i)
        marked +=
            said(m_tree->model()->index(i, 0), FieldsModel::Name).startsWith(QStringLiteral("Δ")) ? 1 : 0;
    QCOMPARE(marked, 1);
    auto *note = m_test->child<QLabel>("fieldsNote");
    QVERIFY(note->isVisible());
    QVERIFY2(note->text().contains(QStringLiteral("Δ")) && note->text().contains(QStringLiteral("Ctrl+D")),
             qPrintable(note->text()));
    toggle(Qt::Key_D);
    QCOMPARE(said(row, FieldsModel::Name), QStringLiteral("name"));
    QVERIFY(said(row, FieldsModel::After).isEmpty());
    QVERIFY(m_tree->isColumnHidden(FieldsModel::After) && !note->isVisible());
    QVERIFY(!m_tree->isColumnHidden(FieldsModel::Meaning));
}

void tst_preview::payloadBeforeAndAfter()
{
    redact("pipes-data.img", "in the pipe");
    toggle(Qt::Key_D);
    QTRY_VERIFY_WITH_TIMEOUT(
        said(field(QStringLiteral("payload")), FieldsModel::Name) == QStringLiteral("Δ payload"), patience);
    const auto data = [this] { return m_tree->model()->index(0, 0, field(QStringLiteral("payload"))); };
    QTRY_COMPARE(said(data(), FieldsModel::Value), QStringLiteral("…in the pipe"));
    QCOMPARE(said(data(), FieldsModel::After), QStringLiteral("…xx xxx xxxx"));
    // An image that is shown while the preview is on has it too.
    show("fs-100.img");
    QTRY_VERIFY(m_test->child<QLabel>("fieldsNote")->text().contains(QStringLiteral("nothing")));
    show("pipes-data.img");
    QTRY_COMPARE_WITH_TIMEOUT(said(data(), FieldsModel::After), QStringLiteral("…xx xxx xxxx"), patience);
}

void tst_preview::followsDecisions()
{
    redact("pipes-data.img", "queued");
    toggle(Qt::Key_D);
    const auto name = [this] { return said(field(QStringLiteral("payload")), FieldsModel::Name); };
    QTRY_COMPARE_WITH_TIMEOUT(name(), QStringLiteral("Δ payload"), patience);
    m_test->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(name(), QStringLiteral("payload"), patience);
    m_test->key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE_WITH_TIMEOUT(name(), QStringLiteral("Δ payload"), patience);
}

void tst_preview::masked()
{
    redact("pipes-data.img", "queued");
    const auto data = [this] { return m_tree->model()->index(0, 0, field(QStringLiteral("payload"))); };
    toggle(Qt::Key_D);
    QTRY_COMPARE_WITH_TIMEOUT(said(data(), FieldsModel::Value), QStringLiteral("queued"), patience);
    m_tree->setCurrentIndex(data());
    auto *where = m_test->child<QLabel>("whereLabel");
    QTRY_VERIFY2(where->text().contains(QStringLiteral("queued")), qPrintable(where->text()));
    toggle(Qt::Key_M);
    QCOMPARE(said(data(), FieldsModel::Value), maskedText());
    QCOMPARE(said(data(), FieldsModel::After), maskedText());
    QVERIFY(!data()
                 .siblingAtColumn(FieldsModel::Value)
                 .data(Qt::ToolTipRole)
                 .toString()
                 .contains(QStringLiteral("queued")));
    QVERIFY2(!where->text().contains(QStringLiteral("queued")), qPrintable(where->text()));
    // Numbers beside it stay, and so does the mark.
    QVERIFY(said(field(QStringLiteral("pipe_id")), FieldsModel::Value).contains(QStringLiteral("77")));
    QVERIFY(said(data(), FieldsModel::Name).startsWith(QStringLiteral("Δ")));
    // Without the preview the marked field is hidden all the same.
    toggle(Qt::Key_D);
    QCOMPARE(said(data(), FieldsModel::Value), maskedText());
    toggle(Qt::Key_M);
    QVERIFY(said(data(), FieldsModel::Value) != maskedText());
}

void tst_preview::imageWithoutChanges()
{
    redact("pipes-data.img", "queued");
    show("fs-100.img");
    toggle(Qt::Key_D);
    auto *note = m_test->child<QLabel>("fieldsNote");
    QTRY_VERIFY_WITH_TIMEOUT(note->text().contains(QStringLiteral("nothing")), patience);
    for (int i = 0; i < m_tree->model()->rowCount(); ++i)
        QVERIFY(!said(m_tree->model()->index(i, 0), FieldsModel::Name).contains(QStringLiteral("Δ")));
}

void tst_preview::jsonMarksItsLines()
{
    redact("files.img", "/run/made-up.sock");
    auto *decoded = m_test->window->findChild<TextPane *>();
    auto *marks = m_test->window->findChild<LineMarks *>();
    m_test->child<QTabWidget>("lowerTabs")->setCurrentIndex(0);
    QTRY_VERIFY(decoded->toPlainText().contains(QStringLiteral("/bin/prog")));
    QVERIFY(marks->lines().empty());
    const QString before = decoded->toPlainText();
    toggle(Qt::Key_D);
    QTRY_VERIFY_WITH_TIMEOUT(!marks->lines().empty(), patience);
    QVERIFY(decoded->toPlainText() != before);
    QCOMPARE(marks->lines().size(), size_t{1});
    const QStringList olds = before.split(QLatin1Char('\n'));
    const QStringList news = decoded->toPlainText().split(QLatin1Char('\n'));
    QVERIFY(olds[marks->lines().front()] != news[marks->lines().front()]);
    QVERIFY(marks->isVisible() && marks->width() > 0);
    QVERIFY(decoded->accessibleDescription().contains(QString::number(marks->lines().front() + 1)));
    QCOMPARE(decoded->extraSelections().size(), 1);
    // It is scrolled to, and stays in sight when the preview ends.
    const int line = marks->lines().front();
    const auto inSight = [decoded](int number) {
        const int top = decoded->verticalScrollBar()->value();
        return number >= top &&
               number < top + decoded->viewport()->height() / decoded->fontMetrics().lineSpacing();
    };
    QVERIFY(!inSight(0) && inSight(line));
    toggle(Qt::Key_D);
    QTRY_COMPARE(decoded->toPlainText(), before);
    QTRY_VERIFY(marks->lines().empty() && !marks->isVisible());
    QVERIFY(inSight(line));
}

void tst_preview::textMember()
{
    redact("notes.txt", "hunter2");
    auto *decoded = m_test->window->findChild<TextPane *>();
    auto *marks = m_test->window->findChild<LineMarks *>();
    toggle(Qt::Key_D);
    QTRY_VERIFY_WITH_TIMEOUT(decoded->toPlainText().contains(QStringLiteral("xxxxxx0 is in this one")),
                             patience);
    QVERIFY(!decoded->toPlainText().contains(QStringLiteral("hunter2")));
    QTRY_VERIFY(marks->lines() == std::vector<int>{1});
}

void tst_preview::decodedIsMasked()
{
    redact("notes.txt", "hunter2");
    redact("files.img", "/run/made-up.sock");
    auto *decoded = m_test->window->findChild<TextPane *>();
    auto *marks = m_test->window->findChild<LineMarks *>();
    QTRY_VERIFY(decoded->toPlainText().contains(QStringLiteral("made-up.sock")));
    toggle(Qt::Key_M);
    // At no time in between either.
    QVERIFY(decoded->toPlainText().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(decoded->toPlainText().contains(QStringLiteral("*****************")), patience);
    QVERIFY(!decoded->toPlainText().contains(QStringLiteral("made-up.sock")));
    QVERIFY(decoded->toPlainText().contains(QStringLiteral("first.sock"))); // no finding
    QVERIFY(marks->lines().empty());
    // A preview marks what it changes, and shows no more.
    toggle(Qt::Key_D);
    QTRY_COMPARE_WITH_TIMEOUT(marks->lines().size(), size_t{1}, patience);
    QVERIFY(decoded->toPlainText().contains(QStringLiteral("*****************")));
    show("notes.txt");
    QTRY_VERIFY_WITH_TIMEOUT(decoded->toPlainText().contains(QStringLiteral("******* is in this one")),
                             patience);
    QVERIFY(!decoded->toPlainText().contains(QStringLiteral("hunter2")));
    toggle(Qt::Key_D);
    toggle(Qt::Key_M);
    QTRY_VERIFY_WITH_TIMEOUT(decoded->toPlainText().contains(QStringLiteral("hunter2")), patience);
}

void tst_preview::closedWhileMasking()
{
    // What is under way for the panes ends before the case does that it asks.
    for (int i = 0; i < 15; ++i) {
        m_test->key(Qt::Key_M);
        m_test->key(Qt::Key_D);
        m_test->reopenWindow();
        QVERIFY(m_test->open(path("set")));
    }
}

CRYOSCOPE_TEST(tst_preview)

} // namespace tst_preview

#include "tst_preview.moc"
