// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/schema.h"

#include <memory>

namespace cryoscope::test
{

/// One Schema for all of a test program.
[[nodiscard]] const std::shared_ptr<const Schema> &testSchema();

} // namespace cryoscope::test
