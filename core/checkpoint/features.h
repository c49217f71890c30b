// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/image/byteorder.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// What is special about a checkpoint, for those who must know whether they can restore it, or why it looks
/// as it does.
struct Features {
    std::string architecture; ///< "X86_64" …, of the first task; empty if nothing tells
    ByteOrder byteOrder = ByteOrder::Little;
    bool parent = false;                 ///< the set names a parent set
    bool preDump = false;                ///< memory only: there is no process tree
    bool compressed = false;             ///< pages are LZ4 blocks
    bool encrypted = false;              ///< cipher.img is there
    bool obsolete = false;               ///< has images that CRIU 4.2 does not write
    std::vector<std::string> plugins;    ///< that must be there to restore it
    std::vector<std::string> namespaces; ///< kinds that a task has of its own: "mnt", "net" …
    std::string lsm;                     ///< "SELINUX", "APPARMOR"; empty: none
};

/// Reads the inventory, a core image and the ids of the shown set again (they are small). What cannot be read
/// is left out: the checkpoint's problems() tell of it.
[[nodiscard]] Features findFeatures(const Checkpoint &checkpoint);

} // namespace cryoscope
