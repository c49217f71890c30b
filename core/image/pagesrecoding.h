// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/recoding.h"
#include "core/image/pageblocks.h"

#include <array>
#include <memory>

namespace cryoscope
{

/// How redacted pages are stored again in a compressed pages file and its pagemap. Blocks that change are
/// stored as they are, those that become all zero as nothing, so that sizes tell nothing of what was there;
/// all others stay to the byte. The pagemap's sizes and totals follow; what aligns a payload becomes zeros.
class PagesRecoding final : public Recoding
{
public:
    /// The ids are those of the members that hold `pages` and `pagemap`; `blocks` was read of them.
    PagesRecoding(std::shared_ptr<const ByteSource> pages, uint32_t pagesId,
                  std::shared_ptr<const ByteSource> pagemap, uint32_t pagemapId,
                  std::shared_ptr<const PageBlocks> blocks)
        : m_pages(std::move(pages)), m_pagemap(std::move(pagemap)),
          m_blocks(std::move(blocks)), m_storedIn{pagesId, pagemapId}
    {
    }

    [[nodiscard]] std::span<const uint32_t> storedIn() const override { return m_storedIn; }
    [[nodiscard]] Result<std::vector<std::shared_ptr<const ByteSource>>>
    encode(const ByteSource &changed, std::span<const ByteRange> ranges) const override;

private:
    std::shared_ptr<const ByteSource> m_pages;
    std::shared_ptr<const ByteSource> m_pagemap;
    std::shared_ptr<const PageBlocks> m_blocks;
    std::array<uint32_t, 2> m_storedIn;
};

} // namespace cryoscope
