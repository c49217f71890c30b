// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Extents as a case keeps them: three little-endian 64-bit numbers each, comparable as bytes.
[[nodiscard]] std::string packParts(const std::vector<Extent> &parts);

/// What packParts() packed, into `parts`. False if it packs nothing, or not in this way.
[[nodiscard]] bool unpackParts(std::string_view bytes, std::vector<Extent> &parts);

} // namespace cryoscope
