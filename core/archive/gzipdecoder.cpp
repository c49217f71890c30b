// SPDX-License-Identifier: Apache-2.0
#include "core/archive/gzipdecoder.h"

#include <algorithm>
#include <zlib.h>

namespace cryoscope
{

namespace
{

constexpr size_t inflatedAtOnce = size_t{1} << 18; // bytes
constexpr int gzipWindow = 15 + 16;                // largest window, gzip header and trailer

/// zlib's state over a source.
class GzipReader
{
public:
    GzipReader(const ByteSource &source, Progress *progress) : m_source(source), m_progress(progress)
    {
        m_ready = inflateInit2(&m_zlib, gzipWindow) == Z_OK;
    }
    ~GzipReader() { inflateEnd(&m_zlib); }
    GzipReader(const GzipReader &) = delete;
    GzipReader &operator=(const GzipReader &) = delete;

    Result<GzipEnd> run(const ByteSink &sink, const std::stop_token &stop)
    {
        if (!m_ready)
            return Error{ErrorCode::Internal, "out of memory", m_source.name(), std::nullopt};
        for (;;) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_source.name(), at()};
            if (auto done = fill(); !done)
                return done.error();
            m_zlib.next_out = reinterpret_cast<Bytef *>(m_out.data());
            m_zlib.avail_out = static_cast<uInt>(m_out.size());
            const int result = inflate(&m_zlib, Z_NO_FLUSH);
            if (auto done = sink(std::span(m_out).first(m_out.size() - m_zlib.avail_out)); !done)
                return done.error();
            if (result == Z_STREAM_END) {
                auto end = nextMember();
                if (!end)
                    return end.error();
                if (*end)
                    return ended(std::move((*end)->problem), (*end)->behind);
            } else if (result == Z_BUF_ERROR && m_zlib.avail_in == 0 && m_at == m_source.size()) {
                return ended(problem("the gzip stream is cut short"));
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                return ended(problem(std::string("the gzip stream is damaged") +
                                     (m_zlib.msg != nullptr ? std::string(" (") + m_zlib.msg + ")" : "")));
            }
        }
    }

private:
    [[nodiscard]] GzipEnd ended(std::optional<Error> problem, std::optional<uint64_t> behind = {})
    {
        return {std::move(m_members), behind, std::move(problem)};
    }

    /// Offset of the first byte that has not been used.
    [[nodiscard]] uint64_t at() const { return m_at - m_zlib.avail_in; }

    [[nodiscard]] Error problem(std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_source.name(), at()};
    }

    /// Reads on if all that was read has been used.
    Result<void> fill()
    {
        if (m_zlib.avail_in > 0 || m_at == m_source.size())
            return {};
        const size_t length = std::min<uint64_t>(m_in.size(), m_source.size() - m_at);
        if (auto done = m_source.read(m_at, std::span(m_in).first(length)); !done)
            return done;
        m_at += length;
        m_zlib.next_in = reinterpret_cast<Bytef *>(m_in.data());
        m_zlib.avail_in = static_cast<uInt>(length);
        if (m_progress != nullptr)
            m_progress->advance(length);
        return {};
    }

    /// Behind a member: another one begins (nothing), or this is the end.
    Result<std::optional<GzipEnd>> nextMember()
    {
        const uint64_t end = at();
        bool zeros = false;
        for (;;) {
            if (auto done = fill(); !done)
                return done.error();
            if (m_zlib.avail_in == 0)
                return std::optional(GzipEnd{});
            if (*m_zlib.next_in != 0)
                break;
            zeros = true;
            ++m_zlib.next_in;
            --m_zlib.avail_in;
        }
        constexpr Bytef firstByte = 0x1f;
        if (zeros || *m_zlib.next_in != firstByte) {
            GzipEnd more;
            more.behind = end;
            more.problem = problem("something else follows the gzip stream");
            more.problem->offset = end;
            return std::optional(std::move(more));
        }
        inflateReset(&m_zlib);
        m_members.push_back(end);
        return std::optional<GzipEnd>();
    }

    const ByteSource &m_source;
    Progress *m_progress;
    std::vector<std::byte> m_in = std::vector<std::byte>(inflatedAtOnce);
    std::vector<std::byte> m_out = std::vector<std::byte>(inflatedAtOnce);
    z_stream m_zlib{};
    bool m_ready = false;
    uint64_t m_at = 0; ///< bytes read of the source
    std::vector<uint64_t> m_members{0};
};

} // namespace

Result<GzipEnd> decodeGzip(const ByteSource &source, const ByteSink &sink, Progress *progress,
                           std::stop_token stop)
{
    return GzipReader(source, progress).run(sink, stop);
}

} // namespace cryoscope
