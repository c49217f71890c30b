// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/restorefinding.h"
#include "core/image/message.h"

#include <string>

namespace cryoscope
{

/// What CRIU checks of a message by itself when it restores a set: that each required field is there, that
/// an entry and what is in it have the same id, that sizes and orders agree, that arrays of registers are
/// whole. Messages within it are not looked at. `member`: path of its image.
void checkRecordMessage(const Message &message, const std::string &member, RestoreFindings &findings);

} // namespace cryoscope
