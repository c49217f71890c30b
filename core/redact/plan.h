// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"
#include "core/checkpoint/restorefinding.h"
#include "core/memory/memory.h"
#include "core/redact/exportsettings.h"
#include "core/review/case.h"

#include <map>
#include <set>
#include <vector>

namespace cryoscope
{

/// What an export will change: same-length patches per canonical member, and members that it takes out.
/// Patches never overlap and are sorted.
class RedactionPlan
{
public:
    /// Makes the plan of all accepted findings. Overlapping findings are merged: each byte of either is
    /// replaced. What deserves a second look is in warnings(), in words with places, and in restoreRisks().
    static Result<RedactionPlan> make(const Memory &memory, std::span<const CaseFinding> findings,
                                      const Replacement &replacement);
    /// The same, and all that a profile changes beside (where both change a byte, the finding decides).
    /// `key`: of the pseudonyms; the same one gives the same plan. `progress` advances by bytes of memory
    /// that are looked at.
    static Result<RedactionPlan> make(const Memory &memory, std::span<const CaseFinding> findings,
                                      const Replacement &replacement, const Profile &profile,
                                      const std::string &key, Progress *progress = nullptr,
                                      std::stop_token stop = {});
    /// The same, and the members that are taken out. Errors of findRemovals() too.
    static Result<RedactionPlan> make(const Memory &memory, std::span<const CaseFinding> findings,
                                      const ExportSettings &settings, Progress *progress = nullptr,
                                      std::stop_token stop = {});
    /// Nothing but these patches, which do not overlap and are sorted.
    static RedactionPlan ofPatches(std::map<MemberId, std::vector<Patch>> patches);

    [[nodiscard]] const std::map<MemberId, std::vector<Patch>> &patches() const { return m_patches; }
    /// Original content with the patches of a canonical member laid over; the plain content if it has none.
    [[nodiscard]] std::shared_ptr<const ByteSource> preview(const Archive &archive, MemberId canonical) const;
    [[nodiscard]] uint64_t patchCount() const;
    [[nodiscard]] uint64_t patchedBytes() const;
    [[nodiscard]] uint64_t findingCount() const { return m_findings; }
    /// Members that are rewritten as a whole because they hold a compressed stream with a patch in it, or the
    /// compressed pages of a patch and their sizes (a pages file and its pagemap).
    [[nodiscard]] std::vector<MemberId> rewrittenMembers(const Archive &archive) const;
    /// Members that the export lacks, without what lies within them. Nothing is patched there.
    [[nodiscard]] const std::set<MemberId> &removed() const { return m_removed; }
    [[nodiscard]] const std::vector<std::string> &warnings() const { return m_warnings; }
    /// What of it CRIU checks at restore or the restored program needs; empty for profiles whose exports are
    /// for reading only.
    [[nodiscard]] const std::vector<RestoreFinding> &restoreRisks() const { return m_restoreRisks; }
    /// What the profile changed; empty for the restorable one.
    [[nodiscard]] const ProfileSummary &profileSummary() const { return m_profile; }

private:
    std::map<MemberId, std::vector<Patch>> m_patches;
    std::set<MemberId> m_removed;
    uint64_t m_findings = 0;
    std::vector<std::string> m_warnings;
    std::vector<RestoreFinding> m_restoreRisks;
    ProfileSummary m_profile;
};

} // namespace cryoscope
