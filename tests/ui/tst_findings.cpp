// SPDX-License-Identifier: Apache-2.0
// The list of findings: filtered and sorted, at once or in a job, and what becomes of rows and choices while
// that goes on.
#include "core/review/case.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/ui/windowtest.h"
#include "ui/models/findingorder.h"
#include "ui/models/findingsmodel.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTableView>

namespace tst_findings
{

using namespace cryoscope;
using namespace cryoscope::ui;
using test::patience;
using test::WindowTest;

namespace
{

constexpr uint32_t pid = 100;
constexpr uint64_t heap = 0x100000;
constexpr uint64_t pageSize = 4096;

/// A checkpoint and a case of it with `count` findings: of kinds "Kind 0" to "Kind 2", the confidence of each
/// by turns of four, every fifth with a label, three in a row with one value, the last one in no memory.
class MadeCase
{
public:
    explicit MadeCase(const QString &folder, uint64_t count)
        : m_checkpoint((folder + QStringLiteral("/checkpoint")).toStdString()),
          m_path((folder + QStringLiteral("/made.cryoscope")).toStdString())
    {
        test::CheckpointBuilder builder;
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog"));
        task.vma(heap, heap + 0x100000, test::VmaKind::Heap);
        for (uint64_t at = 0; at < count * step; at += pageSize) {
            std::string text;
            for (uint64_t i = at / step; i < (at + pageSize) / step; ++i)
                text += std::string(step, static_cast<char>('a' + i / 3 % 20));
            task.page(heap + at, text);
        }
        builder.writeTo(m_checkpoint);
        memory = *Memory::load(*Checkpoint::open(m_checkpoint));
        const auto space = *memory->addressSpace(pid);
        std::vector<Finding> scan;
        for (uint64_t i = 0; i < count; ++i) {
            Finding finding;
            finding.rule = "rule-" + std::to_string(i % 3);
            finding.kind = "Kind " + std::to_string(i % 3);
            finding.confidence = static_cast<Confidence>(i / 4 % 3);
            finding.why = "made up";
            if (i % 5 == 0)
                finding.label = "LABEL_" + std::to_string(i);
            finding.parts = *space.extents(heap + i * step, step / 2);
            finding.pid = i + 1 < count ? pid : 0;
            finding.address = i + 1 < count ? heap + i * step : 0;
            scan.push_back(std::move(finding));
        }
        auto created = Case::create(m_path, *memory);
        const std::unique_ptr<Case> review = std::move(*created);
        if (auto done = review->replaceScan(*memory, scan, "v1"); !done)
            qFatal("%s", done.error().describe().c_str());
        findings = *review->findings();
    }

    [[nodiscard]] QString path() const { return QString::fromStdString(m_path); }

    std::shared_ptr<const Memory> memory;
    std::vector<CaseFinding> findings;

private:
    static constexpr uint64_t step = 64;

    std::string m_checkpoint;
    std::string m_path;
};

/// Rows that a query gives of findings as they are.
std::vector<size_t> rowsOf(const MadeCase &made, const FindingQuery &query)
{
    const FindingTable table(made.findings);
    std::shared_ptr<const FindingPlaces> places;
    const auto order = FindingOrder::make(*made.memory, table, table.decisions(), query, places);
    std::vector<size_t> rows;
    for (size_t row = 0; row < order->size(); ++row)
        rows.push_back(order->positionAt(row));
    return rows;
}

/// What a list with these words should show, told by the texts that a row shows.
bool shows(const MadeCase &made, const CaseFinding &entry, const QString &word)
{
    QStringList texts{QString::fromStdString(entry.finding.kind), QString::fromStdString(entry.finding.label),
                      QString::fromStdString(entry.finding.rule),
                      QString::fromStdString(decisionName(entry.decision)),
                      placeText(*made.memory, entry.finding)};
    const auto confidence = confidenceName(entry.finding.confidence);
    texts << QString::fromStdString(std::string(confidence));
    return texts.join(QLatin1Char('\n')).contains(word, Qt::CaseInsensitive);
}

} // namespace

class tst_findings : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filters_data();
    void filters();
    void filtersByDecision();
    void sorts_data();
    void sorts();
    void tellsRowsOfPositions();
    void stopsWhenAsked();
    void listIsMadeInAJob();
    void lastWordWins();
    void sortsByHeader();
    void judgedRowsStay();
    void choiceComesBack();
    void otherFindingsWhileFiltered();
    void closedWhileFiltering();
    void decidesManyAtOnce();
    void opensBeforeItsFindings();
};

void tst_findings::filters_data()
{
    QTest::addColumn<QString>("words");
    for (const char *words : {"kind", "KIND 1", "label", "label_1", "rule-2 high", "low", "undecided", "heap",
                              "100 label", "pages", "nothing-like-this", "kind nothing"})
        QTest::newRow(words) << QString::fromLatin1(words);
}

void tst_findings::filters()
{
    QFETCH(const QString, words);
    QTemporaryDir folder;
    const MadeCase made(folder.path(), 60);
    FindingQuery query;
    query.words = words.split(QLatin1Char(' '));
    std::vector<size_t> expected;
    for (size_t i = 0; i < made.findings.size(); ++i) {
        if (std::all_of(query.words.begin(), query.words.end(),
                        [&](const QString &word) { return shows(made, made.findings[i], word); }))
            expected.push_back(i);
    }
    QCOMPARE(rowsOf(made, query), expected);
    QCOMPARE(expected.empty(), words.contains(QStringLiteral("nothing")));
}

void tst_findings::filtersByDecision()
{
    QTemporaryDir folder;
    MadeCase made(folder.path(), 12);
    made.findings[3].decision = Decision::Accepted;
    made.findings[7].decision = Decision::Rejected;
    FindingQuery query;
    query.only = Decision::Accepted;
    QCOMPARE(rowsOf(made, query), (std::vector<size_t>{3}));
    query.only = Decision::Undecided;
    QCOMPARE(rowsOf(made, query).size(), size_t{10});
    query.only.reset();
    query.words = QStringList{QStringLiteral("rejected")};
    QCOMPARE(rowsOf(made, query), (std::vector<size_t>{7}));
}

void tst_findings::sorts_data()
{
    QTest::addColumn<int>("by");
    QTest::addColumn<bool>("descending");
    for (const bool descending : {false, true}) {
        const char *order = descending ? "down" : "up";
        using By = FindingQuery::By;
        for (const auto &[name, by] : {std::pair("place", By::Place), std::pair("state", By::State),
                                       std::pair("confidence", By::Confidence), std::pair("kind", By::Kind),
                                       std::pair("copies", By::Copies)})
            QTest::addRow("%s %s", name, order) << static_cast<int>(by) << descending;
    }
}

void tst_findings::sorts()
{
    QFETCH(const int, by);
    QFETCH(const bool, descending);
    QTemporaryDir folder;
    MadeCase made(folder.path(), 61);
    for (size_t i = 0; i < made.findings.size(); i += 4)
        made.findings[i].decision = i % 8 == 0 ? Decision::Accepted : Decision::Rejected;
    using By = FindingQuery::By;
    FindingQuery query;
    query.by = static_cast<By>(by);
    query.descending = descending;
    const auto keyOf = [&](size_t position) -> std::pair<uint64_t, std::string> {
        const CaseFinding &entry = made.findings[position];
        switch (query.by) {
        case By::Place:
            return {position, {}};
        case By::State:
            return {static_cast<uint64_t>(entry.decision), {}};
        case By::Confidence:
            return {static_cast<uint64_t>(entry.finding.confidence), {}};
        case By::Kind:
            return {0, entry.finding.kind + " " + entry.finding.label};
        case By::Copies:
            return {entry.copies, {}};
        }
        return {};
    };
    const auto rows = rowsOf(made, query);
    QCOMPARE(rows.size(), made.findings.size());
    for (size_t i = 1; i < rows.size(); ++i) {
        const auto before = keyOf(rows[i - 1]);
        const auto after = keyOf(rows[i]);
        QVERIFY(descending ? before >= after : before <= after);
        if (before == after)
            QVERIFY(rows[i - 1] < rows[i]); // equal ones in the case's order
    }
    QVERIFY(keyOf(rows.front()) != keyOf(rows.back()));
}

void tst_findings::tellsRowsOfPositions()
{
    QTemporaryDir folder;
    const MadeCase made(folder.path(), 30);
    const FindingTable table(made.findings);
    FindingQuery query;
    query.words = QStringList{QStringLiteral("rule-1")};
    query.by = FindingQuery::By::Confidence;
    std::shared_ptr<const FindingPlaces> places;
    const auto order = FindingOrder::make(*made.memory, table, table.decisions(), query, places);
    QCOMPARE(order->size(), size_t{10});
    size_t hidden = 0;
    for (size_t position = 0; position < table.size(); ++position) {
        const auto row = order->rowOf(position);
        hidden += row ? 0 : 1;
        if (row)
            QCOMPARE(order->positionAt(*row), position);
        QCOMPARE(row.has_value(), made.findings[position].finding.rule == "rule-1");
    }
    QCOMPARE(hidden, size_t{20});
    QVERIFY(!order->rowOf(table.size()));
}

void tst_findings::stopsWhenAsked()
{
    QTemporaryDir folder;
    const MadeCase made(folder.path(), 3);
    const FindingTable table(made.findings);
    std::shared_ptr<const FindingPlaces> places;
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(!FindingOrder::make(*made.memory, table, table.decisions(), {}, places, stop.get_token()));
}

namespace
{

/// A window with a made case, whose lists are all made in jobs.
struct JobWindow {
    explicit JobWindow(uint64_t count) : made(test.folder.path(), count)
    {
        list = test.child<QTableView>("findingList");
        filter = test.child<QLineEdit>("findingFilter");
        model = qobject_cast<FindingsModel *>(list->model());
        model->setManyFindings(0);
        opened = test.open(made.path());
    }
    [[nodiscard]] int rows() const { return model->rowCount(); }
    bool wait() const
    {
        return QTest::qWaitFor([this] { return !model->isArranging(); }, patience);
    }

    WindowTest test;
    MadeCase made;
    QTableView *list = nullptr;
    QLineEdit *filter = nullptr;
    FindingsModel *model = nullptr;
    bool opened = false;
};

} // namespace

void tst_findings::listIsMadeInAJob()
{
    JobWindow window(60);
    QVERIFY(window.opened);
    QCOMPARE(window.rows(), 60); // all of them need no job
    window.filter->setText(QStringLiteral("rule-1"));
    QVERIFY(window.model->isArranging());
    QCOMPARE(window.rows(), 60); // until it is made, the list is the one before
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 20);
    window.filter->setText(QStringLiteral("nothing-like-this"));
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 0);
    QVERIFY(window.test.child<QLabel>("findingsEmpty")->text().contains(QStringLiteral("hides all 60")));
    window.filter->clear();
    QCOMPARE(window.rows(), 60);
    QVERIFY(!window.model->isArranging());
}

void tst_findings::lastWordWins()
{
    JobWindow window(60);
    QVERIFY(window.opened);
    for (int i = 0; i < 50; ++i)
        window.filter->setText(QStringLiteral("rule-%1").arg(i % 3));
    window.filter->setText(QStringLiteral("label"));
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 12);
    // What needs no job overtakes one that runs.
    window.filter->setText(QStringLiteral("rule-1"));
    window.filter->clear();
    QCOMPARE(window.rows(), 60);
    QTest::qWait(50);
    QCOMPARE(window.rows(), 60);
}

void tst_findings::sortsByHeader()
{
    JobWindow window(60);
    QVERIFY(window.opened);
    const auto kindAt = [&](int row) {
        return window.model->index(row, FindingsModel::Kind).data().toString();
    };
    auto *header = window.list->horizontalHeader();
    const auto click = [&] {
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                          {header->sectionViewportPosition(FindingsModel::Kind) + 20, header->height() / 2});
        return window.wait();
    };
    const QString first = kindAt(0);
    const QString second = kindAt(1);
    QVERIFY(click());
    QVERIFY(kindAt(0).startsWith(QStringLiteral("Kind 0")) &&
            kindAt(19).startsWith(QStringLiteral("Kind 0")));
    QVERIFY(kindAt(59).startsWith(QStringLiteral("Kind 2")));
    QVERIFY(click());
    QVERIFY(kindAt(0).startsWith(QStringLiteral("Kind 2")));
    QVERIFY(kindAt(59).startsWith(QStringLiteral("Kind 0")));
    QVERIFY(click()); // the case's order again
    QCOMPARE(kindAt(0), first);
    QCOMPARE(kindAt(1), second);
}

void tst_findings::judgedRowsStay()
{
    JobWindow window(30);
    QVERIFY(window.opened);
    auto *states = window.test.child<QComboBox>("stateFilter");
    states->setCurrentIndex(1); // undecided
    QVERIFY(window.wait());
    window.test.key(Qt::Key_N);
    window.test.key(Qt::Key_A);
    window.test.key(Qt::Key_A);
    QCOMPARE(window.rows(), 30);
    QCOMPARE(window.test.panel()->current(), window.model->idAt(2));
    QCOMPARE(window.model->step(1, true, true), 2);
    QCOMPARE(window.model->step(29, true, true), 2); // the first two are decided
    states->setCurrentIndex(2);                      // accepted
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 2);
    QCOMPARE(window.model->step(0, true, true), -1);
}

void tst_findings::choiceComesBack()
{
    JobWindow window(30);
    QVERIFY(window.opened);
    const FindingId chosen = window.model->idAt(7); // a "rule-1"
    window.test.panel()->select(chosen);
    window.filter->setText(QStringLiteral("rule-1"));
    QVERIFY(window.wait());
    QCOMPARE(window.test.panel()->current(), chosen);
    window.filter->setText(QStringLiteral("rule-2"));
    QVERIFY(window.wait());
    QCOMPARE(window.test.panel()->current(), FindingId{0});
    window.filter->clear();
    QCOMPARE(window.test.panel()->current(), chosen);
}

void tst_findings::otherFindingsWhileFiltered()
{
    JobWindow window(30);
    QVERIFY(window.opened);
    window.filter->setText(QStringLiteral("rule-1"));
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 10);
    const FindingId chosen = window.model->idAt(4);
    window.test.panel()->select(chosen);
    // One comes that the filter hides: all findings are read again.
    QSignalSpy reset(&window.test.session(), &ReviewSession::findingsReset);
    window.test.session().addManual(
        [&] { return window.made.memory->addressSpace(pid)->extents(heap + 5, 3); }, {});
    QTRY_COMPARE_WITH_TIMEOUT(reset.count(), 1, patience);
    QVERIFY(window.wait());
    QCOMPARE(window.test.session().findings().size(), size_t{31});
    QCOMPARE(window.rows(), 10);
    QCOMPARE(window.test.panel()->current(), chosen);
}

void tst_findings::closedWhileFiltering()
{
    JobWindow window(30);
    QVERIFY(window.opened);
    window.filter->setText(QStringLiteral("rule-1"));
    window.test.session().close();
    QCOMPARE(window.rows(), 0);
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 0);
    QVERIFY(window.test.open(window.made.path())); // the filter still holds
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), 10);
}

void tst_findings::decidesManyAtOnce()
{
    constexpr uint64_t count = CaseChange::many + 100;
    JobWindow window(count);
    QVERIFY(window.opened);
    auto &session = window.test.session();
    window.test.key(Qt::Key_N);
    window.list->selectAll();
    QCOMPARE(window.test.panel()->chosen().size(), size_t{count});
    window.test.key(Qt::Key_A);
    QVERIFY(session.isBusy());
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{count}, patience);
    QVERIFY(!session.isBusy());
    QCOMPARE(window.test.count(Decision::Accepted), size_t{count});
    QCOMPARE(window.model->step(0, true, true), -1);
    QTRY_VERIFY(session.undoText().contains(QString::number(count)));
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{0}, patience);
    QCOMPARE(window.test.count(Decision::Undecided), size_t{count});
    QCOMPARE(window.model->step(0, true, true), 1);
}

void tst_findings::opensBeforeItsFindings()
{
    WindowTest test;
    const MadeCase made(test.folder.path(), 30);
    auto &session = test.session();
    size_t atOpen = 1;
    bool busyAtOpen = false;
    QObject::connect(&session, &ReviewSession::opened, test.window.get(), [&] {
        atOpen = session.findings().size();
        busyAtOpen = session.isBusy();
    });
    QVERIFY(test.open(made.path()));
    QCOMPARE(atOpen, size_t{0});
    QVERIFY(busyAtOpen); // what needs the findings waits
    QCOMPARE(session.findings().size(), size_t{30});
    QCOMPARE(session.table()->size(), size_t{30});
    // Closed before they came: they do not come any more.
    session.close();
    QSignalSpy opened(&session, &ReviewSession::opened);
    QObject::connect(&session, &ReviewSession::opened, test.window.get(), [&] { session.close(); });
    session.open(made.path());
    QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, patience);
    QTRY_VERIFY_WITH_TIMEOUT(!session.isOpen() && !session.isBusy(), patience);
    QTest::qWait(50);
    QVERIFY(session.findings().empty());
}

CRYOSCOPE_TEST(tst_findings)

} // namespace tst_findings
#include "tst_findings.moc"
