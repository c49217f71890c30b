// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/hexlayout.h"

#include <algorithm>

namespace cryoscope::ui
{

HexLayout::HexLayout(const std::vector<HexSegment> &segments)
{
    uint64_t at = 0;
    for (size_t i = 0; i < segments.size(); ++i) {
        const HexSegment &segment = segments[i];
        const uint64_t end = segment.start + segment.length;
        if (segment.length == 0 || end < segment.start)
            continue;
        if (!m_blocks.empty() && segment.start > at)
            m_blocks.push_back({HexLine::Kind::Gap, at, segment.start, m_lines++, i});
        m_blocks.push_back(
            {segment.present ? HexLine::Kind::Bytes : HexLine::Kind::Absent, segment.start, end, m_lines, i});
        m_lines += segment.present ? (end - 1) / columns - segment.start / columns + 1 : 1;
        at = end;
    }
}

HexLine HexLayout::line(uint64_t number) const
{
    if (number >= m_lines)
        return {};
    const auto after =
        std::upper_bound(m_blocks.begin(), m_blocks.end(), number,
                         [](uint64_t line, const Block &block) { return line < block.firstLine; });
    const Block &block = *std::prev(after);
    if (block.kind != HexLine::Kind::Bytes)
        return {block.kind, block.begin, block.begin, block.end, block.segment};
    const uint64_t row = (block.begin / columns + (number - block.firstLine)) * columns;
    const uint64_t last = block.end - row < columns ? block.end : row + columns; // row + columns may wrap
    return {block.kind, row, std::max(row, block.begin), last, block.segment};
}

const HexLayout::Block *HexLayout::blockOf(uint64_t address) const
{
    const auto found = std::partition_point(m_blocks.begin(), m_blocks.end(),
                                            [address](const Block &block) { return block.end <= address; });
    return found == m_blocks.end() ? nullptr : &*found;
}

uint64_t HexLayout::lineOf(uint64_t address) const
{
    const Block *block = blockOf(address);
    if (block == nullptr)
        return m_lines == 0 ? 0 : m_lines - 1;
    if (block->kind != HexLine::Kind::Bytes || address < block->begin)
        return block->firstLine;
    return block->firstLine + (address / columns - block->begin / columns);
}

bool HexLayout::isPresent(uint64_t address) const
{
    const Block *block = blockOf(address);
    return block != nullptr && block->kind == HexLine::Kind::Bytes && address >= block->begin;
}

uint64_t HexLayout::nearestPresent(uint64_t address) const
{
    auto block = std::partition_point(m_blocks.begin(), m_blocks.end(),
                                      [address](const Block &b) { return b.end <= address; });
    for (; block != m_blocks.end(); ++block) {
        if (block->kind == HexLine::Kind::Bytes)
            return std::max(block->begin, address);
    }
    return lastPresent();
}

uint64_t HexLayout::previousPresent(uint64_t address) const
{
    auto block = std::partition_point(m_blocks.begin(), m_blocks.end(),
                                      [address](const Block &b) { return b.begin < address; });
    while (block != m_blocks.begin()) {
        --block;
        if (block->kind == HexLine::Kind::Bytes)
            return std::min(block->end, address) - 1;
    }
    return address;
}

uint64_t HexLayout::lastPresent() const
{
    for (auto block = m_blocks.rbegin(); block != m_blocks.rend(); ++block) {
        if (block->kind == HexLine::Kind::Bytes)
            return block->end - 1;
    }
    return 0;
}

} // namespace cryoscope::ui
