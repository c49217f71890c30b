// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/valuesearch.h"
#include "core/memory/memory.h"

#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Values shorter than this (bytes) are not looked for in numbers: a number of four bytes stands there by
/// chance.
inline constexpr size_t minValueInNumbers = 8;

/// Where a value stands in numbers of an image: registers are stored word by word, each as a varint of its
/// own, so that no search of bytes finds what a process held in them.
struct NumberHit {
    uint64_t valueId = 0;
    MemberId member = noMember;
    std::string field;         ///< of the first number ("thread_info.fpregs.xmm_space")
    std::vector<Extent> parts; ///< canonical: the varints, one for each number that holds a part of the value
};

/// Pieces of values that are looked for in numbers, too: a register holds as much of a longer value as fits.
inline constexpr size_t minPieceInNumbers = 16; // bytes

/// Finds values, and pieces of them, in what the images of tasks and threads (core-*.img) hold as numbers:
/// those of a repeated field one after the other, and those of a message's fields in their order, each with
/// as many bytes as its type has, least significant first. In the encodings of valueForms(). Errors: of
/// reading, Cancelled.
Result<std::vector<NumberHit>> findInNumbers(const Memory &memory, std::span<const SearchValue> values,
                                             std::stop_token stop = {});

} // namespace cryoscope
