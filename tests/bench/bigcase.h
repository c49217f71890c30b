// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/memory/memory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cryoscope::test
{

/// A small checkpoint with a case that holds many findings, each at bytes of its own.
struct BigCase {
    uint64_t findings = 1'000'000;
    uint64_t values = 4000; ///< different ones

    /// Writes DIRECTORY/checkpoint and DIRECTORY/review.cryoscope. Ends the program on an error.
    void write(const std::string &directory) const;

    [[nodiscard]] static std::string checkpointOf(const std::string &directory);
    [[nodiscard]] static std::string caseOf(const std::string &directory);
    /// What a scan of that checkpoint would find.
    [[nodiscard]] std::vector<Finding> scanned(const Memory &memory) const;
};

/// The checkpoint's memory. Ends the program on an error.
[[nodiscard]] std::shared_ptr<const Memory> openMemory(const std::string &path);
/// Ends the program.
[[noreturn]] void failWith(const Error &error);
/// What a result holds. Ends the program on an error.
template <class Value> Value must(Result<Value> &&result)
{
    if (!result)
        failWith(result.error());
    return std::move(*result);
}

} // namespace cryoscope::test
