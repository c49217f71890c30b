// SPDX-License-Identifier: Apache-2.0
// Dumps of addresses, routes, rules and connections.
#include "core/image/critformat.h"
#include "core/image/messagedissector.h"
#include "core/image/netlinktables.h"
#include "core/image/rawdissection.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

constexpr uint64_t headerSize = 16;         // of a message, bytes
constexpr uint64_t attributeHeaderSize = 4; // bytes
constexpr uint64_t alignment = 4;           // of attributes, bytes
constexpr uint64_t maxNetlinkMessage = uint64_t{1} << 20;
constexpr unsigned maxNesting = 16; // of attributes
constexpr uint16_t nestedFlag = 0x8000;
constexpr uint16_t networkOrderFlag = 0x4000;

uint64_t aligned(uint64_t length)
{
    return (length + alignment - 1) / alignment * alignment;
}

/// The nodes of one message, whose bytes are at hand.
class MessageNodes
{
public:
    MessageNodes(NodeSink &sink, const NetlinkLayout &layout, ByteOrder order,
                 std::span<const std::byte> bytes, uint64_t offset, const InterfaceLink &interfaces)
        : m_sink(sink), m_layout(layout), m_order(order), m_bytes(bytes), m_offset(offset),
          m_interfaces(interfaces)
    {
    }

    void make()
    {
        struct HeaderField {
            const char *name;
            size_t width;
            const char *meaning;
        };
        static constexpr HeaderField fields[] = {{"length", 4, "Bytes of the message, this header included."},
                                                 {"type", 2, "What the message is about."},
                                                 {"flags", 2, "Flags of the request that made it."},
                                                 {"sequence", 4, "Number of the request that it answers."},
                                                 {"port", 4, "Who asked for it."}};
        uint64_t at = 0;
        if (m_sink.enter(makeNode(NodeKind::Header, "header", {m_offset, headerSize}, "Netlink header."))) {
            for (const HeaderField &field : fields) {
                m_sink.leaf(makeNode(NodeKind::Value, field.name, {m_offset + at, field.width}, field.meaning,
                                     std::to_string(number(at, field.width))));
                at += field.width;
            }
            m_sink.leave();
        }
        const uint64_t type = number(4, 2);
        at = headerSize;
        if (type != m_layout.messageType) {
            rest(at, m_bytes.size(),
                 "a message of type " + std::to_string(type) + ", which is none of this file");
            return;
        }
        uint64_t fixedSize = 0;
        for (const NetlinkField &field : m_layout.fixed)
            fixedSize += field.width;
        if (m_bytes.size() - at < fixedSize) {
            rest(at, m_bytes.size(), "the message is too short for its type");
            return;
        }
        for (const NetlinkField &field : m_layout.fixed) {
            const uint64_t value = number(at, field.width);
            DissectionNode node =
                makeNode(NodeKind::Value, std::string(field.name), {m_offset + at, field.width},
                         netlinkFieldWords(m_layout.what, field.name, value), std::to_string(value));
            node.link = interfaceLink(field.name, value);
            m_sink.leaf(node);
            at += field.width;
        }
        attributes(m_layout.attributes, at, m_bytes.size(), 0);
    }

private:
    [[nodiscard]] uint64_t number(uint64_t at, uint64_t width) const
    {
        return loadInteger(m_bytes.subspan(at, width), m_order);
    }

    [[nodiscard]] std::optional<DissectionLink> interfaceLink(std::string_view name, uint64_t value) const
    {
        return m_interfaces && value != 0 && name.ends_with("interface") ? m_interfaces(value) : std::nullopt;
    }

    void rest(uint64_t begin, uint64_t end, std::string why)
    {
        if (begin < end)
            m_sink.leaf(
                makeNode(NodeKind::Unexplained, "rest", {m_offset + begin, end - begin}, std::move(why)));
    }

    void attributes(std::span<const NetlinkAttribute> known, uint64_t begin, uint64_t end, unsigned depth)
    {
        uint64_t at = begin;
        while (at < end) {
            if (end - at < attributeHeaderSize)
                return rest(at, end, "an attribute is cut off");
            const uint64_t length = number(at, 2);
            if (length < attributeHeaderSize || length > end - at)
                return rest(at, end, "an attribute's length reaches beyond the end");
            const uint64_t whole = std::min(aligned(length), end - at);
            attribute(known, at, length, whole, depth);
            at += whole;
        }
    }

    void attribute(std::span<const NetlinkAttribute> known, uint64_t at, uint64_t length, uint64_t whole,
                   unsigned depth)
    {
        const auto stored = static_cast<uint16_t>(number(at + 2, 2));
        const auto type = static_cast<uint16_t>(stored & ~(nestedFlag | networkOrderFlag));
        const auto found =
            std::find_if(known.begin(), known.end(),
                         [type](const NetlinkAttribute &candidate) { return candidate.type == type; });
        static constexpr NetlinkAttribute none{0, "", NetlinkValue::Bytes, {}};
        const NetlinkAttribute &attribute = found != known.end() ? *found : none;
        const uint64_t valueAt = at + attributeHeaderSize;
        const uint64_t valueSize = length - attributeHeaderSize;
        const bool nested = attribute.value == NetlinkValue::Nested && depth < maxNesting;
        DissectionNode node =
            makeNode(found != known.end() ? NodeKind::Field : NodeKind::UnknownField,
                     found != known.end() ? std::string(attribute.name) : "attribute " + std::to_string(type),
                     {m_offset + at, whole});
        if (!nested)
            node.value = valueText(attribute, valueAt, valueSize);
        if (found == known.end())
            node.meaning = "is not known of " + std::string(m_layout.what) + " messages";
        const bool isNumber =
            attribute.value == NetlinkValue::Number || attribute.value == NetlinkValue::NetworkNumber;
        if (isNumber && valueSize <= 8) {
            const uint64_t value = valueNumber(attribute, valueAt, valueSize);
            node.meaning = netlinkAttributeWords(m_layout.what, attribute.name, value);
            node.link = interfaceLink(attribute.name, value);
        }
        if (!m_sink.enter(node))
            return;
        m_sink.leaf(makeNode(NodeKind::Length, "length", {m_offset + at, 2},
                             "Bytes of the attribute, this header included.", std::to_string(length)));
        m_sink.leaf(makeNode(NodeKind::Tag, "type", {m_offset + at + 2, 2},
                             (stored & nestedFlag) != 0 ? "Attributes are in it." : "",
                             std::to_string(type)));
        if (nested)
            attributes(attribute.nested, valueAt, valueAt + valueSize, depth + 1);
        else if (attribute.value == NetlinkValue::Parts)
            parts(attribute.parts, valueAt, valueAt + valueSize);
        else if (valueSize > 0)
            m_sink.leaf(makeNode(NodeKind::Value, "value", {m_offset + valueAt, valueSize}, {}, node.value));
        if (whole > length)
            m_sink.leaf(makeNode(NodeKind::Padding, "padding", {m_offset + at + length, whole - length},
                                 "Fills up to the next aligned offset."));
        m_sink.leave();
    }

    /// A structure, of which newer kernels may have more and older ones less.
    void parts(std::span<const NetlinkField> known, uint64_t begin, uint64_t end)
    {
        uint64_t at = begin;
        for (const NetlinkField &field : known) {
            if (end - at < field.width)
                break;
            const uint64_t value = number(at, field.width);
            m_sink.leaf(makeNode(NodeKind::Value, std::string(field.name), {m_offset + at, field.width},
                                 netlinkFieldWords(m_layout.what, field.name, value), std::to_string(value)));
            at += field.width;
        }
        if (at < end)
            m_sink.leaf(makeNode(NodeKind::Value, "rest", {m_offset + at, end - at}));
    }

    [[nodiscard]] uint64_t valueNumber(const NetlinkAttribute &attribute, uint64_t at, uint64_t size) const
    {
        return loadInteger(m_bytes.subspan(at, size),
                           attribute.value == NetlinkValue::NetworkNumber ? ByteOrder::Big : m_order);
    }

    [[nodiscard]] std::string valueText(const NetlinkAttribute &attribute, uint64_t at, uint64_t size) const
    {
        const auto bytes = m_bytes.subspan(at, size);
        switch (attribute.value) {
        case NetlinkValue::Number:
        case NetlinkValue::NetworkNumber:
            if (size <= 8)
                return std::to_string(valueNumber(attribute, at, size));
            break;
        case NetlinkValue::Text: {
            const bool closed = !bytes.empty() && bytes.back() == std::byte{0};
            return escapedText(closed ? bytes.first(bytes.size() - 1) : bytes);
        }
        case NetlinkValue::Address:
            if (size == 4 || size == 16) {
                std::vector<uint64_t> words;
                for (size_t i = 0; i < size; i += 4)
                    words.push_back(loadInteger(bytes.subspan(i, 4), ByteOrder::Big));
                return critAddress(words, ByteOrder::Big).value_or(std::string());
            }
            break;
        case NetlinkValue::Bytes:
        case NetlinkValue::Parts:
        case NetlinkValue::Nested:
            break;
        }
        return countText(size, "byte", "bytes");
    }

    NodeSink &m_sink;
    const NetlinkLayout &m_layout;
    ByteOrder m_order;
    std::span<const std::byte> m_bytes;
    uint64_t m_offset;
    const InterfaceLink &m_interfaces;
};

constexpr size_t typeOffset = 4; // bytes into a header

class NetlinkDissection final : public Dissection
{
public:
    NetlinkDissection(std::shared_ptr<const ByteSource> source, const NetlinkLayout &layout,
                      InterfaceLink interfaces)
        : m_source(std::move(source)), m_layout(layout), m_interfaces(std::move(interfaces))
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink sink(window, visitor);
        ByteOrder order = ByteOrder::Little;
        uint64_t at = 0;
        if (size() == 0)
            return {};
        if (m_layout.magic != 0) {
            const auto found = magic(sink, order);
            if (!found)
                return found.error();
            if (!*found)
                return {};
            at = 4;
        }
        for (uint64_t index = 0; at < size() && !sink.beyond(at); ++index) {
            if (size() - at < headerSize) {
                rest(sink, at, "a message is cut off");
                return {};
            }
            const auto header = m_source->readAll(at, headerSize);
            if (!header)
                return header.error();
            if (m_layout.magic == 0 && index == 0)
                order = orderOf(*header);
            const uint64_t length = loadInteger(std::span(*header).first(4), order);
            if (length < headerSize || length > size() - at || length > maxNetlinkMessage) {
                rest(sink, at, "a message of " + std::to_string(length) + " bytes reaches beyond the end");
                return {};
            }
            const NetlinkLayout &layout =
                layoutOf(loadInteger(std::span(*header).subspan(typeOffset, 2), order));
            const uint64_t whole = layout.padded ? std::min(aligned(length), size() - at) : length;
            if (sink.enter(makeNode(NodeKind::Record, std::string(layout.what) + " " + std::to_string(index),
                                    {at, whole}, "A netlink message."))) {
                const auto bytes = m_source->readAll(at, length);
                if (!bytes)
                    return bytes.error();
                MessageNodes(sink, layout, order, *bytes, at, m_interfaces).make();
                if (whole > length)
                    sink.leaf(makeNode(NodeKind::Padding, "padding", {at + length, whole - length},
                                       "Fills up to the next aligned offset."));
                sink.leave();
            }
            at += whole;
        }
        return {};
    }

private:
    /// CRIU 4.2 writes connections to the file of expectations as well (as its dumps show).
    [[nodiscard]] const NetlinkLayout &layoutOf(uint64_t messageType) const
    {
        if (m_layout.magic == 0) {
            for (const NetlinkLayout *layout : {&netlinkConnections(), &netlinkExpectations()}) {
                if (layout->messageType == messageType)
                    return *layout;
            }
        }
        return m_layout;
    }

    /// The order in which the first message's length makes sense.
    [[nodiscard]] ByteOrder orderOf(std::span<const std::byte> header) const
    {
        const uint64_t little = loadInteger(header.first(4), ByteOrder::Little);
        return little >= headerSize && little <= size() ? ByteOrder::Little : ByteOrder::Big;
    }

    void rest(NodeSink &sink, uint64_t at, std::string why) const
    {
        sink.leaf(makeNode(NodeKind::Unexplained, "rest", {at, size() - at}, std::move(why)));
    }

    [[nodiscard]] Result<bool> magic(NodeSink &sink, ByteOrder &order) const
    {
        constexpr uint64_t magicSize = 4;
        if (size() < magicSize) {
            rest(sink, 0, "too short for its magic");
            return false;
        }
        const auto bytes = m_source->readAll(0, magicSize);
        if (!bytes)
            return bytes.error();
        if (loadInteger(*bytes, ByteOrder::Big) == m_layout.magic)
            order = ByteOrder::Big;
        else if (loadInteger(*bytes, ByteOrder::Little) != m_layout.magic) {
            rest(sink, 0, "does not begin with the magic of " + std::string(m_layout.what) + " dumps");
            return false;
        }
        sink.leaf(makeNode(NodeKind::Magic, "magic", {0, magicSize},
                           "Marks a dump of iproute2: " + std::string(m_layout.what) + " messages follow.",
                           critHex(static_cast<int64_t>(m_layout.magic), false)));
        return true;
    }

    std::shared_ptr<const ByteSource> m_source;
    const NetlinkLayout &m_layout;
    InterfaceLink m_interfaces;
};

} // namespace

std::unique_ptr<Dissection> dissectNetlink(std::shared_ptr<const ByteSource> source, NetlinkContent content,
                                           InterfaceLink interfaces)
{
    const NetlinkLayout *layout = &netlinkAddresses();
    switch (content) {
    case NetlinkContent::Addresses:
        break;
    case NetlinkContent::Routes:
        layout = &netlinkRoutes();
        break;
    case NetlinkContent::Rules:
        layout = &netlinkRules();
        break;
    case NetlinkContent::Connections:
        layout = &netlinkConnections();
        break;
    case NetlinkContent::Expectations:
        layout = &netlinkExpectations();
        break;
    }
    return std::make_unique<NetlinkDissection>(std::move(source), *layout, std::move(interfaces));
}

} // namespace cryoscope
