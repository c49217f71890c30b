// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/tarheader.h"
#include "core/base/byterange.h"

#include <optional>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Where the data of a sparse tar member stands in the file. Source: GNU tar's manual, "Storing Sparse
/// Files".
struct SparseMap {
    std::vector<ByteRange> data; ///< as listed; not checked against each other
    uint64_t size = 0;           ///< bytes of the file with its holes
};

/// Adds the stretches that an old GNU header (four) or a block that follows it (21) lists; false if a number
/// is none. `first`: it is the header, which says the file's size too.
[[nodiscard]] bool readOldSparse(std::span<const std::byte, tarBlock> block, bool first, SparseMap &map);

/// The stretches of a list of decimal numbers "OFFSET,LENGTH,OFFSET,LENGTH" (pax formats 0.0 and 0.1);
/// nothing if it is none.
[[nodiscard]] std::optional<std::vector<ByteRange>> parseSparseList(std::string_view text);

/// The map of pax format 1.0, which stands before the data: numbers in lines, their count first.
struct SparseHead {
    std::vector<ByteRange> data;
    uint64_t length = 0; ///< bytes of `text` that belong to the map, without padding
};
/// Nothing if `text` does not begin with a whole map.
[[nodiscard]] std::optional<SparseHead> parseSparseHead(std::string_view text);

} // namespace cryoscope
