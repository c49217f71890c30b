// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/detect/finding.h"
#include "core/memory/memory.h"

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Values shorter than this (bytes) are not searched everywhere: they stand by chance in any memory.
inline constexpr size_t minSearchedValue = 4;

/// A value to look for in every encoding. Lives in memory only.
struct SearchValue {
    std::string bytes; ///< the decoded value (UTF-8 or binary)
    uint64_t id = 0;   ///< the caller's
    /// Also what remains of it: a long beginning or end (half of it, at least twelve characters), where the
    /// rest was not dumped or was overwritten. For values that look random; parts of others stand by chance.
    bool remains = false;
};

/// Where a value stands.
struct ValueHit {
    uint64_t valueId = 0;
    Encoding encoding = Encoding::Raw;
    std::vector<Extent>
        parts;        ///< canonical, in reading order: all bytes that carry the value in this encoding
    uint32_t pid = 0; ///< where it was seen first; 0 for members
    uint64_t address = 0;
    uint64_t wholeBytes =
        0; ///< of what only remains are there: bytes of all of it in this encoding; 0: it is whole
    bool atEnd = false; ///< the remains are its end, not its beginning
};

/// Whether a beginning or end of a value can be nothing but a remainder of it: it is long enough, and either
/// half looks random.
[[nodiscard]] bool leavesRemains(std::string_view value);

/// Where `source` holds one of the values in one of its forms; used for what no run shows (names, headers).
/// All hits are returned. Errors of reading, Internal.
struct SourceHit {
    uint64_t valueId = 0;
    uint64_t offset = 0; ///< bytes
    uint64_t length = 0; ///< bytes
};
Result<std::vector<SourceHit>> findInSource(const ByteSource &source, std::span<const SearchValue> values);

/// The forms in which a value is looked for, for tests and for the report: encoding and literal bytes. Base64
/// forms are the parts that depend on the value alone, in three alignments.
[[nodiscard]] std::vector<std::pair<Encoding, std::string>> valueForms(std::string_view value);

/// Undoes an encoding: what the bytes of a finding or hit stand for; the bytes themselves if they do not
/// decode.
[[nodiscard]] std::string decodeValue(Encoding encoding, std::span<const std::byte> bytes);

/// Finds all copies of values in every run of a checkpoint and in every encoding of valueForms(). Hits are
/// merged to distinct extents. Thread use as Scanner::run; `sink` gets batches, one call at a time. Errors:
/// Cancelled; InputUnreadable when a part of the checkpoint cannot be read.
Result<void> findValues(const Memory &memory, std::span<const SearchValue> values,
                        const std::function<void(std::vector<ValueHit> &&)> &sink,
                        Progress *progress = nullptr, std::stop_token stop = {}, unsigned jobs = 0);

} // namespace cryoscope
