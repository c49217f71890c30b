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

std::vector<Decision> decisionsOf(const MadeCase &made)
{
    std::vector<Decision> out;
    for (const CaseFinding &finding : made.findings)
        out.push_back(finding.decision);
    return out;
}

/// Rows that a query gives of findings as they are.
std::vector<size_t> rowsOf(const MadeCase &made, const FindingQuery &query)
{
    const FindingTable table(made.findings);
    std::shared_ptr<const FindingPlaces> places;
    const auto order = FindingOrder::make(*made.memory, table, decisionsOf(made), query, places);
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
    void choiceStaysWhenManyAreDecided();
    void decidesManyInAnotherOrder();
    void decidesManyWhileOneIsAdded();
    void judgesRanges();
    void opensBeforeItsFindings();
    void opensInParts();
    void decidesWhileLoading();
    void undoesWhileLoading();
    void filtersWhileLoading_data();
    void filtersWhileLoading();
    void addsWhileLoading();
    void movesWhileLoading();
    void closedWhileLoading();
    void tablesAndPositions();
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
    const auto order = FindingOrder::make(*made.memory, table, decisionsOf(made), query, places);
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
    QVERIFY(!FindingOrder::make(*made.memory, table, decisionsOf(made), {}, places, stop.get_token()));
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
    QSignalSpy reset(window.model, &QAbstractItemModel::modelReset);
    window.test.key(Qt::Key_A);
    QCOMPARE(session.decided(), size_t{count}); // shows at once
    QCOMPARE(window.test.count(Decision::Accepted), size_t{count});
    QCOMPARE(window.model->step(0, true, true), -1);
    QTRY_VERIFY_WITH_TIMEOUT(session.undoText().contains(QString::number(count)), patience);
    QCOMPARE(session.decided(), size_t{count});
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{0}, patience);
    QCOMPARE(window.test.count(Decision::Undecided), size_t{count});
    QCOMPARE(window.model->step(0, true, true), 1);
    session.redo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{count}, patience);
    QCOMPARE(reset.count(), 0); // the list is the one before
    // On the disk, too.
    const auto onDisk = session.cases().findings();
    QVERIFY(onDisk.ok());
    for (const CaseFinding &one : *onDisk)
        QCOMPARE(one.decision, Decision::Accepted);
}

void tst_findings::choiceStaysWhenManyAreDecided()
{
    constexpr uint64_t count = CaseChange::many + 500;
    JobWindow window(count);
    QVERIFY(window.opened);
    auto &session = window.test.session();
    // Two ranges, of more rows than are told of one by one.
    constexpr int last = int{count} - 300;
    auto *selection = window.list->selectionModel();
    const auto choose = [&](int first, int end) {
        selection->select(QItemSelection(window.model->index(first, 0), window.model->index(end, 0)),
                          QItemSelectionModel::Select | QItemSelectionModel::Rows);
    };
    selection->setCurrentIndex(window.model->index(5, 0), QItemSelectionModel::NoUpdate);
    selection->clearSelection();
    choose(5, 10);
    choose(100, last);
    const auto chosen = window.test.panel()->chosen();
    QCOMPARE(chosen.size(), static_cast<size_t>(6 + last - 99));
    session.decide(chosen, Decision::Rejected, Reason::Public);
    QCOMPARE(session.decided(), chosen.size());
    QTRY_VERIFY_WITH_TIMEOUT(session.undoText().contains(QString::number(chosen.size())), patience);
    QVERIFY(window.test.panel()->chosen() == chosen);
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{0}, patience);
    QVERIFY(window.test.panel()->chosen() == chosen);
    QCOMPARE(window.test.panel()->current(), window.model->idAt(5));
}

void tst_findings::decidesManyInAnotherOrder()
{
    // What is chosen in a list with a filter and an order of its own, and nothing else.
    constexpr uint64_t count = 3 * (CaseChange::many + 10);
    JobWindow window(count);
    QVERIFY(window.opened);
    auto &session = window.test.session();
    window.filter->setText(QStringLiteral("rule-1"));
    window.model->sort(FindingsModel::Copies, Qt::DescendingOrder);
    QVERIFY(window.wait());
    QCOMPARE(window.rows(), static_cast<int>(count / 3));
    window.test.key(Qt::Key_N);
    window.list->selectAll();
    QVERIFY(window.test.panel()->chosenCount() > CaseChange::many);
    window.test.key(Qt::Key_R);
    QCOMPARE(session.decided(), size_t{count / 3});
    QTRY_VERIFY_WITH_TIMEOUT(session.undoText().contains(QString::number(count / 3)), patience);
    const auto onDisk = session.cases().findings();
    QVERIFY(onDisk.ok());
    for (const CaseFinding &one : *onDisk) {
        const auto expected = one.finding.rule == "rule-1" ? Decision::Rejected : Decision::Undecided;
        QCOMPARE(one.decision, expected);
        QCOMPARE(session.finding(one.id)->decision, expected);
    }
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{0}, patience);
}

void tst_findings::decidesManyWhileOneIsAdded()
{
    // The answer to what was asked before brings another list, without what was decided since.
    constexpr uint64_t count = CaseChange::many + 100;
    JobWindow window(count);
    QVERIFY(window.opened);
    auto &session = window.test.session();
    const auto onDisk = [&] { return session.cases().findings(); };
    window.test.key(Qt::Key_N);
    window.list->selectAll();
    session.addManual([&] { return window.made.memory->addressSpace(pid)->extents(heap + 5, 3); }, {});
    window.test.key(Qt::Key_A);
    session.undo();
    session.redo();
    QTRY_VERIFY_WITH_TIMEOUT(session.findings().size() == count + 1 && session.decided() == count + 1,
                             patience);
    QTest::qWait(100);
    QCOMPARE(session.decided(), size_t{count + 1});
    const auto all = onDisk();
    QVERIFY(all.ok());
    for (const CaseFinding &one : *all)
        QCOMPARE(one.decision, Decision::Accepted);
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{1}, patience);
}

void tst_findings::judgesRanges()
{
    std::vector<CasePlace> places;
    FindingPart some;
    for (FindingId id = 1; id <= 10; ++id)
        places.push_back({11 - id, 0, 0, {}, 0}); // ids descend
    FindingTableWriter writer(places);
    writer.grow(6);
    some.table = writer.table();
    some.decisions.resize(6);
    some.reasons.resize(6);
    some.decisions[2] = Decision::Accepted;
    const auto index = std::make_shared<const FindingIndex>(places);
    FindingList list(index, places.size());
    list.add(std::move(some));
    QCOMPARE(list.size(), size_t{6});
    QCOMPARE(list.total(), size_t{10});
    QCOMPARE(list.decided(), size_t{1});
    QVERIFY(!list.position(1)); // not there yet
    QCOMPARE(list.position(10), std::optional<size_t>(0));
    QCOMPARE(list.judge(PositionRange{1, 4}, Decision::Accepted, Reason::None), size_t{2});
    QCOMPARE(list.decided(), size_t{3});
    QCOMPARE(list.judge(PositionRange{3, 20}, Decision::Rejected, Reason::Public),
             size_t{3}); // what is there
    QCOMPARE(list.decided(), size_t{5});
    QCOMPARE(list.judge(PositionRange{3, 6}, Decision::Rejected, Reason::Other), size_t{3});
    QCOMPARE(list.judge(PositionRange{8, 9}, Decision::Accepted, Reason::None), size_t{0});
    QCOMPARE(list.judge(PositionRange{0, 6}, Decision::Undecided, Reason::None), size_t{5});
    QCOMPARE(list.decided(), size_t{0});
    const std::vector<ChangedFinding> changed{
        {10, Decision::Accepted, Reason::None, false}, {9, Decision::Accepted, Reason::None, false},
        {8, Decision::Rejected, Reason::None, false},  {99, Decision::Rejected, Reason::None, false},
        {7, Decision::Rejected, Reason::None, false},  {6, Decision::Rejected, Reason::Other, false},
        {1, Decision::Rejected, Reason::Other, false}};
    const auto ranges = judgedRanges(changed, *index);
    QCOMPARE(ranges.size(), size_t{4});
    const std::vector<std::pair<size_t, size_t>> expected{{0, 2}, {2, 4}, {4, 5}, {9, 10}};
    for (size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(ranges[i].positions.first, expected[i].first);
        QCOMPARE(ranges[i].positions.end, expected[i].second);
    }
    QCOMPARE(ranges[1].decision, Decision::Rejected);
    QCOMPARE(ranges[2].reason, Reason::Other);
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
    QCOMPARE(session.findings().table().size(), size_t{30});
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

namespace
{

constexpr size_t part = 7; ///< findings that are read in one go

/// A window that opens a case in parts, and does something when the first, and when some are there.
struct LoadingWindow {
    explicit LoadingWindow(uint64_t count) : made(test.folder.path(), count)
    {
        test.session().setPartOfFindings(part);
        model = qobject_cast<FindingsModel *>(test.child<QTableView>("findingList")->model());
    }
    /// Calls `atFirst` when the first part is there; true when all are there.
    bool open(const std::function<void()> &atFirst)
    {
        auto &session = test.session();
        QObject guard;
        QObject::connect(&session, &ReviewSession::findingsReset, &guard, [&] {
            if (session.isOpen() && std::exchange(first, false))
                QMetaObject::invokeMethod(&guard, atFirst, Qt::QueuedConnection);
        });
        test.window->open(made.path());
        return QTest::qWaitFor([&] { return session.isOpen() && !session.isBusy(); }, patience);
    }
    /// What the window shows is what the case holds.
    [[nodiscard]] bool isAsOnDisk() const
    {
        const auto onDisk = test.session().cases().findings();
        const FindingList &shown = test.session().findings();
        if (!onDisk || onDisk->size() != shown.size())
            return false;
        for (size_t i = 0; i < shown.size(); ++i) {
            const CaseFinding here = shown[i];
            const CaseFinding &there = (*onDisk)[i];
            if (here.id != there.id || here.decision != there.decision || here.reason != there.reason ||
                here.comment != there.comment || here.copies != there.copies || here.stale != there.stale ||
                here.origin != there.origin || here.finding.rule != there.finding.rule ||
                here.finding.kind != there.finding.kind || here.finding.why != there.finding.why ||
                here.finding.label != there.finding.label || here.finding.pid != there.finding.pid ||
                here.finding.address != there.finding.address || here.finding.parts != there.finding.parts ||
                here.finding.confidence != there.finding.confidence ||
                here.finding.encoding != there.finding.encoding)
                return false;
        }
        return true;
    }

    WindowTest test;
    MadeCase made;
    FindingsModel *model = nullptr;
    bool first = true;
};

} // namespace

void tst_findings::opensInParts()
{
    LoadingWindow window(100);
    auto &session = window.test.session();
    QSignalSpy added(&session, &ReviewSession::findingsAdded);
    QSignalSpy loaded(&session, &ReviewSession::findingsLoaded);
    QSignalSpy inserted(window.model, &QAbstractItemModel::rowsInserted);
    int rows = 0;
    bool loading = false;
    QString text;
    FindingId chosen = 0;
    QVERIFY(window.open([&] {
        rows = window.model->rowCount();
        loading = session.isLoading() && session.isBusy();
        text = window.test.child<QLabel>("reviewText")->text();
        window.test.panel()->select(window.model->idAt(3));
        chosen = window.test.panel()->current();
    }));
    QCOMPARE(rows, int{part});
    QVERIFY(loading);
    QVERIFY2(text.contains(QStringLiteral("7/100")), qPrintable(text));
    QVERIFY(!session.isLoading());
    QCOMPARE(added.count(), 14); // 13 of seven and one of two
    QCOMPARE(inserted.count(), 14);
    QCOMPARE(loaded.count(), 1);
    QCOMPARE(window.model->rowCount(), 100);
    for (int row = 0; row < 100; ++row) {
        QCOMPARE(window.model->idAt(row), window.made.findings[static_cast<size_t>(row)].id);
        QCOMPARE(window.model->rowOf(window.model->idAt(row)), row);
    }
    QVERIFY(chosen != 0);
    QCOMPARE(window.test.panel()->current(), chosen);
    QVERIFY(window.test.child<QLabel>("reviewText")->text().contains(QStringLiteral("0/100")));
    QVERIFY(window.isAsOnDisk());
}

void tst_findings::decidesWhileLoading()
{
    LoadingWindow window(200);
    auto &session = window.test.session();
    size_t atDecision = 0;
    int more = 0;
    QObject guard;
    QObject::connect(&session, &ReviewSession::findingsAdded, &guard, [&] {
        if (++more % 5 == 0)
            session.decide({window.model->idAt(window.model->rowCount() - 1)}, Decision::Accepted);
    });
    QVERIFY(window.open([&] {
        atDecision = session.findings().size();
        session.decide({window.model->idAt(0), window.model->idAt(2)}, Decision::Rejected, Reason::TestData);
        session.setComment(window.model->idAt(1), QStringLiteral("seen"));
    }));
    QVERIFY(atDecision > 0 && atDecision < 200);
    QCOMPARE(session.decided(), size_t{2 + 5}); // 28 parts came after the first
    QCOMPARE(session.finding(window.model->idAt(1))->comment, std::string("seen"));
    QVERIFY(window.isAsOnDisk());
    QCOMPARE(session.findings()[2].reason, Reason::TestData);
}

void tst_findings::undoesWhileLoading()
{
    LoadingWindow window(200);
    auto &session = window.test.session();
    {
        // The step that is taken back is about findings of all parts.
        auto review = Case::open(window.made.path().toStdString());
        QVERIFY(review.ok());
        std::vector<FindingId> some;
        for (size_t i = 0; i < 200; i += 3)
            some.push_back(window.made.findings[i].id);
        QVERIFY((*review)->decide(some, Decision::Accepted).ok());
    }
    size_t before = 0;
    QVERIFY(window.open([&] {
        before = session.decided();
        session.undo();
    }));
    QVERIFY(before > 0);
    QTRY_COMPARE_WITH_TIMEOUT(session.decided(), size_t{0}, patience);
    QVERIFY(session.undoText().isEmpty() && !session.redoText().isEmpty());
    QVERIFY(window.isAsOnDisk());
}

void tst_findings::filtersWhileLoading_data()
{
    QTest::addColumn<int>("many");
    QTest::newRow("lists made at once") << 1'000'000;
    QTest::newRow("lists made in jobs") << 0;
}

void tst_findings::filtersWhileLoading()
{
    QFETCH(const int, many);
    LoadingWindow window(200);
    window.model->setManyFindings(static_cast<size_t>(many));
    auto *filter = window.test.child<QLineEdit>("findingFilter");
    QVERIFY(window.open([&] {
        filter->setText(QStringLiteral("rule-1"));
        window.model->sort(FindingsModel::Kind, Qt::DescendingOrder);
    }));
    QTRY_COMPARE_WITH_TIMEOUT(window.model->rowCount(), 67, patience); // 1, 4 … 199
    QVERIFY(QTest::qWaitFor([&] { return !window.model->isArranging(); }, patience));
    QCOMPARE(window.model->rowCount(), 67);
    for (int row = 0; row < 67; ++row)
        QCOMPARE(window.test.session().finding(window.model->idAt(row))->finding.rule, std::string("rule-1"));
    filter->clear();
    window.model->sort(-1, Qt::AscendingOrder);
    QVERIFY(QTest::qWaitFor([&] { return !window.model->isArranging(); }, patience));
    QCOMPARE(window.model->rowCount(), 200);
}

void tst_findings::addsWhileLoading()
{
    LoadingWindow window(200);
    auto &session = window.test.session();
    bool loading = false;
    QVERIFY(window.open([&] {
        loading = session.isLoading();
        session.addManual([&] { return window.made.memory->addressSpace(pid)->extents(heap + 5, 3); }, {});
    }));
    QVERIFY(loading);
    QTRY_COMPARE_WITH_TIMEOUT(session.findings().size(), size_t{201}, patience);
    QVERIFY(!session.isLoading());
    QCOMPARE(window.model->rowCount(), 201);
    QVERIFY(window.isAsOnDisk());
    session.undo(); // takes it away
    QTRY_COMPARE_WITH_TIMEOUT(session.findings().size(), size_t{200}, patience);
    QVERIFY(window.isAsOnDisk());
}

void tst_findings::movesWhileLoading()
{
    LoadingWindow window(200);
    auto &session = window.test.session();
    QVERIFY(window.open([&] { session.moveEdges(window.model->idAt(2), 0, 4); }));
    const auto length = [&] { return session.findings()[2].finding.length(); };
    QTRY_COMPARE_WITH_TIMEOUT(length(), window.made.findings[2].finding.length() + 4, patience);
    const auto onDisk = session.cases().findings();
    QVERIFY(onDisk.ok() && (*onDisk)[2].finding.parts == session.findings()[2].finding.parts);
    QCOMPARE(session.findings()[2].copies, (*onDisk)[2].copies);
    QCOMPARE(session.findings().moved().size(), size_t{1});
    session.undo();
    QTRY_COMPARE_WITH_TIMEOUT(length(), window.made.findings[2].finding.length(), patience);
    QVERIFY(window.isAsOnDisk());
}

void tst_findings::closedWhileLoading()
{
    LoadingWindow window(200);
    auto &session = window.test.session();
    bool loading = false;
    QObject guard;
    QObject::connect(&session, &ReviewSession::findingsAdded, &guard, [&] {
        loading = session.isLoading();
        session.close();
    });
    window.test.window->open(window.made.path());
    QTRY_VERIFY_WITH_TIMEOUT(loading, patience);
    QTest::qWait(50);
    QVERIFY(!session.isOpen() && !session.isBusy() && session.findings().empty());
    QCOMPARE(window.model->rowCount(), 0);
    QObject::disconnect(&session, &ReviewSession::findingsAdded, &guard, nullptr);
    QVERIFY(window.open([] {}));
    QCOMPARE(session.findings().size(), size_t{200});
}

void tst_findings::tablesAndPositions()
{
    // Texts and parts over the first borders of what grows.
    std::vector<CaseFinding> findings(2000);
    std::vector<CasePlace> near;
    std::vector<CasePlace> far;
    for (size_t i = 0; i < findings.size(); ++i) {
        CaseFinding &one = findings[i];
        one.id = static_cast<FindingId>(3 * i + 1);
        one.finding.kind = "Kind " + std::to_string(i);
        one.finding.rule = "rule";
        for (uint64_t number = 0; number < i % 3; ++number)
            one.finding.parts.push_back({1, i * 100 + number * 10, 4});
        near.push_back({one.id, 0, 0, {}, 0});
        far.push_back({i % 2 == 0 ? -one.id : one.id << 40, 0, 0, {}, 0});
    }
    const FindingTable table(findings);
    QCOMPARE(table.textCount(), size_t{2002}); // the rule, and one that is empty
    for (size_t i = 0; i < findings.size(); ++i) {
        QCOMPARE(table.idAt(i), findings[i].id);
        QCOMPARE(table.findingAt(i).kind, findings[i].finding.kind);
        QVERIFY(table.findingAt(i).parts == findings[i].finding.parts);
        QCOMPARE(table.text(table[i].kind), QString::fromStdString(findings[i].finding.kind));
        QCOMPARE(table[i].rule, table[0].rule);
    }
    const FindingIndex dense(near);
    const FindingIndex sparse(far);
    for (size_t i = 0; i < findings.size(); ++i) {
        QCOMPARE(dense.position(near[i].id), std::optional<size_t>(i));
        QCOMPARE(sparse.position(far[i].id), std::optional<size_t>(i));
        QVERIFY(!dense.position(near[i].id + 1));
        QVERIFY(!sparse.position(far[i].id + 1));
    }
    QVERIFY(!dense.position(0) && !dense.position(-1) && !dense.position(near.back().id + 4));
    QVERIFY(!FindingIndex({}).position(1));
    // What one has copied stays as it was while more is written.
    FindingTableWriter writer(near);
    writer.grow(1);
    CaseRow row;
    row.kind = "first";
    writer.write(0, row, 0);
    const FindingTable before = writer.table();
    writer.grow(2000);
    row.kind = "other";
    for (size_t i = 1; i < 2000; ++i)
        writer.write(i, row, 0);
    QCOMPARE(before.size(), size_t{1});
    QCOMPARE(before.textCount(), size_t{2});
    QCOMPARE(before.findingAt(0).kind, std::string("first"));
    QVERIFY(before.isOfSame(writer.table()));
    QVERIFY(!before.isOfSame(table));
    QCOMPARE(writer.table().findingAt(1999).kind, std::string("other"));
}

CRYOSCOPE_TEST(tst_findings)

} // namespace tst_findings
#include "tst_findings.moc"
