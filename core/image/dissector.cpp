// SPDX-License-Identifier: Apache-2.0
#include "core/image/dissector.h"

#include "core/image/critformat.h"
#include "core/image/fieldwords.h"
#include "core/image/messagedissector.h"
#include "core/image/payload.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

constexpr uint64_t wordSize = 4; // bytes of magics and frames

std::string hexWord(uint64_t value)
{
    return critHex(static_cast<int64_t>(value), false);
}

DissectionNode partNode(const PayloadPart &part)
{
    switch (part.kind) {
    case PayloadPart::Kind::Frame:
        return makeNode(NodeKind::Frame, std::string(part.name), part.range,
                        "Bytes of the message that follows.");
    case PayloadPart::Kind::Padding:
        return makeNode(NodeKind::Padding, std::string(part.name), part.range,
                        "Fills up to the next aligned offset.");
    case PayloadPart::Kind::Message:
        return makeNode(NodeKind::Message, std::string(part.name), part.range, part.type->documentation,
                        part.type->name);
    case PayloadPart::Kind::Values:
        return makeNode(NodeKind::Data, std::string(part.name), part.range, "16-bit values.",
                        countText(part.range.length / 2, "value", "values"));
    case PayloadPart::Kind::Data:
        break;
    }
    return makeNode(NodeKind::Data, std::string(part.name), part.range,
                    "Content as a program or the kernel held it.",
                    countText(part.range.length, "byte", "bytes"));
}

} // namespace

uint64_t Dissector::recordsBegin() const
{
    return m_image.headMagic() ? 2 * wordSize : wordSize;
}

void Dissector::magics(NodeSink &sink) const
{
    const char *order = m_image.byteOrder() == ByteOrder::Little ? ", little-endian" : ", big-endian";
    uint64_t at = 0;
    if (const auto magic = m_image.headMagic()) {
        sink.leaf(makeNode(NodeKind::Magic, "head magic", {0, wordSize},
                           *magic == serviceMagic ? "Marks a file that CRIU keeps for itself."
                                                  : "Marks an image of version 1.1 or later.",
                           hexWord(*magic) + order));
        at = wordSize;
    }
    sink.leaf(makeNode(NodeKind::Magic, "type magic", {at, wordSize},
                       "Tells the type of the image; its byte order is that of all sizes.",
                       std::string(m_image.type().name) + " " + hexWord(m_image.type().magic) + order));
}

Result<void> Dissector::walkRecord(NodeSink &sink, size_t index) const
{
    const Record &record = m_image.records()[index];
    const ByteRange whole{record.frameOffset, record.payload.end() - record.frameOffset};
    const std::string words = recordWords(m_image.type().name, index);
    if (!sink.enter(
            makeNode(NodeKind::Record, "record " + std::to_string(index), whole,
                     words.empty() ? record.type->documentation : words + ". " + record.type->documentation,
                     record.type->name)))
        return {};
    sink.leaf(makeNode(NodeKind::Frame, "size", {record.frameOffset, wordSize},
                       "Bytes of the message that follows.", std::to_string(record.message.length)));
    if (sink.wants(record.message)) {
        const auto message = m_image.message(record);
        if (!message && message.error().code == ErrorCode::InputUnreadable)
            return message.error();
        if (!message) {
            sink.leaf(makeNode(NodeKind::Unexplained, "message", record.message, message.error().describe(),
                               record.type->name));
        } else if (sink.enter(makeNode(NodeKind::Message, "message", record.message,
                                       record.type->documentation, record.type->name))) {
            MessageDissector(sink, m_image.byteOrder(), m_explainer, index).fields(*message);
            sink.leave();
        }
    }
    auto done = payload(sink, index);
    sink.leave();
    return done;
}

Result<void> Dissector::payload(NodeSink &sink, size_t index) const
{
    const Record &record = m_image.records()[index];
    if (!sink.enter(makeNode(NodeKind::Payload, "payload", record.payload, "What follows the message.",
                             countText(record.payload.length, "byte", "bytes"))))
        return {};
    const auto parts = payloadParts(m_image, record);
    if (!parts)
        return parts.error();
    for (const PayloadPart &part : *parts) {
        if (part.range.empty() || !sink.wants(part.range))
            continue;
        if (part.kind != PayloadPart::Kind::Message) {
            sink.leaf(partNode(part));
            continue;
        }
        const auto inner = m_image.message({part.type, part.range.offset, part.range, {}});
        if (!inner)
            return inner.error();
        if (sink.enter(partNode(part))) {
            MessageDissector(sink, m_image.byteOrder(), m_explainer, index).fields(*inner);
            sink.leave();
        }
    }
    sink.leave();
    return {};
}

Result<void> Dissector::walk(ByteRange window, const Visitor &visitor) const
{
    NodeSink sink(window, visitor);
    magics(sink);
    const auto &records = m_image.records();
    auto at = std::upper_bound(
        records.begin(), records.end(), window.offset,
        [](uint64_t wanted, const Record &candidate) { return wanted < candidate.payload.end(); });
    for (; at != records.end() && !sink.beyond(at->frameOffset); ++at) {
        if (auto done = walkRecord(sink, static_cast<size_t>(at - records.begin())); !done)
            return done;
    }
    sink.leaf(rest());
    return {};
}

std::vector<DissectionNode> Dissector::head() const
{
    std::vector<DissectionNode> nodes;
    const Visitor visitor = [&nodes](const DissectionNode &node, unsigned) {
        nodes.push_back(node);
        return Step::Over;
    };
    NodeSink sink({0, recordsBegin()}, visitor);
    magics(sink);
    return nodes;
}

Result<DissectionNode> Dissector::record(size_t index) const
{
    const Record &wanted = m_image.records()[index];
    auto nodes = tree({wanted.frameOffset, wanted.payload.end() - wanted.frameOffset});
    if (!nodes)
        return nodes.error();
    return std::move(nodes->front());
}

DissectionNode Dissector::rest() const
{
    const auto &records = m_image.records();
    const uint64_t end = records.empty() ? recordsBegin() : records.back().payload.end();
    return makeNode(NodeKind::Unexplained, "rest", {end, size() - std::min(size(), end)},
                    m_image.problem() ? m_image.problem()->describe() : std::string());
}

} // namespace cryoscope
