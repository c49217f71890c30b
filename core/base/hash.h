// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cryoscope
{

using Digest = std::array<std::byte, 32>;

/// Incremental SHA-256 (OpenSSL). Not thread-safe; one object per computation.
class Sha256
{
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256 &) = delete;
    Sha256 &operator=(const Sha256 &) = delete;

    void add(std::span<const std::byte> data);
    /// The digest of all that was added; the object must not be used afterwards.
    [[nodiscard]] Digest finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// HMAC-SHA-256 of `data` under `key` (any length). Thread-safe.
[[nodiscard]] Digest hmacSha256(std::span<const std::byte> key, std::span<const std::byte> data);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string toHex(std::span<const std::byte> bytes);

/// `count` bytes from the operating system's random source. Never fails: aborts if there is none.
[[nodiscard]] std::string randomBytes(size_t count);

/// A text's bytes, as the functions here take them.
[[nodiscard]] inline std::span<const std::byte> asBytes(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}
/// Bytes seen as text, without a copy.
[[nodiscard]] inline std::string_view asText(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

} // namespace cryoscope
