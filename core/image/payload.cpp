// SPDX-License-Identifier: Apache-2.0
#include "core/image/payload.h"

#include "core/base/checked.h"
#include "core/image/payloadwalker.h"

namespace cryoscope
{

// Layouts as CRIU 4.2 writes them (see PayloadLayout).
namespace
{

constexpr uint64_t semaphoreSize = 2;    // bytes
constexpr uint64_t messageFrame = 4;     // bytes
constexpr uint64_t maxIpcMessage = 4096; // bytes of an ipc_msg with room for fields yet unknown
} // namespace

Error PayloadWalker::malformed(uint64_t offset, std::string what) const
{
    return {ErrorCode::InputMalformed, std::move(what), m_window.source().name(), offset};
}

Result<uint64_t> PayloadWalker::length(const Message &message, std::string_view field) const
{
    if (!message.has(field))
        return malformed(message.range().offset, message.type().name + "." + std::string(field) +
                                                     " is missing, so what follows is unknown");
    return message.number(field);
}

Result<uint64_t> PayloadWalker::part(PayloadPart::Kind kind, std::string_view name, uint64_t begin,
                                     uint64_t length, const MessageType *type)
{
    if (!inBounds(begin, length, m_window.source().size()))
        return malformed(begin, std::string(name) + " of " + std::to_string(length) +
                                    " bytes reaches beyond the end (" +
                                    std::to_string(m_window.source().size()) + ")");
    if (m_sink)
        m_sink({kind, name, {begin, length}, type});
    return begin + length;
}

Result<uint64_t> PayloadWalker::data(const Message &message, std::string_view field, std::string_view name,
                                     uint64_t begin)
{
    const auto size = length(message, field);
    if (!size)
        return size.error();
    return part(PayloadPart::Kind::Data, name, begin, *size);
}

Result<uint64_t> PayloadWalker::padding(uint64_t begin, uint64_t end, uint64_t alignment)
{
    const uint64_t excess = (end - begin) % alignment;
    if (excess == 0)
        return end;
    return part(PayloadPart::Kind::Padding, "padding", end, alignment - excess);
}

Result<uint64_t> PayloadWalker::semaphores(const Message &message, uint64_t begin)
{
    const auto count = length(message, "nsems");
    if (!count)
        return count.error();
    const auto size = checkedMul(*count, semaphoreSize);
    if (!size)
        return malformed(message.range().offset, "ipc_sem_entry.nsems is out of range");
    const auto end = part(PayloadPart::Kind::Values, "semaphores", begin, *size);
    return end ? padding(begin, *end, ipcAlignment) : end;
}

Result<uint64_t> PayloadWalker::messages(const Message &message, uint64_t begin)
{
    const auto count = length(message, "qnum");
    if (!count)
        return count.error();
    const MessageType *type = m_schema.message("ipc_msg");
    uint64_t at = begin;
    for (uint64_t i = 0; i < *count; ++i) {
        const uint64_t frameAt = at;
        const auto frame = m_window.at(at, messageFrame);
        if (!frame)
            return frame.error();
        const uint64_t size = loadInteger(*frame, m_order);
        if (size > maxIpcMessage)
            return malformed(frameAt,
                             "size " + std::to_string(size) + " of a queued message's head is out of range");
        const auto head = part(PayloadPart::Kind::Frame, "size", at, messageFrame);
        if (!head)
            return head;
        const auto bodyAt = part(PayloadPart::Kind::Message, "message", *head, size, type);
        if (!bodyAt)
            return malformed(frameAt, bodyAt.error().message);
        auto bytes = m_window.copy(*head, size);
        if (!bytes)
            return bytes.error();
        const auto queued = Message::parse(type, std::move(*bytes), *head, m_window.source().name());
        if (!queued)
            return queued.error();
        const auto end = data(*queued, "msize", "data", *bodyAt);
        if (!end)
            return end;
        const auto padded = padding(*bodyAt, *end, ipcAlignment);
        if (!padded)
            return padded;
        at = *padded;
    }
    return at;
}

Result<uint64_t> PayloadWalker::sharedMemory(const Message &message, uint64_t begin)
{
    if (message.flag("in_pagemaps"))
        return begin;
    const auto end = data(message, "size", "content", begin);
    return end ? padding(begin, *end, sharedMemoryAlignment) : end;
}

Result<uint64_t> PayloadWalker::walk(PayloadLayout layout, const Message &message, uint64_t begin)
{
    switch (layout) {
    case PayloadLayout::None:
        return begin;
    case PayloadLayout::PipeData:
        return data(message, "bytes", "data", begin);
    case PayloadLayout::SocketData:
        return data(message, "length", "data", begin);
    case PayloadLayout::TcpQueues: {
        const auto inputEnd = data(message, "inq_len", "inq", begin);
        return inputEnd ? data(message, "outq_len", "outq", *inputEnd) : inputEnd;
    }
    case PayloadLayout::GhostFile:
        if (message.type().name == "ghost_chunk_entry")
            return data(message, "len", "content", begin);
        if (message.flag("chunks"))
            return begin;
        return part(PayloadPart::Kind::Data, "content", begin, m_window.source().size() - begin);
    case PayloadLayout::Semaphores:
        return semaphores(message, begin);
    case PayloadLayout::Messages:
        return messages(message, begin);
    case PayloadLayout::SharedMemory:
        return sharedMemory(message, begin);
    case PayloadLayout::BpfMap: {
        const auto keysEnd = data(message, "keys_bytes", "keys", begin);
        return keysEnd ? data(message, "values_bytes", "values", *keysEnd) : keysEnd;
    }
    }
    return begin;
}

Result<std::vector<PayloadPart>> payloadParts(const Image &image, const Record &record)
{
    std::vector<PayloadPart> parts;
    if (image.type().payload == PayloadLayout::None)
        return parts;
    const auto message = image.message(record);
    if (!message)
        return message.error();
    SourceWindow window(*image.source());
    PayloadWalker walker(window, image.schema(), image.byteOrder(),
                         [&parts](const PayloadPart &part) { parts.push_back(part); });
    const auto end = walker.walk(image.type().payload, *message, record.payload.offset);
    if (!end)
        return end.error();
    return parts;
}

} // namespace cryoscope
