// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/image.h"
#include "core/image/wirewriter.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace cryoscope
{

/// Takes bytes as they are made; its error ends the writing and is handed on.
using ByteSink = std::function<Result<void>(std::span<const std::byte>)>;

/// What is changed in one record of an image.
struct RecordEdit {
    size_t record = 0;             ///< below Image::records().size()
    bool remove = false;           ///< frame, message and payload go; the rest does not count then
    std::vector<FieldEdit> fields; ///< in its message; offsets are those of the image
    /// All that follows the message, padding included. Lengths that the message says of it are fields to
    /// edit.
    std::optional<std::vector<std::byte>> payload;
};

/// Writes `image` with changes of any length to `sink`: magics, byte order, untouched records and what
/// follows the last record stay to the byte, and so does everything in a changed message that no edit names
/// (see editMessage). The frame's size follows the message. Edits of a record may be given once, in any order
/// of records. Payloads are copied in pieces of 1 MiB. Errors: those of editMessage, with file and offset;
/// Usage for a record that is not there or is given twice; InputMalformed if a message grows beyond 2^31 - 1
/// bytes (the most that CRIU's tools read); those of the source and of the sink.
[[nodiscard]] Result<void> writeEditedImage(const Image &image, std::span<const RecordEdit> edits,
                                            const ByteSink &sink);

/// The four bytes of a record's frame.
[[nodiscard]] std::vector<std::byte> frameBytes(uint64_t messageSize, ByteOrder order);

} // namespace cryoscope
