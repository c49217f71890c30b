// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/checkpointbuilder.h"

#include <cstdint>
#include <map>
#include <string>

namespace cryoscope::test
{

/// A set that lacks nothing: two tasks (one with a second thread) that run, one that is dead, files, a pipe,
/// sockets with queues, deleted files, shared memory and a memfd. Tests break one thing of it.
///
/// Pids: 100 (threads 100 and 102), 101, 103 (dead). Files: see Ids. Shared objects: sharedId, memfdShmid.
class CompleteSet
{
public:
    static constexpr uint64_t sharedId = 4242;
    static constexpr uint64_t memfdShmid = 5151;
    static constexpr uint64_t code = 0x400000;             ///< executable, of task 100; one page is stored
    static constexpr uint64_t heap = 0x600000;             ///< of task 100, four pages, all stored
    static constexpr uint64_t shared = 0x700000;           ///< maps sharedId
    static constexpr uint64_t vdso = 0x7fff0000;           ///< one page
    static constexpr uint64_t random = heap + 0x3000;      ///< AT_RANDOM
    static constexpr uint64_t threadBlock = heap + 0x3100; ///< fs_base of the first thread
    static constexpr uint64_t rseq = heap + 0x3200;

    explicit CompleteSet(SetLayout layout = SetLayout::Current, ByteOrder order = ByteOrder::Little);
    CompleteSet(const CompleteSet &) = delete;
    CompleteSet &operator=(const CompleteSet &) = delete;

    CheckpointBuilder builder;
    TaskBuilder &task; ///< 100
    uint32_t exe, directory, pipe, socket, peer, connection, memfd, ghost, chunkedGhost;

    /// core_entry of a thread that runs; `leader`: with what belongs to the task.
    static MessageBuilder core(bool leader);
    /// The same with these registers.
    static MessageBuilder core(bool leader, const MessageBuilder &threadInfo);
    /// Registers of x86, whole.
    static MessageBuilder registers();
    /// Floating point registers with `stack` elements of st_space.
    static MessageBuilder floatingPoint(int stack = 32);
    /// An image of one message, as the set writes its images.
    [[nodiscard]] std::string image(std::string_view type, const MessageBuilder &message) const;

private:
    SetLayout m_layout;
    ByteOrder m_order;
};

} // namespace cryoscope::test
