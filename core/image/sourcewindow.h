// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"

#include <memory>
#include <span>
#include <vector>

namespace cryoscope
{

/// Reads small pieces of a source in ascending order without one system call for each. Not thread-safe: one
/// reader owns one window.
class SourceWindow
{
public:
    static constexpr size_t windowSize = size_t{1} << 16; ///< bytes read at once
    static constexpr size_t maxPiece = 16;                ///< bytes that at() gives at most

    explicit SourceWindow(const ByteSource &source) : m_source(source) {}

    [[nodiscard]] const ByteSource &source() const { return m_source; }

    /// `length` (at most maxPiece) bytes at `offset`; the span is valid until the next call. Errors as
    /// ByteSource::read.
    [[nodiscard]] Result<std::span<const std::byte>> at(uint64_t offset, size_t length);
    /// Any number of bytes as a vector; through the window if they are few. Errors as ByteSource::readAll.
    [[nodiscard]] Result<std::vector<std::byte>> copy(uint64_t offset, uint64_t length);

private:
    /// Makes [offset, offset + length), which lies within the source, part of the window.
    [[nodiscard]] Result<void> cover(uint64_t offset, size_t length);

    const ByteSource &m_source;
    uint64_t m_offset = 0;
    std::vector<std::byte> m_buffer;
};

} // namespace cryoscope
