// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/confirm.h"
#include "core/detect/literalmatcher.h"
#include "core/detect/ruleset.h"
#include "core/detect/widetext.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// Finds what rules describe in a stretch of bytes: text as it is, in UTF-16 of both orders and UTF-32LE, and
/// within one level of base64, hex, percent and JSON escapes. Knows nothing of checkpoints. Immutable; each
/// thread needs a Scratch of its own.
class WindowMatcher
{
public:
    /// A match in the stretch.
    struct Match {
        std::string_view rule; ///< id; lives as long as the matcher
        std::string kind;
        TextMatch text;  ///< offsets in the stretch, in bytes; encoding as it stands there
        size_t rank = 0; ///< of rules that claim the same bytes, the lower counts
    };
    struct Scratch {
        LiteralMatcher::Scratch literals;
        LiteralMatcher::Scratch nested; ///< for decoded text, searched while `literals` is at work
        UserRules::Scratch user;
        std::vector<Match> matches;
        WideTexts wide;
        std::vector<size_t> blocks;
    };
    struct Place {
        size_t ownBegin = 0; ///< matches that begin in [ownBegin, ownEnd) are returned
        size_t ownEnd = 0;
        uint64_t address = 0;  ///< of the first byte; wide characters stand at multiples of their size
        std::string_view path; ///< of the member or mapped file, for a user's rules about paths; may be empty
    };

    /// Errors: Internal.
    static Result<std::shared_ptr<const WindowMatcher>> make(std::shared_ptr<const RuleSet> rules);

    [[nodiscard]] Result<Scratch> makeScratch() const;

    /// All matches that begin in what the place owns, ascending, at most one for the same bytes: the one of
    /// the highest confidence, and of these that of the more specific rule. Where one match lies within
    /// another, that of the higher confidence stays; of two equal ones, the outer. The same for any cut of
    /// the same bytes into windows, as long as each shows `windowBefore` bytes before and `windowAfter`
    /// after.
    [[nodiscard]] const std::vector<Match> &search(std::string_view bytes, const Place &place,
                                                   Scratch &scratch) const;

    static constexpr size_t windowBefore = size_t{12} << 10; ///< bytes
    static constexpr size_t windowAfter = size_t{40} << 10;  ///< bytes

private:
    class Search;
    WindowMatcher() = default;

    std::shared_ptr<const RuleSet> m_rules;
    std::vector<std::string> m_literals;        ///< as in the rules
    std::vector<std::vector<size_t>> m_rulesOf; ///< of each literal
    std::vector<size_t> m_runRules;             ///< Trigger::TokenRun
    std::vector<size_t> m_textRules;            ///< Trigger::Text
    std::shared_ptr<const LiteralMatcher> m_matcher;
};

} // namespace cryoscope
