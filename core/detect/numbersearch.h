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

/// Values shorter than this (bytes) are looked for in the numbers of tasks and threads (core-*.img) only:
/// those of other images are ids, sizes and flags, among which four bytes stand by chance.
inline constexpr size_t minValueInNumbers = 8;

/// Where a value stands in numbers of an image: registers are stored word by word, each as a varint of its
/// own, so that no search of bytes finds what a process held in them.
struct NumberHit {
    uint64_t valueId = 0;
    MemberId member = noMember; ///< the image
    std::string field;          ///< of the first number ("core_entry.thread_info.fpregs.xmm_space")
    std::vector<Extent> parts; ///< canonical: the varints, one for each number that holds a part of the value
};

/// Pieces of values that are looked for in numbers, too: a register holds as much of a longer value as fits.
inline constexpr size_t minPieceInNumbers = 16; // bytes

/// Finds values of minSearchedValue bytes and more, and pieces of them, in what images hold as numbers: those
/// of a repeated field one after the other, packed or not, and those of a message's fields in their order,
/// each with as many bytes as its type has (4 or 8), in the byte order of the machine that wrote the image:
/// as it held them. Values in the encodings of valueForms(); pieces of minPieceInNumbers bytes and more only
/// as they are. Left out: fields of fixed width, which no task's state has (source: CRIU 4.2's message
/// definitions), pagemaps, and images that cannot be opened, of which the model tells. Memory: some 40 times
/// the bytes of the values, and a bounded part of the numbers. Thread-safe. Errors: Internal, Cancelled.
Result<std::vector<NumberHit>> findInNumbers(const Memory &memory, std::span<const SearchValue> values,
                                             std::stop_token stop = {});

} // namespace cryoscope
