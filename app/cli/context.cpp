// SPDX-License-Identifier: Apache-2.0
#include "app/cli/context.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <sys/resource.h>
#include <unistd.h>

namespace cryoscope::cli
{

namespace
{

/// What ends the thread that waits for signals.
int wakeUp()
{
    return SIGRTMIN;
}

sigset_t waitedSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, wakeUp());
    return set;
}

/// Image directories hold thousands of files, and each stays open.
void raiseFileLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace

int exitCodeOf(const Error &error)
{
    switch (error.code) {
    case ErrorCode::InputUnreadable:
    case ErrorCode::InputMalformed:
    case ErrorCode::Unsupported:
    case ErrorCode::NotFound:
        return Unreadable;
    case ErrorCode::OutputExists:
    case ErrorCode::OutputUnwritable:
        return Unwritable;
    case ErrorCode::Cancelled:
        return Cancelled;
    case ErrorCode::Usage:
        return UsageError;
    case ErrorCode::ProofFailed:
    case ErrorCode::Internal:
        break;
    }
    return Failed;
}

Context::Context() : m_terminal(isatty(STDERR_FILENO) != 0)
{
    raiseFileLimit();
    // Blocked before any thread is made, so that only the waiting one gets them.
    const sigset_t set = waitedSignals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    m_signals = std::jthread([this](std::stop_token ended) {
        const sigset_t waited = waitedSignals();
        while (!ended.stop_requested()) {
            if (const int signal = sigwaitinfo(&waited, nullptr); signal > 0 && signal != wakeUp())
                m_stop.request_stop();
        }
    });
    if (!m_terminal)
        return;
    m_line = std::jthread([this](std::stop_token ended) {
        using namespace std::chrono_literals;
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        while (!never.wait_for(lock, ended, 200ms, [&ended] { return ended.stop_requested(); })) {
            const uint64_t total = m_progress.total();
            const std::string phase = m_progress.phase();
            if (total == 0 || phase.empty() || ended.stop_requested())
                continue;
            const uint64_t done = std::min(m_progress.done(), total);
            std::fprintf(stderr, "\r\033[K%s %3.0f %%  %s of %s", phase.c_str(),
                         100.0 * static_cast<double>(done) / static_cast<double>(total),
                         sizeText(done).c_str(), sizeText(total).c_str());
            m_lineShown = true;
        }
    });
}

Context::~Context()
{
    m_line.request_stop();
    m_signals.request_stop();
    pthread_kill(m_signals.native_handle(), wakeUp());
    if (m_line.joinable())
        m_line.join();
    clearLine();
}

void Context::clearLine()
{
    if (m_lineShown.exchange(false))
        std::fputs("\r\033[K", stderr);
}

void Context::tell(std::span<const Problem> problems)
{
    clearLine();
    for (const Problem &problem : problems) {
        const bool note = problem.severity == Severity::Note;
        std::cerr << (note ? "note: " : "problem: ") << printable(problem.error.describe()) << "\n";
        m_problems = m_problems || !note;
    }
}

Checkpoint::OpenOptions Context::openOptions() const
{
    Checkpoint::OpenOptions options;
    if (!m_set.empty())
        options.set = m_set;
    return options;
}

Result<std::shared_ptr<const Checkpoint>> Context::openModel(const std::string &path)
{
    auto checkpoint = Checkpoint::open(path, openOptions(), &m_progress, stop());
    if (checkpoint)
        tell((*checkpoint)->problems());
    return checkpoint;
}

Result<std::shared_ptr<const Memory>> Context::open(const std::string &path)
{
    auto checkpoint = Checkpoint::open(path, openOptions(), &m_progress, stop());
    if (!checkpoint)
        return checkpoint.error();
    auto memory = Memory::load(*checkpoint, &m_progress, stop());
    if (memory)
        tell((*memory)->problems()); // those of the model among them
    return memory;
}

int Context::fail(const Error &error)
{
    clearLine();
    std::cerr << "cryoscope-cli: " << printable(error.describe()) << "\n";
    return exitCodeOf(error);
}

std::string hex(uint64_t number)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
    return text.data();
}

std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
            out += escaped.data();
        } else {
            out += c;
        }
    }
    return out;
}

std::string sizeText(uint64_t bytes)
{
    static constexpr std::array<const char *, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes) / 1024;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
    return text.data();
}

std::string placeText(const Memory &memory, const MemoryPlace &place)
{
    if (place.pid == 0)
        return "shared memory " + std::to_string(place.sharedId) + " at " + hex(place.address);
    const Task *task = memory.checkpoint().task(place.pid);
    return "pid " + std::to_string(place.pid) + (task != nullptr ? " " + printable(task->comm) : "") + " " +
           (place.vma != nullptr ? printable(place.vma->label()) + " " : "") + hex(place.address);
}

} // namespace cryoscope::cli
