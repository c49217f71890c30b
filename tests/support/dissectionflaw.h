// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/dissection.h"

#include <string>

namespace cryoscope::test
{

/// What is wrong with a tree: gaps, overlaps, nodes beyond their parents, nodes without a name; empty if
/// nothing is.
[[nodiscard]] std::string dissectionFlaw(const Dissection &dissection);

} // namespace cryoscope::test
