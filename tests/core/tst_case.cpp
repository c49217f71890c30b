// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"
#include "core/review/casestore.h"
#include "tests/program/testprogram.h"

#include <QFile>
#include <QTemporaryDir>

#include <csignal>
#include <functional>
#include <map>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tst_case
{

using namespace cryoscope;

/// The keeping half of a case. Fingerprints are made up here, as no evidence is needed to hold them.
class TestCase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void createsPrivateFile();
    void createRefusesWhatIsThere();
    void openRefuses();
    void refusesNewerVersion();
    void refusesOtherTables_data();
    void refusesOtherTables();
    void checksParts_data();
    void checksParts();
    void secondOpenIsRefused();
    void keepsFindings();
    void ordersByPlace();
    void ordersMany();
    void readsInParts();
    void readNoticesWhatWent();
    void placesAreOfNow();
    void countsCopies();
    void undoAndRedo();
    void undoAfterReopen();
    void decidesManyAtOnce();
    void undoTakesBackAll();
    void oneStepTwoChanges();
    void newStepDropsRedo();
    void dropsManyBitByBit();
    void stepsAmongMany();
    void unknownIdChangesNothing();
    void manualAndBorders();
    void acceptsCopies();
    void rescan();
    void rescanTakesWhatIsNew();
    void historyIsAppendOnly();
    void survivesKill();
    void killedWhileDecidingMany();

private:
    std::unique_ptr<CaseStore> create();
    std::unique_ptr<CaseStore> reopen();

    std::unique_ptr<QTemporaryDir> m_directory;
    std::string m_path;
};

namespace
{

CaseStore::Marked marked(const char *rule, uint64_t offset, const char *fingerprint = "f",
                         uint64_t length = 8)
{
    Finding finding;
    finding.rule = rule;
    finding.kind = "Fake kind";
    finding.why = "made up";
    finding.parts = {{3, offset, length}};
    return {finding, fingerprint};
}

std::vector<CaseFinding> all(const CaseStore &store)
{
    auto findings = store.findings();
    return findings ? *findings : std::vector<CaseFinding>{};
}

FindingId idAt(const CaseStore &store, uint64_t offset)
{
    for (const CaseFinding &finding : all(store)) {
        if (finding.finding.parts.front().offset == offset)
            return finding.id;
    }
    return 0;
}

Decision decisionAt(const CaseStore &store, uint64_t offset)
{
    const auto finding = store.finding(idAt(store, offset));
    return finding ? finding->decision : Decision::Undecided;
}

} // namespace

void TestCase::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_path = m_directory->filePath(QStringLiteral("review.case")).toStdString();
}

std::unique_ptr<CaseStore> TestCase::create()
{
    auto store = CaseStore::create(m_path, "identity", "/evidence");
    if (!store)
        qFatal("%s", store.error().describe().c_str());
    return std::move(*store);
}

std::unique_ptr<CaseStore> TestCase::reopen()
{
    auto store = CaseStore::open(m_path);
    if (!store)
        qFatal("%s", store.error().describe().c_str());
    return std::move(*store);
}

void TestCase::createsPrivateFile()
{
    const auto store = create();
    struct stat status {
    };
    QCOMPARE(::stat(m_path.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777, mode_t{0600});
    QCOMPARE(*store->meta("identity"), std::string("identity"));
    QCOMPARE(*store->meta("checkpoint"), std::string("/evidence"));
    QCOMPARE(store->key().size(), size_t{32});
    for (const QString &name : QDir(m_directory->path()).entryList(QDir::Files | QDir::Hidden))
        QVERIFY2(name.startsWith(QStringLiteral("review.case")) && !name.contains(QStringLiteral("new-")),
                 qPrintable(name));
    const auto other = CaseStore::create({}, "identity", "/evidence");
    QVERIFY(other.ok());
    QVERIFY((*other)->key() != store->key());
}

void TestCase::createRefusesWhatIsThere()
{
    (void)create();
    const auto again = CaseStore::create(m_path, "identity", "/evidence");
    QVERIFY(!again.ok());
    QCOMPARE(again.error().code, ErrorCode::OutputExists);
    const auto nowhere =
        CaseStore::create(m_directory->filePath(QStringLiteral("no/such/place")).toStdString(), {}, {});
    QVERIFY(!nowhere.ok());
    QCOMPARE(nowhere.error().code, ErrorCode::OutputUnwritable);
}

void TestCase::openRefuses()
{
    QCOMPARE(CaseStore::open(m_path).error().code, ErrorCode::NotFound);
    QCOMPARE(CaseStore::open(m_directory->path().toStdString()).error().code, ErrorCode::InputMalformed);
    for (const QByteArray &content : {QByteArray(), QByteArray("no database"), QByteArray(8192, '\x55')}) {
        QFile file(QString::fromStdString(m_path));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(content);
        file.close();
        const auto opened = CaseStore::open(m_path);
        QVERIFY(!opened.ok());
        QCOMPARE(opened.error().code, ErrorCode::InputMalformed);
        QCOMPARE(opened.error().file, m_path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content); // what is no case is not written to
    }
}

void TestCase::refusesNewerVersion()
{
    (void)create();
    {
        auto database = sqlite::Database::open(m_path);
        QVERIFY(database.ok());
        QVERIFY(database->run("PRAGMA user_version=99").ok());
    }
    const auto opened = CaseStore::open(m_path);
    QVERIFY(!opened.ok());
    QCOMPARE(opened.error().code, ErrorCode::InputMalformed);
    QVERIFY(opened.error().message.find("99") != std::string::npos);
}

void TestCase::refusesOtherTables_data()
{
    QTest::addColumn<QByteArray>("change");
    // What would undo the reviewer's decisions unseen, or hand out other rows.
    QTest::newRow("trigger") << QByteArray(
        "CREATE TRIGGER t AFTER UPDATE ON findings BEGIN UPDATE findings SET "
        "decision = 0; END");
    QTest::newRow("view") << QByteArray(
        "ALTER TABLE history RENAME TO h; CREATE VIEW history AS SELECT * FROM h");
    QTest::newRow("more tables") << QByteArray("CREATE TABLE notes (text)");
    QTest::newRow("table missing") << QByteArray("DROP TABLE steps");
    QTest::newRow("trigger missing") << QByteArray("DROP TRIGGER history_keeps_rows");
    QTest::newRow("other column") << QByteArray("ALTER TABLE findings ADD COLUMN more");
}

void TestCase::refusesOtherTables()
{
    QFETCH(QByteArray, change);
    (void)create();
    {
        auto database = sqlite::Database::open(m_path);
        QVERIFY(database.ok() && database->run(change.toStdString()).ok());
    }
    const auto opened = CaseStore::open(m_path);
    QVERIFY(!opened.ok());
    QCOMPARE(opened.error().code, ErrorCode::InputMalformed);
    QCOMPARE(opened.error().file, m_path);
}

void TestCase::checksParts_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<bool>("fine");
    QTest::newRow("none") << QByteArray() << true;
    QTest::newRow("no parts") << QByteArray("UPDATE findings SET parts = x''") << false;
    QTest::newRow("half a part") << QByteArray("UPDATE findings SET parts = x'00112233'") << false;
    QTest::newRow("text") << QByteArray("UPDATE findings SET parts = 'somewhere'") << false;
    QTest::newRow("elsewhere") << QByteArray("UPDATE findings SET parts = x'0900000000000000"
                                             "0000000000000000"
                                             "0100000000000000'")
                               << false;
    QTest::newRow("id that is cut") << QByteArray("UPDATE findings SET parts = x'0100000001000000"
                                                  "0000000000000000"
                                                  "0100000000000000'")
                                    << false;
    QTest::newRow("undo would bring it") << QByteArray("UPDATE changes SET parts = x'00'") << false;
    QTest::newRow("redo would bring it") << QByteArray("UPDATE changes SET new_parts = x'00'") << false;
}

void TestCase::checksParts()
{
    QFETCH(QByteArray, change);
    QFETCH(bool, fine);
    {
        auto store = create();
        const std::vector<CaseStore::Marked> findings{marked("a", 8)};
        QVERIFY(store->replaceScan(findings, "v").ok());
        const FindingId id = store->findings()->front().id;
        QVERIFY(store->decide({&id, 1}, Decision::Accepted, Reason::None).ok());
    }
    if (!change.isEmpty()) {
        auto database = sqlite::Database::open(m_path);
        QVERIFY(database.ok() && database->run(change.toStdString()).ok());
    }
    auto store = CaseStore::open(m_path);
    QVERIFY(store.ok());
    const auto checked = (*store)->checkParts([](const Extent &part) { return part.member < 5; });
    QCOMPARE(checked.ok(), fine);
    if (!fine)
        QCOMPARE(checked.error().code, ErrorCode::InputMalformed);
}

void TestCase::secondOpenIsRefused()
{
    auto first = create();
    const auto second = CaseStore::open(m_path);
    QVERIFY(!second.ok());
    QCOMPARE(second.error().code, ErrorCode::InputUnreadable);
    QVERIFY(second.error().message.find("another process") != std::string::npos);
    first.reset();
    QVERIFY(CaseStore::open(m_path).ok());
}

void TestCase::keepsFindings()
{
    CaseStore::Marked finding = marked("rule-a", 16, "abc");
    finding.finding.confidence = Confidence::Low;
    finding.finding.encoding = Encoding::Utf16Be;
    finding.finding.label = "FAKE_NAME";
    finding.finding.pid = 42;
    finding.finding.address = 0xffffffffff600000; // above what a signed number holds
    finding.finding.parts = {{3, 16, 4}, {0xfffffffe, uint64_t{1} << 63, 9}};
    {
        const auto store = create();
        QVERIFY(store->replaceScan({&finding, 1}, "v1").ok());
    }
    const auto found = all(*reopen());
    QCOMPARE(found.size(), size_t{1});
    const CaseFinding &kept = found.front();
    QCOMPARE(kept.finding.rule, std::string("rule-a"));
    QCOMPARE(kept.finding.kind, std::string("Fake kind"));
    QCOMPARE(kept.finding.why, std::string("made up"));
    QCOMPARE(kept.finding.label, std::string("FAKE_NAME"));
    QCOMPARE(kept.finding.confidence, Confidence::Low);
    QCOMPARE(kept.finding.encoding, Encoding::Utf16Be);
    QCOMPARE(kept.finding.pid, 42u);
    QCOMPARE(kept.finding.address, uint64_t{0xffffffffff600000});
    QVERIFY(kept.finding.parts == finding.finding.parts);
    QCOMPARE(kept.fingerprint, std::string("abc"));
    QCOMPARE(kept.decision, Decision::Undecided);
    QCOMPARE(*reopen()->meta("rules"), std::string("v1"));
}

void TestCase::ordersByPlace()
{
    std::vector<CaseStore::Marked> scan{marked("member", 5), marked("high", 1), marked("low", 900),
                                        marked("second", 7)};
    scan[1].finding.pid = 10;
    scan[1].finding.address = 0xffffffffff600000;
    scan[2].finding.pid = 10;
    scan[2].finding.address = 0x1000;
    scan[3].finding.pid = 11;
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    std::vector<std::string> rules;
    for (const CaseFinding &finding : all(*store))
        rules.push_back(finding.finding.rule);
    QVERIFY((rules == std::vector<std::string>{"low", "high", "second", "member"}));
}

void TestCase::ordersMany()
{
    // In an order in which rings of all lengths are moved: multiples of 37 modulo a prime, and some in place.
    constexpr uint64_t count = 997;
    std::vector<CaseStore::Marked> scan;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t place = i < 100 ? i : 100 + (i - 100) * 37 % (count - 100);
        scan.push_back(marked(("rule-" + std::to_string(place)).c_str(), place * 16,
                              std::to_string(place % 10).c_str()));
    }
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const auto found = all(*store);
    QCOMPARE(found.size(), size_t{count});
    for (uint64_t i = 0; i < count; ++i) {
        QCOMPARE(found[i].finding.parts.front().offset, i * 16);
        QCOMPARE(found[i].finding.rule, "rule-" + std::to_string(i));
        QCOMPARE(found[i].fingerprint, std::to_string(i % 10));
        QCOMPARE(found[i].copies, i % 10 < 7 ? uint64_t{99} : uint64_t{98});
    }
}

void TestCase::readsInParts()
{
    // Every third id goes, and the ids of neighbours are near each other, far from each other, and
    // descending.
    constexpr uint64_t count = 300;
    std::vector<CaseStore::Marked> scan;
    for (uint64_t i = 0; i < count; ++i)
        scan.push_back(marked("a", i * 7919 % count * 16, std::to_string(i % 4).c_str()));
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    std::vector<CaseStore::Marked> rest;
    for (uint64_t i = 0; i < count; ++i) {
        if (i % 3 != 0)
            rest.push_back(scan[i]);
    }
    QVERIFY(store->replaceScan(rest, "v2").ok());
    const FindingId judged = idAt(*store, rest[5].finding.parts.front().offset);
    QVERIFY(store->decide({&judged, 1}, Decision::Rejected, Reason::Public).ok());
    const auto whole = all(*store);
    QCOMPARE(whole.size(), rest.size());
    const auto places = store->places();
    QVERIFY(places.ok() && places->size() == whole.size());
    for (const size_t most : {size_t{1}, size_t{7}, size_t{64}, whole.size()}) {
        std::vector<bool> seen(whole.size());
        for (size_t first = 0; first < whole.size(); first += most) {
            const auto part = std::span(*places).subspan(first, std::min(most, whole.size() - first));
            size_t visits = 0;
            const auto done = store->read(part, first, [&](size_t position, const CaseRow &row) {
                ++visits;
                if (position < first || position >= first + part.size() || seen[position])
                    return; // counted, but not seen
                const CaseFinding &expected = whole[position];
                seen[position] = row.id == expected.id && (*places)[position].id == expected.id &&
                                 row.decision == expected.decision && row.reason == expected.reason &&
                                 row.rule == expected.finding.rule && row.reviewer == expected.reviewer &&
                                 row.decided == expected.decided &&
                                 row.parts.front() == expected.finding.parts.front() &&
                                 (*places)[position].first == expected.finding.parts.front() &&
                                 (*places)[position].copies == expected.copies;
            });
            QVERIFY(done.ok());
            QCOMPARE(visits, part.size());
        }
        QVERIFY(std::all_of(seen.begin(), seen.end(), [](bool one) { return one; }));
    }
    QCOMPARE(std::count_if(whole.begin(), whole.end(),
                           [](const CaseFinding &one) { return one.decision == Decision::Rejected; }),
             1);
}

void TestCase::readNoticesWhatWent()
{
    const std::vector scan{marked("a", 0), marked("a", 100), marked("a", 200)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const auto places = store->places();
    QVERIFY(places.ok());
    const auto nothing = [](size_t, const CaseRow &) {};
    QVERIFY(store->read(*places, 0, nothing).ok());
    for (size_t gone = 0; gone < 3; ++gone) {
        std::vector<CaseStore::Marked> rest = scan;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(gone));
        QVERIFY(store->replaceScan(rest, "v2").ok());
        const auto done = store->read(*places, 0, nothing);
        QVERIFY(!done.ok());
        QCOMPARE(done.error().code, ErrorCode::NotFound);
        QVERIFY(store->replaceScan(scan, "v3").ok());
    }
}

void TestCase::placesAreOfNow()
{
    const std::vector scan{marked("a", 0), marked("a", 100)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const auto valid = [](const Extent &) { return true; };
    QVERIFY(store->checkParts(valid).ok());
    QCOMPARE(store->places()->size(), size_t{2}); // as the check found them
    QCOMPARE(store->places()->size(), size_t{2}); // looked at anew
    QVERIFY(store->checkParts(valid).ok());
    QVERIFY(store->addManual(marked("manual", 50), {}).ok());
    const auto now = store->places();
    QVERIFY(now.ok() && now->size() == 3);
    QCOMPARE((*now)[1].first.offset, uint64_t{50});
    QCOMPARE((*now)[1].copies, uint64_t{2});
}

void TestCase::countsCopies()
{
    const std::vector scan{marked("a", 0, "one"), marked("a", 100, "one"), marked("a", 200, "two"),
                           marked("a", 300, ""), marked("a", 400, "")};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    std::map<uint64_t, uint64_t> copies;
    for (const CaseFinding &finding : all(*store)) {
        copies[finding.finding.parts.front().offset] = finding.copies;
        QCOMPARE(store->finding(finding.id)->copies, finding.copies);
    }
    QCOMPARE(copies.at(0), uint64_t{1});
    QCOMPARE(copies.at(100), uint64_t{1});
    QCOMPARE(copies.at(200), uint64_t{0});
    QCOMPARE(copies.at(300), uint64_t{0}); // not read: equal to nothing
}

void TestCase::undoAndRedo()
{
    const std::vector scan{marked("a", 0), marked("a", 100)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    QVERIFY(store->stepText(false).empty());
    QVERIFY(store->travel(false)->empty());
    const std::vector<FindingId> both{idAt(*store, 0), idAt(*store, 100), idAt(*store, 0)};
    QVERIFY(store->decide(both, Decision::Accepted, Reason::None).ok());
    QVERIFY(store->decide({both.data(), 1}, Decision::Rejected, Reason::TestData).ok());
    QCOMPARE(store->stepText(false), std::string("reject 1 finding"));
    QCOMPARE(store->finding(both[0])->reason, Reason::TestData);

    const auto undone = store->travel(false);
    QVERIFY(undone.ok() && undone->size() == 1);
    QCOMPARE(undone->front().id, both[0]);
    QCOMPARE(undone->front().decision, Decision::Accepted);
    QCOMPARE(undone->front().reason, Reason::None);
    QVERIFY(!undone->front().more);
    QCOMPARE(decisionAt(*store, 0), Decision::Accepted);
    QCOMPARE(store->finding(both[0])->reason, Reason::None);
    QCOMPARE(store->stepText(false), std::string("accept 2 findings"));
    QCOMPARE(store->stepText(true), std::string("reject 1 finding"));
    QCOMPARE(store->travel(false)->size(), size_t{2});
    QCOMPARE(decisionAt(*store, 0), Decision::Undecided);
    QCOMPARE(decisionAt(*store, 100), Decision::Undecided);
    QVERIFY(store->stepText(false).empty());

    QCOMPARE(store->travel(true)->size(), size_t{2});
    QCOMPARE(decisionAt(*store, 100), Decision::Accepted);
    QCOMPARE(store->travel(true)->size(), size_t{1});
    QCOMPARE(decisionAt(*store, 0), Decision::Rejected);
    QVERIFY(store->stepText(true).empty());
    QVERIFY(store->decide({both.data(), 1}, Decision::Rejected, Reason::TestData).ok()); // changes nothing
    QVERIFY(store->setComment(both[1], "seen").ok());
    QCOMPARE(store->finding(both[1])->comment, std::string("seen"));
    const auto reworded = store->travel(false);
    QVERIFY(reworded.ok() && reworded->front().more);
    QCOMPARE(store->finding(both[1])->comment, std::string());
    QCOMPARE(store->stepText(false), std::string("reject 1 finding"));
}

void TestCase::undoAfterReopen()
{
    const std::vector scan{marked("a", 0)};
    {
        const auto store = create();
        QVERIFY(store->replaceScan(scan, "v1").ok());
        const FindingId id = idAt(*store, 0);
        QVERIFY(store->decide({&id, 1}, Decision::Accepted, Reason::None).ok());
    }
    {
        const auto store = reopen();
        QCOMPARE(decisionAt(*store, 0), Decision::Accepted);
        QCOMPARE(store->travel(false)->size(), size_t{1});
    }
    const auto store = reopen();
    QCOMPARE(decisionAt(*store, 0), Decision::Undecided);
    QCOMPARE(store->travel(true)->size(), size_t{1});
    QCOMPARE(decisionAt(*store, 0), Decision::Accepted);
}

void TestCase::decidesManyAtOnce()
{
    constexpr uint64_t count = 500;
    std::vector<CaseStore::Marked> scan;
    for (uint64_t i = 0; i < count; ++i)
        scan.push_back(marked("a", i * 16));
    const auto store = create();
    store->setReviewer("ann");
    QVERIFY(store->replaceScan(scan, "v1").ok());
    std::vector<FindingId> ids;
    for (const CaseFinding &finding : all(*store))
        ids.push_back(finding.id);
    // Some are as they shall be already: they are no part of the step, and keep who decided.
    QVERIFY(store->decide({ids.data(), 100}, Decision::Accepted, Reason::None).ok());
    QVERIFY(store->decide({ids.data() + 100, 50}, Decision::Rejected, Reason::TestData).ok());
    store->setReviewer("bob");
    std::vector<FindingId> twice(ids.rbegin(), ids.rend());
    twice.insert(twice.end(), ids.begin(), ids.end());
    QVERIFY(store->decide(twice, Decision::Accepted, Reason::Public).ok()); // no reason: it is not rejected
    QCOMPARE(store->stepText(false), std::string("accept 400 findings"));
    QCOMPARE(store->history()->back().findings, uint64_t{400});
    const auto accepted = all(*store);
    for (size_t i = 0; i < accepted.size(); ++i) {
        QCOMPARE(accepted[i].decision, Decision::Accepted);
        QCOMPARE(accepted[i].reason, Reason::None);
        QCOMPARE(accepted[i].reviewer, std::string(i < 100 ? "ann" : "bob"));
        QCOMPARE(accepted[i].decided.size(), size_t{20});
    }
    store->setReviewer("cat");
    const auto undone = store->travel(false);
    QVERIFY(undone.ok() && undone->size() == 400);
    for (const ChangedFinding &one : *undone) {
        const bool rejected = std::find(ids.begin() + 100, ids.begin() + 150, one.id) != ids.begin() + 150;
        QCOMPARE(one.decision, rejected ? Decision::Rejected : Decision::Undecided);
        QCOMPARE(one.reason, rejected ? Reason::TestData : Reason::None);
        QVERIFY(!one.more);
    }
    const auto before = all(*store);
    for (size_t i = 0; i < before.size(); ++i) {
        QCOMPARE(before[i].decision, i < 100   ? Decision::Accepted
                                     : i < 150 ? Decision::Rejected
                                               : Decision::Undecided);
        QCOMPARE(before[i].reviewer, std::string(i < 100 ? "ann" : "cat")); // who took it back
    }
    QCOMPARE(store->travel(true)->size(), size_t{400});
    for (const CaseFinding &one : all(*store))
        QCOMPARE(one.decision, Decision::Accepted);
    QVERIFY(store->checkHistory().ok());
}

void TestCase::undoTakesBackAll()
{
    // One step that adds, words and decides: each finding comes back as it was.
    const std::vector scan{marked("a", 0), marked("a", 100)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const FindingId first = idAt(*store, 0);
    QVERIFY(store->setComment(first, "before").ok());
    CaseStore::Given worded;
    worded.id = first;
    worded.comment = "after";
    CaseStore::Given added;
    added.marked = marked("copy", 500);
    added.origin = Origin::Copy;
    added.decision = Decision::Accepted;
    added.comment = "of the other";
    CaseStore::Given decided;
    decided.id = idAt(*store, 100);
    decided.decision = Decision::Rejected;
    decided.reason = Reason::Other;
    const std::vector given{worded, added, decided};
    QCOMPARE(*store->applyDecisions(given, "merge", "merge", {}), uint64_t{3});
    QCOMPARE(all(*store).size(), size_t{3});
    for (int time = 0; time < 2; ++time) {
        const auto undone = store->travel(false);
        QVERIFY(undone.ok() && undone->size() == 3);
        QCOMPARE(std::count_if(undone->begin(), undone->end(), [](const auto &one) { return one.more; }), 2);
        QCOMPARE(all(*store).size(), size_t{2});
        QCOMPARE(store->finding(first)->comment, std::string("before"));
        QCOMPARE(decisionAt(*store, 100), Decision::Undecided);
        QCOMPARE(store->travel(true)->size(), size_t{3});
        QCOMPARE(all(*store).size(), size_t{3});
        QCOMPARE(store->finding(first)->comment, std::string("after"));
        QCOMPARE(store->finding(idAt(*store, 500))->comment, std::string("of the other"));
        QCOMPARE(decisionAt(*store, 500), Decision::Accepted);
        QCOMPARE(store->finding(decided.id)->reason, Reason::Other);
    }
}

void TestCase::oneStepTwoChanges()
{
    const std::vector scan{marked("a", 0)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    CaseStore::Given one;
    one.id = idAt(*store, 0);
    one.decision = Decision::Accepted;
    CaseStore::Given again = one;
    again.decision = Decision::Rejected;
    again.reason = Reason::Public;
    again.comment = "no";
    const std::vector given{one, again};
    QVERIFY(store->applyDecisions(given, "merge", "merge", {}).ok());
    QCOMPARE(decisionAt(*store, 0), Decision::Rejected);
    QVERIFY(store->travel(false).ok()); // to before the first
    QCOMPARE(decisionAt(*store, 0), Decision::Undecided);
    QCOMPARE(store->finding(one.id)->comment, std::string());
    QVERIFY(store->travel(true).ok()); // to after the second
    QCOMPARE(decisionAt(*store, 0), Decision::Rejected);
    QCOMPARE(store->finding(one.id)->reason, Reason::Public);
    QCOMPARE(store->finding(one.id)->comment, std::string("no"));
}

void TestCase::newStepDropsRedo()
{
    const auto store = create();
    const auto added = store->addManual(marked("manual", 40), "by hand");
    QVERIFY(added.ok());
    QVERIFY(store->travel(false).ok());
    QCOMPARE(all(*store).size(), size_t{0});
    QVERIFY(store->addManual(marked("manual", 80), "other").ok());
    QVERIFY(store->stepText(true).empty());
    QVERIFY(store->travel(true)->empty());
    QCOMPARE(all(*store).size(), size_t{1});
    QVERIFY(!store->finding(*added).ok());
}

void TestCase::dropsManyBitByBit()
{
    // More than is dropped at once: a step that was undone and can be done no more, and findings that only it
    // knew of.
    constexpr uint64_t count = 25000;
    std::vector<CaseStore::Marked> scan;
    std::vector<CaseStore::Marked> copies;
    for (uint64_t i = 0; i < count; ++i) {
        scan.push_back(marked("a", i * 16));
        copies.push_back(marked("copy", i * 16 + 8));
    }
    {
        const auto store = create();
        QVERIFY(store->replaceScan(scan, "v1").ok());
        std::vector<FindingId> ids;
        for (const CaseFinding &finding : all(*store))
            ids.push_back(finding.id);
        QVERIFY(store->setComment(ids[0], "stays").ok());
        QVERIFY(store->decide(ids, Decision::Accepted, Reason::None).ok());
        QCOMPARE(*store->acceptExtents(Origin::Copy, copies, "copies"), count);
        QCOMPARE(all(*store).size(), size_t{2 * count});
        QVERIFY(store->travel(false).ok());
        QVERIFY(store->travel(false).ok());
        QVERIFY(!store->stepText(true).empty());
        QVERIFY(store->decide({ids.data(), 1}, Decision::Rejected, Reason::Public).ok());
    }
    const auto left = [&](const char *query) {
        const auto database = sqlite::Database::open(m_path);
        const auto number = database ? database->number(query) : Result<int64_t>(int64_t{-1});
        return number ? *number : int64_t{-1};
    };
    QVERIFY(left("SELECT count(*) FROM changes") > 20000); // it did not wait for all of that
    {
        const auto store = reopen();
        QVERIFY(store->stepText(true).empty());
        QVERIFY(store->travel(true)->empty());
        QCOMPARE(store->travel(false)->size(), size_t{1});                // the last one
        QCOMPARE(store->stepText(true), std::string("reject 1 finding")); // and not one that was dropped
        QCOMPARE(store->travel(true)->size(), size_t{1});
        QVERIFY(store->stepText(true).empty());
        int rounds = 0;
        while (store->tidy())
            ++rounds;
        QVERIFY(rounds >= 5);
        QCOMPARE(all(*store).size(), size_t{count});
        QCOMPARE(decisionAt(*store, 0), Decision::Rejected);
        QCOMPARE(store->stepText(false), std::string("reject 1 finding"));
        QVERIFY(store->checkHistory().ok());
    }
    QCOMPARE(left("SELECT count(*) FROM changes"), int64_t{2});
    QCOMPARE(left("SELECT count(*) FROM steps"), int64_t{2});
    QCOMPARE(left("SELECT count(*) FROM findings"), int64_t{count});
}

void TestCase::stepsAmongMany()
{
    std::vector<CaseStore::Marked> scan;
    for (uint64_t i = 0; i < 30; ++i)
        scan.push_back(marked("a", i * 16));
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const auto decide = [&](uint64_t number, Decision decision) {
        const FindingId id = idAt(*store, number * 16);
        return store->decide({&id, 1}, decision, Reason::None).ok();
    };
    for (uint64_t i = 0; i < 30; ++i)
        QVERIFY(decide(i, Decision::Accepted));
    for (int i = 0; i < 10; ++i)
        QCOMPARE(store->travel(false)->size(), size_t{1});
    for (int i = 0; i < 3; ++i)
        QCOMPARE(store->travel(true)->size(), size_t{1});
    QCOMPARE(decisionAt(*store, 22 * 16), Decision::Accepted);
    QCOMPARE(decisionAt(*store, 23 * 16), Decision::Undecided);
    QVERIFY(!store->stepText(true).empty());
    // A new step drops the seven that were undone, and no other.
    QVERIFY(decide(29, Decision::Rejected));
    QVERIFY(store->stepText(true).empty());
    QVERIFY(store->travel(true)->empty());
    for (int i = 0; i < 24; ++i)
        QCOMPARE(store->travel(false)->size(), size_t{1});
    QVERIFY(store->travel(false)->empty());
    for (uint64_t i = 0; i < 30; ++i)
        QCOMPARE(decisionAt(*store, i * 16), Decision::Undecided);
    for (int i = 0; i < 24; ++i)
        QCOMPARE(store->travel(true)->size(), size_t{1});
    QVERIFY(store->travel(true)->empty());
    QCOMPARE(decisionAt(*store, 22 * 16), Decision::Accepted);
    QCOMPARE(decisionAt(*store, 23 * 16), Decision::Undecided);
    QCOMPARE(decisionAt(*store, 29 * 16), Decision::Rejected);
}

void TestCase::unknownIdChangesNothing()
{
    const std::vector scan{marked("a", 0)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const std::vector<FindingId> ids{idAt(*store, 0), 4711};
    const auto done = store->decide(ids, Decision::Accepted, Reason::None);
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::NotFound);
    QCOMPARE(decisionAt(*store, 0), Decision::Undecided);
    QVERIFY(store->stepText(false).empty());
}

void TestCase::manualAndBorders()
{
    const auto store = create();
    const auto id = store->addManual(marked("manual", 40), "by hand");
    QVERIFY(id.ok());
    QCOMPARE(store->finding(*id)->origin, Origin::Manual);
    QCOMPARE(store->finding(*id)->decision, Decision::Accepted);
    QCOMPARE(store->finding(*id)->comment, std::string("by hand"));
    const std::vector<Extent> wider{{3, 36, 16}};
    QVERIFY(store->setParts(*id, wider, "wider").ok());
    QVERIFY(store->finding(*id)->finding.parts == wider);
    QVERIFY(store->travel(false).ok());
    QCOMPARE(store->finding(*id)->finding.parts.front().offset, uint64_t{40});
    QCOMPARE(store->finding(*id)->fingerprint, std::string("f"));
    QVERIFY(store->travel(false).ok());
    QVERIFY(!store->finding(*id).ok());
    QVERIFY(store->travel(true).ok());
    QVERIFY(store->travel(true).ok());
    QVERIFY(store->finding(*id)->finding.parts == wider);
    QCOMPARE(store->finding(*id)->fingerprint, std::string("wider"));
}

void TestCase::acceptsCopies()
{
    const std::vector scan{marked("a", 0), marked("b", 0), marked("a", 100)};
    const auto store = create();
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const std::vector copies{marked("copy", 0), marked("copy", 500)};
    QCOMPARE(*store->acceptExtents(Origin::Copy, copies, "copies"), uint64_t{3});
    QCOMPARE(all(*store).size(), size_t{4});
    QCOMPARE(decisionAt(*store, 500), Decision::Accepted);
    QCOMPARE(decisionAt(*store, 100), Decision::Undecided);
    QCOMPARE(*store->acceptExtents(Origin::Copy, copies, "again"), uint64_t{0});
    QCOMPARE(store->stepText(false), std::string("accept 3 findings"));
    QCOMPARE(store->travel(false)->size(), size_t{3});
    QCOMPARE(all(*store).size(), size_t{3});
    for (const CaseFinding &finding : all(*store))
        QCOMPARE(finding.decision, Decision::Undecided);
}

void TestCase::rescan()
{
    const std::vector first{marked("a", 0), marked("a", 100), marked("a", 200), marked("a", 300)};
    const auto store = create();
    QVERIFY(store->replaceScan(first, "v1").ok());
    QVERIFY(store->addManual(marked("manual", 900), {}).ok());
    const std::vector<FindingId> decided{idAt(*store, 0), idAt(*store, 100), idAt(*store, 200)};
    QVERIFY(store->decide(decided, Decision::Rejected, Reason::Public).ok());
    // 0 again, 100 under another rule, 200 gone, 300 gone undecided, 400 new, 0 also by a second rule, one
    // twice.
    const std::vector second{marked("b", 0), marked("a", 0), marked("c", 100), marked("a", 400),
                             marked("a", 400)};
    QVERIFY(store->replaceScan(second, "v2").ok());
    std::map<std::pair<uint64_t, std::string>, CaseFinding> now;
    for (const CaseFinding &finding : all(*store))
        now[{finding.finding.parts.front().offset, finding.finding.rule}] = finding;
    QCOMPARE(now.size(), all(*store).size());
    QCOMPARE(now.size(), size_t{6});
    QCOMPARE((now.at({0, "a"}).id), decided[0]);
    QCOMPARE((now.at({0, "a"}).decision), Decision::Rejected);
    QCOMPARE((now.at({0, "b"}).decision), Decision::Rejected);
    QCOMPARE((now.at({0, "b"}).reason), Reason::Public);
    QCOMPARE((now.at({100, "c"}).id), decided[1]);
    QCOMPARE((now.at({100, "c"}).decision), Decision::Rejected);
    QVERIFY((now.at({200, "a"}).stale));
    QCOMPARE((now.at({200, "a"}).decision), Decision::Rejected);
    QCOMPARE((now.at({400, "a"}).decision), Decision::Undecided);
    QVERIFY((!now.at({900, "manual"}).stale));
    QVERIFY(store->replaceScan(first, "v3").ok());
    QVERIFY(!store->finding(decided[2])->stale);
    QVERIFY(store->travel(false).ok()); // the decisions can still be taken back
    QCOMPARE(store->finding(decided[0])->decision, Decision::Undecided);
}

void TestCase::rescanTakesWhatIsNew()
{
    // Each in turn is the only thing that is other than before.
    const std::vector<std::function<void(CaseStore::Marked &)>> changes{
        [](CaseStore::Marked &now) { now.finding.kind = "Other kind"; },
        [](CaseStore::Marked &now) { now.finding.confidence = Confidence::Low; },
        [](CaseStore::Marked &now) { now.finding.encoding = Encoding::Utf16Le; },
        [](CaseStore::Marked &now) { now.finding.why = "another reason"; },
        [](CaseStore::Marked &now) { now.finding.label = "NAME"; },
        [](CaseStore::Marked &now) { now.finding.pid = 7; },
        [](CaseStore::Marked &now) { now.finding.address = 0xffffffffff600000; },
        [](CaseStore::Marked &now) { now.fingerprint = "another value"; }};
    const auto store = create();
    std::vector<CaseStore::Marked> scan{marked("a", 0)};
    QVERIFY(store->replaceScan(scan, "v1").ok());
    const FindingId id = idAt(*store, 0);
    for (const auto &change : changes) {
        change(scan.front());
        QVERIFY(store->replaceScan(scan, "v2").ok());
        const auto now = store->finding(id);
        QVERIFY(now.ok());
        QCOMPARE(now->finding.kind, scan.front().finding.kind);
        QCOMPARE(now->finding.confidence, scan.front().finding.confidence);
        QCOMPARE(now->finding.encoding, scan.front().finding.encoding);
        QCOMPARE(now->finding.why, scan.front().finding.why);
        QCOMPARE(now->finding.label, scan.front().finding.label);
        QCOMPARE(now->finding.pid, scan.front().finding.pid);
        QCOMPARE(now->finding.address, scan.front().finding.address);
        QCOMPARE(now->fingerprint, scan.front().fingerprint);
    }
}

void TestCase::historyIsAppendOnly()
{
    const std::vector scan{marked("a", 0)};
    {
        const auto store = create();
        store->setReviewer("reviewer@example.invalid");
        QVERIFY(store->replaceScan(scan, "v1").ok());
        const FindingId id = idAt(*store, 0);
        QVERIFY(store->decide({&id, 1}, Decision::Rejected, Reason::Public).ok());
        QVERIFY(store->travel(false).ok());
        QVERIFY(store->addHistory("export", 1, "passed").ok());
        const auto history = store->history();
        QVERIFY(history.ok());
        std::vector<std::string> actions;
        for (const HistoryEntry &entry : *history) {
            actions.push_back(entry.action);
            QCOMPARE(entry.reviewer, std::string("reviewer@example.invalid"));
            QCOMPARE(entry.time.size(), size_t{20});
        }
        QVERIFY((actions == std::vector<std::string>{"scan", "reject", "undo", "export"}));
        QCOMPARE((*history)[1].detail, std::string("public"));
    }
    const auto database = sqlite::Database::open(m_path);
    QVERIFY(!database->run("DELETE FROM history").ok());
    QVERIFY(!database->run("UPDATE history SET action = 'x'").ok());
    QCOMPARE(*database->number("SELECT count(*) FROM history"), int64_t{4});
}

void TestCase::survivesKill()
{
    constexpr int64_t count = 2000;
    {
        std::vector<CaseStore::Marked> scan;
        for (uint64_t i = 0; i < count; ++i)
            scan.push_back(marked("a", i * 100));
        QVERIFY(create()->replaceScan(scan, "v1").ok());
    }
    int pipes[2];
    QCOMPARE(::pipe(pipes), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto store = CaseStore::open(m_path);
        if (!store)
            ::_exit(1);
        for (FindingId id = 1; id <= count; ++id) {
            if (!(*store)->decide({&id, 1}, Decision::Accepted, Reason::None))
                ::_exit(2);
            if (::write(pipes[1], &id, sizeof id) != sizeof id) // said only after decide() has returned
                ::_exit(3);
        }
        ::_exit(0);
    }
    ::close(pipes[1]);
    FindingId last = 0;
    FindingId id = 0;
    while (last < 40 && ::read(pipes[0], &id, sizeof id) == sizeof id)
        last = id;
    QCOMPARE(last, FindingId{40});
    ::kill(child, SIGKILL);
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    while (::read(pipes[0], &id, sizeof id) == sizeof id)
        last = id;
    ::close(pipes[0]);
    const auto store = reopen();
    FindingId accepted = 0;
    for (const CaseFinding &finding : all(*store)) {
        if (finding.id <= last)
            QCOMPARE(finding.decision, Decision::Accepted);
        accepted += finding.decision == Decision::Accepted;
    }
    QVERIFY(accepted <= last + 1); // one may have been made durable without having been said
    QCOMPARE(static_cast<FindingId>(store->history()->size()), accepted + 1);
}

void TestCase::killedWhileDecidingMany()
{
    // A step over many is all there or not at all, whenever the program ends.
    constexpr uint64_t count = 3000;
    std::vector<FindingId> ids;
    {
        std::vector<CaseStore::Marked> scan;
        for (uint64_t i = 0; i < count; ++i)
            scan.push_back(marked("a", i * 100));
        const auto store = create();
        QVERIFY(store->replaceScan(scan, "v1").ok());
        for (const CaseFinding &finding : all(*store))
            ids.push_back(finding.id);
    }
    for (int round = 0; round < 5; ++round) {
        int pipes[2];
        QCOMPARE(::pipe(pipes), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto store = CaseStore::open(m_path);
            if (!store)
                ::_exit(1);
            for (int64_t turn = 1;; ++turn) {
                const auto decision = turn % 2 != 0 ? Decision::Accepted : Decision::Rejected;
                if (!(*store)->decide(ids, decision, Reason::Public))
                    ::_exit(2);
                if (turn % 8 == 0)
                    (*store)->tidy(); // the kill may come in this, too
                const auto said = static_cast<int64_t>(decision);
                if (::write(pipes[1], &said, sizeof said) != sizeof said) // only after decide() has returned
                    ::_exit(3);
            }
        }
        ::close(pipes[1]);
        int64_t said = 0;
        int64_t steps = 0;
        while (steps < 8 && ::read(pipes[0], &said, sizeof said) == sizeof said)
            ++steps;
        QCOMPARE(steps, int64_t{8});
        ::usleep(static_cast<useconds_t>(round * 4000)); // within the next steps
        ::kill(child, SIGKILL);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        while (::read(pipes[0], &said, sizeof said) == sizeof said)
            ++steps;
        ::close(pipes[0]);
        const auto store = reopen();
        const auto now = all(*store);
        QCOMPARE(now.size(), size_t{count});
        for (const CaseFinding &finding : now)
            QCOMPARE(finding.decision, now.front().decision);
        QVERIFY(store->checkHistory().ok());
        int64_t decided = 0;
        for (const HistoryEntry &entry : *store->history())
            decided += entry.findings == count && (entry.action == "accept" || entry.action == "reject");
        // What was said is there, and at most one step more; then the decision is that one's.
        QVERIFY(now.front().decision != Decision::Undecided);
        if (round == 0) {
            QVERIFY(decided == steps || decided == steps + 1);
            QCOMPARE(static_cast<int64_t>(now.front().decision) == said, decided == steps);
        }
        const std::vector<FindingId> none(ids.begin(), ids.end());
        QVERIFY(store->decide(none, Decision::Undecided, Reason::None).ok());
    }
}

CRYOSCOPE_TEST(TestCase)

} // namespace tst_case

#include "tst_case.moc"
