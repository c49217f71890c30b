// SPDX-License-Identifier: Apache-2.0
#include "core/detect/runwalker.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace cryoscope
{

namespace
{

/// Where windows begin: one entry a run, so that memory does not grow with the size of the pages.
struct Plan {
    std::vector<uint64_t> firstUnit; ///< of each run
    uint64_t units = 0;
};

/// Bytes of a run's first window that would lie before it: windows of memory end at multiples of their size,
/// so that tasks which share memory cut it at the same places.
uint64_t lead(const Run &run, uint64_t unitBytes)
{
    return run.kind == Run::Kind::Member ? 0 : run.start % unitBytes;
}

Plan planUnits(std::span<const Run> runs, uint64_t unitBytes)
{
    Plan plan;
    for (const Run &run : runs) {
        plan.firstUnit.push_back(plan.units);
        const uint64_t length = run.length == 0 ? 0 : run.length + lead(run, unitBytes);
        plan.units += length / unitBytes + (length % unitBytes != 0 ? 1 : 0);
    }
    return plan;
}

constexpr uint64_t pieceSize = 4096; // bytes

/// Visits what can be read of a window piece by piece, for a damaged block or a bad sector must not hide what
/// is around it; returns why the rest cannot be. `shown` and `own` are ranges of the run.
std::vector<Problem> visitReadable(const Memory &memory, const Run &run, ByteRange shown, ByteRange own,
                                   std::string &buffer, const std::function<void(const RunWindow &)> &visit)
{
    std::vector<Problem> problems;
    uint64_t good = shown.offset; // where the readable stretch begins
    const auto visitUntil = [&](uint64_t end) {
        const ByteRange part = ByteRange{good, end - good}.intersected(own);
        if (!part.empty())
            visit({&run, good, std::string_view(buffer).substr(good - shown.offset, end - good),
                   part.offset - good, part.end() - good});
    };
    for (uint64_t at = shown.offset; at < shown.end();) {
        const uint64_t border = pieceSize - (run.start + at) % pieceSize; // pieces are pages where memory is
        const uint64_t length = std::min(border, shown.end() - at);
        const auto done = readRun(memory, run, at,
                                  std::as_writable_bytes(std::span(buffer.data() + (at - shown.offset),
                                                                   static_cast<size_t>(length))));
        if (!done) {
            visitUntil(at);
            good = at + length;
            if (own.overlaps({at, length}))
                problems.push_back({Severity::Warning, done.error()});
        }
        at += length;
    }
    visitUntil(shown.end());
    return problems;
}

} // namespace

size_t workerCount(unsigned jobs)
{
    return jobs != 0 ? jobs : std::max(1u, std::thread::hardware_concurrency());
}

Result<void> walkRuns(const Memory &memory, std::span<const Run> runs, const RunWalkOptions &options,
                      const std::function<void(const RunWindow &, size_t worker)> &visit,
                      std::vector<Problem> &unread, Progress *progress, std::stop_token stop)
{
    const Plan plan = planUnits(runs, options.unitBytes);
    std::atomic<uint64_t> next{0};
    std::mutex unreadMutex;
    const auto work = [&](size_t worker) {
        std::string buffer;
        for (;;) {
            const uint64_t unit = next.fetch_add(1, std::memory_order_relaxed);
            if (unit >= plan.units || stop.stop_requested())
                return;
            const auto after = std::upper_bound(plan.firstUnit.begin(), plan.firstUnit.end(), unit);
            const auto index = static_cast<size_t>(after - plan.firstUnit.begin()) - 1;
            const Run &run = runs[index];
            const uint64_t before = lead(run, options.unitBytes);
            const uint64_t number = unit - plan.firstUnit[index];
            const uint64_t begin = number == 0 ? 0 : number * options.unitBytes - before;
            const uint64_t own = std::min(options.unitBytes - (number == 0 ? before : 0), run.length - begin);
            const uint64_t from = begin - std::min(begin, options.before);
            const uint64_t to = begin + own + std::min(options.after, run.length - begin - own);
            buffer.resize(to - from);
            const auto done =
                readRun(memory, run, from, std::as_writable_bytes(std::span(buffer.data(), buffer.size())));
            if (done) {
                visit({&run, from, buffer, begin - from, begin - from + own}, worker);
            } else if (own <= pieceSize) {
                const std::lock_guard lock(unreadMutex);
                unread.push_back({Severity::Warning, done.error()});
            } else {
                const auto problems = visitReadable(memory, run, {from, to - from}, {begin, own}, buffer,
                                                    [&](const RunWindow &window) { visit(window, worker); });
                const std::lock_guard lock(unreadMutex);
                unread.insert(unread.end(), problems.begin(), problems.end());
            }
            if (progress != nullptr)
                progress->advance(own);
        }
    };
    {
        const size_t workers =
            std::min<uint64_t>(workerCount(options.jobs), std::max<uint64_t>(plan.units, 1));
        std::vector<std::jthread> threads;
        for (size_t worker = 1; worker < workers; ++worker)
            threads.emplace_back(work, worker);
        work(0);
    }
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "cancelled", memory.checkpoint().archive().path(), std::nullopt};
    return {};
}

} // namespace cryoscope
