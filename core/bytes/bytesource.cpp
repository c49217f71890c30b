// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/bytesource.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

Error ByteSource::outOfRange(uint64_t offset, uint64_t length) const
{
    return {ErrorCode::InputMalformed,
            "needs " + std::to_string(length) + " bytes, but the content ends at " + std::to_string(size()),
            name(), offset};
}

Result<std::vector<std::byte>> ByteSource::readAll(uint64_t offset, uint64_t length) const
{
    if (!inBounds(offset, length, size()))
        return outOfRange(offset, length);
    std::vector<std::byte> bytes(length);
    if (auto done = read(offset, bytes); !done)
        return done.error();
    return bytes;
}

Result<std::vector<std::byte>> ByteSource::readWhole(uint64_t limit) const
{
    if (size() > limit)
        return Error{ErrorCode::Unsupported,
                     "longer (" + std::to_string(size()) + " bytes) than the " + std::to_string(limit) +
                         " bytes that are read at once",
                     name(), std::nullopt};
    return readAll(0, size());
}

Result<Digest> ByteSource::sha256(Progress *progress, std::stop_token stop) const
{
    Sha256 hash;
    std::vector<std::byte> buffer(std::min<uint64_t>(size(), uint64_t{1} << 20));
    for (uint64_t offset = 0; offset < size();) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", name(), offset};
        const uint64_t length = std::min<uint64_t>(buffer.size(), size() - offset);
        const std::span piece(buffer.data(), length);
        if (auto done = read(offset, piece); !done)
            return done.error();
        hash.add(piece);
        offset += length;
        if (progress)
            progress->advance(length);
    }
    return hash.finish();
}

} // namespace cryoscope
