// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/windowdetector.h"
#include "core/detect/windowmatcher.h"

#include <mutex>
#include <set>

namespace cryoscope
{

/// Secrets within gzip and zlib streams that stand in memory and members, also within each other to a depth
/// of three. A stream with any is one finding, which covers all its bytes as they stand. What is decoded of a
/// stream, and of all that begin in a window, is bounded; where the bound is met, a problem names the place.
class CompressedDetector : public WindowDetector
{
public:
    /// `memory` must outlive it.
    CompressedDetector(std::shared_ptr<const WindowMatcher> matcher, const Memory &memory);

    [[nodiscard]] Result<std::unique_ptr<Scratch>> makeScratch() const override;
    void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) override;
    [[nodiscard]] bool isPure() const override { return true; }
    [[nodiscard]] std::vector<Problem> problems() const override;

    static constexpr uint64_t maxOutput = uint64_t{32} << 20; ///< bytes decoded of one stream
    static constexpr uint64_t maxInput = uint64_t{16} << 20;  ///< bytes of one stream
    static constexpr uint64_t windowBudget = uint64_t{64}
                                             << 20; ///< bytes decoded of all that begin in a window
    static constexpr unsigned maxDepth = 3;

private:
    class Decoding;
    void tellCut(const Run &run, uint64_t offset, const char *name);

    std::shared_ptr<const WindowMatcher> m_matcher;
    const Memory &m_memory;
    std::set<MemberId> m_decoded; ///< members whose decoded stream is a member of its own
    std::mutex m_mutex;           ///< of what follows
    std::vector<Problem> m_problems;
};

} // namespace cryoscope
