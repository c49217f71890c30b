// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace cryoscope
{

/// Calls `work(index)` for each index below `count`, on up to `threads` threads (at least the calling one),
/// in no particular order; returns when all are done. `work` must be safe to be called from several threads
/// at once, and throw nothing.
template <class Work> void parallelFor(size_t count, size_t threads, const Work &work)
{
    constexpr size_t batch = 8; // a thread is not worth less
    std::atomic<size_t> next{0};
    const auto run = [&] {
        for (size_t begin = next.fetch_add(batch); begin < count; begin = next.fetch_add(batch)) {
            for (size_t index = begin; index < std::min(count, begin + batch); ++index)
                work(index);
        }
    };
    std::vector<std::jthread> others;
    for (size_t thread = 1; thread < std::min(threads, (count + batch - 1) / batch); ++thread)
        others.emplace_back(run);
    run();
}

} // namespace cryoscope
