// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A word that may belong to an expanded AES key: for confirmAesSchedule.
struct AesCandidate {
    size_t at = 0;    ///< byte offset of the word
    int distance = 0; ///< one of aesDistances

    friend bool operator==(const AesCandidate &, const AesCandidate &) = default;
};

/// Words of `bytes` at `from`, from + 4, … below `to` where a relation of aesDistances holds for three words
/// in turn (two, for the one of distance 2), none of them zero; ascending. Every expanded key of any layout
/// with words there has some, unless its own words are zero. Runs at memory speed, on the widest vectors that
/// the processor has; the result does not depend on that (see simd.h). Appends to `out`.
void findAesCandidates(std::string_view bytes, size_t from, size_t to, std::vector<AesCandidate> &out);

} // namespace cryoscope
