// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/decoder.h"
#include "core/base/byterange.h"

#include <stop_token>
#include <vector>

namespace cryoscope
{

/// Bytes of a compressed stream that decode to nothing, so that nobody who reads what is in it sees them:
/// frames that zstd decoders skip, extra fields, names and comments in headers of gzip, and whatever stands
/// behind the end of a stream. Ascending. Of a damaged stream, what is behind the damage is not looked at:
/// decodeStream() tells of it. xz has no such bytes: its decoders check all of them. Sources: RFC 8878, RFC
/// 1952. Reads all of a gzip or bzip2 stream, of a zstd stream only the headers of its blocks. Errors of
/// reading; Cancelled.
[[nodiscard]] Result<std::vector<ByteRange>> bytesPassedOver(const ByteSource &source, Codec codec,
                                                             std::stop_token stop = {});

} // namespace cryoscope
