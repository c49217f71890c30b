// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/image/image.h"

#include <string_view>
#include <vector>

namespace cryoscope
{

/// A piece of what follows a record's message. The parts of a payload are adjacent and together are all of
/// it.
struct PayloadPart {
    enum class Kind {
        Data,    ///< bytes that a program made
        Values,  ///< u16 numbers in the image's byte order
        Frame,   ///< u32 size of the message that follows
        Message, ///< a protobuf message of `type`
        Padding  ///< fills up to the alignment; zero unless someone hides something there
    };
    Kind kind = Kind::Data;
    std::string_view name; ///< "data", "content", "inq", "outq", "keys", "values", "semaphores", "size",
                           ///< "message", "padding"
    ByteRange range;       ///< file offsets; only data may be empty
    const MessageType *type = nullptr; ///< of Kind::Message; owned by the Schema
};

inline constexpr uint64_t ipcAlignment = 8;          ///< bytes; of System V messages and semaphore sets
inline constexpr uint64_t sharedMemoryAlignment = 4; ///< bytes; of System V segments stored in their image

/// The parts of the payload of `record`, which must be one of `image`; empty if the type has no payload.
/// Errors only if the file cannot be read any more or is not what it was when it was opened. Thread-safe.
[[nodiscard]] Result<std::vector<PayloadPart>> payloadParts(const Image &image, const Record &record);

} // namespace cryoscope
