// SPDX-License-Identifier: Apache-2.0
#include "core/image/oldpages.h"

#include "core/image/image.h"

#include <algorithm>

namespace cryoscope
{

Result<std::optional<OldPagesHead>> OldPagesHead::read(const ByteSource &source)
{
    constexpr uint64_t wordSize = 4;
    constexpr uint32_t pagesMagic = 0x56084025; // that of pagemaps
    const auto start = source.readAll(0, std::min<uint64_t>(source.size(), 2 * wordSize));
    if (!start)
        return start.error();
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        OldPagesHead head;
        head.order = order;
        const auto word = [&](uint64_t at) {
            return start->size() >= at + wordSize
                       ? loadInteger(std::span(*start).subspan(static_cast<size_t>(at), wordSize), order)
                       : 0;
        };
        head.headMagic = word(0) == commonMagic;
        head.begin = head.headMagic ? 2 * wordSize : wordSize;
        if (word(head.begin - wordSize) == pagesMagic)
            return std::optional(head);
    }
    return std::optional<OldPagesHead>();
}

} // namespace cryoscope
