// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace cryoscope
{

/// Progress of one piece of long work, in bytes. Written by workers, read by anyone at any time; all
/// functions are thread-safe. Cancellation is std::stop_token, passed beside it.
class Progress
{
public:
    /// Starts a phase ("scan", "copy", "verify") of `total` bytes (0: not known) and sets done to 0.
    void begin(std::string phase, uint64_t total)
    {
        const std::lock_guard lock(m_mutex);
        m_phase = std::move(phase);
        m_total.store(total, std::memory_order_relaxed);
        m_done.store(0, std::memory_order_relaxed);
    }
    void advance(uint64_t bytes) { m_done.fetch_add(bytes, std::memory_order_relaxed); }
    [[nodiscard]] uint64_t done() const { return m_done.load(std::memory_order_relaxed); }
    [[nodiscard]] uint64_t total() const { return m_total.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string phase() const
    {
        const std::lock_guard lock(m_mutex);
        return m_phase;
    }

private:
    std::atomic<uint64_t> m_done{0};
    std::atomic<uint64_t> m_total{0};
    mutable std::mutex m_mutex;
    std::string m_phase;
};

} // namespace cryoscope
