// SPDX-License-Identifier: Apache-2.0
#include "core/export/patchwriter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace cryoscope
{

Result<void> writeAt(int descriptor, uint64_t offset, std::span<const std::byte> bytes,
                     const std::string &path)
{
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return Error{ErrorCode::OutputUnwritable, std::strerror(errno), path, std::nullopt};
        bytes = bytes.subspan(static_cast<size_t>(put));
        offset += static_cast<uint64_t>(put);
    }
    return {};
}

Result<void> writePatch(int descriptor, const Patch &patch, const std::string &path)
{
    if (!patch.bytes.empty())
        return writeAt(descriptor, patch.offset, patch.bytes, path);
    if (patch.zeros == 0 ||
        ::fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(patch.offset),
                    static_cast<off_t>(patch.zeros)) == 0)
        return {};
    const std::vector<std::byte> zeros(std::min<uint64_t>(patch.zeros, uint64_t{1} << 20));
    for (uint64_t at = patch.offset; at < patch.end(); at += zeros.size()) {
        const auto piece = std::span(zeros).first(std::min<uint64_t>(zeros.size(), patch.end() - at));
        if (auto done = writeAt(descriptor, at, piece, path); !done)
            return done;
    }
    return {};
}

} // namespace cryoscope
