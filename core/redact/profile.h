// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "core/redact/memoryredactor.h"
#include "core/redact/redactionsink.h"

#include <algorithm>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// What an export changes beside what was accepted. All changes keep their length.
struct Profile {
    enum class Kind {
        Restorable,   ///< nothing else: CRIU restores the export
        BugReport,    ///< everything that may tell of somebody: memory emptied, names replaced by pseudonyms
        KeepPointers, ///< memory: only words that point into a VMA and small numbers stay
        NoMemory      ///< memory emptied
    };
    Kind kind = Kind::Restorable;
    std::set<DataClass> widened;  ///< classes that are redacted although the kind does not ask for it
    std::set<DataClass> narrowed; ///< classes that are left alone although it does
    std::vector<ScopeRule> scope; ///< exceptions to the classes; the last one that means a byte decides

    /// "restorable", "bug-report", "keep-pointers", "no-memory", then "+CLASS" and "-CLASS" (see
    /// dataClassName()), and exceptions (ScopeRule::parse()), separated by commas. Usage error otherwise.
    static Result<Profile> parse(std::string_view text);
    /// What parse() takes.
    [[nodiscard]] std::string describe() const;

    /// The classes that are redacted, but for the exceptions.
    [[nodiscard]] std::set<DataClass> classes() const;
    [[nodiscard]] MemoryTreatment memory() const;
    /// Whether nothing is changed beside what was accepted.
    [[nodiscard]] bool isEmpty() const
    {
        return classes().empty() &&
               std::none_of(scope.begin(), scope.end(), [](const ScopeRule &rule) { return rule.redact; });
    }
};

/// What a profile changed. Free of values but for `names`.
struct ProfileSummary {
    std::map<DataClass, ClassSummary> classes;
    std::vector<std::string> notes;           ///< what had to be emptied because it is not understood …
    std::set<std::string, std::less<>> names; ///< that were replaced by pseudonyms; for a PseudonymMap only
};

/// Adds the patches of a profile. The same checkpoint, profile and key give the same patches. Errors: of
/// reading; those of redactMemory(); Cancelled.
Result<ProfileSummary> applyProfile(const Memory &memory, const Profile &profile,
                                    const Pseudonyms &pseudonyms, PatchSet &patches,
                                    Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
