// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/overlaysource.h"
#include "core/memory/memory.h"
#include "ui/hexview/readdocument.h"

#include <map>
#include <memory>

namespace cryoscope::ui
{

/// What a hex view can show of a checkpoint.
struct ByteTarget {
    enum class Kind { None, Task, Shared, Member };
    Kind kind = Kind::None;
    uint32_t pid = 0;
    uint64_t sharedId = 0;
    MemberId member = noMember;

    [[nodiscard]] bool operator==(const ByteTarget &) const = default;
};

/// Patches laid over the evidence for a preview; null: none.
using PreviewPatches = std::shared_ptr<const std::map<MemberId, std::vector<Patch>>>;

/// Segments of a target; may take a while for large memories, so call it on a job's thread. Thread-safe.
[[nodiscard]] std::vector<HexSegment> segmentsOf(const Memory &memory, const ByteTarget &target);

/// Reads a target's bytes, with patches if there are any. The reader is thread-safe.
[[nodiscard]] ReadDocument::Reader readerOf(std::shared_ptr<const Memory> memory, const ByteTarget &target,
                                            PreviewPatches patches);

/// "1042 nginx", "shared memory 12", "checkpoint/files.img".
[[nodiscard]] QString titleOf(const Memory &memory, const ByteTarget &target);

/// Canonical extents of a range of a target; an Error if a part of it is absent.
[[nodiscard]] Result<std::vector<Extent>> extentsOf(const Memory &memory, const ByteTarget &target,
                                                    uint64_t start, uint64_t length);

} // namespace cryoscope::ui
