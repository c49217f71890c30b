// SPDX-License-Identifier: Apache-2.0
#include "core/export/tarsplice.h"

#include "core/archive/tarheader.h"
#include "core/bytes/concatsource.h"
#include "core/bytes/memorysource.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

Result<std::shared_ptr<const ByteSource>> spliced(std::shared_ptr<const ByteSource> base,
                                                  const std::vector<Splice> &splices)
{
    auto out = std::make_shared<ConcatSource>(base->name());
    uint64_t at = 0;
    for (const Splice &splice : splices) {
        if (auto done = out->add(base, {at, splice.range.offset - at}); !done)
            return done.error();
        for (const auto &part : splice.parts) {
            if (auto done = out->add(part, {0, part->size()}); !done)
                return done.error();
        }
        at = splice.range.end();
    }
    if (auto done = out->add(base, {at, base->size() - at}); !done)
        return done.error();
    return std::shared_ptr<const ByteSource>(std::move(out));
}

Result<Splice> resizedMember(const ByteSource &tar, const Member &member,
                             std::shared_ptr<const ByteSource> content)
{
    const uint64_t oldSize = member.content->size();
    std::array<std::byte, tarBlock> block{};
    const uint64_t headerAt = member.offsetInParent - std::min(member.offsetInParent, tarBlock);
    if (auto done = tar.read(headerAt, block); !done)
        return done.error();
    const auto header = parseTarHeader(block);
    if (member.sparse || !header || header->size != oldSize)
        return Error{ErrorCode::Unsupported,
                     std::string(member.sparse ? "it would get another size and is stored as a sparse member"
                                               : "its size stands in an extended header") +
                         ", which cannot be rewritten; leave it out of the plan",
                     member.path, headerAt};
    setTarSize(block, content->size());
    const std::vector<std::byte> zeros(tarPadding(content->size()));
    const uint64_t end = std::min(member.offsetInParent + oldSize + tarPadding(oldSize), tar.size());
    Splice splice{{headerAt, end - headerAt}};
    splice.parts = {std::make_shared<MemorySource>(tar.name(), std::span<const std::byte>(block)),
                    std::move(content),
                    std::make_shared<MemorySource>(tar.name(), std::span<const std::byte>(zeros))};
    return splice;
}

} // namespace cryoscope
