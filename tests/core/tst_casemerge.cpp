// SPDX-License-Identifier: Apache-2.0
// Decisions that come from elsewhere: the baseline of an earlier dump, another reviewer's case; and the
// history that says so, which nothing else can change unseen.
#include "core/base/hash.h"
#include "core/detect/scanner.h"
#include "core/memory/run.h"
#include "core/review/baseline.h"
#include "core/review/casemerge.h"
#include "core/review/caseschema.h"
#include "core/review/casestore.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QFile>
#include <QTemporaryDir>

#include <sys/stat.h>

namespace tst_casemerge
{

using namespace cryoscope;

namespace
{

const std::string token = "glpat-qgKbuOhXlNaxz8JFbrVJ";
const std::string other = "glpat-Wd3kQ0xV7pL2wZ8rT5aB";
const std::string third = "glpat-Yt6nM4cR1sG9hJ2vK8eQ";

/// A dump of a program: its memory lies elsewhere each time, and its pid is another.
std::shared_ptr<const Memory> dump(const QTemporaryDir &folder, const std::string &name, uint32_t pid,
                                   uint64_t base, const std::string &inFile = other)
{
    const std::string path = folder.filePath(QString::fromStdString(name)).toStdString();
    test::CheckpointBuilder builder;
    auto &task = builder.task(pid, "server");
    task.exe(builder.file("/bin/server")).vma(base, base + 0x10000, test::VmaKind::Heap);
    task.page(base + 0x100, "token " + token + " ").page(base + 0x3000, "key " + other + " ");
    builder.ghostFile("/run/key", inFile + "\n");
    builder.writeTo(path);
    const auto checkpoint = Checkpoint::open(path);
    return checkpoint ? *Memory::load(*checkpoint) : nullptr;
}

std::unique_ptr<Case> scanned(const std::shared_ptr<const Memory> &memory, const std::string &path,
                              const std::string &reviewer = "ann")
{
    auto review = Case::create(path, *memory);
    if (!review)
        qFatal("%s", review.error().describe().c_str());
    (*review)->setReviewer(reviewer);
    std::vector<Finding> found;
    const auto done = Scanner(memory, *RuleSet::builtIn()).run({}, [&](std::vector<Finding> &&batch) {
        found.insert(found.end(), batch.begin(), batch.end());
    });
    if (!done || !(*review)->replaceScan(*memory, found, "1"))
        qFatal("no scan");
    return std::move(*review);
}

/// The one finding of a value, in memory or (pid 0) in a member.
CaseFinding findingOf(const Case &review, const Memory &memory, const std::string &value, bool inMemory)
{
    const auto findings = review.findings(); // outlives the loop
    if (!findings)
        return {};
    for (const CaseFinding &one : *findings) {
        const auto bytes = readExtents(memory.checkpoint().archive(), one.finding.parts);
        if (bytes && asText(*bytes) == value && (one.finding.pid != 0) == inMemory)
            return one;
    }
    return {};
}

void decide(Case &review, const CaseFinding &finding, Decision decision, Reason reason = Reason::None)
{
    const FindingId id = finding.id;
    if (id == 0 || !review.decide({&id, 1}, decision, reason))
        qFatal("not decided");
}

} // namespace

class tst_casemerge : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void baselineDecidesTheNextDump();
    void baselineIsByPlace();
    void baselineHoldsNoValue();
    void badBaselines_data();
    void badBaselines();
    void mergesTwoReviews();
    void mergeSettlesConflicts_data();
    void mergeSettlesConflicts();
    void refusesAnotherCheckpoint();
    void namesWhoDecided();
    void historyIsChained();
    void changedHistoryIsNoticed_data();
    void changedHistoryIsNoticed();
    void oldCasesAreUpgraded();
    void secondVersionIsUpgraded();

private:
    [[nodiscard]] std::string path(const char *name) const
    {
        return m_folder->filePath(QString::fromLatin1(name)).toStdString();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void tst_casemerge::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void tst_casemerge::baselineDecidesTheNextDump()
{
    const auto first = dump(*m_folder, "first", 100, 0x10000);
    const auto review = scanned(first, path("first.case"));
    decide(*review, findingOf(*review, *first, token, true), Decision::Accepted);
    QVERIFY(review->setComment(findingOf(*review, *first, token, true).id, "of production").ok());
    decide(*review, findingOf(*review, *first, other, false), Decision::Rejected, Reason::TestData);
    const auto made = Baseline::of(*review, *first);
    QVERIFY(made.ok());
    QCOMPARE(made->entries().size(), size_t{2});
    QVERIFY(made->write(path("decisions")).ok());
    struct stat status {
    };
    QCOMPARE(::stat(path("decisions").c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777, mode_t{0600});
    QCOMPARE(made->write(path("decisions")).error().code, ErrorCode::OutputExists);

    const auto second = dump(*m_folder, "second", 4711, 0x7f0000000000);
    const auto next = scanned(second, path("second.case"));
    const auto baseline = Baseline::read(path("decisions"));
    QVERIFY(baseline.ok());
    const auto outcome = applyBaseline(*next, *second, *baseline);
    QVERIFY(outcome.ok());
    QCOMPARE(outcome->taken, uint64_t{2});
    QCOMPARE(outcome->elsewhere, uint64_t{1}); // the same value in memory
    QCOMPARE(outcome->unseen, uint64_t{0});
    const CaseFinding accepted = findingOf(*next, *second, token, true);
    QCOMPARE(accepted.decision, Decision::Accepted);
    QCOMPARE(accepted.comment, std::string("of production"));
    const CaseFinding rejected = findingOf(*next, *second, other, false);
    QCOMPARE(rejected.decision, Decision::Rejected);
    QCOMPARE(rejected.reason, Reason::TestData);
    QCOMPARE(findingOf(*next, *second, other, true).decision, Decision::Undecided);
    // One step.
    QVERIFY(next->undo().ok());
    QCOMPARE(findingOf(*next, *second, token, true).decision, Decision::Undecided);
    QVERIFY(!next->canUndo());
}

void tst_casemerge::baselineIsByPlace()
{
    const auto first = dump(*m_folder, "first", 100, 0x10000);
    const auto review = scanned(first, path("first.case"));
    decide(*review, findingOf(*review, *first, token, true), Decision::Rejected, Reason::Public);
    const auto baseline = Baseline::of(*review, *first);
    QVERIFY(baseline.ok());
    // The value has moved to a file, where the decision says nothing of it; a decision that is there stays.
    const auto second = dump(*m_folder, "second", 100, 0x10000, token);
    const auto next = scanned(second, path("second.case"));
    decide(*next, findingOf(*next, *second, token, true), Decision::Accepted);
    const auto outcome = applyBaseline(*next, *second, *baseline);
    QVERIFY(outcome.ok());
    QCOMPARE(outcome->taken, uint64_t{0});
    QCOMPARE(outcome->decided, uint64_t{1});
    QCOMPARE(outcome->elsewhere, uint64_t{1});
    QCOMPARE(findingOf(*next, *second, token, true).decision, Decision::Accepted);
    QCOMPARE(findingOf(*next, *second, token, false).decision, Decision::Undecided);
}

void tst_casemerge::baselineHoldsNoValue()
{
    const auto memory = dump(*m_folder, "first", 100, 0x10000);
    const auto review = scanned(memory, path("first.case"));
    decide(*review, findingOf(*review, *memory, token, true), Decision::Accepted);
    const auto one = Baseline::of(*review, *memory);
    const auto two = Baseline::of(*review, *memory);
    QVERIFY(one.ok() && two.ok());
    QVERIFY(one->text().find(token) == std::string::npos);
    QVERIFY(one->text().find(token.substr(6)) == std::string::npos);
    // Each file has a key of its own, and none is the case's.
    QVERIFY(one->entries().front().fingerprint != two->entries().front().fingerprint);
    QVERIFY(one->entries().front().fingerprint != findingOf(*review, *memory, token, true).fingerprint);
}

void tst_casemerge::badBaselines_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray head =
        R"({"format":"cryoscope-baseline","version":1,"key":")" + QByteArray(64, 'a') + "\"";
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("gitleaks") << QByteArray(R"([{"Secret":"x"}])");
    QTest::newRow("another format") << QByteArray(R"({"format":"other"})");
    QTest::newRow("newer") << QByteArray(R"({"format":"cryoscope-baseline","version":2})");
    QTest::newRow("short key") << QByteArray(
        R"({"format":"cryoscope-baseline","version":1,"key":"aa","decisions":[]})");
    QTest::newRow("no decisions") << head + "}";
    QTest::newRow("decisions are no list") << head + R"(,"decisions":3})";
    QTest::newRow("unknown decision") << head + R"(,"decisions":[{"decision":"maybe"}]})";
    QTest::newRow("no fingerprint") << head + R"(,"decisions":[{"decision":"accepted","reason":""}]})";
    QTest::newRow("cut off") << head + R"(,"decisions":[)";
}

void tst_casemerge::badBaselines()
{
    QFETCH(QByteArray, text);
    const auto read = Baseline::parse(text.toStdString(), "file");
    QVERIFY(!read.ok());
    QCOMPARE(read.error().code, ErrorCode::InputMalformed);
    QCOMPARE(read.error().file, std::string("file"));
}

void tst_casemerge::mergesTwoReviews()
{
    const auto memory = dump(*m_folder, "dump", 100, 0x10000);
    const auto mine = scanned(memory, path("mine.case"), "ann");
    const auto theirs = scanned(memory, path("theirs.case"), "bob");
    // Same opinion, one of theirs alone, one against another, one that they added by hand.
    decide(*mine, findingOf(*mine, *memory, token, true), Decision::Accepted);
    decide(*theirs, findingOf(*theirs, *memory, token, true), Decision::Accepted);
    decide(*theirs, findingOf(*theirs, *memory, other, true), Decision::Accepted);
    decide(*mine, findingOf(*mine, *memory, other, false), Decision::Accepted);
    decide(*theirs, findingOf(*theirs, *memory, other, false), Decision::Rejected, Reason::TestData);
    const Member *pages = memory->checkpoint().imageMember("pages-1.img");
    QVERIFY(pages != nullptr);
    QVERIFY(theirs->addManual(*memory, {{pages->id, 0, 16}}, "a header").ok());

    const auto outcome = mergeCase(*mine, *theirs, *memory, MergePrefer::Nothing);
    QVERIFY(outcome.ok());
    QCOMPARE(outcome->taken, uint64_t{1});
    QCOMPARE(outcome->added, uint64_t{1});
    QCOMPARE(outcome->equal, uint64_t{1});
    QCOMPARE(outcome->conflicts.size(), size_t{1});
    QCOMPARE(outcome->conflicts.front().mine.decision, Decision::Accepted);
    QCOMPARE(outcome->conflicts.front().theirs.decision, Decision::Rejected);
    QCOMPARE(outcome->conflicts.front().mine.reviewer, std::string("ann"));
    QCOMPARE(outcome->conflicts.front().theirs.reviewer, std::string("bob"));
    QCOMPARE(findingOf(*mine, *memory, other, true).decision, Decision::Accepted);
    QCOMPARE(findingOf(*mine, *memory, other, false).decision, Decision::Accepted); // as it was
    size_t manual = 0;
    const auto all = mine->findings();
    QVERIFY(all.ok());
    for (const CaseFinding &one : *all) {
        if (one.origin == Origin::Manual) {
            ++manual;
            QCOMPARE(one.comment, std::string("a header"));
            QCOMPARE(one.decision, Decision::Accepted);
            QVERIFY(!one.fingerprint.empty()); // under this case's key
        }
    }
    QCOMPARE(manual, size_t{1});
    // Again: nothing new.
    const auto again = mergeCase(*mine, *theirs, *memory, MergePrefer::Nothing);
    QVERIFY(again.ok());
    QCOMPARE(again->taken + again->added, uint64_t{0});
    QCOMPARE(again->conflicts.size(), size_t{1});
    // The first was one step.
    QVERIFY(mine->undo().ok());
    QCOMPARE(findingOf(*mine, *memory, other, true).decision, Decision::Undecided);
}

void tst_casemerge::mergeSettlesConflicts_data()
{
    QTest::addColumn<int>("prefer");
    QTest::addColumn<int>("first");  // what becomes of what I accept and they reject
    QTest::addColumn<int>("second"); // the other way round
    const auto row = [](const char *name, MergePrefer prefer, Decision first, Decision second) {
        QTest::newRow(name) << static_cast<int>(prefer) << static_cast<int>(first)
                            << static_cast<int>(second);
    };
    row("nothing", MergePrefer::Nothing, Decision::Accepted, Decision::Rejected);
    row("mine", MergePrefer::Mine, Decision::Accepted, Decision::Rejected);
    row("theirs", MergePrefer::Theirs, Decision::Rejected, Decision::Accepted);
    row("accepted", MergePrefer::Accepted, Decision::Accepted, Decision::Accepted);
}

void tst_casemerge::mergeSettlesConflicts()
{
    QFETCH(int, prefer);
    QFETCH(int, first);
    QFETCH(int, second);
    const auto memory = dump(*m_folder, "dump", 100, 0x10000);
    const auto mine = scanned(memory, path("mine.case"));
    const auto theirs = scanned(memory, path("theirs.case"));
    decide(*mine, findingOf(*mine, *memory, token, true), Decision::Accepted);
    decide(*theirs, findingOf(*theirs, *memory, token, true), Decision::Rejected, Reason::Public);
    decide(*mine, findingOf(*mine, *memory, other, true), Decision::Rejected, Reason::Public);
    decide(*theirs, findingOf(*theirs, *memory, other, true), Decision::Accepted);
    const auto outcome = mergeCase(*mine, *theirs, *memory, static_cast<MergePrefer>(prefer));
    QVERIFY(outcome.ok());
    QCOMPARE(outcome->conflicts.size(), size_t{2});
    QCOMPARE(static_cast<int>(findingOf(*mine, *memory, token, true).decision), first);
    QCOMPARE(static_cast<int>(findingOf(*mine, *memory, other, true).decision), second);
    // An accepted one has no reason of a rejection.
    if (second == static_cast<int>(Decision::Accepted))
        QCOMPARE(findingOf(*mine, *memory, other, true).reason, Reason::None);
}

void tst_casemerge::refusesAnotherCheckpoint()
{
    const auto memory = dump(*m_folder, "dump", 100, 0x10000);
    const auto another = dump(*m_folder, "another", 100, 0x10000, third + third);
    {
        const auto theirs = scanned(another, path("theirs.case"));
    }
    const auto opened = Case::open(path("theirs.case"), memory.get());
    QVERIFY(!opened.ok());
    QCOMPARE(opened.error().code, ErrorCode::InputMalformed);
}

void tst_casemerge::namesWhoDecided()
{
    const auto memory = dump(*m_folder, "dump", 100, 0x10000);
    const auto review = scanned(memory, path("mine.case"), "ann");
    CaseFinding one = findingOf(*review, *memory, token, true);
    QVERIFY(one.reviewer.empty() && one.decided.empty());
    decide(*review, one, Decision::Accepted);
    one = findingOf(*review, *memory, token, true);
    QCOMPARE(one.reviewer, std::string("ann"));
    QCOMPARE(one.decided.size(), size_t{20});
    // A remark is no decision.
    review->setReviewer("bob");
    QVERIFY(review->setComment(one.id, "seen").ok());
    QCOMPARE(findingOf(*review, *memory, token, true).reviewer, std::string("ann"));
    decide(*review, one, Decision::Rejected, Reason::Other);
    QCOMPARE(findingOf(*review, *memory, token, true).reviewer, std::string("bob"));
}

void tst_casemerge::historyIsChained()
{
    const auto memory = dump(*m_folder, "dump", 100, 0x10000);
    std::string last;
    {
        const auto review = scanned(memory, path("mine.case"));
        decide(*review, findingOf(*review, *memory, token, true), Decision::Accepted);
        const auto history = review->history();
        QVERIFY(history.ok() && history->size() >= 2);
        const auto link = review->checkHistory();
        QVERIFY(link.ok());
        QCOMPARE(*link, history->back().link);
        QCOMPARE(link->size(), size_t{64});
        last = *link;
    }
    const auto review = Case::open(path("mine.case"), memory.get());
    QVERIFY(review.ok());
    QCOMPARE(*(*review)->checkHistory(), last);
    QVERIFY((*review)->addHistory("note", 0, "later").ok());
    QVERIFY(*(*review)->checkHistory() != last);
}

void tst_casemerge::changedHistoryIsNoticed_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<int>("entry");
    QTest::newRow("another text") << QByteArray("UPDATE history SET detail = 'x' WHERE sequence = 2") << 2;
    QTest::newRow("another reviewer")
        << QByteArray("UPDATE history SET reviewer = 'eve' WHERE sequence = 1") << 1;
    QTest::newRow("another time")
        << QByteArray("UPDATE history SET time = '2001-01-01T00:00:00Z' WHERE sequence = 3") << 3;
    QTest::newRow("another count") << QByteArray("UPDATE history SET findings = 7 WHERE sequence = 2") << 2;
    QTest::newRow("one less") << QByteArray("DELETE FROM history WHERE sequence = 2") << 2;
    QTest::newRow("renumbered")
        << QByteArray(
               "DELETE FROM history WHERE sequence = 2; UPDATE history SET sequence = 2 WHERE sequence = 3")
        << 2;
    QTest::newRow("another link") << QByteArray("UPDATE history SET link = 'aa' WHERE sequence = 3") << 3;
}

void tst_casemerge::changedHistoryIsNoticed()
{
    QFETCH(QByteArray, change);
    QFETCH(int, entry);
    {
        const auto store = CaseStore::create(path("case"), "identity", "/evidence");
        QVERIFY(store.ok());
        for (const char *action : {"one", "two", "three"})
            QVERIFY((*store)->addHistory(action, 1, {}).ok());
        QVERIFY((*store)->checkHistory().ok());
    }
    {
        const auto database = sqlite::Database::open(path("case"));
        QVERIFY(database.ok());
        // The triggers keep this program from doing it, not one that takes them away and puts them back.
        std::string triggers;
        {
            sqlite::Statement rows(*database, "SELECT sql FROM sqlite_master WHERE type = 'trigger'");
            while (*rows.step())
                triggers += rows.text(0) + ";";
        }
        QVERIFY(database
                    ->run("DROP TRIGGER history_keeps_text; DROP TRIGGER history_keeps_rows;" +
                          change.toStdString() + ";" + triggers)
                    .ok());
    }
    const auto store = CaseStore::open(path("case"));
    QVERIFY2(store.ok(), store.ok() ? "" : store.error().describe().c_str());
    const auto checked = (*store)->checkHistory();
    QVERIFY(!checked.ok());
    QCOMPARE(checked.error().code, ErrorCode::InputMalformed);
    QVERIFY(checked.error().message.find("entry " + std::to_string(entry)) != std::string::npos);
}

void tst_casemerge::oldCasesAreUpgraded()
{
    // As the first version made them.
    {
        QFile file(QString::fromStdString(path("old.case")));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    {
        const auto database = sqlite::Database::open(path("old.case"));
        QVERIFY(database.ok());
        const auto made = database->run(R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin INTEGER NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, confidence INTEGER NOT NULL,
  encoding INTEGER NOT NULL, why TEXT NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, address INTEGER NOT NULL,
  parts BLOB NOT NULL, fingerprint TEXT NOT NULL, decision INTEGER NOT NULL, reason INTEGER NOT NULL,
  comment TEXT NOT NULL, stale INTEGER NOT NULL, live INTEGER NOT NULL);
CREATE INDEX findings_parts ON findings (parts);
CREATE INDEX findings_fingerprint ON findings (fingerprint);
CREATE INDEX findings_dead ON findings (live) WHERE live = 0;
CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE changes (
  step INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  decision INTEGER NOT NULL, reason INTEGER NOT NULL, comment TEXT NOT NULL, parts BLOB NOT NULL,
  fingerprint TEXT NOT NULL, live INTEGER NOT NULL,
  new_decision INTEGER NOT NULL, new_reason INTEGER NOT NULL, new_comment TEXT NOT NULL, new_parts BLOB NOT NULL,
  new_fingerprint TEXT NOT NULL, new_live INTEGER NOT NULL);
CREATE INDEX changes_step ON changes (step);
CREATE INDEX changes_finding ON changes (finding);
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, reviewer TEXT NOT NULL, action TEXT NOT NULL,
  findings INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE TRIGGER history_keeps_text BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER history_keeps_rows BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
PRAGMA application_id=1131575651; PRAGMA user_version=1;
INSERT INTO meta VALUES ('key', randomblob(32)), ('identity', 'same'), ('checkpoint', '/evidence'), ('rules', '9');
INSERT INTO findings VALUES (5, 0, 'jwt', 'JSON Web Token', 0, 0, 'why', '', 0, 0,
  x'030000000000000020000000000000000800000000000000', 'f', 1, 0, 'mine', 0, 1);
INSERT INTO steps VALUES (1, 'accept 1 finding', 1);
INSERT INTO changes VALUES (1, 5, 0, 0, 'mine', x'030000000000000020000000000000000800000000000000', 'f', 1,
  1, 0, 'mine', x'030000000000000020000000000000000800000000000000', 'f', 1);
INSERT INTO history (time, reviewer, action, findings, detail) VALUES ('2025-01-01T00:00:00Z', 'ann', 'scan', 1, 'rules 9'),
  ('2025-01-01T00:01:00Z', 'ann', 'accept', 1, '');
)");
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().describe().c_str());
    }
    for (int time = 0; time < 2; ++time) { // upgraded, then opened as a new one
        const auto store = CaseStore::open(path("old.case"));
        QVERIFY2(store.ok(), store.ok() ? "" : store.error().describe().c_str());
        QCOMPARE(*(*store)->meta("rules"), std::string("9"));
        const auto findings = (*store)->findings();
        QVERIFY(findings.ok() && findings->size() == 1);
        QCOMPARE(findings->front().decision, Decision::Accepted);
        QCOMPARE(findings->front().comment, std::string("mine"));
        const auto history = (*store)->history();
        QVERIFY(history.ok() && history->size() == 2);
        QCOMPARE(history->back().action, std::string("accept"));
        QVERIFY((*store)->checkHistory().ok());
        QCOMPARE((*store)->stepText(false), std::string("accept 1 finding"));
    }
    const auto store = CaseStore::open(path("old.case"));
    QVERIFY(store.ok());
    QVERIFY((*store)->travel(false).ok());
    QCOMPARE((*store)->findings()->front().decision, Decision::Undecided);
}

void tst_casemerge::secondVersionIsUpgraded()
{
    // As the second version made them: decided, taken back, rejected, worded, moved, added, added and undone,
    // and a step that changed one finding twice.
    {
        QFile file(QString::fromStdString(path("old.case")));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    HistoryEntry scan{1, "2025-01-01T00:00:00Z", "ann", "scan", 4, "rules 9", {}};
    scan.link = historyLink({}, scan);
    HistoryEntry accept{2, "2025-01-01T00:01:00Z", "ann", "accept", 1, {}, {}};
    accept.link = historyLink(scan.link, accept);
    {
        const auto database = sqlite::Database::open(path("old.case"));
        QVERIFY(database.ok());
        const auto parts = [](int offset) {
            return "x'0300000000000000" + QByteArray::number(offset).rightJustified(2, '0').toStdString() +
                   "000000000000000800000000000000'";
        };
        const auto made = database->run(
            R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin INTEGER NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, confidence INTEGER NOT NULL,
  encoding INTEGER NOT NULL, why TEXT NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, address INTEGER NOT NULL,
  parts BLOB NOT NULL, fingerprint TEXT NOT NULL, decision INTEGER NOT NULL, reason INTEGER NOT NULL,
  comment TEXT NOT NULL, stale INTEGER NOT NULL, live INTEGER NOT NULL,
  reviewer TEXT NOT NULL, decided TEXT NOT NULL);
CREATE INDEX findings_parts ON findings (parts);
CREATE INDEX findings_fingerprint ON findings (fingerprint);
CREATE INDEX findings_dead ON findings (live) WHERE live = 0;
CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE changes (
  step INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  decision INTEGER NOT NULL, reason INTEGER NOT NULL, comment TEXT NOT NULL, parts BLOB NOT NULL,
  fingerprint TEXT NOT NULL, live INTEGER NOT NULL,
  new_decision INTEGER NOT NULL, new_reason INTEGER NOT NULL, new_comment TEXT NOT NULL, new_parts BLOB NOT NULL,
  new_fingerprint TEXT NOT NULL, new_live INTEGER NOT NULL);
CREATE INDEX changes_step ON changes (step);
CREATE INDEX changes_finding ON changes (finding);
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, reviewer TEXT NOT NULL, action TEXT NOT NULL,
  findings INTEGER NOT NULL, detail TEXT NOT NULL, link TEXT NOT NULL);
CREATE TRIGGER history_keeps_text BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER history_keeps_rows BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'append only'); END;
PRAGMA application_id=1131575651; PRAGMA user_version=2;
INSERT INTO meta VALUES ('key', randomblob(32)), ('identity', 'same'), ('checkpoint', '/evidence'), ('rules', '9');
INSERT INTO findings VALUES
  (5, 0, 'jwt', 'JSON Web Token', 0, 3, 'why', 'NAME', 7, -1, )" +
            parts(10) +
            R"(, 'f', 1, 0, 'mine', 1, 1, 'ann', '2025-01-01T00:01:00Z'),
  (6, 0, 'jwt', 'JSON Web Token', 1, 0, 'why', '', 8, 16, )" +
            parts(20) +
            R"(, 'f', 0, 0, '', 0, 1, 'bob', '2025-01-02T00:00:00Z'),
  (8, 0, 'jwt', 'JSON Web Token', 2, 0, 'why', '', 0, 0, )" +
            parts(31) +
            R"(, 'moved', 2, 3, '', 0, 1, 'bob', '2025-01-03T00:00:00Z'),
  (9, 0, 'jwt', 'JSON Web Token', 2, 0, 'why', '', 0, 0, )" +
            parts(40) +
            R"(, '', 0, 0, '', 0, 1, '', ''),
  (11, 1, 'manual', 'Manual redaction', 0, 0, 'why', '', 0, 0, )" +
            parts(50) +
            R"(, 'm', 1, 0, 'gone', 0, 0, 'ann', '2025-01-04T00:00:00Z');
INSERT INTO steps VALUES (1, 'accept 1 finding', 1), (2, 'move', 1), (4, 'twice', 1), (7, 'add 1 finding', 0);
INSERT INTO changes VALUES
  (1, 5, 0, 0, '', )" +
            parts(10) + ", 'f', 1, 1, 0, '', " + parts(10) + R"(, 'f', 1),
  (2, 8, 2, 3, '', )" +
            parts(30) + ", 'stood', 1, 2, 3, '', " + parts(31) + R"(, 'moved', 1),
  (4, 5, 1, 0, '', )" +
            parts(10) + ", 'f', 1, 2, 1, 'once', " + parts(10) + R"(, 'f', 1),
  (4, 5, 2, 1, 'once', )" +
            parts(10) + ", 'f', 1, 1, 0, 'mine', " + parts(10) + R"(, 'f', 1),
  (7, 11, 1, 0, 'gone', )" +
            parts(50) + ", 'm', 0, 1, 0, 'gone', " + parts(50) + R"(, 'm', 1);
INSERT INTO history VALUES (1, '2025-01-01T00:00:00Z', 'ann', 'scan', 4, 'rules 9', ')" +
            scan.link + "'), (2, '2025-01-01T00:01:00Z', 'ann', 'accept', 1, '', '" + accept.link + "');");
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().describe().c_str());
    }
    for (int time = 0; time < 2; ++time) { // upgraded, then opened as a new one
        const auto store = CaseStore::open(path("old.case"));
        QVERIFY2(store.ok(), store.ok() ? "" : store.error().describe().c_str());
        const auto valid = [](const Extent &part) { return part.member == 3 && part.length == 8; };
        QVERIFY((*store)->checkParts(valid).ok());
        const auto findings = (*store)->findings();
        QVERIFY(findings.ok() && findings->size() == 4);
        const CaseFinding &first = findings->front();
        QCOMPARE(first.id, FindingId{5});
        QCOMPARE(first.finding.rule, std::string("jwt"));
        QCOMPARE(first.finding.kind, std::string("JSON Web Token"));
        QCOMPARE(first.finding.why, std::string("why"));
        QCOMPARE(first.finding.label, std::string("NAME"));
        QCOMPARE(first.finding.confidence, Confidence::High);
        QCOMPARE(first.finding.encoding, Encoding::Utf32Le);
        QCOMPARE(first.finding.pid, 7u);
        QCOMPARE(first.finding.address, ~uint64_t{0});
        QCOMPARE(first.finding.parts.front().offset, uint64_t{0x10});
        QCOMPARE(first.fingerprint, std::string("f"));
        QCOMPARE(first.copies, uint64_t{1});
        QCOMPARE(first.decision, Decision::Accepted);
        QCOMPARE(first.comment, std::string("mine"));
        QVERIFY(first.stale);
        QCOMPARE(first.reviewer, std::string("ann"));
        QCOMPARE(first.decided, std::string("2025-01-01T00:01:00Z"));
        const auto taken = (*store)->finding(6); // decided on, and taken back: that has a name, too
        QVERIFY(taken.ok());
        QCOMPARE(taken->decision, Decision::Undecided);
        QCOMPARE(taken->reviewer, std::string("bob"));
        const auto rejected = (*store)->finding(8);
        QVERIFY(rejected.ok());
        QCOMPARE(rejected->reason, Reason::Public);
        QCOMPARE(rejected->decided, std::string("2025-01-03T00:00:00Z"));
        QVERIFY((*store)->finding(9)->reviewer.empty());
        QVERIFY(!(*store)->finding(11).ok());
        // The chain is the one that reports name.
        QCOMPARE(*(*store)->checkHistory(), accept.link);
        QCOMPARE((*store)->stepText(false), std::string("twice"));
        QCOMPARE((*store)->stepText(true), std::string("add 1 finding"));
    }
    const auto store = CaseStore::open(path("old.case"));
    QVERIFY(store.ok());
    QVERIFY((*store)->travel(true).ok()); // what was undone can be done again
    QCOMPARE((*store)->finding(11)->comment, std::string("gone"));
    QCOMPARE((*store)->finding(11)->decision, Decision::Accepted);
    QVERIFY((*store)->travel(false).ok());
    QVERIFY((*store)->travel(false).ok()); // the step with two changes, to before the first
    QCOMPARE((*store)->finding(5)->decision, Decision::Accepted);
    QCOMPARE((*store)->finding(5)->comment, std::string());
    QVERIFY((*store)->travel(true).ok());
    QCOMPARE((*store)->finding(5)->comment, std::string("mine"));
    QVERIFY((*store)->travel(false).ok());
    QVERIFY((*store)->travel(false).ok());
    QCOMPARE((*store)->finding(8)->finding.parts.front().offset, uint64_t{0x30});
    QCOMPARE((*store)->finding(8)->fingerprint, std::string("stood"));
    QCOMPARE((*store)->finding(8)->reason, Reason::Public);
    QVERIFY((*store)->travel(false).ok());
    QCOMPARE((*store)->finding(5)->decision, Decision::Undecided);
    QVERIFY((*store)->checkHistory().ok());
}

CRYOSCOPE_TEST(tst_casemerge)

} // namespace tst_casemerge

#include "tst_casemerge.moc"
