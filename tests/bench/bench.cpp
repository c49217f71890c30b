// SPDX-License-Identifier: Apache-2.0
// cryoscope_bench DIRECTORY...: what it costs to open each checkpoint and to ask it, as rows of a table in
// Markdown. Each cost is measured in a process of its own, so that the peak of resident memory is that of
// this one thing.
#include "core/checkpoint/crittext.h"
#include "core/memory/critrss.h"
#include "core/memory/memory.h"
#include "core/memory/run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cryoscope;

namespace
{

constexpr int lookups = 100'000;

std::shared_ptr<const Memory> openAll(const std::string &path)
{
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        std::fprintf(stderr, "%s\n", checkpoint.error().describe().c_str());
        std::exit(3);
    }
    auto memory = Memory::load(*checkpoint);
    if (!memory) {
        std::fprintf(stderr, "%s\n", memory.error().describe().c_str());
        std::exit(3);
    }
    return *memory;
}

struct Cost {
    double seconds = 0;
    double megabytes = 0; ///< peak resident, in 10^6 bytes
};

/// Runs `work` in a child; it returns the seconds that count.
Cost measure(const std::function<double()> &work)
{
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0)
        std::exit(1);
    const pid_t child = ::fork();
    if (child == 0) {
        const double seconds = work();
        const bool told = ::write(ends[1], &seconds, sizeof seconds) == sizeof seconds;
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    Cost cost;
    const bool told = ::read(ends[0], &cost.seconds, sizeof cost.seconds) == sizeof cost.seconds;
    ::close(ends[0]);
    int status = 0;
    rusage usage{};
    if (::wait4(child, &status, 0, &usage) != child || status != 0 || !told)
        std::exit(1);
    cost.megabytes = static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
    return cost;
}

double timed(const std::function<void()> &work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

uint64_t entriesOf(const Memory &memory)
{
    uint64_t count = 0;
    for (const Task &task : memory.checkpoint().tasks()) {
        if (const PageMap *map = memory.pageMap(task.pid))
            count += map->entries().size();
    }
    return count;
}

/// Asks for `lookups` random addresses: what is there.
double askAddresses(const Memory &memory)
{
    std::mt19937_64 random(1);
    const auto &tasks = memory.checkpoint().tasks();
    return timed([&] {
        for (int i = 0; i < lookups; ++i) {
            const Task &task = tasks[random() % tasks.size()];
            const auto space = memory.addressSpace(task.pid);
            const Vma &vma = task.vmas[random() % task.vmas.size()];
            if (space->pieces({vma.start + random() % (vma.end - vma.start), 4096}).empty())
                std::exit(1);
        }
    });
}

/// Asks for the places of `lookups` random bytes of pages files.
double askPlaces(const Memory &memory)
{
    std::mt19937_64 random(1);
    std::vector<const Member *> pages;
    for (const Member &member : memory.checkpoint().archive().members()) {
        if (memory.isPagesFile(member.id) && member.content->size() > 0)
            pages.push_back(&member);
    }
    size_t found = 0;
    const double seconds = timed([&] {
        for (int i = 0; i < lookups; ++i) {
            const Member &member = *pages[random() % pages.size()];
            found += memory.places({member.id, random() % member.content->size(), 1}).size();
        }
    });
    if (found == 0)
        std::exit(1);
    return seconds;
}

void bench(const std::string &path)
{
    constexpr int runs = 3;
    Cost open{1e9, 0};
    uint64_t entries = 0;
    uint64_t bytes = 0;
    for (int i = 0; i < runs; ++i) { // the best of them: the others were disturbed
        const Cost cost = measure([&] { return timed([&] { openAll(path); }); });
        open.seconds = std::min(open.seconds, cost.seconds);
        open.megabytes = std::max(open.megabytes, cost.megabytes);
    }
    const auto after = [&](const std::function<double(const Memory &)> &ask) {
        return measure([&] { return ask(*openAll(path)); });
    };
    const Cost text = after([](const Memory &memory) {
        return timed([&] {
            if (critMems(memory.checkpoint()).empty() || critFds(memory.checkpoint()).empty())
                std::exit(1);
        });
    });
    const Cost addresses = after(askAddresses);
    const Cost places = after(askPlaces);
    const Cost runsCost = after([](const Memory &memory) {
        return timed([&] {
            if (allRuns(memory).empty())
                std::exit(1);
        });
    });
    // What it holds is counted in a process of its own, too, and told through a pipe as two numbers.
    const auto told = [&](const std::function<double(const Memory &)> &ask) { return after(ask).seconds; };
    entries = static_cast<uint64_t>(told([](const Memory &m) { return static_cast<double>(entriesOf(m)); }));
    bytes = static_cast<uint64_t>(told([](const Memory &memory) {
        uint64_t sum = 0;
        for (const Member &member : memory.checkpoint().archive().members()) {
            if (memory.isPagesFile(member.id))
                sum += member.content->size();
        }
        return static_cast<double>(sum);
    }));
    std::printf("| %s | %.1f | %llu | %.2f | %.0f | %.2f | %.2f | %.2f | %.2f | %.0f |\n",
                path.substr(path.find_last_of('/') + 1).c_str(), static_cast<double>(bytes) / (1 << 30),
                static_cast<unsigned long long>(entries), open.seconds, open.megabytes, text.seconds,
                addresses.seconds * 1e6 / lookups, places.seconds * 1e6 / lookups, runsCost.seconds,
                runsCost.megabytes);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    std::puts("| checkpoint | pages GiB | pagemap entries | open s | peak MB | mems+fds s | address µs | "
              "places µs | "
              "runs s | runs peak MB |");
    std::puts("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
    for (int i = 1; i < argc; ++i)
        bench(argv[i]);
    return 0;
}
