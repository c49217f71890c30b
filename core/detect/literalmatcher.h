// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/textscan.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A literal to look for; at least one of its bytes is not zero.
struct Literal {
    std::string bytes;
    bool anyCase = false; ///< of ASCII letters
};

/// Finds many literals at once (Vectorscan, block mode). Immutable; each thread needs a Scratch of its own.
class LiteralMatcher
{
public:
    /// What one thread needs to search.
    using Scratch = TextScanScratch;

    /// Compiles the literals; an empty list matches nothing. Internal if Vectorscan refuses.
    static Result<std::shared_ptr<const LiteralMatcher>> compile(std::span<const Literal> literals);
    ~LiteralMatcher();
    LiteralMatcher(const LiteralMatcher &) = delete;
    LiteralMatcher &operator=(const LiteralMatcher &) = delete;

    [[nodiscard]] Result<Scratch> makeScratch() const;

    /// Called with the index of the literal and the offset of its first byte.
    using Match = std::function<void(size_t literal, size_t offset)>;
    /// Reports every place of every literal in `text` (below 4 GB), overlapping ones too, ordered by their
    /// ends.
    void search(std::string_view text, Scratch &scratch, const Match &match) const;

private:
    LiteralMatcher() = default;
    void *m_database = nullptr;
    std::vector<size_t> m_lengths; ///< of the literals, without leading zero bytes
    std::vector<size_t> m_zeros;   ///< leading zero bytes of each
    size_t m_longest = 0;          ///< bytes of the longest
};

} // namespace cryoscope
