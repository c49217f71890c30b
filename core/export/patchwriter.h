// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bytes/overlaysource.h"

#include <span>
#include <string>

namespace cryoscope
{

/// Writes all of `bytes` at `offset` (bytes) of a file. OutputUnwritable naming `path`.
Result<void> writeAt(int descriptor, uint64_t offset, std::span<const std::byte> bytes,
                     const std::string &path);

/// Writes a patch to a file that is long enough. Zeros become a hole where the file system can make one, so
/// that emptied pages cost neither time nor space. OutputUnwritable naming `path`.
Result<void> writePatch(int descriptor, const Patch &patch, const std::string &path);

} // namespace cryoscope
