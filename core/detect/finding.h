// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/memory/memory.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// High: validated or structurally certain. Medium: a specific pattern. Low: a heuristic.
enum class Confidence { High, Medium, Low };
[[nodiscard]] std::string_view confidenceName(Confidence confidence); ///< "high", "medium", "low"

/// How a value's bytes stand in the checkpoint. The number is stored in case files: append only.
enum class Encoding {
    Raw = 0, ///< as is (ASCII, UTF-8 or binary)
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Base64,    ///< any alignment, standard alphabet
    Base64Url, ///< any alignment, URL-safe alphabet
    HexLower,
    HexUpper,
    Percent,
    JsonEscape,
    Reversed,     ///< byte order reversed (key numbers)
    SwappedWords, ///< each word of four bytes reversed (numbers of Java, AES words of many libraries)
    Base64Mid1,   ///< base64 of either alphabet; the value begins one byte into a group of three
    Base64Mid2,   ///< the same, two bytes into a group
    Compressed,   ///< within a compressed stream (gzip, zlib), all of whose bytes the finding covers
    Numbers,      ///< in numbers of an image (registers), each stored as a varint; the finding covers these
    Utf32Be
};
[[nodiscard]] std::string_view encodingName(Encoding encoding); ///< "raw", "utf-16le", "base64" …

/// A suspected secret: where it stands and why it is suspected. Never holds the value itself.
struct Finding {
    std::string rule; ///< id of the rule ("github-token")
    std::string kind; ///< human name of the kind ("GitHub token")
    Confidence confidence = Confidence::Medium;
    Encoding encoding = Encoding::Raw;
    std::vector<Extent>
        parts;       ///< canonical, in reading order, the whole value and nothing else; adjacent ones merged
    std::string why; ///< what was validated; free of the value
    std::string label; ///< name beside the value where there is one ("DB_PASSWORD"); free of the value
    /// Where it was seen first; the rest follows from Memory::places. pid 0 and address 0 for members.
    uint32_t pid = 0;
    uint64_t address = 0;

    [[nodiscard]] uint64_t length() const; ///< bytes over all parts
};

} // namespace cryoscope
