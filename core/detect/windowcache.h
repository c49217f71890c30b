// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/windowdetector.h"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace cryoscope
{

/// Remembers what stands in windows, by a hash over all their bytes, so that memory which several tasks hold
/// (after a fork) is looked at once. The hash has 128 bits and a random seed of its own for each scan: bytes
/// that are made to collide cannot be prepared. Thread-safe.
class WindowCache
{
public:
    WindowCache();
    ~WindowCache();
    WindowCache(const WindowCache &) = delete;
    WindowCache &operator=(const WindowCache &) = delete;

    using Key = std::array<uint64_t, 2>;
    [[nodiscard]] Key keyOf(const RunWindow &window) const;

    /// What was found in a window of this key, if one has been looked at.
    [[nodiscard]] std::optional<std::vector<Detection>> find(const Key &key) const;
    void add(const Key &key, const std::vector<Detection> &found);

private:
    struct Seed;
    std::unique_ptr<Seed> m_seed;
    mutable std::mutex m_mutex;
    std::map<Key, std::vector<Detection>> m_known;
};

} // namespace cryoscope
