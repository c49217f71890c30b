// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/image.h"
#include "core/image/imageeditor.h"

#include <memory>
#include <string>
#include <string_view>

namespace cryoscope
{

struct CritEncodeOptions {
    /// The image that the JSON was made of, or null. Entry by entry, what the JSON does not say is taken from
    /// its record of the same number, as from what the JSON carries (carriedKey): for JSON that crit made.
    const Image *like = nullptr;
};

/// Turns crit's JSON (plain or pretty, of crit or of critDecode()) into an image, given to `sink` in pieces:
/// the bytes that `crit encode` (crit 4.2.1) writes. `text` is the JSON, `name` its name for errors; `schema`
/// must outlive the call.
///
/// With what critDecode() carries (see carriedKey), an entry that was not changed becomes the bytes it was
/// made of. Of an entry that was changed, only the fields whose values changed are written anew, at any depth
/// of messages; unknown fields, order and repeats of the others stay.
///
/// Beyond crit: enum values may be numbers; payloads that crit cannot encode (bpfmap-data, System V segments
/// stored in the image) are encoded; names that are no UTF-8 become their bytes again; big-endian images and
/// images of v1.0 are written as they were. Where crit writes an image that cannot be read again, this is an
/// error: payloads whose length is not the one that the message says, payloads replaced by their size
/// (--nopl), entries that crit lost in decoding (System V segments whose memory is in a pagemap, with
/// "extra").
///
/// Errors: InputMalformed with the offset in the JSON for what is no JSON, has no such type, lacks required
/// fields or has values out of range; those of the sink.
[[nodiscard]] Result<void> critEncode(std::string_view text, const std::string &name, const Schema &schema,
                                      const CritEncodeOptions &options, const ByteSink &sink);

} // namespace cryoscope
