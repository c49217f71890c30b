// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bytes/bytesource.h"
#include "core/image/byteorder.h"

#include <optional>

namespace cryoscope
{

/// What stands before the first page of a pages-PID.img or pages-shmem-ID.img of CRIU 1.0 and older: the
/// pagemap magic, perhaps behind a head magic. Then come a u64 address and a page, again and again, up to the
/// end of the file or an address 0 with nothing behind it. Source: facts of CRIU's image format.
struct OldPagesHead {
    static constexpr uint64_t addressSize = 8; ///< bytes before each page

    ByteOrder order = ByteOrder::Little;
    bool headMagic = false;
    uint64_t begin = 0; ///< bytes: where the first address stands

    /// Nothing if `source` does not begin like one. Errors: those of the source.
    static Result<std::optional<OldPagesHead>> read(const ByteSource &source);
};

} // namespace cryoscope
