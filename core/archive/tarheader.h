// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace cryoscope
{

/// Bytes of a tar header and unit to which members are padded. Source: POSIX pax, "ustar Interchange Format".
inline constexpr uint64_t tarBlock = 512;

/// Bytes up to the next multiple of tarBlock.
[[nodiscard]] constexpr uint64_t tarPadding(uint64_t size)
{
    return (tarBlock - size % tarBlock) % tarBlock;
}

/// One header block, parsed. Names are as stored, without prefix joining undone.
struct TarHeader {
    std::string name; ///< prefix and name joined
    std::string linkName;
    char type = '0'; ///< '0' file, '5' directory, 'x' pax …
    uint32_t mode = 0;
    uint64_t uid = 0;
    uint64_t gid = 0;
    uint64_t size = 0; ///< bytes of data that follow
    int64_t mtime = 0; ///< seconds since 1970
    uint64_t deviceMajor = 0;
    uint64_t deviceMinor = 0;
    bool extended = false; ///< old GNU sparse: more sparse headers follow
};

/// Whether a block's checksum is that of its bytes (signed or unsigned sum, as readers accept).
[[nodiscard]] bool tarChecksumFits(std::span<const std::byte, tarBlock> block);

/// Whether a block could begin a tar: "ustar" in its place and a checksum that fits.
[[nodiscard]] bool looksLikeTar(std::span<const std::byte, tarBlock> block);

/// The number in a field of a header: octal digits, or GNU's base 256; nothing if it is neither, does not fit
/// or is negative. A field of nothing but NULs and spaces is 0. `field` must not be empty.
[[nodiscard]] std::optional<uint64_t> tarNumber(std::span<const std::byte> field);

/// Parses a header; nothing if the checksum does not fit or a number is not one.
[[nodiscard]] std::optional<TarHeader> parseTarHeader(std::span<const std::byte, tarBlock> block);

/// Where the size of a member stands in a block, and its length; bytes.
inline constexpr size_t tarSizeOffset = 124;
inline constexpr size_t tarSizeLength = 12;

/// Where the checksum stands in a block, and its length; bytes.
inline constexpr size_t tarChecksumOffset = 148;
inline constexpr size_t tarChecksumLength = 8;

/// Writes the checksum of a header block into it.
void fitTarChecksum(std::span<std::byte, tarBlock> block);

/// Writes `size` (octal, or base 256 where it needs it) into a header block and makes its checksum fit.
void setTarSize(std::span<std::byte, tarBlock> block, uint64_t size);

} // namespace cryoscope
