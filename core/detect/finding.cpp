// SPDX-License-Identifier: Apache-2.0
#include "core/detect/finding.h"

namespace cryoscope
{

std::string_view confidenceName(Confidence confidence)
{
    switch (confidence) {
    case Confidence::High:
        return "high";
    case Confidence::Medium:
        return "medium";
    case Confidence::Low:
        return "low";
    }
    return "unknown";
}

std::string_view encodingName(Encoding encoding)
{
    switch (encoding) {
    case Encoding::Raw:
        return "raw";
    case Encoding::Utf16Le:
        return "utf-16le";
    case Encoding::Utf16Be:
        return "utf-16be";
    case Encoding::Utf32Le:
        return "utf-32le";
    case Encoding::Utf32Be:
        return "utf-32be";
    case Encoding::Base64:
        return "base64";
    case Encoding::Base64Url:
        return "base64url";
    case Encoding::HexLower:
        return "hex";
    case Encoding::HexUpper:
        return "HEX";
    case Encoding::Percent:
        return "percent";
    case Encoding::JsonEscape:
        return "json";
    case Encoding::Reversed:
        return "reversed";
    case Encoding::SwappedWords:
        return "swapped words";
    case Encoding::Base64Mid1:
        return "base64+1";
    case Encoding::Base64Mid2:
        return "base64+2";
    case Encoding::Compressed:
        return "compressed";
    case Encoding::Numbers:
        return "numbers";
    }
    return "unknown";
}

uint64_t Finding::length() const
{
    uint64_t bytes = 0;
    for (const Extent &part : parts)
        bytes += part.length;
    return bytes;
}

} // namespace cryoscope
