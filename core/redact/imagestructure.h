// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/image/image.h"

namespace cryoscope
{

/// Whether new bytes of the same length can stand at `range` (file offsets) of an image without changing how
/// it is parsed: only within the value of one string or bytes field, or within a payload. Errors:
/// InputMalformed naming the file, the offset and the field (or "record size" …) that would change; errors of
/// parsing the message.
Result<void> checkImagePatch(const Image &image, ByteRange range);

/// The same for a number: `range` must be all of one varint of a field, in whose place another of as many bytes can stand.
Result<void> checkNumberPatch(const Image &image, ByteRange range);

} // namespace cryoscope
