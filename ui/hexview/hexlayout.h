// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexdocument.h"

#include <cstdint>
#include <vector>

namespace cryoscope::ui
{

/// One line of a hex view.
struct HexLine {
    enum class Kind { Bytes, Absent, Gap, Beyond };
    Kind kind = Kind::Beyond;
    uint64_t row = 0;   ///< Bytes: address of the first column, a multiple of 16
    uint64_t begin = 0; ///< first address that is there (or absent, or in the gap)
    uint64_t end = 0;   ///< exclusive
    size_t segment = 0; ///< Bytes and Absent: index of the segment
};

/// Where the bytes of a sparse 64-bit address line stand among lines of 16: absent ranges and gaps take one
/// line each. Pure arithmetic; lines and addresses are 64 bits wide.
class HexLayout
{
public:
    static constexpr uint64_t columns = 16;

    HexLayout() = default;
    /// `segments` as HexDocument::segments() says; copied in folded form.
    explicit HexLayout(const std::vector<HexSegment> &segments);

    [[nodiscard]] uint64_t lineCount() const { return m_lines; }
    [[nodiscard]] bool empty() const { return m_blocks.empty(); }
    /// Line number `line`; Beyond if there is none.
    [[nodiscard]] HexLine line(uint64_t line) const;
    /// The line that shows `address`: the folded one if it is absent or in a gap; the last if it is beyond
    /// all.
    [[nodiscard]] uint64_t lineOf(uint64_t address) const;
    /// Whether a byte stands at `address`.
    [[nodiscard]] bool isPresent(uint64_t address) const;
    /// The nearest present address at or after `address`, else the last present one; 0 if there is none.
    [[nodiscard]] uint64_t nearestPresent(uint64_t address) const;
    /// The next present address before `address`, or `address` if there is none.
    [[nodiscard]] uint64_t previousPresent(uint64_t address) const;
    [[nodiscard]] uint64_t firstPresent() const { return nearestPresent(0); }
    [[nodiscard]] uint64_t lastPresent() const;

private:
    struct Block {
        HexLine::Kind kind;
        uint64_t begin;
        uint64_t end; ///< exclusive
        uint64_t firstLine;
        size_t segment;
    };
    [[nodiscard]] const Block *blockOf(uint64_t address) const;

    std::vector<Block> m_blocks; ///< by address and by line
    uint64_t m_lines = 0;
};

} // namespace cryoscope::ui
