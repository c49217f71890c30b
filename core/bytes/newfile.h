// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cryoscope
{

/// Writes `text` to a file that is not there yet, readable by its owner alone (mode 0600), and syncs it. A
/// failure leaves no file. Errors: OutputExists, OutputUnwritable.
Result<void> writeNewFile(const std::string &path, std::string_view text);

/// The whole content of a regular file of up to `maxBytes`. Errors: InputUnreadable, InputMalformed (larger).
Result<std::string> readWholeFile(const std::string &path, uint64_t maxBytes);

} // namespace cryoscope
