// SPDX-License-Identifier: Apache-2.0
#include "core/detect/runwalker.h"

#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QFile>
#include <QTemporaryDir>

#include <mutex>
#include <thread>

namespace tst_runwalker
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestRunWalker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_folder.reset(); }
    void windowsTileTheRuns_data();
    void windowsTileTheRuns();
    void nothingToDo();
    void workers();
    void cancelledAtOnce();
    void cancelledOnTheWay();
    void unreadableWindowsAreNamed();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::shared_ptr<const Memory> m_memory;
};

void TestRunWalker::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    CheckpointBuilder builder;
    builder.maxRun(2);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    for (uint64_t address = 0x10000; address < 0x18000; address += 4096)
        task.page(address, std::string(4096, static_cast<char>('a' + (address >> 12) % 26)));
    task.page(0x1a000, "apart");
    builder.member("dump.log", std::string(10000, 'l'));
    builder.member("one", "1");
    builder.writeTo(m_folder->path().toStdString());
    const auto checkpoint = Checkpoint::open(m_folder->path().toStdString());
    QVERIFY(checkpoint.ok());
    m_memory = *Memory::load(*checkpoint);
}

void TestRunWalker::windowsTileTheRuns_data()
{
    QTest::addColumn<quint64>("unit");
    QTest::addColumn<quint64>("before");
    QTest::addColumn<quint64>("after");
    QTest::addColumn<uint>("jobs");
    for (const unsigned jobs : {1u, 4u}) {
        for (const auto &[unit, before, after] : {std::tuple<quint64, quint64, quint64>{1000, 0, 0},
                                                  {4096, 64, 8192},
                                                  {1 << 18, 64, 8192},
                                                  {7, 3, 5},
                                                  {5000, 1 << 20, 1 << 20}})
            QTest::addRow("%llu, %llu, %llu, %u", unit, before, after, jobs)
                << unit << before << after << uint{jobs};
    }
}

void TestRunWalker::windowsTileTheRuns()
{
    QFETCH(quint64, unit);
    QFETCH(quint64, before);
    QFETCH(quint64, after);
    QFETCH(uint, jobs);
    const std::vector<Run> runs = allRuns(*m_memory);
    std::map<const Run *, std::map<uint64_t, uint64_t>> own; // start of what a window owns: its end
    std::mutex mutex;
    std::vector<Problem> unread;
    Progress progress;
    bool fine = true;
    const auto done = walkRuns(
        *m_memory, runs, {jobs, unit, before, after},
        [&](const RunWindow &window, size_t worker) {
            std::string expected(window.bytes.size(), '\0');
            const bool read = readRun(*m_memory, *window.run, window.start,
                                      std::as_writable_bytes(std::span(expected.data(), expected.size())))
                                  .ok();
            const uint64_t begin = window.start + window.ownBegin;
            const uint64_t end = window.start + window.ownEnd;
            const std::lock_guard lock(mutex);
            fine = fine && read && window.bytes == expected && worker < jobs;
            fine = fine && end > begin && end - begin <= unit;
            // As much around it as was asked for, within the run.
            fine = fine && window.ownBegin == std::min<uint64_t>(before, begin);
            fine = fine &&
                   window.bytes.size() - window.ownEnd == std::min<uint64_t>(after, window.run->length - end);
            fine = fine && own[window.run].emplace(begin, end).second;
        },
        unread, &progress);
    QVERIFY(done.ok());
    QVERIFY(fine && unread.empty());
    uint64_t total = 0;
    for (const Run &run : runs) {
        uint64_t at = 0;
        for (const auto &[begin, end] : own[&run]) {
            QCOMPARE(begin, at);
            at = end;
        }
        QCOMPARE(at, run.length);
        total += run.length;
    }
    QCOMPARE(progress.done(), total);
}

void TestRunWalker::nothingToDo()
{
    std::vector<Problem> unread;
    int calls = 0;
    const std::vector<Run> empty{{Run::Kind::TaskMemory, 100, 0, noMember, 0x10000, 0}};
    for (const auto &runs : {std::vector<Run>(), empty}) {
        QVERIFY(walkRuns(
                    *m_memory, runs, {}, [&calls](const RunWindow &, size_t) { ++calls; }, unread)
                    .ok());
    }
    QCOMPARE(calls, 0);
    QVERIFY(unread.empty());
}

void TestRunWalker::workers()
{
    QCOMPARE(workerCount(3), size_t{3});
    QVERIFY(workerCount(0) >= 1);
    // Each worker's number is its own while it works: what it keeps by number needs no lock.
    std::array<std::atomic<int>, 4> inside{};
    std::atomic<bool> shared{false};
    std::vector<Problem> unread;
    const auto runs = allRuns(*m_memory);
    const auto done = walkRuns(
        *m_memory, runs, {4, 50, 0, 0},
        [&](const RunWindow &, size_t worker) {
            if (inside.at(worker).fetch_add(1) != 0)
                shared = true;
            std::this_thread::yield();
            inside.at(worker).fetch_sub(1);
        },
        unread);
    QVERIFY(done.ok());
    QVERIFY(!shared);
}

void TestRunWalker::cancelledAtOnce()
{
    std::stop_source stop;
    stop.request_stop();
    int calls = 0;
    std::vector<Problem> unread;
    const auto runs = allRuns(*m_memory);
    const auto done = walkRuns(
        *m_memory, runs, {}, [&calls](const RunWindow &, size_t) { ++calls; }, unread, nullptr,
        stop.get_token());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
    QCOMPARE(calls, 0);
}

void TestRunWalker::cancelledOnTheWay()
{
    std::stop_source stop;
    std::atomic<int> calls{0};
    std::vector<Problem> unread;
    const auto runs = allRuns(*m_memory);
    const auto done = walkRuns(
        *m_memory, runs, {2, 10, 0, 0},
        [&](const RunWindow &, size_t) {
            if (++calls == 20)
                stop.request_stop();
        },
        unread, nullptr, stop.get_token());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
    QVERIFY(calls >= 20 && calls < 30); // each worker may end what it had begun
}

void TestRunWalker::unreadableWindowsAreNamed()
{
    QVERIFY(QFile::resize(m_folder->filePath(QStringLiteral("dump.log")), 2500));
    std::vector<Problem> unread;
    std::mutex mutex;
    uint64_t seen = 0;
    uint64_t total = 0;
    const auto runs = allRuns(*m_memory);
    for (const Run &run : runs)
        total += run.length;
    Progress progress;
    const auto done = walkRuns(
        *m_memory, runs, {2, 1000, 0, 0},
        [&](const RunWindow &window, size_t) {
            const std::lock_guard lock(mutex);
            seen += window.ownEnd - window.ownBegin;
        },
        unread, &progress);
    QVERIFY(done.ok()); // the rest was seen
    QCOMPARE(unread.size(), size_t{8});
    for (const Problem &problem : unread) {
        QCOMPARE(problem.error.file, std::string("dump.log"));
        QCOMPARE(problem.error.code, ErrorCode::InputUnreadable);
        QVERIFY(problem.error.offset);
    }
    QCOMPARE(seen, total - 8000);
    QCOMPARE(progress.done(), total);
}

CRYOSCOPE_TEST(TestRunWalker)

} // namespace tst_runwalker

#include "tst_runwalker.moc"
