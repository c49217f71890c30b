// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"
#include "tests/support/messagebuilder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cryoscope::test
{

/// Writes one image file: magics, then records in the order of the calls.
///
///     ImageBuilder("PIPES_DATA").record(MessageBuilder("pipe_data_entry").set("pipe_id", 7).set("bytes", 3),
///     "abc").bytes()
class ImageBuilder
{
public:
    /// By type name as in the magic table; the head magic is the one CRIU writes for it.
    explicit ImageBuilder(std::string_view typeName, ByteOrder order = ByteOrder::Little);
    /// By any magic, behind the common head magic.
    explicit ImageBuilder(uint32_t magic, ByteOrder order = ByteOrder::Little);

    /// Another head magic, or none (images of v1.0).
    ImageBuilder &headMagic(std::optional<uint32_t> magic);
    /// Frame, message and what follows it.
    ImageBuilder &record(const MessageBuilder &message, std::string_view payload = {});
    /// A frame that says `size`, whatever follows.
    ImageBuilder &record(uint32_t size, std::string_view message, std::string_view payload = {});
    ImageBuilder &raw(std::string_view bytes);

    [[nodiscard]] std::string bytes() const;
    [[nodiscard]] ByteOrder byteOrder() const { return m_order; }

private:
    uint32_t m_magic;
    ByteOrder m_order;
    std::optional<uint32_t> m_headMagic;
    std::string m_records;
};

/// `width` bytes of `value` in that order.
[[nodiscard]] std::string number(uint64_t value, size_t width, ByteOrder order = ByteOrder::Little);
/// What follows an ipc_msg_entry: type and text of each message, framed and padded.
[[nodiscard]] std::string ipcMessages(const std::vector<std::pair<uint64_t, std::string>> &messages,
                                      ByteOrder order = ByteOrder::Little);
/// What follows an ipc_sem_entry.
[[nodiscard]] std::string semaphores(const std::vector<uint16_t> &values,
                                     ByteOrder order = ByteOrder::Little);
/// `text` and zeros up to a multiple of `alignment` bytes.
[[nodiscard]] std::string padded(std::string text, size_t alignment);

} // namespace cryoscope::test
