// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/finding.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cryoscope
{

/// What stands in place of a redacted value; always of the same length.
/// Shape keeps the character class of each character (lower → x, upper → X, digit → 0) and the punctuation,
/// in the value's own encoding, and is what text formats (JSON, environment) survive; a result that would
/// equal the original falls back to a fill.
struct Replacement {
    enum class Kind { Shape, Zero, Fill };
    Kind kind = Kind::Shape;
    std::byte fill{'x'}; ///< for Fill

    /// "shape", "zero", "fill:x", "fill:0x41". Usage error otherwise.
    static Result<Replacement> parse(std::string_view text);
    [[nodiscard]] std::string describe() const;

    /// The bytes for `original`, of the same length and different in every maximal run that is not already
    /// what it would become; never equal to `original` as a whole if that is possible.
    [[nodiscard]] std::vector<std::byte> apply(std::span<const std::byte> original, Encoding encoding) const;
};

} // namespace cryoscope
