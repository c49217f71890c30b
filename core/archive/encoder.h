// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/decoder.h"

#include <functional>

namespace cryoscope
{

/// Takes bytes as they are made; an Error stops the maker.
using ByteSink = std::function<Result<void>(std::span<const std::byte>)>;

/// Compresses all of `content` for `sink` (Codec::None: hands the bytes on). The same content gives the same
/// bytes: no time and no name goes into the stream. `progress` advances by bytes of `content`. Errors of
/// reading, of the sink, Cancelled.
Result<void> encodeStream(const ByteSource &content, Codec codec, const ByteSink &sink,
                          Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
