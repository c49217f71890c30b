// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/storedcheckpoint.h"

#include <functional>
#include <string>
#include <vector>

namespace cryoscope::test
{

/// What all sabotages are about: evidence with a value in memory, over page borders, in a parent set, in a
/// pipe, in the log, in a nested tar and in a compressed one, and as each of its encodings.
struct SabotageGround {
    /// Has characters that each encoding changes.
    static const std::string &secret();
    /// Encoding and the value in it, as it stands in the evidence.
    static std::vector<std::pair<std::string, std::string>> encodings();
    /// The evidence, in a form, at `path`.
    static void write(const std::string &path, StoredCheckpoint::Form form);

    // Offsets in the pages files of the set (main) and of its parent set.
    static constexpr size_t behindParentAt = 3 * 4096; ///< main: a page whose neighbour is the parent's
    static constexpr size_t encodedAt = 4 * 4096;      ///< main: the page with all encodings
    static constexpr size_t freeAt = 5 * 4096;         ///< main: a page without the value
};

/// One way to break an export, and what of the proof has to see it.
struct Sabotage {
    std::string name;
    std::vector<std::string> items; ///< each of these items must fail; empty: none may
    bool value = false;             ///< and, where the plan changes nothing, "values-absent"
    bool inDirectory = true;        ///< whether a directory can be broken so
    /// Changes an export; has the evidence to take bytes from.
    std::function<void(StoredCheckpoint &, const StoredCheckpoint &)> change;
};

/// All of them; the first changes nothing.
[[nodiscard]] std::vector<Sabotage> allSabotages();

} // namespace cryoscope::test
