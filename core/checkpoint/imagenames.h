// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cryoscope
{

/// Directory (with its closing '/' or '!', may be empty) and file name of a member's path.
[[nodiscard]] std::pair<std::string, std::string> splitPath(std::string_view path);

/// N of "PREFIXN.img", if that is what `fileName` is.
[[nodiscard]] std::optional<uint64_t> imageNumber(std::string_view fileName, std::string_view prefix);

/// An image of an obsolete set that holds one kind of file entries.
struct OldFileImage {
    std::string_view fileName;
    std::string_view message;
    uint32_t type; ///< fd_types number
};
[[nodiscard]] std::span<const OldFileImage> oldFileImages();

} // namespace cryoscope
