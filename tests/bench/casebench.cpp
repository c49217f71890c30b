// SPDX-License-Identifier: Apache-2.0
// casebench DIRECTORY [window]: what cryoscope_makecase wrote, opened and reviewed: by the core (unless the
// window alone is asked for), and in the window, of which the longest time is told for which it did not
// answer. Works on a copy of the case. Prints a table in Markdown.
#include "core/review/case.h"
#include "tests/bench/bigcase.h"
#include "tests/ui/windowtest.h"
#include "ui/models/findingsmodel.h"
#include "ui/review/casesnapshot.h"
#include "ui/views/marksupdater.h"

#include <QComboBox>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLineEdit>
#include <QTableView>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

constexpr double stallLimit = 50; // milliseconds that the window may not answer
constexpr double stepLimit = 5;   // milliseconds of a decision
constexpr int quiet = 1500;       // milliseconds without news after which nothing more will come

uint64_t residentMegabytes()
{
    std::ifstream file("/proc/self/statm");
    uint64_t size = 0;
    uint64_t resident = 0;
    file >> size >> resident;
    return resident * 4096 / 1'000'000;
}

void row(const std::string &what, double milliseconds, double processor, double limit)
{
    std::printf("| %s | %.1f | ", what.c_str(), milliseconds);
    if (processor >= 0)
        std::printf("%.1f", processor);
    std::printf(" | ");
    if (limit > 0)
        std::printf("%.0f", limit);
    std::printf(" | %llu |\n", static_cast<unsigned long long>(residentMegabytes()));
    std::fflush(stdout);
}

double timed(const std::function<void()> &work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// The median and the longest of many.
void rowsOfMany(const std::string &what, int count, const std::function<void(int)> &work)
{
    std::vector<double> all;
    for (int i = 0; i < count; ++i)
        all.push_back(timed([&] { work(i); }));
    std::sort(all.begin(), all.end());
    row(what + ", median of " + std::to_string(count), all[all.size() / 2], -1, stepLimit);
    row(what + ", longest", all.back(), -1, 0);
}

void benchCore(const std::string &checkpoint, const std::string &path)
{
    const auto memory = openMemory(checkpoint);
    std::unique_ptr<Case> review;
    const double open = timed([&] { review = must(Case::open(path)); });
    row("Case::open", open, -1, 0);
    review.reset();
    const double checked = timed([&] { review = must(Case::open(path, memory.get())); });
    row("Case::open with a look at all extents", checked, -1, 0);
    std::vector<FindingId> ids;
    row("Case::findings", timed([&] {
            for (const CaseFinding &finding : must(review->findings()))
                ids.push_back(finding.id);
        }),
        -1, 0);
    row("Case::places and the first 8192", timed([&] {
            const auto places = must(review->places());
            const auto first = std::span(places).first(std::min<size_t>(places.size(), 8192));
            if (auto done = review->read(first, 0, [](size_t, const CaseRow &) {}); !done)
                failWith(done.error());
        }),
        -1, 0);
    row("CaseSnapshot::of", timed([&] { (void)must(ui::CaseSnapshot::of(*review)); }), -1, 0);
    constexpr int many = 200;
    rowsOfMany("decide", many, [&](int i) {
        const FindingId id = ids[static_cast<size_t>(i) * 4801 % ids.size()];
        if (auto done = review->decide({&id, 1}, Decision::Accepted); !done)
            failWith(done.error());
    });
    rowsOfMany("undo", many, [&](int) { (void)must(review->undo()); });
    row("decide on all", timed([&] {
            if (auto done = review->decide(ids, Decision::Accepted); !done)
                failWith(done.error());
        }),
        -1, 0);
    row("tidy", timed([&] {
            while (review->tidy())
                ;
        }),
        -1, 0);
    row("undo of all", timed([&] { (void)must(review->undo()); }), -1, 0);
    row("tidy", timed([&] {
            while (review->tidy())
                ;
        }),
        -1, 0);
    row("redo of all", timed([&] { (void)must(review->redo()); }), -1, 0);
    row("undo of all", timed([&] { (void)must(review->undo()); }), -1, 0);
    rowsOfMany("decide after that", 20, [&](int i) {
        const FindingId id = ids[static_cast<size_t>(i)];
        if (auto done = review->decide({&id, 1}, Decision::Accepted); !done)
            failWith(done.error());
    });
    row("tidy", timed([&] {
            while (review->tidy())
                ;
        }),
        -1, 0);
    BigCase size;
    size.findings = ids.size();
    const auto found = size.scanned(*memory);
    row("replaceScan with the same findings", timed([&] {
            if (auto done = review->replaceScan(*memory, found, "again"); !done)
                failWith(done.error());
        }),
        -1, 0);
}

/// Looks each millisecond whether the event loop answers.
class Pulse : public QObject
{
public:
    Pulse()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        connect(&m_timer, &QTimer::timeout, this, [this] { beat(); });
        m_timer.start(1);
    }
    void begin()
    {
        m_longest = m_processor = 0;
        m_last.start();
        m_spent = threadTime();
    }
    void beat()
    {
        const double now = threadTime();
        m_longest = std::max(m_longest, static_cast<double>(m_last.nsecsElapsed()) / 1e6);
        m_processor = std::max(m_processor, now - m_spent);
        m_spent = now;
        m_last.start();
    }
    /// Milliseconds of the longest gap; and of processor time that this thread had in one of them, which says
    /// more on a machine with other work.
    [[nodiscard]] double longest() const { return m_longest; }
    [[nodiscard]] double processor() const { return m_processor; }

private:
    static double threadTime()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    }

    QTimer m_timer;
    QElapsedTimer m_last;
    double m_spent = 0;
    double m_longest = 0;
    double m_processor = 0;
};

/// The window with the case, and what a user does with it.
class WindowBench : public QObject
{
public:
    explicit WindowBench(QString path) : m_path(std::move(path))
    {
        m_list = m_test.child<QTableView>("findingList");
        m_model = m_list->model();
        connect(m_model, &QAbstractItemModel::modelReset, this, [this] { news(); });
        connect(m_model, &QAbstractItemModel::layoutChanged, this, [this] { news(); });
    }

    void run()
    {
        auto *marks = m_test.window->findChild<ui::MarksUpdater *>();
        QElapsedTimer timer;
        timer.start();
        const auto phase = [&](const char *what, const std::function<bool()> &done) {
            m_pulse.begin();
            while (!done())
                turn();
            const double spent = static_cast<double>(timer.nsecsElapsed()) / 1e6;
            m_pulse.beat();
            row("window: from open to " + std::string(what), spent, -1, 0);
            row("window: longest stall of it", m_pulse.longest(), m_pulse.processor(), stallLimit);
        };
        m_test.window->open(m_path);
        phase("the checkpoint", [&] { return m_test.session().isOpen(); });
        phase("the first rows", [&] { return m_model->rowCount() > 0; });
        phase("all marks in the bytes", [&] { return !m_test.session().isBusy() && marks->isComplete(); });
        std::printf("| rows: %d | | | | |\n", m_model->rowCount());

        auto *filter = m_test.child<QLineEdit>("findingFilter");
        for (const char *text : {"token_12", "service 7", "medium undecided", "1003"}) {
            act(std::string("filter: ") + text, [&] {
                for (const char *letter = text; *letter != 0; ++letter) {
                    QTest::keyClick(filter, *letter);
                    rest(60);
                }
            });
            act("filter: clear", [&] { filter->clear(); });
        }
        auto *states = m_test.child<QComboBox>("stateFilter");
        act("states: undecided", [&] { states->setCurrentIndex(1); });
        act("states: all", [&] { states->setCurrentIndex(0); });
        for (int column = 0; column < m_model->columnCount(); ++column) {
            for (const char *order : {"up", "down"}) {
                act("sort by column " + std::to_string(column) + ", " + order, [&] {
                    auto *header = m_list->horizontalHeader();
                    QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                                      {header->sectionViewportPosition(column) + 8, header->height() / 2});
                });
            }
        }
        m_test.hex()->setFocus();
        act("key Shift+N", [&] { m_test.key(Qt::Key_N, Qt::ShiftModifier); });
        act("key N", [&] { m_test.key(Qt::Key_N); });
        act("key A", [&] { m_test.key(Qt::Key_A); });
        act("key R", [&] { m_test.key(Qt::Key_R); });
        act("key Ctrl+Z", [&] { m_test.key(Qt::Key_Z, Qt::ControlModifier); });
        act("key End", [&] {
            m_list->setFocus();
            QTest::keyClick(m_list, Qt::Key_End, Qt::ControlModifier);
        });
        act("select all", [&] { m_list->selectAll(); });
        act("key U for all, which are undecided", [&] { m_test.key(Qt::Key_U); });
        act("select all", [&] { m_list->selectAll(); });
        act("key A for all", [&] { m_test.key(Qt::Key_A); });
        act("key Shift+N, none left", [&] { m_test.key(Qt::Key_N, Qt::ShiftModifier); });
        act("key Ctrl+Z of all", [&] { m_test.key(Qt::Key_Z, Qt::ControlModifier); });
        act("close", [&] { m_test.session().close(); });
    }

private:
    void turn() { QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents); }
    void rest(int milliseconds)
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < milliseconds)
            turn();
    }
    void news()
    {
        m_news = m_since.nsecsElapsed();
        m_fresh.start();
    }
    /// Does it, waits until nothing more comes of it, and tells of the longest stall meanwhile.
    void act(const std::string &what, const std::function<void()> &work)
    {
        m_pulse.begin();
        m_since.start();
        m_news = 0;
        m_fresh.start();
        work();
        m_pulse.beat();
        // Until the case's thread has done all, too.
        bool done = false;
        m_test.session().cases().post([](ui::CaseThread::Slot &) { return true; },
                                      [&](bool) { done = true; });
        while (!done)
            turn();
        const auto all = m_since.elapsed();
        m_fresh.start();
        while (m_fresh.elapsed() < quiet)
            turn();
        std::string text = "window: " + what;
        if (m_news > 0)
            text += " (list: " + std::to_string(m_model->rowCount()) + " rows after " +
                    std::to_string(m_news / 1'000'000) + " ms)";
        if (all > 100)
            text += ", on the disk after " + std::to_string(all) + " ms";
        row(text, m_pulse.longest(), m_pulse.processor(), stallLimit);
    }

    WindowTest m_test;
    QString m_path;
    QTableView *m_list = nullptr;
    QAbstractItemModel *m_model = nullptr;
    Pulse m_pulse;
    QElapsedTimer m_since; ///< since what was done last
    QElapsedTimer m_fresh; ///< since the list changed last
    qint64 m_news = 0;     ///< nanoseconds from the one to the other
};

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::fputs("usage: casebench DIRECTORY [window]\n", stderr);
        return 2;
    }
    std::puts("| what | ms | of processor ms | limit ms | resident MB |\n| --- | --: | --: | --: | --: |");
    std::fflush(stdout);
    const std::string directory = argv[1];
    const std::string copy = directory + "/copy.cryoscope";
    std::filesystem::copy_file(BigCase::caseOf(directory), copy,
                               std::filesystem::copy_options::overwrite_existing);
    ::sync(); // so that no decision waits for the copy
    // Each in a process of its own: what the one leaves behind is not of the other.
    for (const bool window : {false, true}) {
        if (!window && argc > 2)
            continue;
        const pid_t child = ::fork();
        if (child == 0) {
            if (!window) {
                benchCore(BigCase::checkpointOf(directory), copy);
                return 0;
            }
            qputenv("QT_QPA_PLATFORM", "offscreen");
            const QApplication application(argc, argv);
            WindowBench(QString::fromStdString(copy)).run();
            return 0;
        }
        int status = 0;
        if (::waitpid(child, &status, 0) != child || status != 0)
            return 1;
    }
    std::filesystem::remove(copy);
    return 0;
}
