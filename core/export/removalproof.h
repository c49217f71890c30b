// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/export/proof.h"

#include <set>
#include <stop_token>

namespace cryoscope
{

/// Whether `left` is `evidence` without the members `removed` (and what lies within them), and otherwise the
/// same: members in order with their metadata, their contents, and what stands around them in tars, where
/// only the sizes of archives that lost members differ. Shares nothing with what made `left`. Errors of
/// reading; Cancelled.
[[nodiscard]] Result<ProofItem> proveRemovals(const Archive &evidence, const std::set<MemberId> &removed,
                                              const Archive &left, std::stop_token stop = {});

} // namespace cryoscope
