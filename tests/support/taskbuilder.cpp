// SPDX-License-Identifier: Apache-2.0
#include "tests/support/taskbuilder.h"

#include "tests/support/fail.h"
#include "tests/support/imagebuilder.h"

#include <algorithm>

namespace cryoscope::test
{

namespace
{

constexpr uint64_t defaultStackEnd = 0x7ffffffff000;
constexpr uint64_t defaultStackPages = 32;
constexpr uint64_t auxvPageSize = 6; // AT_PAGESZ

// vma_entry.status
constexpr uint32_t regular = 1;
constexpr uint32_t vdso = 1u << 3;
constexpr uint32_t heap = 1u << 5;
constexpr uint32_t filePrivate = 1u << 6;
constexpr uint32_t fileShared = 1u << 7;
constexpr uint32_t anonShared = 1u << 8;
constexpr uint32_t anonPrivate = 1u << 9;
constexpr uint32_t sysv = 1u << 10;
constexpr uint32_t memfd = 1u << 14;
constexpr uint32_t guard = 1u << 16;

// vma_entry.flags
constexpr uint32_t mapShared = 1;
constexpr uint32_t mapPrivate = 2;
constexpr uint32_t mapAnonymous = 0x20;
constexpr uint32_t mapGrowsDown = 0x100;

struct Traits {
    uint32_t status;
    uint32_t flags;
    uint32_t protection;
};

Traits traitsOf(VmaKind kind)
{
    switch (kind) {
    case VmaKind::Anonymous:
        return {regular | anonPrivate, mapPrivate | mapAnonymous, 3};
    case VmaKind::Heap:
        return {regular | heap | anonPrivate, mapPrivate | mapAnonymous, 3};
    case VmaKind::Stack:
        return {regular | anonPrivate, mapPrivate | mapAnonymous | mapGrowsDown, 3};
    case VmaKind::Vdso:
        return {regular | vdso | anonPrivate, mapPrivate | mapAnonymous, 5};
    case VmaKind::FilePrivate:
        return {regular | filePrivate, mapPrivate, 1};
    case VmaKind::FileShared:
        return {regular | fileShared, mapShared, 3};
    case VmaKind::SharedAnonymous:
        return {regular | anonShared, mapShared | mapAnonymous, 3};
    case VmaKind::SysV:
        return {regular | anonShared | sysv, mapShared | mapAnonymous, 3};
    case VmaKind::Memfd:
        return {regular | fileShared | memfd, mapShared, 3};
    case VmaKind::MemfdPrivate:
        return {regular | filePrivate | memfd, mapPrivate, 3};
    case VmaKind::Guard:
        return {guard, mapPrivate | mapAnonymous, 0};
    }
    fail("unknown kind of VMA");
}

} // namespace

TaskBuilder &TaskBuilder::vma(uint64_t start, uint64_t end, VmaKind kind, const VmaOptions &options)
{
    if (start >= end)
        fail("an empty VMA");
    m_vmas.push_back({start, end, kind, options});
    return *this;
}

TaskBuilder &TaskBuilder::page(uint64_t address, std::string_view content)
{
    m_pages.write(address, content);
    return *this;
}

TaskBuilder &TaskBuilder::inParent(uint64_t address, uint64_t pages)
{
    m_pages.inParent(address, pages);
    return *this;
}

TaskBuilder &TaskBuilder::lazy(uint64_t address, uint64_t pages)
{
    m_pages.lazy(address, pages);
    return *this;
}

TaskBuilder &TaskBuilder::arguments(std::vector<std::string> values)
{
    m_arguments = std::move(values);
    return *this;
}

TaskBuilder &TaskBuilder::environment(std::vector<std::string> values)
{
    m_environment = std::move(values);
    return *this;
}

TaskBuilder &TaskBuilder::auxv(uint64_t key, uint64_t value)
{
    m_auxv.emplace_back(key, value);
    return *this;
}

TaskBuilder &TaskBuilder::fd(uint32_t fd, uint32_t fileId, uint32_t flags)
{
    m_descriptors.push_back({fd, fileId, flags});
    return *this;
}

TaskBuilder &TaskBuilder::exe(uint32_t fileId)
{
    m_exe = fileId;
    return *this;
}

TaskBuilder &TaskBuilder::cwd(uint32_t fileId)
{
    m_cwd = fileId;
    return *this;
}

TaskBuilder &TaskBuilder::root(uint32_t fileId)
{
    m_root = fileId;
    return *this;
}

TaskBuilder &TaskBuilder::thread(uint32_t tid, std::string comm)
{
    m_threads.emplace_back(tid, std::move(comm));
    return *this;
}

TaskBuilder &TaskBuilder::state(uint32_t number, uint32_t exitCode)
{
    m_state = number;
    m_exitCode = exitCode;
    return *this;
}

TaskBuilder &TaskBuilder::group(uint32_t pgid, uint32_t sid)
{
    m_pgid = pgid;
    m_sid = sid;
    return *this;
}

std::vector<TaskBuilder::Vma> TaskBuilder::allVmas() const
{
    std::vector<Vma> all = m_vmas;
    const bool hasStack =
        std::any_of(all.begin(), all.end(), [](const Vma &vma) { return vma.kind == VmaKind::Stack; });
    if (!hasStack && (!m_arguments.empty() || !m_environment.empty()))
        all.push_back(
            {defaultStackEnd - defaultStackPages * m_pages.pageSize(), defaultStackEnd, VmaKind::Stack, {}});
    // CRIU lists guard ranges last, out of address order.
    std::stable_sort(all.begin(), all.end(), [](const Vma &a, const Vma &b) {
        return std::pair(a.kind == VmaKind::Guard, a.start) < std::pair(b.kind == VmaKind::Guard, b.start);
    });
    return all;
}

TaskBuilder::Strings TaskBuilder::strings() const
{
    Strings result;
    if (m_arguments.empty() && m_environment.empty())
        return result;
    uint64_t stackBegin = 0;
    uint64_t stackEnd = 0;
    for (const Vma &vma : allVmas()) {
        if (vma.kind == VmaKind::Stack) {
            stackBegin = vma.start;
            stackEnd = vma.end;
        }
    }
    uint64_t total = 0;
    for (const auto *list : {&m_arguments, &m_environment}) {
        for (const std::string &text : *list)
            total += text.size() + 1;
    }
    // As the kernel lays it out, a word of zeros and the program's name end the stack.
    const uint64_t nameSize = m_comm.size() + 1;
    const uint64_t words = 1 + m_arguments.size() + 1 + m_environment.size() + 1 + allAuxv().size() + 2;
    if (stackEnd - stackBegin < total + nameSize + 8 + words * 8 + 16)
        fail("the stack is too small for its strings");
    uint64_t at = stackEnd - 8 - nameSize - total;
    result.stackStart = (at - words * 8) & ~uint64_t{15};
    result.argStart = at;
    for (const std::string &text : m_arguments) {
        result.placed.emplace_back(at, text);
        at += text.size() + 1;
    }
    result.argEnd = result.envStart = at;
    for (const std::string &text : m_environment) {
        result.placed.emplace_back(at, text);
        at += text.size() + 1;
    }
    result.envEnd = at;
    return result;
}

uint64_t TaskBuilder::addressOf(std::string_view value) const
{
    for (const auto &[address, text] : strings().placed) {
        if (text == value)
            return address;
    }
    fail("no such argument or variable");
}

PagesBuilder TaskBuilder::allPages() const
{
    PagesBuilder pages = m_pages;
    const Strings strings = this->strings();
    if (strings.placed.empty())
        return pages;
    std::string block; // argc, argv, NULL, envp, NULL, auxv
    const auto word = [&block, this](uint64_t value) { block += number(value, 8, order()); };
    word(m_arguments.size());
    for (size_t i = 0; i < strings.placed.size(); ++i) {
        if (i == m_arguments.size())
            word(0);
        word(strings.placed[i].first);
    }
    if (m_environment.empty())
        word(0);
    word(0);
    for (const uint64_t value : allAuxv())
        word(value);
    word(0);
    word(0);
    pages.write(strings.stackStart, block);
    std::string texts;
    for (const auto &[address, text] : strings.placed)
        texts += text + '\0';
    texts += m_comm + '\0' + std::string(8, '\0');
    pages.write(strings.argStart, texts);
    return pages;
}

std::vector<uint64_t> TaskBuilder::allAuxv() const
{
    std::vector<uint64_t> all{auxvPageSize, m_pages.pageSize()};
    for (const auto &[key, value] : m_auxv)
        all.insert(all.end(), {key, value});
    return all;
}

MessageBuilder TaskBuilder::vmaEntry(const Vma &vma)
{
    const Traits traits = traitsOf(vma.kind);
    MessageBuilder entry("vma_entry");
    entry.set("start", vma.start).set("end", vma.end).set("pgoff", vma.options.offset);
    entry.set("shmid", vma.options.object);
    entry.set("prot",
              vma.options.protection < 0 ? traits.protection : static_cast<uint32_t>(vma.options.protection));
    entry.set("flags", traits.flags).set("status", traits.status).set("fd", -1);
    if (vma.options.advice != 0)
        entry.set("madv", vma.options.advice);
    return entry;
}

MessageBuilder TaskBuilder::mm(bool withVmas) const
{
    const Strings strings = this->strings();
    MessageBuilder mm("mm_entry");
    for (const Vma &vma : allVmas()) {
        if (vma.kind == VmaKind::Heap)
            mm.set("mm_start_brk", vma.start).set("mm_brk", vma.end);
        if (withVmas)
            mm.set("vmas", vmaEntry(vma));
    }
    if (!strings.placed.empty())
        mm.set("mm_start_stack", strings.stackStart)
            .set("mm_arg_start", strings.argStart)
            .set("mm_arg_end", strings.argEnd)
            .set("mm_env_start", strings.envStart)
            .set("mm_env_end", strings.envEnd);
    mm.set("exe_file_id", m_exe);
    for (const uint64_t value : allAuxv())
        mm.set("mm_saved_auxv", value);
    return mm.fillRequired();
}

MessageBuilder TaskBuilder::core() const
{
    MessageBuilder tc("task_core_entry");
    tc.set("task_state", m_state).set("exit_code", m_exitCode).set("comm", m_comm);
    MessageBuilder core("core_entry");
    core.set("mtype", 1).set("tc", tc.fillRequired());
    if (!dead())
        core.set("thread_core", MessageBuilder("thread_core_entry").set("comm", m_comm).fillRequired());
    return core.fillRequired();
}

} // namespace cryoscope::test
