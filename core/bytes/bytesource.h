// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/hash.h"
#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Read-only random access to a number of bytes that is fixed when the source is made. All functions are
/// thread-safe and const; nothing is ever written through a source.
class ByteSource
{
public:
    virtual ~ByteSource() = default;

    /// Length in bytes.
    [[nodiscard]] virtual uint64_t size() const = 0;

    /// Name for error messages: a path or a member name.
    [[nodiscard]] virtual const std::string &name() const = 0;

    /// Fills all of `out` from `offset` (bytes). A range that does not lie within size(), an I/O error or a
    /// file that has become shorter is an Error with this source's name and the offset; `out` is then
    /// unspecified.
    [[nodiscard]] virtual Result<void> read(uint64_t offset, std::span<std::byte> out) const = 0;

    /// The first position >= `offset` that may hold a byte other than zero, or size(): lets callers skip
    /// holes of sparse files. Always right to return `offset`.
    [[nodiscard]] virtual uint64_t nextData(uint64_t offset) const { return offset; }

    /// The first position >= `offset` where a hole of the stored file is (bytes that were never written or
    /// were punched out, as the file system tells), or size() if none is known. Bytes that are merely zero
    /// are no hole.
    [[nodiscard]] virtual uint64_t nextHole(uint64_t /*offset*/) const { return size(); }

    /// `length` bytes from `offset` as a vector. Same errors as read(); the bounds are checked before memory
    /// is taken.
    [[nodiscard]] Result<std::vector<std::byte>> readAll(uint64_t offset, uint64_t length) const;
    /// The whole content; an Error if it is longer than `limit` bytes.
    [[nodiscard]] Result<std::vector<std::byte>> readWhole(uint64_t limit) const;
    /// SHA-256 over the whole content, read in pieces of bounded size.
    [[nodiscard]] Result<Digest> sha256(Progress *progress = nullptr, std::stop_token stop = {}) const;

protected:
    /// The Error that read() gives for a range outside of the source.
    [[nodiscard]] Error outOfRange(uint64_t offset, uint64_t length) const;
};

} // namespace cryoscope
