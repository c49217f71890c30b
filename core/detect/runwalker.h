// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/memory/run.h"

#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A piece of a run at work: `own` is its part of the run, `bytes` that and what lies around it.
struct RunWindow {
    const Run *run = nullptr;
    uint64_t start = 0;     ///< where `bytes` begins, from run->start
    std::string_view bytes; ///< valid during the call
    size_t ownBegin = 0;    ///< in `bytes`
    size_t ownEnd = 0;      ///< in `bytes`, exclusive
};

struct RunWalkOptions {
    unsigned jobs = 0;               ///< threads; 0: as many as cores
    uint64_t unitBytes = 256u << 10; ///< bytes that a window owns
    uint64_t before = 64;            ///< bytes shown before what it owns
    uint64_t after = 8u << 10;       ///< bytes shown after it
};

/// Cuts runs into windows (of memory: at multiples of their size) and calls `visit(window, worker)` for each,
/// from several threads; `worker` is below the number of threads. What cannot be read is added to `unread`
/// and left out, page by page; what is around it is shown in windows that end there. Error: Cancelled.
Result<void> walkRuns(const Memory &memory, std::span<const Run> runs, const RunWalkOptions &options,
                      const std::function<void(const RunWindow &, size_t worker)> &visit,
                      std::vector<Problem> &unread, Progress *progress = nullptr, std::stop_token stop = {});

/// The number of threads that `jobs` asks for.
[[nodiscard]] size_t workerCount(unsigned jobs);

} // namespace cryoscope
