// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cryoscope
{

/// How the words of an expanded AES key lie in memory. Libraries differ in three independent ways.
struct AesLayout {
    enum class Rounds {
        Forward,  ///< as FIPS-197 has them
        Reversed, ///< last round key first: decryption in most libraries
        Rotated   ///< the key, then the other round keys from the last on: decryption in Java
    };
    unsigned keyBits = 128; ///< 128, 192, 256
    Rounds rounds = Rounds::Forward;
    bool swappedWords = false; ///< four bytes of a word reversed (loaded as big-endian numbers)
    bool inverseMixColumns =
        false; ///< rounds but the first and last are those of the equivalent inverse cipher

    friend bool operator==(const AesLayout &, const AesLayout &) = default;
};

/// Length in bytes of an expanded key: 176, 208, 240.
[[nodiscard]] constexpr size_t aesScheduleSize(unsigned keyBits)
{
    return 16 * (keyBits / 32 + 7);
}

/// An expanded key that was checked in full against the expansion of FIPS-197, section 5.2.
struct AesSchedule {
    size_t begin = 0; ///< in the bytes
    AesLayout layout;
    std::string key; ///< 16, 24 or 32 bytes, in the order in which a key is written

    [[nodiscard]] size_t end() const { return begin + aesScheduleSize(layout.keyBits); }
    /// "AES-256, words swapped, for decryption": free of the key.
    [[nodiscard]] std::string describe() const;
};

/// The relations between words of a schedule that survive any order of bytes in words and InvMixColumns:
/// w[i] ^ w[i-1] equals the word at this distance (in words) from i. Negative: schedules in forward order;
/// positive: round keys in reversed order.
inline constexpr std::array<int, 6> aesDistances{-4, -6, -8, 4, 2, 8};

/// Looks for a schedule that contains word `at` (byte offset of a word) as part of a run of words for which
/// the relation of `distance` holds. Any bytes, any offset.
[[nodiscard]] std::optional<AesSchedule> confirmAesSchedule(std::string_view bytes, size_t at, int distance);

/// What a key is known from, if it is a published test vector or a constant of a library ("FIPS-197 test
/// vector"); empty otherwise.
[[nodiscard]] std::string_view knownAesKey(std::string_view key);

/// The expanded key in a layout, as a library would hold it (for tests and for propagation). `key` has
/// layout.keyBits / 8 bytes.
[[nodiscard]] std::string expandAesKey(std::string_view key, const AesLayout &layout);

} // namespace cryoscope
