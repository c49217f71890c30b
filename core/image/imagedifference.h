// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/image/image.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// Something that is in one of two checkpoints, or in both and not the same.
enum class Change { Added, Removed, Changed };
/// "added", "removed", "changed".
[[nodiscard]] std::string_view changeName(Change change);

/// A field or payload of two images that differs. Free of values unless they were asked for.
struct FieldDifference {
    Change change = Change::Changed;
    std::string path;                  ///< "record 3 file_entry.reg.name", "record 0 pipe_data_entry payload"
    std::string kind;                  ///< "number", "text", "bytes", "message", "record", "payload"
    ByteRange placeBefore, placeAfter; ///< of all that belongs to it, in each image; empty where it is not
    uint64_t lengthBefore = 0, lengthAfter = 0; ///< bytes of the value; 0 where it is not
    std::string before, after;                  ///< in words, if asked for; escaped, of limited length

    /// In the second image; of what was removed in the first.
    [[nodiscard]] uint64_t offset() const
    {
        return change == Change::Removed ? placeBefore.offset : placeAfter.offset;
    }
};

/// The fields in which two images of one type differ.
struct ImageDifference {
    static constexpr size_t maxListed = 1000;
    std::vector<FieldDifference> fields;
    uint64_t unlisted = 0; ///< beyond maxListed
};

/// Compares record by record: those at the start and the end that are the same are skipped, the others are
/// paired in their order; fields by number and occurrence. Images of different types differ as a whole, which
/// gives no fields. Errors of reading.
Result<ImageDifference> compareImages(const Image &before, const Image &after, bool withValues);

} // namespace cryoscope
