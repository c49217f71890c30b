// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"
#include "core/image/payload.h"
#include "core/image/sourcewindow.h"

#include <functional>

namespace cryoscope
{

/// Finds out what follows a message, by what the message says. Every size is held against the end of the
/// file.
class PayloadWalker
{
public:
    using Sink = std::function<void(const PayloadPart &)>;

    /// `sink` gets the parts in file order; it may be empty. Window and schema must outlive the walker.
    PayloadWalker(SourceWindow &window, const Schema &schema, ByteOrder order, Sink sink = {})
        : m_window(window), m_schema(schema), m_order(order), m_sink(std::move(sink))
    {
    }

    /// Walks the payload of `message` from file offset `begin`; returns its end. Errors: InputMalformed with
    /// the offset of the part that reaches beyond the file or of the message that lacks a length.
    [[nodiscard]] Result<uint64_t> walk(PayloadLayout layout, const Message &message, uint64_t begin);

private:
    [[nodiscard]] Result<uint64_t> length(const Message &message, std::string_view field) const;
    [[nodiscard]] Result<uint64_t> part(PayloadPart::Kind kind, std::string_view name, uint64_t begin,
                                        uint64_t length, const MessageType *type = nullptr);
    [[nodiscard]] Result<uint64_t> data(const Message &message, std::string_view field, std::string_view name,
                                        uint64_t begin);
    /// Zeros after [begin, end) up to a multiple of `alignment` bytes of its length.
    [[nodiscard]] Result<uint64_t> padding(uint64_t begin, uint64_t end, uint64_t alignment);
    [[nodiscard]] Result<uint64_t> semaphores(const Message &message, uint64_t begin);
    [[nodiscard]] Result<uint64_t> messages(const Message &message, uint64_t begin);
    [[nodiscard]] Result<uint64_t> sharedMemory(const Message &message, uint64_t begin);
    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const;

    SourceWindow &m_window;
    const Schema &m_schema;
    ByteOrder m_order;
    Sink m_sink;
};

} // namespace cryoscope
