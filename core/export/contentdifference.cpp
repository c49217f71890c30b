// SPDX-License-Identifier: Apache-2.0
#include "core/export/contentdifference.h"

#include "core/base/hash.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>

namespace cryoscope
{

namespace
{

constexpr uint64_t comparedAtOnce = uint64_t{1} << 20;

class Comparer
{
public:
    Comparer(std::span<const Patch> patches, bool takeAsPlanned)
        : m_patches(patches), m_takeAsPlanned(takeAsPlanned)
    {
    }

    /// Consecutive pieces of both contents, of the same length.
    void compare(uint64_t offset, std::span<const std::byte> before, std::span<const std::byte> after)
    {
        if (isUsual(offset, before, after))
            return;
        // Byte by byte only where something is.
        constexpr size_t block = 4096;
        for (size_t at = 0; at < before.size(); at += block) {
            const size_t length = std::min(block, before.size() - at);
            const auto one = before.subspan(at, length);
            const auto other = after.subspan(at, length);
            if (!isUsual(offset + at, one, other))
                compareBytes(offset + at, one, other);
        }
    }

    /// Planned bytes from `size` on, which the export does not have.
    void end(uint64_t size)
    {
        if (!m_takeAsPlanned && !m_patches.empty() && m_patches.back().end() > size && !out.unpatched)
            out.unpatched = size;
    }

    /// The first planned byte at or behind `at`; the largest offset if there is none.
    uint64_t nextPatch(uint64_t at)
    {
        if (m_takeAsPlanned)
            return std::numeric_limits<uint64_t>::max();
        skipTo(at);
        return m_next < m_patches.size() ? std::max(m_patches[m_next].offset, at)
                                         : std::numeric_limits<uint64_t>::max();
    }

    ContentDifference out;

private:
    /// The same in both, and nothing is planned.
    bool isUsual(uint64_t offset, std::span<const std::byte> before, std::span<const std::byte> after)
    {
        return (before.empty() || std::memcmp(before.data(), after.data(), before.size()) == 0) &&
               !patchWithin(offset, before.size());
    }
    void compareBytes(uint64_t offset, std::span<const std::byte> before, std::span<const std::byte> after)
    {
        for (size_t i = 0; i < before.size(); ++i) {
            const uint64_t at = offset + i;
            const bool differs = before[i] != after[i];
            if (differs)
                note(at);
            if (m_takeAsPlanned)
                continue;
            const auto planned = plannedAt(at);
            if (planned && after[i] != *planned && !out.unpatched)
                out.unpatched = at;
            else if (!planned && differs && !out.unplanned)
                out.unplanned = at;
        }
    }

    void skipTo(uint64_t at)
    {
        while (m_next < m_patches.size() && m_patches[m_next].end() <= at)
            ++m_next;
    }
    bool patchWithin(uint64_t offset, uint64_t length)
    {
        if (m_takeAsPlanned)
            return false;
        skipTo(offset);
        return m_next < m_patches.size() && m_patches[m_next].offset < offset + length;
    }
    std::optional<std::byte> plannedAt(uint64_t at)
    {
        skipTo(at);
        if (m_next == m_patches.size() || at < m_patches[m_next].offset)
            return std::nullopt;
        return m_patches[m_next].at(at);
    }
    void note(uint64_t at)
    {
        ++out.changedBytes;
        if (!out.ranges.empty() && out.ranges.back().end() == at)
            ++out.ranges.back().length;
        else if (out.ranges.size() < ContentDifference::maxRanges)
            out.ranges.push_back({at, 1});
    }

    std::span<const Patch> m_patches;
    bool m_takeAsPlanned;
    size_t m_next = 0; ///< the first patch that ends behind where we are
};

/// The hash of a source that another one is compared with meanwhile: of two, the second is computed beside
/// the first.
class BesideHash
{
public:
    BesideHash(const ByteSource &source, bool wanted, std::stop_token stop)
        : m_source(source), m_stop(std::move(stop))
    {
        if (wanted && source.size() >= worthAThread)
            m_thread = std::jthread([this](const std::stop_token &ended) {
                const std::stop_callback cancelled(m_stop, [this] { m_own.request_stop(); });
                const std::stop_callback left(ended, [this] { m_own.request_stop(); });
                m_digest = m_source.sha256(nullptr, m_own.get_token());
            });
    }

    /// Waits for it. Errors of reading; Cancelled.
    Result<Digest> take()
    {
        if (!m_thread.joinable())
            return m_source.sha256(nullptr, m_stop);
        m_thread.join();
        return *m_digest;
    }

private:
    static constexpr uint64_t worthAThread = 1 << 20; // bytes

    const ByteSource &m_source;
    std::stop_token m_stop;
    std::stop_source m_own;
    std::optional<Result<Digest>> m_digest;
    std::jthread m_thread; ///< the last to come and the first to go
};

} // namespace

Result<ContentDifference> compareContent(const ByteSource &before, const ByteSource &after,
                                         std::span<const Patch> patches, bool takeAsPlanned,
                                         Progress *progress, std::stop_token stop, Hashes hashes)
{
    Comparer comparer(patches, takeAsPlanned);
    Sha256 hashAfter;
    BesideHash hashBefore(before, hashes == Hashes::Wanted, stop);
    std::vector<std::byte> bytesBefore(std::min(comparedAtOnce, before.size()));
    std::vector<std::byte> bytesAfter(std::min(comparedAtOnce, after.size()));
    const uint64_t longer = std::max(before.size(), after.size());
    for (uint64_t at = 0; at < longer; at += comparedAtOnce) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", after.name(), at};
        if (hashes == Hashes::NotWanted) {
            // Zero in both, so only what the plan has there can differ.
            const uint64_t zeros = std::min({before.nextData(at), after.nextData(at), comparer.nextPatch(at),
                                             before.size(), after.size()}) /
                                   comparedAtOnce * comparedAtOnce;
            if (zeros > at) {
                if (progress)
                    progress->advance(zeros - at);
                at = zeros - comparedAtOnce; // the loop adds it
                continue;
            }
        }
        const auto piece = [at](const ByteSource &source, std::vector<std::byte> &buffer) {
            const uint64_t left = source.size() > at ? source.size() - at : 0;
            return std::span(buffer).first(std::min(comparedAtOnce, left));
        };
        const auto one = piece(before, bytesBefore);
        const auto other = piece(after, bytesAfter);
        for (const auto &[source, bytes] : {std::pair(&before, one), std::pair(&after, other)}) {
            if (bytes.empty())
                continue;
            if (auto read = source->read(at, bytes); !read)
                return read.error();
        }
        if (hashes == Hashes::Wanted)
            hashAfter.add(other);
        const size_t common = std::min(one.size(), other.size());
        comparer.compare(at, one.first(common), other.first(common));
        if (progress)
            progress->advance(one.size());
    }
    comparer.end(std::min(before.size(), after.size()));
    comparer.out.sameSize = before.size() == after.size();
    if (hashes == Hashes::Wanted) {
        const auto digest = hashBefore.take();
        if (!digest)
            return digest.error();
        comparer.out.before = toHex(*digest);
        comparer.out.after = toHex(hashAfter.finish());
    }
    return std::move(comparer.out);
}

} // namespace cryoscope
