// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/restorefinding.h"

#include <span>
#include <string_view>

namespace cryoscope
{

/// A number that CRIU looks up when it restores a set, so that what it names must be there.
struct LinkNeed {
    enum class When {
        Always,
        NotZero,      ///< 0 names nothing
        NotProcess,   ///< of a deleted file: it is not below /proc of a process that ended
        FileMap,      ///< of an area: it maps a file, a memfd or a packet socket
        SharedMap,    ///< of an area: it maps shared memory without a file
        InPagemaps,   ///< of a System V segment: its pages are in images of their own
        NotEmpty,     ///< of a memfd: it has a size
        Connected,    ///< of an internet socket: an established TCP connection
        Filtered,     ///< of a thread: it runs under a seccomp filter
        OwnCgroup,    ///< the set of cgroups is not that of the root task
        OwnNamespace, ///< the namespace is not the host's
        InOwnMounts,  ///< the set has mounts, and the number is one
        Address       ///< an address of the task; 0 is none
    };
    std::string_view message;
    std::string_view field;
    When when;
    RestoreSeverity severity; ///< if it leads nowhere
    std::string_view what;    ///< the reason then
};

/// What CRIU looks up by a field; of several, one is for each kind of what the message describes. Empty if
/// it does not. Where a number leads is LinkExplainer's knowledge.
[[nodiscard]] std::span<const LinkNeed> linkNeeds(std::string_view message, std::string_view field);

} // namespace cryoscope
