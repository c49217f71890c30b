// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/compare/comparison.h"

#include <QString>

/// What the comparison of two checkpoints says in words.
namespace cryoscope::ui
{

/// "+ added", "− removed", "Δ changed": a sign and the word.
[[nodiscard]] QString changeText(Change change);
/// "1042 nginx", "shared memory 12".
[[nodiscard]] QString memoryName(const Comparison &comparison, const MemoryDifference &memory);
/// "Members: 5 changed, 1 added", "Pages: 3 changed, 1 added".
[[nodiscard]] QString membersTotal(const CheckpointDifference &difference);
[[nodiscard]] QString memoryTotal(const CheckpointDifference &difference);
/// What is before and what is after, and how much differs, in signs.
[[nodiscard]] QString totalsText(const Comparison &comparison);
/// That nothing differs, and what was compared.
[[nodiscard]] QString nothingDiffersText(const Comparison &comparison);
/// What of either could not be read, with file and offset, each a line; empty if all could.
[[nodiscard]] QStringList unreadParts(const Comparison &comparison);

} // namespace cryoscope::ui
