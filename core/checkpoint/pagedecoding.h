// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/image/schema.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// Finds the image sets of an archive whose inventory says that their pages are compressed, and makes of each
/// compressed pages file "pages-N.img" a decoded member "pages-N.img!", for Archive::withDecoded(). A set or
/// a pages file in a layout that is not known, or that contradicts itself, gets none and is told in
/// `problems`.
[[nodiscard]] std::vector<Member> decodedPagesMembers(const Archive &archive,
                                                      const std::shared_ptr<const Schema> &schema,
                                                      uint64_t pageSize, std::vector<Problem> &problems);

} // namespace cryoscope
