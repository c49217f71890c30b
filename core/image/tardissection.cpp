// SPDX-License-Identifier: Apache-2.0
// Members of a tar: headers field by field, data, padding.
#include "core/archive/tarheader.h"
#include "core/base/checked.h"
#include "core/image/messagedissector.h"
#include "core/image/rawdissection.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;
using Block = std::array<std::byte, tarBlock>;

/// A field of a header. Source: POSIX pax, "ustar Interchange Format".
struct HeaderField {
    const char *name;
    size_t width;
    const char *meaning;
};
constexpr HeaderField headerFields[] = {
    {"name", 100, "Path of the member, or its last part."},
    {"mode", 8, "Permissions, octal."},
    {"uid", 8, "Owner, octal."},
    {"gid", 8, "Group, octal."},
    {"size", 12, "Bytes of data, octal or base 256."},
    {"mtime", 12, "When it was changed last, seconds since 1970, octal."},
    {"checksum", 8, "Sum of the header's bytes, octal."},
    {"type", 1,
     "0 file, 1 hard link, 2 symbolic link, 3 and 4 devices, 5 directory, 6 fifo, x g L K headers."},
    {"link name", 100, "What a link names."},
    {"magic", 8, "\"ustar\" and the version."},
    {"user", 32, "Owner's name."},
    {"group", 32, "Group's name."},
    {"device major", 8, "Of devices, octal."},
    {"device minor", 8, "Of devices, octal."},
    {"prefix", 155, "First part of the path; GNU: times and ranges of sparse files."},
    {"unused", 12, "Fills up the block."}};

class TarDissection final : public Dissection
{
public:
    explicit TarDissection(std::shared_ptr<const ByteSource> source) : m_source(std::move(source)) {}

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink sink(window, visitor);
        for (uint64_t at = 0; at < size() && !sink.beyond(at);) {
            Block block{};
            if (size() - at < tarBlock) {
                sink.leaf(makeNode(NodeKind::Unexplained, "rest", {at, size() - at}, "a header is cut off"));
                break;
            }
            if (auto done = m_source->read(at, block); !done)
                return done;
            if (std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; }))
                return end(sink, at);
            const auto header = parseTarHeader(block);
            if (!header) {
                sink.leaf(makeNode(NodeKind::Unexplained, "rest", {at, size() - at}, "a header is damaged"));
                break;
            }
            const auto next = member(sink, at, *header, block);
            if (!next)
                return next.error();
            at = *next;
        }
        return {};
    }

private:
    static bool describesNext(char type) { return type == 'x' || type == 'g' || type == 'L' || type == 'K'; }

    /// Bytes of data behind a header. Links and devices have none, whatever their size says (POSIX).
    static uint64_t dataSize(const TarHeader &header)
    {
        static constexpr std::string_view withoutData = "23456";
        return withoutData.find(header.type) == std::string_view::npos ? header.size : 0;
    }

    Result<uint64_t> member(NodeSink &sink, uint64_t at, const TarHeader &header, const Block &block) const
    {
        uint64_t headers = 1;
        for (bool more = header.extended; more; ++headers) { // old GNU sparse
            Block extra{};
            if (size() - at < (headers + 1) * tarBlock)
                break;
            if (auto done = m_source->read(at + headers * tarBlock, extra); !done)
                return done.error();
            more = extra[504] != std::byte{0};
        }
        const uint64_t dataAt = at + headers * tarBlock;
        const uint64_t stored = std::min(dataSize(header), size() - dataAt);
        const uint64_t padding = std::min(tarPadding(stored), size() - dataAt - stored);
        const ByteRange whole{at, dataAt + stored + padding - at};
        const std::string name = escapedText(asBytes(header.name));
        const bool isHeader = describesNext(header.type);
        if (!sink.enter(makeNode(NodeKind::Group, isHeader ? "extended header" : name, whole,
                                 isHeader ? "Describes the member that follows." : "A member of the tar.")))
            return whole.end();
        headerNodes(sink, at, block);
        if (headers > 1)
            sink.leaf(makeNode(NodeKind::Header, "sparse ranges", {at + tarBlock, (headers - 1) * tarBlock},
                               "Which ranges of the file are stored."));
        if (stored < dataSize(header))
            sink.leaf(makeNode(NodeKind::Unexplained, "data", {dataAt, stored}, "the data is cut off"));
        else if (stored > 0)
            sink.leaf(makeNode(NodeKind::Data, "data", {dataAt, stored},
                               isHeader ? "Names and numbers that do not fit into a header."
                                        : "Content of " + name + ".",
                               countText(stored, "byte", "bytes")));
        if (padding > 0) {
            if (auto done = paddingNode(sink, {dataAt + stored, padding}, "Fills up the last block of data.");
                !done)
                return done.error();
        }
        sink.leave();
        return whole.end();
    }

    Result<void> end(NodeSink &sink, uint64_t at) const
    {
        return paddingNode(sink, {at, size() - at}, "Blocks of zeros that end the tar.");
    }

    Result<void> paddingNode(NodeSink &sink, ByteRange range, const char *meaning) const
    {
        if (!sink.wants(range))
            return {};
        const auto zero = allZero(*m_source, range);
        if (!zero)
            return zero.error();
        if (*zero)
            sink.leaf(makeNode(NodeKind::Padding, "padding", range, meaning));
        else
            sink.leaf(
                makeNode(NodeKind::Unexplained, "padding", range, "is not all zeros, as tars have it there"));
        return {};
    }

    static void headerNodes(NodeSink &sink, uint64_t at, const Block &block)
    {
        if (!sink.enter(makeNode(NodeKind::Header, "header", {at, tarBlock}, "Name and metadata.")))
            return;
        size_t from = 0;
        for (const HeaderField &field : headerFields) {
            const auto bytes = std::span<const std::byte>(block).subspan(from, field.width);
            const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
            sink.leaf(makeNode(NodeKind::Value, field.name, {at + from, field.width}, field.meaning,
                               escapedText(bytes.first(static_cast<size_t>(end - bytes.begin())))));
            from += field.width;
        }
        sink.leave();
    }

    std::shared_ptr<const ByteSource> m_source;
};

} // namespace

std::unique_ptr<Dissection> dissectTar(std::shared_ptr<const ByteSource> source)
{
    return std::make_unique<TarDissection>(std::move(source));
}

} // namespace cryoscope
