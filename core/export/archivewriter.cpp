// SPDX-License-Identifier: Apache-2.0
#include "core/export/archivewriter.h"

#include "core/archive/encoder.h"
#include "core/bytes/filesource.h"
#include "core/export/outputerror.h"
#include "core/export/patchwriter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace cryoscope
{

namespace
{

Codec codecOf(ArchiveForm form)
{
    switch (form) {
    case ArchiveForm::TarGzip:
        return Codec::Gzip;
    case ArchiveForm::TarZstd:
        return Codec::Zstd;
    case ArchiveForm::TarXz:
        return Codec::Xz;
    case ArchiveForm::TarBzip2:
        return Codec::Bzip2;
    case ArchiveForm::Directory:
    case ArchiveForm::Tar:
        break;
    }
    return Codec::None;
}

Result<void> writeAll(int descriptor, std::span<const std::byte> bytes, const std::string &path)
{
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return unwritable(path);
        bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return {};
}

/// Copies the whole file within the kernel (which shares blocks where the file system can); false if it
/// cannot.
Result<bool> cloneFile(const FileSource &file, int descriptor, const std::string &path, Progress *progress,
                       const std::stop_token &stop)
{
    constexpr uint64_t piece = uint64_t{64} << 20;
    const auto opened = file.handle();
    if (!opened)
        return false;
    off64_t from = 0;
    off64_t to = 0;
    while (static_cast<uint64_t>(from) < file.size()) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", path, std::nullopt};
        const uint64_t left = file.size() - static_cast<uint64_t>(from);
        const ssize_t done =
            ::copy_file_range(opened->get(), &from, descriptor, &to, std::min(piece, left), 0);
        if (done <= 0) {
            if (from == 0)
                return false;
            return unwritable(path);
        }
        if (progress != nullptr)
            progress->advance(static_cast<uint64_t>(done));
    }
    return true;
}

} // namespace

Result<void> writeArchive(const Archive &archive, RedactedContent &content, int descriptor,
                          const std::string &path, Progress *progress, std::stop_token stop)
{
    bool written = false;
    const auto *file = dynamic_cast<const FileSource *>(archive.stream().get());
    if (archive.form() == ArchiveForm::Tar && file != nullptr && !content.anyResized()) {
        const auto cloned = cloneFile(*file, descriptor, path, progress, stop);
        if (!cloned)
            return cloned.error();
        written = *cloned;
        if (written) {
            for (const Patch &patch : content.streamPatches()) {
                if (auto done = writePatch(descriptor, patch, path); !done)
                    return done;
            }
        }
    }
    if (!written) {
        const auto stream = content.stream();
        if (!stream)
            return stream.error();
        auto done = encodeStream(
            **stream, codecOf(archive.form()),
            [&](std::span<const std::byte> bytes) { return writeAll(descriptor, bytes, path); }, progress,
            stop);
        if (!done)
            return done;
    }
    return {};
}

} // namespace cryoscope
