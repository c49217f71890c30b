// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/memorysource.h"

#include <memory>
#include <optional>
#include <string_view>

namespace cryoscope
{

/// How a stream is compressed.
enum class Codec { None, Gzip, Zstd, Xz, Bzip2 };
[[nodiscard]] std::string_view codecName(Codec codec); ///< "gzip" …

/// Told by the first bytes, never by the name.
[[nodiscard]] Codec detectCodec(const ByteSource &source);

/// What a stream decoded to.
struct Decoded {
    std::shared_ptr<const MemorySource> bytes;
    std::optional<Error> problem; ///< the stream is damaged or cut short; `bytes` is what came before
};

/// Decodes all of `source` into memory, under the name `name`. Errors: Unsupported if it is longer than
/// `limit` bytes; errors of reading; Cancelled. `progress` advances by compressed bytes.
Result<Decoded> decodeStream(const ByteSource &source, Codec codec, std::string name, uint64_t limit,
                             Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
