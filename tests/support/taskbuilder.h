// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/messagebuilder.h"
#include "tests/support/pagesbuilder.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cryoscope::test
{

/// What a VMA is; sets its status, flags and usual protection.
enum class VmaKind {
    Anonymous,
    Heap,
    Stack,
    Vdso,
    FilePrivate,     ///< object: files.img id
    FileShared,      ///< object: files.img id
    SharedAnonymous, ///< object: shmem id
    SysV,            ///< object: shmem id
    Memfd,           ///< shared map; object: files.img id of a memfd
    MemfdPrivate,    ///< private map; object: files.img id of a memfd
    Guard
};

/// What else can be said of a VMA.
struct VmaOptions {
    uint64_t object = 0; ///< vma_entry.shmid, see VmaKind
    uint64_t offset = 0; ///< bytes into the object
    int protection = -1; ///< PROT_* bits; -1: what the kind usually has
    uint64_t advice = 0; ///< bit n: MADV_n
};

/// One task of a CheckpointBuilder. All calls return the task, so that they can be chained.
class TaskBuilder
{
public:
    TaskBuilder(uint32_t pid, uint32_t ppid, std::string comm, uint64_t pageSize)
        : m_pid(pid), m_ppid(ppid), m_comm(std::move(comm)), m_pages(pageSize)
    {
    }

    /// [start, end): virtual addresses.
    TaskBuilder &vma(uint64_t start, uint64_t end, VmaKind kind = VmaKind::Anonymous,
                     const VmaOptions &options = {});
    /// Content at a virtual address (see PagesBuilder::write); that a VMA covers it is up to the caller.
    TaskBuilder &page(uint64_t address, std::string_view content);
    TaskBuilder &inParent(uint64_t address, uint64_t pages = 1);
    TaskBuilder &lazy(uint64_t address, uint64_t pages = 1);
    /// argv and the initial environment. They are written to the end of the [stack] VMA as the kernel does
    /// (argc, pointers, auxiliary vector, strings), and the fields of mm_entry are set. Without a Stack VMA
    /// one of 32 pages is made.
    TaskBuilder &arguments(std::vector<std::string> values);
    TaskBuilder &environment(std::vector<std::string> values);
    /// Adds a key to the auxiliary vector (AT_PAGESZ is always there).
    TaskBuilder &auxv(uint64_t key, uint64_t value);
    /// File descriptor `fd` of files.img entry `fileId`; its type is filled in by the CheckpointBuilder.
    TaskBuilder &fd(uint32_t fd, uint32_t fileId, uint32_t flags = 0);
    TaskBuilder &exe(uint32_t fileId);
    TaskBuilder &cwd(uint32_t fileId);
    TaskBuilder &root(uint32_t fileId);
    TaskBuilder &thread(uint32_t tid, std::string comm);
    /// task_state as stored: 1 alive, 2 dead, 3 stopped, 6 zombie. A dead task has a core image only.
    TaskBuilder &state(uint32_t number, uint32_t exitCode = 0);
    TaskBuilder &group(uint32_t pgid, uint32_t sid);

    [[nodiscard]] uint32_t pid() const { return m_pid; }
    /// Virtual address of the string `value` of argv or the environment ("NAME=value"); aborts if there is
    /// none.
    [[nodiscard]] uint64_t addressOf(std::string_view value) const;

private:
    friend class CheckpointBuilder;
    struct Vma {
        uint64_t start, end;
        VmaKind kind;
        VmaOptions options;
    };
    struct Descriptor {
        uint32_t fd, fileId, flags;
    };
    struct Strings {
        std::vector<std::pair<uint64_t, std::string>> placed; ///< address and string, argv first
        uint64_t argStart = 0, argEnd = 0, envStart = 0, envEnd = 0;
        uint64_t stackStart = 0; ///< of argc
    };

    [[nodiscard]] bool dead() const { return m_state == 2 || m_state == 6; }
    [[nodiscard]] ByteOrder order() const { return m_order; }
    [[nodiscard]] std::vector<Vma> allVmas() const;
    [[nodiscard]] Strings strings() const;
    /// Pages with the strings on the stack.
    [[nodiscard]] PagesBuilder allPages() const;
    [[nodiscard]] std::vector<uint64_t> allAuxv() const;
    [[nodiscard]] MessageBuilder mm(bool withVmas = true) const;
    [[nodiscard]] MessageBuilder core() const;
    [[nodiscard]] static MessageBuilder vmaEntry(const Vma &vma);

    uint32_t m_pid;
    uint32_t m_ppid;
    uint32_t m_pgid = 0; ///< 0: the pid
    uint32_t m_sid = 0;
    std::string m_comm;
    ByteOrder m_order = ByteOrder::Little;
    PagesBuilder m_pages;
    std::vector<Vma> m_vmas;
    std::vector<std::string> m_arguments;
    std::vector<std::string> m_environment;
    std::vector<std::pair<uint64_t, uint64_t>> m_auxv;
    std::vector<Descriptor> m_descriptors;
    std::vector<std::pair<uint32_t, std::string>> m_threads; ///< without the leader
    uint32_t m_exe = 0;
    uint32_t m_cwd = 0;
    uint32_t m_root = 0;
    uint32_t m_state = 1;
    uint32_t m_exitCode = 0;
};

} // namespace cryoscope::test
