// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/schema.h"

#include <span>
#include <string>
#include <string_view>

namespace cryoscope
{

/// What a number says, in words: "read, write", "SIGTERM", "-rw-r--r-- regular file", "stopped". `value` as
/// Message::number gives it, `ordinal` counts the elements of a repeated field from 0. Empty if there is
/// nothing to add to the number. Sources: the Linux user-space headers, and for CRIU's own numbers the facts
/// of its image format.
[[nodiscard]] std::string fieldWords(const MessageType &message, const FieldType &type, uint64_t value,
                                     size_t ordinal);
/// What element `ordinal` of a repeated field is about, where its place says it: "RLIMIT_NOFILE". Else empty.
[[nodiscard]] std::string ordinalWords(const MessageType &message, const FieldType &type, size_t ordinal);

/// What record `record` of an image is about, where its place says it (obsolete images of type SIGACT, RLIMIT
/// and ITIMERS). Else empty.
[[nodiscard]] std::string recordWords(std::string_view imageType, size_t record);

/// One part of a bytes field whose layout is known.
struct BytesPart {
    std::string_view name;
    size_t width = 0;      ///< bytes, at most 8
    bool isSigned = false; ///< 32 bits wide then
    bool repeats = false;  ///< said of the first part: the parts stand again and again, up to the end
};

/// The parts of a bytes field, in the byte order of the host that wrote the image; empty if the field is just
/// bytes.
[[nodiscard]] std::span<const BytesPart> bytesLayout(const MessageType &message, const FieldType &type);

/// What the number in a part says, in words; may be empty.
[[nodiscard]] std::string bytesPartWords(const BytesPart &part, uint64_t value);

/// "SIGTERM"; empty for numbers that are no signal.
[[nodiscard]] std::string signalName(uint64_t number);

} // namespace cryoscope
