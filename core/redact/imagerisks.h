// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/checkpoint/restorefinding.h"
#include "core/image/image.h"

#include <string>

namespace cryoscope
{

/// Adds a finding for each field of an image that bytes in `range` (file offsets) belong to and that matters
/// to restoring: see findRestoreRisks(). `member`: path of the image. Errors of reading.
Result<void> addImageRisks(const Image &image, ByteRange range, const std::string &member,
                           RestoreFindings &findings);

} // namespace cryoscope
