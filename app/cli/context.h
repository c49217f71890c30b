// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/memory/memory.h"

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace cryoscope::cli
{

/// What the program exits with.
enum ExitCode { Done = 0, Failed = 1, UsageError = 2, Unreadable = 3, Unwritable = 4, Cancelled = 130 };

[[nodiscard]] int exitCodeOf(const Error &error);

/// What commands share: cancellation by SIGINT and SIGTERM, a progress line on a terminal, opening, problems.
class Context
{
public:
    Context();
    ~Context();
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;

    [[nodiscard]] std::stop_token stop() const { return m_stop.get_token(); }
    [[nodiscard]] Progress *progress() { return &m_progress; }

    /// Of several image sets, the one that is shown from now on; empty: the first.
    void showSet(std::string prefix) { m_set = std::move(prefix); }
    /// How checkpoints are opened.
    [[nodiscard]] Checkpoint::OpenOptions openOptions() const;

    /// Opens a checkpoint with its memory; its problems are told on stderr, and remembered for finish().
    Result<std::shared_ptr<const Memory>> open(const std::string &path);
    /// The model alone, for commands that need no pages.
    Result<std::shared_ptr<const Checkpoint>> openModel(const std::string &path);

    /// Prints an error to stderr and returns its exit code.
    int fail(const Error &error);
    /// Exit code of a command that did its work: Unreadable if a part of the input could not be read.
    [[nodiscard]] int finish() const { return m_problems ? Unreadable : Done; }
    /// Whether a part of the input could not be read.
    [[nodiscard]] bool hasProblems() const { return m_problems; }

private:
    void tell(std::span<const Problem> problems);
    void clearLine();

    std::string m_set;
    std::stop_source m_stop;
    Progress m_progress;
    bool m_problems = false;
    bool m_terminal = false;
    std::atomic<bool> m_lineShown{false};
    std::jthread m_signals;
    std::jthread m_line;
};

/// "0x7ffd1234".
[[nodiscard]] std::string hex(uint64_t number);
/// For a terminal or a line of text: control characters and bytes beyond ASCII that are no UTF-8 as \xNN.
[[nodiscard]] std::string printable(std::string_view text);
/// "1.5 MiB".
[[nodiscard]] std::string sizeText(uint64_t bytes);
/// "pid 1042 [heap] 0x55f9deed8e72" of a place, or "" if it is none.
[[nodiscard]] std::string placeText(const Memory &memory, const MemoryPlace &place);

} // namespace cryoscope::cli
