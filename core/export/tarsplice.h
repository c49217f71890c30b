// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/base/byterange.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// A range of a source, and what stands in its place; nothing: it is cut out.
struct Splice {
    ByteRange range;
    std::vector<std::shared_ptr<const ByteSource>> parts = {};
};

/// `base` with `splices` (ascending, apart) made. The same errors as ConcatSource::add().
[[nodiscard]] Result<std::shared_ptr<const ByteSource>> spliced(std::shared_ptr<const ByteSource> base,
                                                                const std::vector<Splice> &splices);

/// How a member of `tar` gets another content: its last header, the content, its padding. Unsupported if the
/// header does not hold the size, or the member is sparse.
[[nodiscard]] Result<Splice> resizedMember(const ByteSource &tar, const Member &member,
                                           std::shared_ptr<const ByteSource> content);

} // namespace cryoscope
