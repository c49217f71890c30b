// SPDX-License-Identifier: Apache-2.0
// detectbench CHECKPOINT: how fast each pass of the detection is over the pages of an image set, alone and as
// a whole. Prints a line a measurement: name, MB/s of wall time, MB/s of processor time of all threads (of
// the best of three runs each, warm), what it saw; tabs between. Literals of the rules go to the file that
// --literals names, for other programs to search.
#include "core/detect/bytescan.h"
#include "core/detect/keys/aesfilter.h"
#include "core/detect/keys/chunkscan.h"
#include "core/detect/scanner.h"
#include "core/detect/valuesearch.h"
#include "core/detect/windowmatcher.h"
#include "core/memory/run.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <time.h>

using namespace cryoscope;

namespace
{

constexpr size_t unit = size_t{256} << 10;

/// All memory, run by run: what the passes are given.
struct Pages {
    std::vector<std::string> runs;
    uint64_t bytes = 0;
};

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void measure(const char *name, uint64_t bytes, int rounds, const std::function<uint64_t()> &pass)
{
    double best = 0;
    double bestProcessor = 0;
    uint64_t seen = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const double processor = processorSeconds();
        seen = pass();
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(bytes) / 1e6 / spent.count());
        bestProcessor =
            std::max(bestProcessor, static_cast<double>(bytes) / 1e6 / (processorSeconds() - processor));
    }
    std::printf("%s\t%.0f\t%.0f\t%llu\n", name, best, bestProcessor, static_cast<unsigned long long>(seen));
    std::fflush(stdout);
}

template <class Visit> void eachUnit(const Pages &pages, const Visit &visit)
{
    for (const std::string &run : pages.runs) {
        for (size_t at = 0; at < run.size(); at += unit) {
            const size_t from = at - std::min(at, WindowMatcher::windowBefore);
            const size_t end = std::min(run.size(), at + unit);
            const size_t to = std::min(run.size(), end + WindowMatcher::windowAfter);
            visit(std::string_view(run).substr(from, to - from), at - from, end - from);
        }
    }
}

uint64_t peakKilobytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<uint64_t>(usage.ru_maxrss);
}

void scan(const char *name, const std::shared_ptr<const Memory> &memory,
          const std::shared_ptr<const RuleSet> &rules, unsigned jobs, uint64_t bytes)
{
    measure(name, bytes, 3, [&] {
        ScanOptions options;
        options.jobs = jobs;
        uint64_t found = 0;
        const auto done =
            Scanner(memory, rules).run(options, [&](std::vector<Finding> &&batch) { found += batch.size(); });
        return done ? found : 0;
    });
}

std::vector<SearchValue> values(size_t count)
{
    std::vector<SearchValue> out;
    uint32_t state = 7;
    for (size_t i = 0; i < count; ++i) {
        std::string text;
        for (size_t j = 0; j < 24; ++j) {
            state = state * 1664525 + 1013904223;
            text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"[(state >> 16) % 64];
        }
        out.push_back({text, i});
    }
    return out;
}

void passes(const std::shared_ptr<const Memory> &memory, const std::shared_ptr<const RuleSet> &rules)
{
    Pages pages;
    for (const Run &run : allRuns(*memory)) {
        if (run.kind != Run::Kind::TaskMemory)
            continue;
        std::string text(run.length, '\0');
        if (readRun(*memory, run, 0, std::as_writable_bytes(std::span(text.data(), text.size()))))
            pages.runs.push_back(std::move(text));
        pages.bytes += run.length;
    }
    std::vector<Literal> literals;
    for (const Rule &rule : rules->rules()) {
        for (const std::string &anchor : rule.anchors)
            literals.push_back({anchor, rule.anyCase});
    }
    const auto matcher = *LiteralMatcher::compile(literals);
    auto madeScratch = matcher->makeScratch();
    auto &scratch = *madeScratch;
    measure("literals", pages.bytes, 3, [&] {
        uint64_t hits = 0;
        eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
            matcher->search(bytes.substr(from, to - from), scratch, [&](size_t, size_t) { ++hits; });
        });
        return hits;
    });
    const auto blocks = [&](const char *name,
                            void (*test)(std::string_view, size_t, size_t, std::vector<size_t> &)) {
        std::vector<size_t> found;
        measure(name, pages.bytes, 3, [&] {
            uint64_t hits = 0;
            eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
                found.clear();
                test(bytes, from, to, found);
                hits += found.size();
            });
            return hits;
        });
    };
    measure("literals, plain and wide text", pages.bytes, 3, [&] {
        uint64_t hits = 0;
        WideTexts wide;
        const auto count = [&](size_t, size_t) { ++hits; };
        eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
            matcher->search(bytes.substr(from, to - from), scratch, count);
            wide.clear();
            findWideText(bytes, from, to, false, wide);
            matcher->search(wide.narrow(), scratch, count);
        });
        return hits;
    });
    measure("AES schedules", pages.bytes, 3, [&] {
        uint64_t hits = 0;
        std::vector<AesCandidate> found;
        eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
            found.clear();
            findAesCandidates(bytes, from, to, found);
            hits += found.size();
        });
        return hits;
    });
    measure("malloc chunks", pages.bytes, 3, [&] {
        uint64_t hits = 0;
        std::vector<ChunkCandidate> found;
        eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
            found.clear();
            scanChunks(bytes, from, to, 0, found);
            hits += found.size();
        });
        return hits;
    });
    blocks("wide text", findWideBlocks);
    blocks("token runs", findTokenBlocks);
    blocks("zlib headers", findZlibHeaders);
    const auto window = *WindowMatcher::make(rules);
    auto madeWindowScratch = window->makeScratch();
    auto &windowScratch = *madeWindowScratch;
    measure("text rules", pages.bytes, 3, [&] {
        uint64_t hits = 0;
        eachUnit(pages, [&](std::string_view bytes, size_t from, size_t to) {
            hits += window->search(bytes, {from, to, false, {}}, windowScratch).size();
        });
        return hits;
    });
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: detectbench CHECKPOINT [--literals FILE]\n");
        return 2;
    }
    const auto checkpoint = Checkpoint::open(argv[1]);
    if (!checkpoint) {
        std::fprintf(stderr, "%s\n", checkpoint.error().describe().c_str());
        return 1;
    }
    const auto memory = *Memory::load(*checkpoint);
    const auto rules = *RuleSet::builtIn();
    if (argc == 4) {
        std::ofstream file(argv[3]);
        for (const Rule &rule : rules->rules()) {
            for (const std::string &anchor : rule.anchors) {
                if (anchor.find('\n') == std::string::npos)
                    file << anchor << "\n";
            }
        }
    }
    uint64_t bytes = 0;
    for (const Run &run : allRuns(*memory))
        bytes += run.length;
    // What the process holds before; pages are read, not mapped.
    const uint64_t before = peakKilobytes();
    scan("full scan, 1 thread", memory, rules, 1, bytes);
    scan("full scan, 2 threads", memory, rules, 2, bytes);
    std::printf("peak memory (MB)\t%.0f\t\t%.0f\n", static_cast<double>(peakKilobytes()) / 1024,
                static_cast<double>(before) / 1024);
    for (const size_t count : {10, 1000}) {
        const auto wanted = values(count);
        const std::string name = "propagation of " + std::to_string(count) + " values, 1 thread";
        measure(name.c_str(), bytes, 3, [&] {
            uint64_t hits = 0;
            (void)findValues(
                *memory, wanted, [&](std::vector<ValueHit> &&batch) { hits += batch.size(); }, nullptr, {},
                1);
            return hits;
        });
    }
    passes(memory, rules);
    return 0;
}
