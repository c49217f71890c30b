// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/bytes/bytesource.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cryoscope
{

/// How a decoded member is stored that is no plain compressed stream: in the bytes of one or more members
/// that are written anew together when it changes. Immutable; thread-safe.
class Recoding
{
public:
    virtual ~Recoding() = default;

    /// Ids of the members that hold it.
    [[nodiscard]] virtual std::span<const uint32_t> storedIn() const = 0;

    /// New contents of storedIn(), in that order, for `changed`: the decoded content, of the same size, which
    /// differs from what it was within `ranges` (ascending, free of overlaps) only. Without ranges the
    /// contents are what they were, to the byte. Errors of reading.
    [[nodiscard]] virtual Result<std::vector<std::shared_ptr<const ByteSource>>>
    encode(const ByteSource &changed, std::span<const ByteRange> ranges) const = 0;
};

} // namespace cryoscope
