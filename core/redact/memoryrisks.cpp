// SPDX-License-Identifier: Apache-2.0
#include "core/redact/memoryrisks.h"

#include "core/base/checked.h"
#include "core/base/hextext.h"
#include "core/checkpoint/features.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

constexpr uint64_t riskWordBytes = 8;
constexpr uint64_t executable = 4; // PROT_EXEC
constexpr uint64_t atRandom = 25;  // AT_RANDOM
constexpr uint64_t atRandomBytes = 16;
constexpr uint64_t threadBlockBytes = 0x38; // of x86-64: pointers to itself, guards of stack and pointers
constexpr uint64_t maxLookedAt = uint64_t{1} << 20; // bytes of one patch whose words are looked at
constexpr uint64_t robustHeadBytes = 24;            // of struct robust_list_head

} // namespace

MemoryRisks::MemoryRisks(const Memory &memory, RestoreFindings &findings)
    : m_memory(memory), m_archive(memory.checkpoint().archive()), m_findings(findings),
      m_order(findFeatures(memory.checkpoint()).byteOrder)
{
}

Result<void> MemoryRisks::add(MemberId canonical, const Patch &patch)
{
    const uint64_t pageSize = m_memory.checkpoint().pageSize();
    for (uint64_t at = patch.offset; at < patch.end();) {
        // Of a page that nobody sees, its place in the file tells where the next one begins.
        const Extent rest{canonical, at, patch.end() - at};
        const auto places = m_memory.places(rest);
        const uint64_t inPage =
            places.empty() ? m_archive.innermost(rest).offset % pageSize : places.front().address % pageSize;
        const Extent part{canonical, at, std::min(patch.end() - at, pageSize - inPage)};
        for (const MemoryPlace &place : places) {
            if (auto done = addPlace(place, part, patch); !done)
                return done;
        }
        at = part.end();
    }
    return {};
}

void MemoryRisks::tell(RestoreSeverity severity, const MemoryPlace &place, const Extent &part,
                       std::string_view reason)
{
    const Extent inner = m_archive.innermost(part);
    m_findings.add(
        {severity, m_archive.member(inner.member).path, inner.offset,
         "pid " + std::to_string(place.pid) + " " + place.vma->label() + " " + hexText(place.address),
         std::string(reason)},
        std::string(reason));
}

Result<void> MemoryRisks::addPlace(const MemoryPlace &place, const Extent &part, const Patch &patch)
{
    if (place.vma == nullptr)
        return {};
    const Vma &vma = *place.vma;
    if (vma.is(VmaVdso | VmaVvar | VmaVsyscall)) {
        tell(RestoreSeverity::Stops, place, part,
             "is provided by the kernel; CRIU reads it to fit the task to the kernel that restores it");
        return {};
    }
    if ((vma.protection & executable) != 0) {
        tell(RestoreSeverity::MayStop, place, part, "is code; the restored program may crash");
        return {};
    }
    if (vma.is(VmaShadowStack)) {
        tell(RestoreSeverity::Stops, place, part, "holds return addresses that the processor checks");
        return {};
    }
    if (vma.is(VmaAioRing)) {
        tell(RestoreSeverity::Stops, place, part, "is a ring of the kernel's asynchronous input and output");
        return {};
    }
    const Task *task = m_memory.checkpoint().task(place.pid);
    if (task == nullptr)
        return {};
    for (const Area &area : areasOf(*task)) {
        if (area.range.overlaps({place.address, part.length})) {
            tell(RestoreSeverity::MayStop, place, part, area.reason);
            return {};
        }
    }
    if (patch.length() > maxLookedAt) {
        tell(RestoreSeverity::MayStop, place, part,
             "is emptied with much around it, pointers and all; the restored program may crash");
        return {};
    }
    const auto pointers = changedPointers(place, part, patch);
    if (!pointers)
        return pointers.error();
    if (*pointers > 0)
        tell(RestoreSeverity::MayStop, place, part,
             "holds words that look like pointers; the restored program may crash");
    return {};
}

Result<uint64_t> MemoryRisks::changedPointers(const MemoryPlace &place, const Extent &part,
                                              const Patch &patch) const
{
    const Task *task = m_memory.checkpoint().task(place.pid);
    const auto space = m_memory.addressSpace(place.pid);
    if (task == nullptr || !space)
        return uint64_t{0};
    // Whole words: a page is a multiple of them, so they are in the same page of the file.
    const uint64_t before = std::min(place.address % riskWordBytes, part.offset);
    const auto &content = m_archive.member(part.member).content;
    const uint64_t from = part.offset - before;
    const uint64_t wanted = (before + part.length + riskWordBytes - 1) / riskWordBytes * riskWordBytes;
    std::vector<std::byte> bytes(std::min(wanted, content->size() - from));
    if (auto read = content->read(from, bytes); !read)
        return read.error();
    std::vector<std::byte> changed = bytes;
    patch.lay(from, changed);
    uint64_t pointers = 0;
    for (size_t i = 0; i + riskWordBytes <= bytes.size(); i += riskWordBytes) {
        const uint64_t word = loadInteger(std::span(bytes).subspan(i, riskWordBytes), m_order);
        const bool differs = !std::equal(bytes.begin() + static_cast<ptrdiff_t>(i),
                                         bytes.begin() + static_cast<ptrdiff_t>(i + riskWordBytes),
                                         changed.begin() + static_cast<ptrdiff_t>(i));
        if (differs && space->vmaAt(word) != nullptr)
            ++pointers;
    }
    return pointers;
}

const std::vector<MemoryRisks::Area> &MemoryRisks::areasOf(const Task &task)
{
    const auto [known, isNew] = m_areas.try_emplace(task.pid);
    std::vector<Area> &areas = known->second;
    if (!isNew)
        return areas;
    const MemoryLayout &layout = task.layout;
    if (layout.argStart > layout.stackStart && layout.stackStart != 0)
        areas.push_back({{layout.stackStart, layout.argStart - layout.stackStart},
                         "holds the pointers to arguments and environment"});
    for (size_t i = 0; i + 1 < layout.auxv.size(); i += 2) {
        if (layout.auxv[i] == atRandom && checkedAdd(layout.auxv[i + 1], atRandomBytes))
            areas.push_back({{layout.auxv[i + 1], atRandomBytes},
                             "the guards of stack and pointers were made of it (AT_RANDOM)"});
    }
    for (const Thread &thread : task.threads)
        addThreadAreas(thread, areas);
    return areas;
}

void MemoryRisks::addThreadAreas(const Thread &thread, std::vector<Area> &areas) const
{
    if (thread.core == noMember)
        return;
    const auto image = m_memory.checkpoint().openImage(thread.core);
    if (!image || image->records().empty())
        return;
    const auto core = image->message(image->records().front());
    if (!core || core->type().name != "core_entry")
        return;
    const auto add = [&areas](uint64_t start, uint64_t length, std::string_view reason) {
        if (start != 0 && checkedAdd(start, length))
            areas.push_back({{start, length}, reason});
    };
    if (const Message *state = core->message("thread_core")) {
        add(state->number("futex_rla"), robustHeadBytes,
            "the kernel reads it when the thread ends (robust list)");
        if (const Message *rseq = state->message("rseq_entry"))
            add(rseq->number("rseq_abi_pointer"), rseq->number("rseq_abi_size"),
                "kernel and thread share it (rseq)");
    }
    const Message *info = core->message("thread_info");
    const Message *registers = info != nullptr ? info->message("gpregs") : nullptr;
    if (registers != nullptr)
        add(registers->number("fs_base"), threadBlockBytes,
            "is the thread's control block, with the guards of stack and pointers");
}

} // namespace cryoscope
