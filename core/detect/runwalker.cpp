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

Plan planUnits(std::span<const Run> runs, uint64_t unitBytes)
{
    Plan plan;
    for (const Run &run : runs) {
        plan.firstUnit.push_back(plan.units);
        plan.units += run.length / unitBytes + (run.length % unitBytes != 0 ? 1 : 0);
    }
    return plan;
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
            const uint64_t begin = (unit - plan.firstUnit[index]) * options.unitBytes;
            const uint64_t own = std::min(options.unitBytes, run.length - begin);
            const uint64_t from = begin - std::min(begin, options.before);
            const uint64_t to = begin + own + std::min(options.after, run.length - begin - own);
            buffer.resize(to - from);
            const auto done =
                readRun(memory, run, from, std::as_writable_bytes(std::span(buffer.data(), buffer.size())));
            if (done) {
                visit({&run, from, buffer, begin - from, begin - from + own}, worker);
            } else {
                const std::lock_guard lock(unreadMutex);
                unread.push_back({Severity::Warning, done.error()});
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
