// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "core/review/case.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Decisions of a review, to be taken over into the review of another dump of the same program. A value is
/// known by its fingerprint under a key of the file's own, never by itself; but who has the file can try
/// values that he guesses, so it is private (mode 0600).
class Baseline
{
public:
    struct Entry {
        std::string fingerprint; ///< hex
        std::string place;       ///< see baselinePlace()
        std::string rule;
        Decision decision = Decision::Undecided;
        Reason reason = Reason::None;
        std::string comment;
    };

    /// The decided findings of a case, read from its evidence. Errors: of reading.
    static Result<Baseline> of(const Case &review, const Memory &memory);
    /// Whether a text is a baseline of this kind at all (gitleaks has files of that name too).
    [[nodiscard]] static bool isOne(std::string_view text);
    /// `file` is for errors. InputMalformed.
    static Result<Baseline> parse(std::string_view text, const std::string &file);
    /// Of a file of up to 256 MiB. InputUnreadable, InputMalformed.
    static Result<Baseline> read(const std::string &path);
    /// JSON that parse() takes.
    [[nodiscard]] std::string text() const;
    /// Writes it to a new file (mode 0600). OutputExists, OutputUnwritable.
    Result<void> write(const std::string &path) const;

    [[nodiscard]] const std::vector<Entry> &entries() const { return m_entries; }
    /// HMAC-SHA-256 of a decoded value under the file's key, lower-case hex.
    [[nodiscard]] std::string fingerprint(std::string_view value) const;

private:
    std::string m_key; ///< bytes
    std::vector<Entry> m_entries;
};

/// What became of the decisions of a baseline.
struct BaselineOutcome {
    uint64_t taken = 0;     ///< findings that were decided by it
    uint64_t decided = 0;   ///< that had a decision already, which stays
    uint64_t elsewhere = 0; ///< whose value is known, but from another kind of place: left undecided
    uint64_t unseen = 0;    ///< entries whose value was not found again
};

/// Decides the undecided findings whose value and kind of place a baseline knows; one undoable step. Errors:
/// of reading, of the case.
Result<BaselineOutcome> applyBaseline(Case &review, const Memory &memory, const Baseline &baseline);

/// What stays the same of a place from one dump of a program to the next: the task's name and the kind of
/// VMA, or the member's path with its numbers as '#'; and how the value is encoded.
[[nodiscard]] std::string baselinePlace(const Memory &memory, const Finding &finding);

} // namespace cryoscope
