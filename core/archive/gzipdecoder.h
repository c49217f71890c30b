// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/decoder.h"
#include "core/archive/encoder.h"

#include <vector>

namespace cryoscope
{

/// How reading a gzip stream ended, if it could be read.
struct GzipEnd {
    std::vector<uint64_t> members;  ///< offsets at which they begin
    std::optional<uint64_t> behind; ///< offset of something else that follows the last one; zeros are nothing
    std::optional<Error> problem;   ///< damaged, cut short, or followed by something else; with its offset
};

/// Decodes all members of a gzip stream for `sink`, piece by piece, and holds each against its checksum and
/// length (libarchive does not). Zeros that fill up the end are passed over. Errors of reading, of the sink,
/// Cancelled. `progress` advances by compressed bytes. Source: RFC 1952.
Result<GzipEnd> decodeGzip(const ByteSource &source, const ByteSink &sink, Progress *progress = nullptr,
                           std::stop_token stop = {});

} // namespace cryoscope
