// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/checkpointdifference.h"

#include <QStringList>

#include <functional>
#include <string>
#include <vector>

namespace cryoscope::ui
{

/// A member, or a memory, of a difference, and which of its parts (fields, ranges of pages) are listed.
struct DifferenceRow {
    size_t index = 0; ///< in the difference
    std::vector<uint32_t> parts;
};

/// What is listed of the members, or of the memories.
struct DifferenceRows {
    static constexpr size_t maxListed = 1000;
    std::vector<DifferenceRow> rows;
    uint64_t unlisted = 0; ///< beyond maxListed
};

/// Whether `text` holds `wanted`, which is in lower case; letters of ASCII count alike in both cases.
[[nodiscard]] bool holdsText(std::string_view text, std::string_view wanted);

/// Members of which the path, the change or a field says `wanted` (in lower case; empty: all). Where the
/// member itself says it all its fields are listed, else those that do.
[[nodiscard]] DifferenceRows filterMembers(const CheckpointDifference &difference, std::string_view wanted);
/// The same of memories, by what `nameOf` calls them, their areas and addresses.
[[nodiscard]] DifferenceRows filterMemory(const CheckpointDifference &difference, std::string_view wanted,
                                          const std::function<std::string(const MemoryDifference &)> &nameOf);

/// The same of texts.
[[nodiscard]] DifferenceRows filterParts(const QStringList &texts, std::string_view wanted);

} // namespace cryoscope::ui
