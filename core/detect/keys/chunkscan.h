// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Memory from glibc's malloc that may hold a key number.
struct ChunkCandidate {
    enum class Kind {
        Number,     ///< limbs of a large number, least significant first
        Scalar,     ///< 32, 48 or 72 bytes that may be an EC scalar (limbs or bytes) or a seed
        EdwardsKey, ///< OpenSSL's structure of an Ed25519 or X25519 key
        Field,      ///< the prime of P-256, P-384 or P-521, as a library keeps it that works on that curve
        Shield      ///< a pointer, 16 KB as a number, as at the end of a key of ssh-agent
    };
    Kind kind = Kind::Number;
    size_t begin = 0; ///< offset in the bytes
    size_t size = 0;  ///< bytes
};

/// Where the public key lies in an EdwardsKey candidate.
inline constexpr size_t ecxPublicKey = 17;

/// Looks at every address that is a multiple of 16 in [ownBegin, ownEnd) of `bytes`, which begin at
/// `address`: where the eight bytes before it are the size field of a chunk that a number of usual key sizes
/// fits in (malloc/malloc.c: size including eight bytes of its own, rounded up to 16, the lowest three bits
/// flags) and what follows looks random, it is a candidate. At memory speed. Appends to `out`, ascending.
void scanChunks(std::string_view bytes, size_t ownBegin, size_t ownEnd, uint64_t address,
                std::vector<ChunkCandidate> &out);

} // namespace cryoscope
