// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/image/image.h"
#include "core/image/jsonwriter.h"

#include <string>

namespace cryoscope
{

/// How an image is decoded to JSON.
struct CritOptions {
    bool pretty = false; ///< indented, with addresses in hexadecimal, flags and devices by name (`crit decode
                         ///< --pretty`)
    bool nopl = false;   ///< sizes in place of payloads (`crit show --nopl`, which is pretty too)
    /// Reproduce what crit 4.2.1 gets wrong or does not know: it takes what follows a System V segment whose
    /// memory is in a pagemap for that memory, and leaves out fields that no release has. Otherwise the image
    /// is shown as it is.
    bool asCrit = true;
    /// Decode as far as the image can be read and end the JSON there, in place of an error. Image::problem()
    /// tells.
    bool partial = false;
};

/// The JSON of `crit decode` (crit 4.2.1), byte for byte, without the newline that crit adds at the end on a
/// terminal. Beyond crit, which fails there: strings that are no UTF-8 are escaped (see JsonWriter::string);
/// enum numbers without a name are printed as numbers; images for which crit has no handler are decoded
/// alike. Like crit, it leaves out unknown fields. Errors: Image::problem(), a message that cannot be parsed,
/// and those of reading the source; text that has been given to `sink` by then is of no use. Memory taken
/// does not grow with payloads or the number of records.
[[nodiscard]] Result<void> critDecode(const Image &image, const CritOptions &options, const TextSink &sink);
/// The same as one string.
[[nodiscard]] Result<std::string> critDecode(const Image &image, const CritOptions &options = {});

} // namespace cryoscope
