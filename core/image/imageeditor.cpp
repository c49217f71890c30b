// SPDX-License-Identifier: Apache-2.0
#include "core/image/imageeditor.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t copiedAtOnce = uint64_t{1} << 20;         // bytes copied at once
constexpr uint64_t maxMessageSize = (uint64_t{1} << 31) - 1; // crit reads sizes as signed numbers

Result<void> copy(const ByteSource &source, uint64_t begin, uint64_t end, const ByteSink &sink)
{
    while (begin < end) {
        const auto piece = source.readAll(begin, std::min(copiedAtOnce, end - begin));
        if (!piece)
            return piece.error();
        if (auto done = sink(*piece); !done)
            return done;
        begin += piece->size();
    }
    return {};
}

} // namespace

std::vector<std::byte> frameBytes(uint64_t messageSize, ByteOrder order)
{
    std::vector<std::byte> bytes;
    for (unsigned i = 0; i < 4; ++i) {
        const unsigned shift = order == ByteOrder::Little ? 8 * i : 24 - 8 * i;
        bytes.push_back(static_cast<std::byte>(messageSize >> shift));
    }
    return bytes;
}

Result<void> writeEditedImage(const Image &image, std::span<const RecordEdit> edits, const ByteSink &sink)
{
    const ByteSource &source = *image.source();
    std::vector<const RecordEdit *> ordered;
    for (const RecordEdit &edit : edits)
        ordered.push_back(&edit);
    std::sort(ordered.begin(), ordered.end(),
              [](const RecordEdit *a, const RecordEdit *b) { return a->record < b->record; });
    uint64_t at = 0; // up to where the image is written
    for (size_t i = 0; i < ordered.size(); ++i) {
        const RecordEdit &edit = *ordered[i];
        if (edit.record >= image.records().size())
            return Error{ErrorCode::Usage, "there is no record " + std::to_string(edit.record), source.name(),
                         std::nullopt};
        const Record &record = image.records()[edit.record];
        if (i > 0 && ordered[i - 1]->record == edit.record)
            return Error{ErrorCode::Usage, "record " + std::to_string(edit.record) + " is edited twice",
                         source.name(), record.frameOffset};
        if (auto done = copy(source, at, record.frameOffset, sink); !done)
            return done;
        at = record.payload.end();
        if (edit.remove)
            continue;
        const auto message = image.message(record);
        if (!message)
            return message.error();
        const auto edited = editMessage(*message, edit.fields);
        if (!edited) {
            Error error = edited.error();
            error.file = source.name();
            return error;
        }
        if (edited->size() > maxMessageSize)
            return Error{ErrorCode::InputMalformed, "a message would grow beyond 2^31 - 1 bytes",
                         source.name(), record.frameOffset};
        if (auto done = sink(frameBytes(edited->size(), image.byteOrder())); !done)
            return done;
        if (auto done = sink(*edited); !done)
            return done;
        auto done = edit.payload ? sink(*edit.payload)
                                 : copy(source, record.payload.offset, record.payload.end(), sink);
        if (!done)
            return done;
    }
    return copy(source, at, source.size(), sink);
}

} // namespace cryoscope
