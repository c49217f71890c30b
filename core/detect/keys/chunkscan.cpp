// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/chunkscan.h"

#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/keybytes.h"
#include "core/detect/keys/sshkey.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

namespace cryoscope
{

namespace
{

// Limbs of p and q of 1024 to 8192 bits, of n and d up to 8192 bits (RSA).
constexpr std::array<uint8_t, 8> numberLimbs{8, 12, 16, 24, 32, 48, 64, 128};
// Bytes of scalars of 256, 384, 521 bits, as whole limbs.
constexpr std::array<uint8_t, 3> scalarBytes{32, 48, 72};

constexpr size_t minChunk = 0x30;
constexpr size_t maxChunk = 0x440;
// A number may have been given a few limbs more than it has: OpenSSL adds one for sums, and two for scalars,
// and sets them to zero.
constexpr size_t spareBytes = 40;

// ECX_KEY (include/crypto/ecx.h of OpenSSL 3): libctx, propq, haspubkey (one bit), pubkey[57], privkey,
// keylen, type (4 bytes, 0 X25519, 2 Ed25519), and what counts references.
constexpr size_t ecxBytes = 100;
constexpr size_t ecxChunk = 0x80;

/// By chunk size / 16: which of numberLimbs (low eight bits) and scalarBytes (then) fit.
constexpr auto fitting = [] {
    std::array<uint16_t, maxChunk / 16 + 1> table{};
    for (size_t i = minChunk / 16; i < table.size(); ++i) {
        const size_t usable = 16 * i - 8;
        for (size_t n = 0; n < numberLimbs.size(); ++n) {
            const size_t bytes = 8u * numberLimbs[n];
            if (usable >= bytes && usable - bytes <= spareBytes)
                table[i] = static_cast<uint16_t>(table[i] | 1u << n);
        }
        for (size_t n = 0; n < scalarBytes.size(); ++n) {
            if (usable >= scalarBytes[n] && usable - scalarBytes[n] <= spareBytes)
                table[i] = static_cast<uint16_t>(table[i] | 0x100u << n);
        }
    }
    return table;
}();

/// Not zero, no pointer, no small number; no text if its neighbour is not either.
bool isRandomLimb(uint64_t limb)
{
    return (limb >> 48) != 0 && (limb >> 48) != 0xffff && (limb & 0xffffffff) != 0;
}

/// A quick look at two limbs: nearly all memory fails it.
bool beginsRandom(std::string_view bytes, size_t at)
{
    const uint64_t first = limbAt(bytes, at);
    const uint64_t second = limbAt(bytes, at + 8);
    constexpr uint64_t highBits = 0x8080808080808080;
    return isRandomLimb(first) && isRandomLimb(second) && first != second &&
           std::popcount(first & highBits) + std::popcount(second & highBits) >= 2;
}

bool isRandomNumber(std::string_view bytes, size_t at, size_t limbCount)
{
    std::array<uint64_t, 128> limbs{};
    std::memcpy(limbs.data(), bytes.data() + at, 8 * limbCount);
    size_t ones = 0;
    for (size_t i = 0; i < limbCount; ++i) {
        if (limbs[i] == 0)
            return false;
        ones += static_cast<size_t>(std::popcount(limbs[i]));
    }
    const size_t bits = 64 * limbCount;
    if (ones < bits * 35 / 100 || ones > bits * 65 / 100)
        return false;
    const auto used = std::span(limbs).first(limbCount);
    std::sort(used.begin(), used.end());
    return std::adjacent_find(used.begin(), used.end()) == used.end();
}

bool isEdwardsKey(std::string_view bytes, size_t at)
{
    if (bytes.size() - at < ecxBytes)
        return false;
    const auto number = [&](size_t offset) { return static_cast<uint32_t>(limbAt(bytes, at + offset)); };
    return limbAt(bytes, at + 88) == 32 && (number(16) & 1) == 1 && limbAt(bytes, at + 80) != 0 &&
           (static_cast<uint32_t>(limbAt(bytes, at + 92) >> 32) & ~2u) == 0 &&
           looksRandom(bytes.substr(at + ecxPublicKey, 32));
}

/// The primes of P-256, P-384 and P-521 (FIPS 186-4, D.1.2) as limbs, by scalarBytes: three limbs, which no
/// other number has in these places.
bool isField(std::string_view bytes, size_t at, size_t size)
{
    const uint64_t first = limbAt(bytes, at);
    const uint64_t second = limbAt(bytes, at + 8);
    const uint64_t last = limbAt(bytes, at + size - 8);
    constexpr uint64_t ones = ~uint64_t{0};
    switch (size) {
    case 32:
        return first == ones && second == 0xffffffff && last == 0xffffffff00000001;
    case 48:
        return first == 0xffffffff && second == 0xffffffff00000000 && last == ones;
    default:
        return first == ones && second == ones && last == 0x1ff;
    }
}

bool isScalar(std::string_view bytes, size_t at, size_t size)
{
    if (size < 72)
        return looksRandom(bytes.substr(at, size));
    return limbAt(bytes, at + 64) < 0x200 && looksRandom(bytes.substr(at, 64)); // 521 bits
}

} // namespace

void scanChunks(std::string_view bytes, size_t ownBegin, size_t ownEnd, uint64_t address,
                std::vector<ChunkCandidate> &out)
{
    size_t at = ownBegin + (16 - (address + ownBegin) % 16) % 16;
    if (at < 8)
        at += 16;
    const size_t end = std::min(ownEnd, bytes.size() < 31 ? 0 : bytes.size() - 31);
    for (; at < end; at += 16) {
        const uint64_t header = limbAt(bytes, at - 8);
        if (header - shieldPrekeyBytes == 0 || limbAt(bytes, at) == shieldPrekeyBytes) {
            const size_t length = header == shieldPrekeyBytes ? at - 8 : at;
            if (length >= 24)
                out.push_back({ChunkCandidate::Kind::Shield, length - 24, 32});
        }
        // Bit 1 would be a mapping of its own, which numbers are too small for; bit 3 is never set.
        if (header - minChunk > maxChunk + 7 - minChunk || (header & 0xa) != 0)
            continue;
        if (header / 16 == ecxChunk / 16 && isEdwardsKey(bytes, at))
            out.push_back({ChunkCandidate::Kind::EdwardsKey, at, ecxBytes});
        const uint16_t fits = fitting[header / 16];
        if (fits == 0)
            continue;
        if (!beginsRandom(bytes, at)) {
            if ((limbAt(bytes, at) & 0xffffffff) != 0xffffffff)
                continue;
            for (size_t n = 0; n < scalarBytes.size(); ++n) {
                if ((fits & 0x100u << n) != 0 && bytes.size() - at >= scalarBytes[n] &&
                    isField(bytes, at, scalarBytes[n]))
                    out.push_back({ChunkCandidate::Kind::Field, at, scalarBytes[n]});
            }
            continue;
        }
        const size_t usable = header / 16 * 16 - 8;
        for (size_t n = 0; n < numberLimbs.size(); ++n) {
            const size_t size = 8u * numberLimbs[n];
            if ((fits & 1u << n) != 0 && bytes.size() - at >= size + 8 &&
                (usable - size <= 8 || limbAt(bytes, at + size) == 0) &&
                isRandomNumber(bytes, at, numberLimbs[n]))
                out.push_back({ChunkCandidate::Kind::Number, at, size});
        }
        for (size_t n = 0; n < scalarBytes.size(); ++n) {
            if ((fits & 0x100u << n) != 0 && bytes.size() - at >= scalarBytes[n] &&
                isScalar(bytes, at, scalarBytes[n]))
                out.push_back({ChunkCandidate::Kind::Scalar, at, scalarBytes[n]});
        }
    }
}

} // namespace cryoscope
