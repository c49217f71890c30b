// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/bloblayout.h"
#include "core/base/result.h"

#include <stop_token>
#include <string>
#include <string_view>

namespace cryoscope
{

/// By which digests an export calls the blobs of the evidence: new by old, only those that differ, found by
/// walking the texts of both side by side. Nothing is computed: whether the names are right is proven apart.
[[nodiscard]] NewDigests pairedNames(const Archive &evidence, const BlobLayout &layout, const Archive &made);

/// The digests that the blobs of an export, and what they decode to, have in truth: by those of the evidence,
/// only of blobs with another name. Both archives have the same members with the same ids. Errors of reading;
/// Cancelled.
Result<NewDigests> computedDigests(const Archive &evidence, const BlobLayout &layout, const Archive &made,
                                   std::stop_token stop = {});

/// A member's path with the name of the outermost file replaced.
[[nodiscard]] std::string renamedPath(std::string_view path, const NewDigests &names);

/// Where a byte of a text with edits made was before them: of what an edit wrote, where that begins.
[[nodiscard]] uint64_t offsetBeforeEdits(uint64_t offset, const std::vector<TextEdit> &edits);

} // namespace cryoscope
