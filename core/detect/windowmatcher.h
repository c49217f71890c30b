// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/confirm.h"
#include "core/detect/literalmatcher.h"

#include <functional>
#include <memory>
#include <vector>

namespace cryoscope
{

/// Finds what rules describe in a stretch of bytes: anchors in ASCII and in UTF-16 of both orders, then the
/// rule's confirm function. Knows nothing of checkpoints. Immutable; each thread needs a Scratch of its own.
class WindowMatcher
{
public:
    /// A match in the stretch.
    struct Match {
        const Rule *rule = nullptr;
        TextMatch text; ///< offsets in the stretch, in bytes; encoding as it stands there
    };
    struct Scratch {
        LiteralMatcher::Scratch ascii;
        LiteralMatcher::Scratch wide;
        std::vector<Match> matches;
    };

    /// Errors: Internal.
    static Result<std::shared_ptr<const WindowMatcher>> make(std::shared_ptr<const RuleSet> rules);

    [[nodiscard]] Result<Scratch> makeScratch() const;

    /// All matches that begin in [ownBegin, ownEnd) of `bytes`, ascending, at most one for the same bytes:
    /// the one of the highest confidence, and of these that of the more specific rule (the one that comes
    /// first).
    /// `oddStart`: `bytes` begins at an odd address, which tells the byte orders of UTF-16 apart where both
    /// fit.
    [[nodiscard]] const std::vector<Match> &search(std::string_view bytes, size_t ownBegin, size_t ownEnd,
                                                   Scratch &scratch, bool oddStart = false) const;

private:
    struct Anchor {
        size_t rule;
        std::string text;
        Encoding encoding; ///< Raw, Utf16Le or Utf16Be
    };
    WindowMatcher() = default;

    void confirmWide(const Anchor &anchor, std::string_view bytes, size_t at, std::vector<Match> &out) const;

    std::shared_ptr<const RuleSet> m_rules;
    std::vector<Anchor> m_asciiAnchors;
    std::vector<Anchor> m_wideAnchors;
    std::shared_ptr<const LiteralMatcher> m_ascii;
    std::shared_ptr<const LiteralMatcher> m_wide;
};

} // namespace cryoscope
