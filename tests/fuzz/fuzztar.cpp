// SPDX-License-Identifier: Apache-2.0
// The index of a tar. Checksums are made to fit, or nearly nothing would get beyond them.
#include "core/archive/tarindex.h"

#include "core/archive/tarheader.h"
#include "core/base/hash.h"
#include "core/bytes/memorysource.h"
#include "tests/fuzz/require.h"
#include "tests/support/tarwriter.h"

#include <cstring>

using namespace cryoscope;
using fuzz::require;

namespace
{

/// Signs each block that says it is a header, unless the input begins with an odd byte.
std::string withChecksums(std::span<const std::byte> input)
{
    std::string tar(asText(input.subspan(1)));
    if ((std::to_integer<unsigned>(input[0]) & 1) != 0)
        return tar;
    for (size_t at = 0; at + tarBlock <= tar.size(); at += tarBlock) {
        if (tar.compare(at + 257, 5, "ustar") != 0)
            continue;
        std::string header = tar.substr(at, tarBlock);
        test::TarWriter::sign(header);
        tar.replace(at, tarBlock, header);
    }
    return tar;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const std::string tar = withChecksums({reinterpret_cast<const std::byte *>(data), size});
    const auto source = std::make_shared<const MemorySource>("a.tar", asBytes(tar));
    (void)isTar(*source);
    const auto index = indexTar(source, "a.tar!");
    require(index.ok(), "damage is no error, but a problem");
    uint64_t end = 0;
    for (const Member &member : index->members) {
        require(member.offsetInParent >= end && member.offsetInParent <= tar.size(),
                "members lie one after the other");
        if (member.content) {
            end = member.offsetInParent + member.content->size();
            require(end <= tar.size(), "members lie within the tar");
            require(member.content->readAll(0, member.content->size()).ok(), "members can be read");
        }
    }
    end = 0;
    for (const ByteRange &range : index->slack) {
        require(range.offset >= end && !range.empty() && range.end() <= tar.size(),
                "slack ascends within the tar");
        end = range.end();
    }
    for (const Problem &problem : index->problems)
        require(!problem.error.file.empty() && problem.error.offset && *problem.error.offset <= tar.size(),
                "problems name file and offset");
    return 0;
}
