// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"
#include "ui/jobs/job.h"

#include <QSignalSpy>
#include <QThread>

#include <atomic>
#include <semaphore>

namespace tst_job
{

using namespace cryoscope;
using namespace cryoscope::ui;

class TestJob : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runsElsewhereAndEndsHere();
    void tellsProgress();
    void cancel();
    void deletedWhileItRuns();
    void deletedBeforeItsEndIsTold();
    void oneAfterTheOther();
    void startsAgainFromItsEnd();
    void deletesItselfAtItsEnd();
};

void TestJob::runsElsewhereAndEndsHere()
{
    Job job;
    QVERIFY(!job.isRunning());
    const QThread *here = QThread::currentThread();
    std::atomic<bool> elsewhere{false};
    bool ended = false;
    bool endedHere = false;
    job.start([&](Progress &, const std::stop_token &) { elsewhere = QThread::currentThread() != here; },
              [&] {
                  ended = true;
                  endedHere = QThread::currentThread() == here;
              });
    QVERIFY(job.isRunning());
    QVERIFY(!ended); // never from within start()
    QTRY_VERIFY(ended);
    QVERIFY(endedHere && elsewhere);
    QVERIFY(!job.isRunning());
}

void TestJob::tellsProgress()
{
    Job job;
    QSignalSpy progressed(&job, &Job::progressed);
    std::binary_semaphore go(0);
    bool ended = false;
    job.start(
        [&go](Progress &progress, const std::stop_token &) {
            progress.begin("scan", 1000);
            progress.advance(250);
            go.acquire();
        },
        [&ended] { ended = true; });
    QTRY_VERIFY(!progressed.isEmpty() && progressed.last().at(1).toULongLong() == 250);
    QCOMPARE(progressed.last().at(0).toString(), QStringLiteral("scan"));
    QCOMPARE(progressed.last().at(2).toULongLong(), quint64{1000});
    go.release();
    QTRY_VERIFY(ended);
    // Nothing more is told, and the next work begins from nothing.
    progressed.clear();
    QTest::qWait(250);
    QVERIFY(progressed.isEmpty());
    ended = false;
    job.start(
        [&go](Progress &progress, const std::stop_token &) {
            if (progress.done() == 0 && progress.total() == 0)
                go.release();
        },
        [&ended] { ended = true; });
    QTRY_VERIFY(ended);
    QVERIFY(go.try_acquire());
}

void TestJob::cancel()
{
    Job job;
    job.cancel(); // without work: nothing happens
    bool ended = false;
    std::atomic<bool> stopped{false};
    job.start(
        [&stopped](Progress &, const std::stop_token &stop) {
            while (!stop.stop_requested())
                QThread::msleep(1);
            stopped = true;
        },
        [&ended] { ended = true; });
    QVERIFY(job.isRunning());
    job.cancel();
    QTRY_VERIFY(ended); // told all the same: who started it has to know that it is over
    QVERIFY(stopped);
    // The request was for that work only.
    ended = false;
    std::atomic<bool> asked{true};
    job.start([&asked](Progress &, const std::stop_token &stop) { asked = stop.stop_requested(); },
              [&ended] { ended = true; });
    QTRY_VERIFY(ended);
    QVERIFY(!asked);
}

void TestJob::deletedWhileItRuns()
{
    auto job = std::make_unique<Job>();
    std::atomic<bool> stopped{false};
    bool ended = false;
    std::binary_semaphore running(0);
    job->start(
        [&](Progress &, const std::stop_token &stop) {
            running.release();
            while (!stop.stop_requested())
                QThread::msleep(1);
            QThread::msleep(30);
            stopped = true;
        },
        [&ended] { ended = true; });
    running.acquire();
    job.reset();
    QVERIFY(stopped); // waited for: what the work uses may go now
    QCoreApplication::processEvents();
    QVERIFY(!ended);
}

void TestJob::deletedBeforeItsEndIsTold()
{
    auto job = std::make_unique<Job>();
    bool ended = false;
    std::binary_semaphore worked(0);
    job->start([&worked](Progress &, const std::stop_token &) { worked.release(); },
               [&ended] { ended = true; });
    worked.acquire();
    QThread::msleep(20);
    job.reset();
    QCoreApplication::processEvents();
    QVERIFY(!ended);
}

void TestJob::oneAfterTheOther()
{
    Job job;
    int ended = 0;
    for (int i = 0; i < 50; ++i) {
        job.start([](Progress &progress, const std::stop_token &) { progress.advance(1); },
                  [&ended] { ++ended; });
        QTRY_COMPARE(ended, i + 1);
    }
}

void TestJob::startsAgainFromItsEnd()
{
    Job job;
    int rounds = 0;
    std::function<void()> next = [&] {
        if (++rounds < 5)
            job.start([](Progress &, const std::stop_token &) {}, next);
    };
    job.start([](Progress &, const std::stop_token &) {}, next);
    QTRY_COMPARE(rounds, 5);
    QVERIFY(!job.isRunning());
}

void TestJob::deletesItselfAtItsEnd()
{
    auto *job = new Job;
    QPointer<Job> there(job);
    job->start([](Progress &, const std::stop_token &) {}, [job] { delete job; });
    QTRY_VERIFY(there.isNull());
}

CRYOSCOPE_TEST(TestJob)

} // namespace tst_job

#include "tst_job.moc"
