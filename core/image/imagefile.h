// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/imagetype.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cryoscope
{

/// How a file of an image set is laid out, as far as its name tells.
enum class FileLayout {
    Framed,  ///< magic and records
    Pages,   ///< pages of a pagemap; of sets of CRIU 1.0 and before: magic, then an address before each page
    Tarball, ///< gzip-compressed tar of a file system
    NetworkDump,   ///< u32 magic, then netlink messages padded to 4 bytes (iproute2's save format)
    NetlinkStream, ///< netlink messages without padding
    RuleText,      ///< text of iptables-save, or of nft's list
    PluginMessage, ///< one bare message of a plugin, without magic and frame
    PluginData,    ///< content that only a plugin knows (video memory)
    Log,           ///< text
    Json           ///< an engine's, beside the images
};

/// What the name of a file in an image set promises. Source: CRIU 4.2's table of images and its obsolete
/// rows.
struct ImageFile {
    enum class Number { None, Decimal, Hexadecimal, Several };
    std::string_view prefix; ///< the name up to its number, or the whole name
    Number number;           ///< what stands between prefix and suffix; Several: numbers joined by '-'
    std::string_view suffix; ///< ".img", ".tar.gz.img" or nothing
    FileLayout layout;
    std::string_view
        what; ///< name of its image type ("CORE"), message of a plugin, or what it is ("addresses")
    bool obsolete = false; ///< not written by CRIU 4.2
};

/// All names, those with a longer prefix before those with a shorter one.
[[nodiscard]] std::span<const ImageFile> imageFiles();

/// What a file name (without its directory) promises; null for names that neither CRIU nor an engine writes.
[[nodiscard]] const ImageFile *imageFileByName(std::string_view fileName);

/// Whether a file of this name has no magic and no frames, whatever its first bytes may look like.
[[nodiscard]] bool isRawImage(std::string_view fileName);

} // namespace cryoscope
