// SPDX-License-Identifier: Apache-2.0
#include "core/detect/windowcache.h"

#include <random>
#include <xxhash.h>

namespace cryoscope
{

namespace
{

constexpr size_t maxWindows = size_t{1} << 20; // remembered: 256 GB of memory, in 100 MB

} // namespace

/// XXH3 takes a secret of any random bytes.
struct WindowCache::Seed {
    std::array<unsigned char, XXH3_SECRET_SIZE_MIN + 56> bytes{};
};

WindowCache::WindowCache() : m_seed(std::make_unique<Seed>())
{
    std::random_device random;
    for (auto &byte : m_seed->bytes)
        byte = static_cast<unsigned char>(random());
}

WindowCache::~WindowCache() = default;

WindowCache::Key WindowCache::keyOf(const RunWindow &window) const
{
    const auto hash = XXH3_128bits_withSecret(window.bytes.data(), window.bytes.size(), m_seed->bytes.data(),
                                              m_seed->bytes.size());
    // The same bytes at another cut, or at an address of other parity, are another window.
    const uint64_t cut =
        (window.ownBegin * 2 + (window.run->start + window.start) % 2) * 0x9e3779b97f4a7c15u +
        window.ownEnd * 0xc2b2ae3d27d4eb4fu;
    return {hash.low64 ^ cut, hash.high64};
}

std::optional<std::vector<Detection>> WindowCache::find(const Key &key) const
{
    const std::lock_guard lock(m_mutex);
    const auto known = m_known.find(key);
    return known == m_known.end() ? std::nullopt : std::optional(known->second);
}

void WindowCache::add(const Key &key, const std::vector<Detection> &found)
{
    const std::lock_guard lock(m_mutex);
    if (m_known.size() < maxWindows)
        m_known.emplace(key, found);
}

} // namespace cryoscope
