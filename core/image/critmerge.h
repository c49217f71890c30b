// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/message.h"

#include <vector>

namespace cryoscope
{

/// `original` with the changes between `before` and `after`: three messages of the same type, of which
/// `before` is what JSON keeps of `original` and `after` is that JSON's changed form. Fields whose values are
/// the same in both keep the original's bytes, order and repeats, and unknown ones stay; the others are
/// written as in `after`, where the original has them, or at the end. Goes into messages that stand once, and
/// into repeated ones of the same number.
[[nodiscard]] std::vector<std::byte> mergeChanges(const Message &original, const Message &before,
                                                  const Message &after);

} // namespace cryoscope
