// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Keyed stand-ins of the same length: the same key gives the same stand-in for the same value everywhere (in
/// all images, logs and archives, and in another checkpoint), different values get different ones, and no
/// text keeps its own if there is another of its shape. Each is a keyed permutation of all values of the same
/// shape (a Feistel network over the characters, with HMAC-SHA-256 as its round function), so that nothing
/// has to be remembered and the holder of the key can go back. Immutable; thread-safe.
class Pseudonyms
{
public:
    /// `key`: secret, at least 16 random bytes.
    explicit Pseudonyms(std::string key) : m_key(std::move(key)) {}

    /// Letters become letters of the same case, digits digits, everything else in ASCII stays; of other
    /// characters in UTF-8 the last byte changes, so that they stay UTF-8. A text without letters, digits and
    /// such characters stays.
    [[nodiscard]] std::string text(std::string_view value) const { return mapText(value, false); }
    /// Undoes text().
    [[nodiscard]] std::string originalText(std::string_view pseudonym) const
    {
        return mapText(pseudonym, true);
    }

    /// A path, component by component, so that relations between paths stay: depth, "." and "..", a common
    /// parent, an extension of at most five characters. Well-known places (see isWellKnownPath()) stay as
    /// they are, and of a path below one of them the part that is well known. `wholeIsPath` false: a relative
    /// name is treated as if it stood anywhere.
    [[nodiscard]] std::string path(std::string_view value) const;
    /// One name between slashes: as text(), its extension kept.
    [[nodiscard]] std::string component(std::string_view name) const;

    /// Another number of at most `bits` (32 or 64) bits whose varint has as many bytes (protobuf wire
    /// format); 0 stays 0.
    [[nodiscard]] uint64_t varint(uint64_t value, unsigned bits = 64) const;

    /// An IPv4 (4 bytes) or IPv6 (16 bytes) address in network order: addresses that share the first n bytes
    /// share the first n bytes afterwards and no more. Loopback, unspecified, multicast and broadcast stay;
    /// private, shared, link-local and documentation ranges stay within their range. The stand-in is as long
    /// in writing (each part has as many digits) and as a varint of each four bytes. Other lengths are
    /// returned as they are.
    [[nodiscard]] std::vector<std::byte> address(std::span<const std::byte> networkOrder) const;

    /// A hardware address: the first three bytes (the maker) stay, all zero and all one stay.
    [[nodiscard]] std::vector<std::byte> hardwareAddress(std::span<const std::byte> bytes) const;

private:
    [[nodiscard]] std::string mapText(std::string_view value, bool back) const;
    /// Permutes `digits` (each below its radix) under `domain`; `back` undoes it.
    void permute(std::span<const unsigned> radices, std::vector<unsigned> &digits, std::string_view domain,
                 bool back) const;

    std::string m_key;
};

/// Whether a path is one that every Linux system has (/usr/lib, /proc, /dev …) or lies below one whose
/// content comes from the distribution or the kernel; such a path says nothing of its owner.
[[nodiscard]] bool isWellKnownPath(std::string_view path);

} // namespace cryoscope
