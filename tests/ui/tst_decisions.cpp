// SPDX-License-Identifier: Apache-2.0
// Decisions from elsewhere in the window: another review with conflicts, a baseline for the next dump; and
// what the window says of restoring.
#include "core/review/baseline.h"
#include "tests/program/testprogram.h"
#include "tests/ui/windowtest.h"
#include "ui/review/conflictsdialog.h"

#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTreeWidget>

namespace tst_decisions
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace cryoscope::ui;

class TestDecisions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_window.reset(); }
    void anotherReview();
    void conflictsByKeys();
    void baseline();
    void neither();
    void tellsWhatRestoringNeeds();

private:
    /// A case of another reviewer, with these decisions on the findings of the window.
    QString otherCase(const std::vector<std::pair<size_t, Decision>> &decisions);
    void decide(size_t index, Decision decision);
    [[nodiscard]] CaseFinding at(size_t index) const { return m_window->session().findings()[index]; }
    /// Waits for the answer.
    bool take(const QString &path);

    std::unique_ptr<WindowTest> m_window;
};

void TestDecisions::init()
{
    m_window = std::make_unique<WindowTest>();
    QVERIFY(m_window->open(samplePath()));
    QVERIFY(m_window->scan());
    QVERIFY(m_window->session().findings().size() > 10);
}

QString TestDecisions::otherCase(const std::vector<std::pair<size_t, Decision>> &decisions)
{
    const QString path = m_window->folder.filePath(QStringLiteral("other.cryoscope"));
    const auto &memory = *m_window->session().memory();
    const auto review = Case::create(path.toStdString(), memory);
    if (!review)
        qFatal("%s", review.error().describe().c_str());
    (*review)->setReviewer("bob");
    std::vector<Finding> findings;
    for (const CaseFinding &one : m_window->session().findings())
        findings.push_back(one.finding);
    if (!(*review)->replaceScan(memory, findings, "1"))
        qFatal("no findings");
    const auto all = (*review)->findings();
    for (const auto &[index, decision] : decisions) {
        for (const CaseFinding &one : *all) {
            if (one.finding.parts == at(index).finding.parts && one.finding.rule == at(index).finding.rule &&
                !(*review)->decide({&one.id, 1}, decision, Reason::None))
                qFatal("not decided");
        }
    }
    return path;
}

void TestDecisions::decide(size_t index, Decision decision)
{
    m_window->session().decide({at(index).id}, decision);
}

bool TestDecisions::take(const QString &path)
{
    QSignalSpy taken(&m_window->session(), &ReviewSession::decisionsTaken);
    QSignalSpy failed(&m_window->session(), &ReviewSession::failed);
    m_window->session().takeDecisions(path);
    return QTest::qWaitFor([&] { return !taken.isEmpty() || !failed.isEmpty(); }, patience) &&
           !taken.isEmpty();
}

void TestDecisions::anotherReview()
{
    decide(0, Decision::Accepted);
    const QString path =
        otherCase({{0, Decision::Accepted}, {3, Decision::Accepted}, {5, Decision::Rejected}});
    QVERIFY(take(path));
    QCOMPARE(at(3).decision, Decision::Accepted);
    QCOMPARE(at(5).decision, Decision::Rejected);
    QVERIFY(m_window->window->findChild<ConflictsDialog *>() == nullptr);
    m_window->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(at(3).decision, Decision::Undecided, patience);
    QCOMPARE(at(0).decision, Decision::Accepted);
}

void TestDecisions::conflictsByKeys()
{
    decide(1, Decision::Accepted);
    decide(2, Decision::Rejected);
    decide(4, Decision::Rejected);
    const QString path =
        otherCase({{1, Decision::Rejected}, {2, Decision::Accepted}, {4, Decision::Accepted}});
    QVERIFY(take(path));
    QPointer<ConflictsDialog> dialog;
    QTRY_VERIFY_WITH_TIMEOUT((dialog = m_window->window->findChild<ConflictsDialog *>()) != nullptr,
                             patience);
    auto *list = dialog->findChild<QTreeWidget *>(QStringLiteral("conflictList"));
    QCOMPARE(list->topLevelItemCount(), 3);
    QCOMPARE(at(2).decision, Decision::Rejected); // until someone chooses
    QVERIFY(list->topLevelItem(0)->text(3).contains(QStringLiteral("bob")));
    // The first by its key, all by a button and back, then those that anyone accepts.
    QTest::keyClick(list, Qt::Key_Space);
    QVERIFY(list->topLevelItem(0)->text(3).startsWith(QChar(0x2713)));
    QVERIFY(!list->topLevelItem(0)->text(2).startsWith(QChar(0x2713)));
    dialog->findChild<QPushButton *>(QStringLiteral("allThere"))->click();
    QVERIFY(list->topLevelItem(2)->text(3).startsWith(QChar(0x2713)));
    dialog->findChild<QPushButton *>(QStringLiteral("allHere"))->click();
    QVERIFY(list->topLevelItem(2)->text(2).startsWith(QChar(0x2713)));
    dialog->findChild<QPushButton *>(QStringLiteral("whoeverAccepts"))->click();
    QTest::keyClick(list, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(at(1).decision == Decision::Accepted && at(2).decision == Decision::Accepted &&
                                 at(4).decision == Decision::Accepted,
                             patience);
}

void TestDecisions::baseline()
{
    decide(0, Decision::Accepted);
    decide(2, Decision::Rejected);
    const QString path = m_window->folder.filePath(QStringLiteral("decisions.json"));
    QSignalSpy said(&m_window->session(), &ReviewSession::message);
    m_window->session().saveBaseline(path);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path) && !said.isEmpty(), patience);
    const auto written = Baseline::read(path.toStdString());
    QVERIFY(written.ok() && !written->entries().empty());
    // As for another dump: nothing is decided yet.
    m_window->key(Qt::Key_Z, Qt::ControlModifier);
    m_window->key(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->count(Decision::Undecided), m_window->session().findings().size(),
                              patience);
    QVERIFY(take(path));
    QCOMPARE(at(0).decision, Decision::Accepted);
    QCOMPARE(at(2).decision, Decision::Rejected);
}

void TestDecisions::neither()
{
    const QString path = m_window->folder.filePath(QStringLiteral("some.json"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{}") == 2);
    file.close();
    QVERIFY(!take(path));
    QVERIFY(m_window->session().isOpen());
}

void TestDecisions::tellsWhatRestoringNeeds()
{
    auto *problems = m_window->child<QListWidget>("problemList");
    QTRY_VERIFY_WITH_TIMEOUT(
        !problems->findItems(QStringLiteral("Complete and restorable: yes"), Qt::MatchExactly).isEmpty(),
        patience);
}

CRYOSCOPE_TEST(TestDecisions)

} // namespace tst_decisions

#include "tst_decisions.moc"
