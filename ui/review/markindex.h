// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "ui/hexview/documents.h"
#include "ui/hexview/hexmarks.h"

#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace cryoscope::ui
{

/// One part of a finding: where it is marked.
struct MarkSource {
    FindingId id = 0;
    Extent part; ///< of no length: nothing is marked, only what was marked before goes
};

/// Where all findings of a case are seen: in each task's memory, in shared objects and in members. Made in a
/// job; immutable then.
class MarkIndex
{
public:
    /// Looks up the places of each source; null if stopped.
    static std::shared_ptr<const MarkIndex> make(const Memory &memory, std::span<const MarkSource> sources,
                                                 const std::stop_token &stop = {});
    /// The same index with other places for some findings, of which all parts are given; null if stopped.
    [[nodiscard]] std::shared_ptr<const MarkIndex>
    with(const Memory &memory, std::span<const MarkSource> changed, const std::stop_token &stop = {}) const;

    /// The marks of a target at its addresses; null if there are none.
    [[nodiscard]] HexMarks::List of(const Memory &memory, const ByteTarget &target) const;

private:
    template <class Key> using Lists = std::map<Key, HexMarks::List>;
    Lists<uint32_t> m_tasks;   ///< by pid, virtual addresses
    Lists<uint64_t> m_shared;  ///< by shmem id, offsets
    Lists<MemberId> m_members; ///< by canonical member, offsets
};

} // namespace cryoscope::ui
