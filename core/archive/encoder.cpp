// SPDX-License-Identifier: Apache-2.0
#include "core/archive/encoder.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>

namespace cryoscope
{

namespace
{

constexpr size_t encodedAtOnce = size_t{1} << 18; // bytes

struct Output {
    const ByteSink &sink;
    std::optional<Error> error;
};

la_ssize_t writePiece(archive *, void *data, const void *bytes, size_t length)
{
    auto &output = *static_cast<Output *>(data);
    if (auto done = output.sink(std::span(static_cast<const std::byte *>(bytes), length)); !done) {
        output.error = done.error();
        return -1;
    }
    return static_cast<la_ssize_t>(length);
}

struct FreeWriter {
    void operator()(archive *writer) const { archive_write_free(writer); }
};
struct FreeEntry {
    void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};

int addFilter(archive *writer, Codec codec)
{
    switch (codec) {
    case Codec::None:
        return archive_write_add_filter_none(writer);
    case Codec::Gzip: {
        const int result = archive_write_add_filter_gzip(writer);
        archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr);
        return result;
    }
    case Codec::Zstd:
        return archive_write_add_filter_zstd(writer);
    case Codec::Xz:
        return archive_write_add_filter_xz(writer);
    case Codec::Bzip2:
        return archive_write_add_filter_bzip2(writer);
    }
    return ARCHIVE_FATAL;
}

} // namespace

Result<void> encodeStream(const ByteSource &content, Codec codec, const ByteSink &sink, Progress *progress,
                          std::stop_token stop)
{
    Output output{sink, std::nullopt};
    const std::unique_ptr<archive, FreeWriter> writer(archive_write_new());
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    const auto failed = [&]() -> Error {
        if (output.error)
            return *output.error;
        const char *why = writer ? archive_error_string(writer.get()) : nullptr;
        return {ErrorCode::Internal,
                std::string("cannot compress: ") + (why != nullptr ? why : "out of memory"), content.name(),
                std::nullopt};
    };
    if (!writer || !entry || archive_write_set_format_raw(writer.get()) != ARCHIVE_OK ||
        addFilter(writer.get(), codec) != ARCHIVE_OK)
        return failed();
    // One write per buffer, and no padding to a record size at the end.
    archive_write_set_bytes_per_block(writer.get(), static_cast<int>(encodedAtOnce));
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    if (archive_write_open(writer.get(), &output, nullptr, writePiece, nullptr) != ARCHIVE_OK)
        return failed();
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK)
        return failed();
    std::vector<std::byte> buffer(encodedAtOnce);
    for (uint64_t at = 0; at < content.size();) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", content.name(), at};
        const size_t length = std::min<uint64_t>(buffer.size(), content.size() - at);
        if (auto done = content.read(at, std::span(buffer.data(), length)); !done)
            return done;
        for (size_t written = 0; written < length;) {
            const la_ssize_t put =
                archive_write_data(writer.get(), buffer.data() + written, length - written);
            if (put <= 0)
                return failed();
            written += static_cast<size_t>(put);
        }
        at += length;
        if (progress != nullptr)
            progress->advance(length);
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK)
        return failed();
    return {};
}

} // namespace cryoscope
