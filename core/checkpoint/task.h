// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/checkpoint/vma.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cryoscope
{

/// task_core_entry.task_state. Source: CRIU core.proto facts (crit's own table swaps 3 and 6).
enum class TaskState : uint32_t { Unknown = 0, Alive = 1, Dead = 2, Stopped = 3, Zombie = 6 };
[[nodiscard]] std::string taskStateName(TaskState state);

/// One entry of files.img (or of an obsolete per-kind image): what a descriptor, mapping or cwd refers to.
struct FileEntry {
    uint32_t id = 0;
    uint32_t type = 0;       ///< fd_types number
    std::string typeName;    ///< "REG", "PIPE", "UNIXSK" …
    std::string description; ///< one readable line; always set, also for types without own text
    std::string path;        ///< REG: name; memfd: its name; else empty
    uint32_t pathId = 0;     ///< REG entry that has the path of a fifo or terminal; 0: none is named
    std::string critText;    ///< what `crit x` prints for it; empty where crit prints only type and id
    Extent record;           ///< the file_entry message
};

/// One fdinfo record.
struct OpenFile {
    uint32_t fd = 0;
    uint32_t flags = 0; ///< 1: close-on-exec
    uint32_t type = 0;  ///< fd_types number
    uint32_t fileId = 0;
};

struct Thread {
    uint32_t tid = 0;
    std::string comm;
    MemberId core = noMember; ///< core-TID.img
};

/// Address ranges of mm_entry; virtual addresses, exclusive ends, 0 when not recorded.
struct MemoryLayout {
    uint64_t codeStart = 0, codeEnd = 0, dataStart = 0, dataEnd = 0;
    uint64_t heapStart = 0, heapEnd = 0; ///< mm_start_brk, mm_brk
    uint64_t stackStart = 0;             ///< address of argc
    uint64_t argStart = 0, argEnd = 0, envStart = 0, envEnd = 0;
    std::vector<uint64_t> auxv; ///< key, value, key, value …; may lack the closing AT_NULL
};

/// A process: one pstree entry with what its images say.
struct Task {
    uint32_t pid = 0, ppid = 0, pgid = 0, sid = 0;
    TaskState state = TaskState::Unknown;
    uint32_t exitCode = 0;
    std::string comm;
    std::vector<Thread> threads; ///< the leader first
    bool hasMemory = false;      ///< mm-PID.img is there and was read (never for zombies)
    MemoryLayout layout;
    uint32_t exeId = 0, cwdId = 0, rootId = 0; ///< files.img ids; 0 when not recorded
    uint32_t filesId = 0;                      ///< N of fdinfo-N.img
    std::vector<Vma> vmas;                     ///< as stored: ascending, pseudo VMAs (guard) last
    std::vector<OpenFile> files;
};

} // namespace cryoscope
