// SPDX-License-Identifier: Apache-2.0
// Members of a simple build: one message, one stream, one piece, old pages.
#include "core/image/critformat.h"
#include "core/image/imagetype.h"
#include "core/image/messagedissector.h"
#include "core/image/oldpages.h"
#include "core/image/rawdissection.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

class BareMessageDissection final : public Dissection
{
public:
    BareMessageDissection(std::shared_ptr<const ByteSource> source, const MessageType *type)
        : m_source(std::move(source)), m_type(type)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        constexpr uint64_t limit = uint64_t{64} << 20; // bytes of one message that are parsed
        NodeSink sink(window, visitor);
        const ByteRange whole{0, size()};
        if (size() > limit) {
            sink.leaf(makeNode(NodeKind::Unexplained, "message", whole, "is longer than what is read at once",
                               m_type->name));
            return {};
        }
        auto bytes = m_source->readWhole(limit);
        if (!bytes)
            return bytes.error();
        const auto message = Message::parse(m_type, std::move(*bytes), 0, m_source->name());
        if (!message) {
            sink.leaf(
                makeNode(NodeKind::Unexplained, "message", whole, message.error().describe(), m_type->name));
        } else if (sink.enter(
                       makeNode(NodeKind::Message, "message", whole, m_type->documentation, m_type->name))) {
            MessageDissector(sink, ByteOrder::Little, nullptr, 0).fields(*message);
            sink.leave();
        }
        return {};
    }

private:
    std::shared_ptr<const ByteSource> m_source;
    const MessageType *m_type;
};

class WholeDissection final : public Dissection
{
public:
    WholeDissection(std::shared_ptr<const ByteSource> source, DissectionNode node)
        : m_source(std::move(source)), m_node(std::move(node))
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink(window, visitor).leaf(m_node);
        return {};
    }

private:
    std::shared_ptr<const ByteSource> m_source;
    DissectionNode m_node;
};

class CompressedDissection final : public Dissection
{
public:
    CompressedDissection(std::shared_ptr<const ByteSource> source, MemberId decoded, uint64_t decodedSize)
        : m_source(std::move(source)), m_decoded(decoded), m_decodedSize(decodedSize)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink sink(window, visitor);
        const auto start = m_source->readAll(0, std::min<uint64_t>(size(), maxHeader));
        if (!start)
            return start.error();
        const uint64_t header = gzipHeader(*start);
        if (header == 0 || size() - header < trailerSize || m_decoded == noMember) {
            stream(sink, {0, size()});
            return {};
        }
        gzipFields(sink, *start, header);
        const uint64_t trailerAt = size() - trailerSize;
        if (trailerAt > header)
            stream(sink, {header, trailerAt - header});
        const auto trailer = m_source->readAll(trailerAt, trailerSize);
        if (!trailer)
            return trailer.error();
        const auto little = [&trailer](size_t at) {
            return loadInteger(std::span(*trailer).subspan(at, 4), ByteOrder::Little);
        };
        sink.leaf(makeNode(NodeKind::Value, "checksum", {trailerAt, 4}, "CRC-32 of what it decodes to.",
                           critHex(static_cast<int64_t>(little(0)), false)));
        sink.leaf(makeNode(NodeKind::Value, "size", {trailerAt + 4, 4},
                           "Bytes of what the last part decodes to, modulo 2^32.",
                           std::to_string(little(4))));
        return {};
    }

private:
    static constexpr uint64_t trailerSize = 8;  // CRC-32 and size
    static constexpr uint64_t maxHeader = 4096; // bytes of a header with its name and comment

    /// Bytes of the gzip header (RFC 1952); 0 if it is none.
    static uint64_t gzipHeader(std::span<const std::byte> bytes)
    {
        constexpr uint64_t fixed = 10;
        const auto byte = [bytes](uint64_t at) { return std::to_integer<unsigned>(bytes[at]); };
        if (bytes.size() < fixed || byte(0) != 0x1f || byte(1) != 0x8b)
            return 0;
        const unsigned flags = byte(3);
        uint64_t at = fixed;
        if ((flags & 4) != 0) {
            if (bytes.size() - at < 2)
                return 0;
            at += 2 + (byte(at) | byte(at + 1) << 8);
        }
        for (const unsigned text : {8u, 16u}) { // name, comment
            if ((flags & text) == 0)
                continue;
            while (at < bytes.size() && byte(at) != 0)
                ++at;
            ++at;
        }
        if ((flags & 2) != 0)
            at += 2;
        return at <= bytes.size() ? at : 0;
    }

    void gzipFields(NodeSink &sink, std::span<const std::byte> bytes, uint64_t length) const
    {
        struct Field {
            const char *name;
            size_t width;
            const char *meaning;
        };
        static constexpr Field fields[] = {
            {"magic", 2, "Marks a gzip stream."},
            {"method", 1, "8: deflate."},
            {"flags", 1, "What else is in this header: 2 checksum, 4 extra, 8 name, 16 comment."},
            {"time", 4, "When the content was changed last, in seconds since 1970; 0: not told."},
            {"level", 1, "2: best compression, 4: fastest."},
            {"system", 1, "File system it was made on; 3: Unix."}};
        if (!sink.enter(makeNode(NodeKind::Header, "gzip header", {0, length}, "How the stream is made.")))
            return;
        uint64_t at = 0;
        for (const Field &field : fields) {
            const uint64_t value = loadInteger(bytes.subspan(at, field.width), ByteOrder::Little);
            sink.leaf(makeNode(NodeKind::Value, field.name, {at, field.width}, field.meaning,
                               std::to_string(value)));
            at += field.width;
        }
        if (length > at)
            sink.leaf(makeNode(NodeKind::Value, "name and comment", {at, length - at}, "As the flags say.",
                               escapedText(bytes.subspan(at, length - at), 400)));
        sink.leave();
    }

    void stream(NodeSink &sink, ByteRange range) const
    {
        if (range.empty())
            return;
        DissectionNode node =
            m_decoded != noMember
                ? makeNode(NodeKind::Data, "compressed stream", range,
                           "Decodes to " + countText(m_decodedSize, "byte", "bytes") + ".")
                : makeNode(NodeKind::Unexplained, "compressed stream", range, "has not been decoded");
        if (m_decoded != noMember) {
            node.link.emplace();
            node.link->member = m_decoded;
            node.link->text = "what it decodes to";
        }
        sink.leaf(node);
    }

    std::shared_ptr<const ByteSource> m_source;
    MemberId m_decoded;
    uint64_t m_decodedSize;
};

class OldPagesDissection final : public Dissection
{
public:
    OldPagesDissection(std::shared_ptr<const ByteSource> source, uint64_t pageSize, uint32_t pid)
        : m_source(std::move(source)), m_pageSize(pageSize), m_pid(pid)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        constexpr uint64_t wordSize = 4;
        constexpr uint64_t addressSize = OldPagesHead::addressSize;
        NodeSink sink(window, visitor);
        const auto read = OldPagesHead::read(*m_source);
        if (!read)
            return read.error();
        const auto &head = *read;
        if (!head) {
            sink.leaf(
                makeNode(NodeKind::Unexplained, "content", {0, size()}, "does not begin with pages' magic"));
            return {};
        }
        const ByteOrder order = head->order;
        if (head->headMagic)
            sink.leaf(makeNode(NodeKind::Magic, "head magic", {0, wordSize},
                               "Marks an image of version 1.1 or later.", critHex(commonMagic, false)));
        uint64_t at = head->begin;
        sink.leaf(makeNode(NodeKind::Magic, "type magic", {at - wordSize, wordSize},
                           "Pages with their addresses follow.", critHex(pagesMagic, false)));
        const uint64_t recordSize = addressSize + m_pageSize;
        if (window.offset > at)
            at += (window.offset - at) / recordSize * recordSize;
        for (; at < size() && !sink.beyond(at); at += recordSize) {
            const uint64_t left = size() - at;
            if (left < addressSize) {
                sink.leaf(makeNode(NodeKind::Unexplained, "rest", {at, left}, "an address is cut off"));
                break;
            }
            const auto bytes = m_source->readAll(at, addressSize);
            if (!bytes)
                return bytes.error();
            const uint64_t address = loadInteger(*bytes, order);
            if (address == 0 && left == addressSize) {
                sink.leaf(makeNode(NodeKind::Value, "end", {at, addressSize}, "Nothing follows.", "0x0"));
                break;
            }
            page(sink, at, address, std::min(left, recordSize), addressSize);
        }
        return {};
    }

private:
    static constexpr uint64_t pagesMagic = 0x56084025;

    void page(NodeSink &sink, uint64_t at, uint64_t address, uint64_t length, uint64_t addressSize) const
    {
        const std::string text = critHex(static_cast<int64_t>(address), false);
        if (!sink.enter(
                makeNode(NodeKind::Record, "page " + text, {at, length}, "An address and what is there.")))
            return;
        DissectionNode place =
            makeNode(NodeKind::Value, "address", {at, addressSize}, "Where the page lies.", text);
        if (m_pid != 0) {
            place.link.emplace();
            place.link->kind = DissectionLink::Kind::Memory;
            place.link->pid = m_pid;
            place.link->address = address;
            place.link->text = "memory of process " + std::to_string(m_pid);
        }
        sink.leaf(place);
        const ByteRange content{at + addressSize, length - addressSize};
        if (content.length == m_pageSize)
            sink.leaf(makeNode(NodeKind::Page, "content", content, "A page as the process had it."));
        else if (!content.empty())
            sink.leaf(makeNode(NodeKind::Unexplained, "content", content, "the page is cut off"));
        sink.leave();
    }

    std::shared_ptr<const ByteSource> m_source;
    uint64_t m_pageSize;
    uint32_t m_pid;
};

} // namespace

std::unique_ptr<Dissection> dissectBareMessage(std::shared_ptr<const ByteSource> source,
                                               const MessageType *type)
{
    return std::make_unique<BareMessageDissection>(std::move(source), type);
}

std::unique_ptr<Dissection> dissectCompressed(std::shared_ptr<const ByteSource> source, MemberId decoded,
                                              uint64_t decodedSize)
{
    return std::make_unique<CompressedDissection>(std::move(source), decoded, decodedSize);
}

std::unique_ptr<Dissection> dissectOldPages(std::shared_ptr<const ByteSource> source, uint64_t pageSize,
                                            uint32_t pid)
{
    return std::make_unique<OldPagesDissection>(std::move(source), pageSize, pid);
}

std::unique_ptr<Dissection> dissectWhole(std::shared_ptr<const ByteSource> source, DissectionNode::Kind kind,
                                         std::string name, std::string meaning)
{
    const ByteRange whole{0, source->size()};
    return std::make_unique<WholeDissection>(std::move(source),
                                             makeNode(kind, std::move(name), whole, std::move(meaning)));
}

Result<bool> allZero(const ByteSource &source, ByteRange range)
{
    constexpr uint64_t pieceSize = uint64_t{1} << 16;
    for (uint64_t at = range.offset; at < range.end();) {
        const auto piece = source.readAll(at, std::min(pieceSize, range.end() - at));
        if (!piece)
            return piece.error();
        if (std::any_of(piece->begin(), piece->end(), [](std::byte byte) { return byte != std::byte{0}; }))
            return false;
        at += piece->size();
    }
    return true;
}

} // namespace cryoscope
