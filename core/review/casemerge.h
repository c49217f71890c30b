// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "core/review/case.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// A finding on which two reviewers decided differently.
struct MergeConflict {
    CaseFinding mine;
    CaseFinding theirs;
};

struct MergeOutcome {
    uint64_t taken = 0;                   ///< decisions on findings that were undecided here
    uint64_t added = 0;                   ///< findings that only the other case has, with their decisions
    uint64_t equal = 0;                   ///< on which both agree
    std::vector<MergeConflict> conflicts; ///< all, also those that `prefer` settled
};

/// What is done about a conflict.
enum class MergePrefer {
    Nothing, ///< this case's decision stays, until someone decides
    Mine,    ///< the same, and it counts as settled
    Theirs,  ///< the other case's decision is taken
    Accepted ///< whoever accepts is right: nothing that anyone took for a secret stays
};

/// Takes the decisions of another review of the same checkpoint into this one, in one undoable step. Findings
/// are the same if they name the same bytes. `theirs` must have been opened for the same checkpoint
/// (Case::open with `memory`). Errors: of reading, of the cases.
Result<MergeOutcome> mergeCase(Case &mine, const Case &theirs, const Memory &memory, MergePrefer prefer);

} // namespace cryoscope
