// SPDX-License-Identifier: Apache-2.0
// Compressed streams.
#include "core/archive/decoder.h"
#include "core/bytes/memorysource.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const MemorySource source("stream", std::span(reinterpret_cast<const std::byte *>(data), size));
    const Codec codec = detectCodec(source);
    if (codec == Codec::None)
        return 0;
    constexpr uint64_t limit = uint64_t{2} << 20;
    const auto decoded = decodeStream(source, codec, "stream!", limit);
    if (!decoded) {
        require(decoded.error().file == "stream", "errors name the file");
        return 0;
    }
    require(decoded->bytes->size() <= limit, "no more is decoded than is allowed");
    if (decoded->problem)
        require(decoded->problem->file == "stream" && decoded->problem->offset &&
                    *decoded->problem->offset <= size,
                "problems name file and offset");
    return 0;
}
