// SPDX-License-Identifier: Apache-2.0
#include "core/review/caseparts.h"

#include <cstdint>
#include <limits>

namespace cryoscope
{

namespace
{

constexpr size_t packedExtent = 24; // bytes

uint64_t packedNumber(std::string_view bytes)
{
    uint64_t value = 0;
    for (size_t i = 8; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

} // namespace

std::string packParts(const std::vector<Extent> &parts)
{
    std::string bytes;
    bytes.reserve(parts.size() * packedExtent);
    for (const Extent &part : parts) {
        for (const uint64_t value : {uint64_t{part.member}, part.offset, part.length}) {
            for (unsigned shift = 0; shift < 64; shift += 8)
                bytes += static_cast<char>(static_cast<unsigned char>(value >> shift));
        }
    }
    return bytes;
}

bool unpackParts(std::string_view bytes, std::vector<Extent> &parts)
{
    parts.clear();
    bool whole = !bytes.empty() && bytes.size() % packedExtent == 0;
    for (; bytes.size() >= packedExtent; bytes.remove_prefix(packedExtent)) {
        const uint64_t member = packedNumber(bytes);
        whole = whole && member <= std::numeric_limits<MemberId>::max();
        parts.push_back(
            {static_cast<MemberId>(member), packedNumber(bytes.substr(8)), packedNumber(bytes.substr(16))});
    }
    return whole;
}

} // namespace cryoscope
