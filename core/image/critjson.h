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
    /// Add what crit's JSON cannot hold, so that critEncode() gives the same bytes again; only where
    /// something would be lost, so the JSON of images as CRIU writes them stays crit's own. See `carriedKey`.
    bool carry = false;
};

/// Name of the object that carries what crit's JSON has no place for; crit ignores it. In an entry:
/// "message": base64 of the message as stored (unknown fields, another order, repeats, missing required
/// fields, numbers written longer than needed), "payload": base64 of all that follows the message (padding
/// that is not zero). In the image: "head": "none", "common" or "service" if the head magic is not the one
/// that CRIU writes today (images of v1.0 have none), "order": "big".
inline constexpr std::string_view carriedKey = "cryoscope";

/// The JSON of `crit decode` (crit 4.2.1), byte for byte, without the newline that crit adds at the end on a
/// terminal. Beyond crit, which fails there: strings that are no UTF-8 are escaped (see JsonWriter::string);
/// enum numbers without a name are printed as numbers; images for which crit has no handler are decoded
/// alike. Like crit, it leaves out unknown fields (but see CritOptions::carry). Errors: Image::problem(), a
/// message that cannot be parsed, and those of reading the source; text that has been given to `sink` by then
/// is of no use. Memory taken does not grow with payloads or the number of records.
[[nodiscard]] Result<void> critDecode(const Image &image, const CritOptions &options, const TextSink &sink);
/// The same as one string.
[[nodiscard]] Result<std::string> critDecode(const Image &image, const CritOptions &options = {});

/// The head magic that CRIU 4.2 writes before this type's magic; nothing for the inventory.
[[nodiscard]] std::optional<uint32_t> usualHeadMagic(const ImageType &type);

} // namespace cryoscope
