// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Hexadecimal digits of a SHA-256.
inline constexpr size_t digestDigits = 64;

/// Whether `text` is the lower-case hexadecimal form of a SHA-256, and nothing else.
[[nodiscard]] bool isDigest(std::string_view text);

/// Where digests stand in a text: offsets of exactly digestDigits lower-case hexadecimal digits, ascending.
[[nodiscard]] std::vector<uint64_t> digestsIn(std::string_view text);

/// What became of a blob that a digest names.
struct NewDigest {
    std::string digest;
    uint64_t size = 0; ///< bytes of the blob
};
using NewDigests = std::map<std::string, NewDigest, std::less<>>; ///< by the old digest

/// `text` with digests replaced that `digests` has; everything else stays.
[[nodiscard]] std::string withNewDigests(std::string_view text, const NewDigests &digests);

/// A part of a text that was replaced by one of another length.
struct TextEdit {
    uint64_t offset = 0; ///< in the old text
    uint64_t length = 0; ///< bytes
    std::string text;    ///< what stands there now
};

/// What must change in a JSON text so that it names blobs by their new digests: the digests themselves, and
/// "size" in each object whose "digest" is one of them. Ascending, free of overlaps. Source: OCI image
/// specification, "Content Descriptors".
[[nodiscard]] std::vector<TextEdit> digestEdits(std::string_view json, const NewDigests &digests);

/// `text` with edits made.
[[nodiscard]] std::string edited(std::string_view text, const std::vector<TextEdit> &edits);

} // namespace cryoscope
