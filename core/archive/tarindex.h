// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/base/byterange.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace cryoscope
{

/// The members of one tar stream, in stored order. Ids, parents and storage are for the caller to fill in;
/// paths are as stored but for a closing '/'; content is a slice of the stream (of sparse members
/// what Member::sparse makes of one), offsetInParent where it begins.
struct TarIndex {
    std::vector<Member> members;
    std::vector<Problem> problems; ///< the stream ends early, a header is damaged: what comes before is there
    std::vector<ByteRange>
        slack; ///< padding after headers' and members' data, and what follows the closing block
};

/// Walks the headers of `stream` (ustar, GNU long names, pax, sparse members in GNU's four forms), reading
/// nothing but headers and maps of sparse members. Contents are named `prefix` + path. Error: Cancelled;
/// errors of reading become problems.
Result<TarIndex> indexTar(const std::shared_ptr<const ByteSource> &stream, const std::string &prefix,
                          std::stop_token stop = {});

/// Whether `source` begins with a tar header.
[[nodiscard]] bool isTar(const ByteSource &source);

} // namespace cryoscope
