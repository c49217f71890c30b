// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/finding.h"
#include "core/detect/runwalker.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// A value that a detector confirmed in a window.
struct Detection {
    std::string rule; ///< id, as Finding::rule
    std::string kind; ///< human name, as Finding::kind
    size_t begin = 0; ///< in RunWindow::bytes
    size_t end = 0;   ///< exclusive
    Confidence confidence = Confidence::Medium;
    Encoding encoding = Encoding::Raw;
    std::string why;   ///< free of the value
    std::string label; ///< free of the value
};

/// One way to look for secrets: it is shown every window of a scan, each once. Made anew for each scan.
class WindowDetector
{
public:
    /// What a thread needs for itself; detectors derive theirs.
    struct Scratch {
        Scratch() = default;
        Scratch(const Scratch &) = delete;
        Scratch &operator=(const Scratch &) = delete;
        virtual ~Scratch() = default;

        bool lookedBeyond = false; ///< set by search() where its result depends on more than the window
    };

    WindowDetector() = default;
    WindowDetector(const WindowDetector &) = delete;
    WindowDetector &operator=(const WindowDetector &) = delete;
    virtual ~WindowDetector() = default;

    /// One for each thread. Errors: Internal.
    [[nodiscard]] virtual Result<std::unique_ptr<Scratch>> makeScratch() const;

    /// Adds to `out` what begins in [window.ownBegin, window.ownEnd): what lies around it is shown so that a
    /// value can be read to its end. Called from several threads at once, each with a scratch of its own
    /// (from makeScratch()). The findings must not depend on how runs were cut into windows.
    virtual void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) = 0;

    /// Whether what search() adds to `out` is all it does, and depends on the window's bytes and the parity
    /// of its address alone: then windows of equal bytes are shown once.
    [[nodiscard]] virtual bool isPure() const { return false; }

    /// After all windows, called once: what only the whole checkpoint tells (two numbers whose product stands
    /// elsewhere). It may use as many threads as `threads` says.
    [[nodiscard]] virtual std::vector<Finding> finish(const Memory &memory, size_t threads);

    /// What could not be looked at in full, after finish(); free of values.
    [[nodiscard]] virtual std::vector<Problem> problems() const { return {}; }
};

/// A detection as a finding; nothing if its bytes cannot be placed in the checkpoint.
[[nodiscard]] std::optional<Finding> findingOf(const Memory &memory, const Run &run, uint64_t windowStart,
                                               Detection &&detection);

} // namespace cryoscope
