// SPDX-License-Identifier: Apache-2.0
#include "core/detect/patternsearch.h"

#include "core/detect/runwalker.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <re2/re2.h>
#include <set>

namespace cryoscope
{

namespace
{

/// Calls `hit(begin, length)` (offsets in window.bytes) for each match that begins in what the window owns.
template <class Hit> void match(const re2::RE2 &expression, const RunWindow &window, const Hit &hit)
{
    const re2::StringPiece text(window.bytes.data(), window.bytes.size());
    re2::StringPiece found;
    size_t at = 0;
    while (at < window.ownEnd && expression.Match(text, at, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
        const auto begin = static_cast<size_t>(found.data() - window.bytes.data());
        if (begin >= window.ownEnd)
            return;
        at = begin + std::max<size_t>(found.size(), 1);
        if (!found.empty() && begin >= window.ownBegin)
            hit(begin, found.size());
    }
}

} // namespace

Result<void> findPattern(const Memory &memory, const std::string &pattern,
                         const std::function<void(std::vector<PatternHit> &&)> &sink, Progress *progress,
                         std::stop_token stop, unsigned jobs)
{
    re2::RE2::Options settings(re2::RE2::Latin1);
    settings.set_log_errors(false);
    const re2::RE2 expression(pattern, settings);
    if (!expression.ok())
        return Error{
            ErrorCode::Usage, "the regular expression is wrong: " + expression.error(), {}, std::nullopt};
    const auto runs = allRuns(memory);
    if (progress != nullptr) {
        uint64_t total = 0;
        for (const Run &run : runs)
            total += run.length;
        progress->begin("search", total);
    }
    RunWalkOptions options;
    options.jobs = jobs;
    options.before = 0;
    options.after = maxPatternMatch;
    std::mutex mutex; // of what follows
    std::set<std::vector<Extent>> known;
    std::optional<Error> failed;
    std::vector<Problem> unread;
    const auto done = walkRuns(
        memory, runs, options,
        [&](const RunWindow &window, size_t) {
            std::vector<PatternHit> found;
            match(expression, window, [&](size_t begin, size_t length) {
                const uint64_t offset = window.start + begin;
                auto parts = runExtents(memory, *window.run, offset, length);
                if (!parts) {
                    const std::lock_guard lock(mutex);
                    failed = parts.error();
                    return;
                }
                PatternHit hit{std::move(*parts), 0, 0};
                if (window.run->kind == Run::Kind::TaskMemory) {
                    hit.pid = window.run->pid;
                    hit.address = window.run->start + offset;
                }
                found.push_back(std::move(hit));
            });
            if (found.empty())
                return;
            const std::lock_guard lock(mutex);
            std::erase_if(found, [&](const PatternHit &hit) { return !known.insert(hit.parts).second; });
            if (!found.empty())
                sink(std::move(found));
        },
        unread, progress, std::move(stop));
    if (!done)
        return done;
    if (failed)
        return *failed;
    if (!unread.empty())
        return unread.front().error;
    return {};
}

} // namespace cryoscope
