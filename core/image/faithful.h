// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/message.h"
#include "core/image/payload.h"
#include "core/image/sourcewindow.h"

#include <span>

namespace cryoscope
{

/// Whether the JSON of a message holds all that is in it, so that encoding that JSON gives the same bytes:
/// every field is known, fields ascend, none stands twice that may stand once, required ones are there, and
/// numbers and lengths are written as short as they can be. `pretty`: the JSON has words for numbers, which
/// lose more.
[[nodiscard]] bool isFaithful(const Message &message, bool pretty);

/// The same of a payload: padding is zero, and messages in it are faithful.
[[nodiscard]] Result<bool> isFaithful(std::span<const PayloadPart> parts, SourceWindow &window);

} // namespace cryoscope
