// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/bytes/bytesource.h"
#include "core/image/byteorder.h"
#include "core/image/imagetype.h"
#include "core/image/message.h"
#include "core/image/schema.h"
#include "core/image/sourcewindow.h"

#include <memory>
#include <optional>
#include <vector>

namespace cryoscope
{

/// One record of an image: u32 size, message, payload. Ranges are file offsets in bytes.
struct Record {
    const MessageType *type = nullptr; ///< of the message, never null; owned by the Schema
    uint64_t frameOffset = 0;          ///< where the u32 size stands
    ByteRange message;                 ///< the protobuf message
    ByteRange payload; ///< what follows it, padding included; length 0 if nothing (payload.h names its parts)
};

/// A framed image: head magic, type magic, records (sizes and magics in the host's byte order that wrote it).
/// Only the frames are indexed; messages are parsed on demand. Immutable, thread-safe.
class Image
{
public:
    static constexpr uint64_t maxMessage = uint64_t{64} << 20; ///< bytes of one message that are parsed

    /// Reads the framing of `source`. Errors: InputMalformed for content that starts with no known type
    /// magic, with file and offset. A damaged record is no error: the records before it are there and
    /// problem() tells the rest. Head magics are not asked for, so images of v1.0 are read too. Types that
    /// are to have one record are read with all they have, as crit does. Memory taken is a constant multiple
    /// of the file's size at most.
    static Result<Image> open(std::shared_ptr<const ByteSource> source, std::shared_ptr<const Schema> schema);

    /// Whether `source` starts with a head magic or the magic of a known type (in either byte order); reads
    /// at most 8 bytes. A head magic before an unknown type counts, so that open() can tell of it. Raw images
    /// (pages, tars, network dumps) do not look like one, unless their first bytes happen to; their names
    /// tell, so ask those first.
    static bool looksLikeImage(const ByteSource &source);

    /// The type whose magic `source` starts with, behind a head magic or not, in either byte order; null if
    /// none is known. Reads at most 8 bytes; null too where they cannot be read.
    static const ImageType *typeOf(const ByteSource &source);

    [[nodiscard]] const ImageType &type() const { return *m_type; }
    [[nodiscard]] ByteOrder byteOrder() const { return m_byteOrder; }
    /// commonMagic, serviceMagic, or nothing (inventory, and all images of v1.0).
    [[nodiscard]] std::optional<uint32_t> headMagic() const { return m_headMagic; }
    [[nodiscard]] const std::vector<Record> &records() const { return m_records; }
    /// Where and why reading stopped before the end of the file, if it did.
    [[nodiscard]] const std::optional<Error> &problem() const { return m_problem; }
    [[nodiscard]] const std::shared_ptr<const ByteSource> &source() const { return m_source; }
    [[nodiscard]] const Schema &schema() const { return *m_schema; }

    /// Parses the message of one record of this image. Errors as Message::parse; Unsupported if it is longer
    /// than maxMessage.
    [[nodiscard]] Result<Message> message(const Record &record) const;
    /// The same through a window on source(), for one record after the other.
    [[nodiscard]] Result<Message> message(const Record &record, SourceWindow &window,
                                          Nested nested = Nested::Parse) const;

private:
    Image() = default;
    friend class ImageReader;

    const ImageType *m_type = nullptr;
    ByteOrder m_byteOrder = ByteOrder::Little;
    std::optional<uint32_t> m_headMagic;
    std::vector<Record> m_records;
    std::optional<Error> m_problem;
    std::shared_ptr<const ByteSource> m_source;
    std::shared_ptr<const Schema> m_schema;
};

} // namespace cryoscope
