// SPDX-License-Identifier: Apache-2.0
#include "core/archive/decoder.h"

#include "core/archive/gzipdecoder.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>

namespace cryoscope
{

namespace
{

constexpr size_t decodedAtOnce = size_t{1} << 18; // bytes

/// What libarchive reads from.
struct Input {
    Input(const ByteSource &from, Progress *shown) : source(from), progress(shown) {}

    const ByteSource &source;
    Progress *progress;
    std::vector<std::byte> buffer = std::vector<std::byte>(decodedAtOnce);
    uint64_t at = 0;
    std::optional<Error> error;
};

la_ssize_t readPiece(archive *, void *data, const void **out)
{
    auto &input = *static_cast<Input *>(data);
    const size_t length = std::min<uint64_t>(input.buffer.size(), input.source.size() - input.at);
    if (length == 0)
        return 0;
    if (auto done = input.source.read(input.at, std::span(input.buffer.data(), length)); !done) {
        input.error = done.error();
        return -1;
    }
    input.at += length;
    if (input.progress != nullptr)
        input.progress->advance(length);
    *out = input.buffer.data();
    return static_cast<la_ssize_t>(length);
}

int filterCode(Codec codec)
{
    switch (codec) {
    case Codec::Zstd:
        return ARCHIVE_FILTER_ZSTD;
    case Codec::Xz:
        return ARCHIVE_FILTER_XZ;
    case Codec::Bzip2:
        return ARCHIVE_FILTER_BZIP2;
    default:
        return ARCHIVE_FILTER_NONE;
    }
}

struct FreeReader {
    void operator()(archive *reader) const { archive_read_free(reader); }
};

} // namespace

std::string_view codecName(Codec codec)
{
    switch (codec) {
    case Codec::None:
        break;
    case Codec::Gzip:
        return "gzip";
    case Codec::Zstd:
        return "zstd";
    case Codec::Xz:
        return "xz";
    case Codec::Bzip2:
        return "bzip2";
    }
    return "none";
}

Codec detectCodec(const ByteSource &source)
{
    const auto head = source.readAll(0, std::min<uint64_t>(source.size(), 6));
    if (!head)
        return Codec::None;
    const auto text = asText(*head);
    using namespace std::string_view_literals;
    if (text.starts_with("\x1f\x8b\x08"sv))
        return Codec::Gzip;
    if (text.starts_with("\x28\xb5\x2f\xfd"sv))
        return Codec::Zstd;
    // A skippable frame may come first (0x184d2a50 to 5f, little-endian).
    if (text.size() >= 4 && (static_cast<unsigned char>(text[0]) & 0xf0) == 0x50 &&
        text.substr(1, 3) == "\x2a\x4d\x18"sv)
        return Codec::Zstd;
    if (text.starts_with("\xfd"
                         "7zXZ\0"sv))
        return Codec::Xz;
    if (text.size() >= 4 && text.starts_with("BZh") && text[3] >= '1' && text[3] <= '9')
        return Codec::Bzip2;
    return Codec::None;
}

Result<Decoded> decodeStream(const ByteSource &source, Codec codec, std::string name, uint64_t limit,
                             Progress *progress, std::stop_token stop)
{
    auto decoded = std::make_shared<MemorySource>(std::move(name));
    const auto take = [&](std::span<const std::byte> bytes) -> Result<void> {
        if (bytes.size() > limit - std::min(limit, decoded->size()))
            return Error{ErrorCode::Unsupported,
                         "decodes to more than the " + std::to_string(limit) + " bytes that are allowed",
                         source.name(), std::nullopt};
        decoded->append(bytes);
        return {};
    };
    if (codec == Codec::Gzip) {
        auto end = decodeGzip(source, take, progress, std::move(stop));
        if (!end)
            return end.error();
        return Decoded{decoded, std::move(end->problem)};
    }
    const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
    if (!reader)
        return Error{ErrorCode::Internal, "out of memory", source.name(), std::nullopt};
    switch (codec) {
    case Codec::None:
    case Codec::Gzip:
        return Error{ErrorCode::Internal, "is not compressed", source.name(), std::nullopt};
    case Codec::Zstd:
        archive_read_support_filter_zstd(reader.get());
        break;
    case Codec::Xz:
        archive_read_support_filter_xz(reader.get());
        break;
    case Codec::Bzip2:
        archive_read_support_filter_bzip2(reader.get());
        break;
    }
    archive_read_support_format_raw(reader.get());
    archive_read_support_format_empty(reader.get());

    Input input(source, progress);
    const auto damaged = [&]() -> Result<Decoded> {
        if (input.error)
            return *input.error;
        const char *why = archive_error_string(reader.get());
        return Decoded{decoded, Error{ErrorCode::InputMalformed,
                                      std::string("the ") + std::string(codecName(codec)) +
                                          " stream is damaged or cut short" +
                                          (why != nullptr ? std::string(" (") + why + ")" : std::string()),
                                      source.name(), input.at}};
    };
    archive_entry *entry = nullptr;
    int result = archive_read_open(reader.get(), &input, nullptr, readPiece, nullptr);
    if (result == ARCHIVE_OK)
        result = archive_read_next_header(reader.get(), &entry);
    // What it does not take for such a stream it would hand on as it is.
    if (result == ARCHIVE_OK && archive_filter_code(reader.get(), 0) != filterCode(codec))
        return damaged();
    if (result == ARCHIVE_EOF)
        return Decoded{decoded, std::nullopt};
    if (result != ARCHIVE_OK)
        return damaged();
    std::vector<std::byte> buffer(decodedAtOnce);
    for (;;) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", source.name(), input.at};
        const la_ssize_t got = archive_read_data(reader.get(), buffer.data(), buffer.size());
        if (got == 0)
            return Decoded{decoded, std::nullopt};
        if (got < 0)
            return damaged();
        if (auto done = take(std::span(buffer.data(), static_cast<size_t>(got))); !done)
            return done.error();
    }
}

} // namespace cryoscope
