// SPDX-License-Identifier: Apache-2.0
#include "core/memory/critrss.h"

#include "core/checkpoint/crittext.h"

#include <array>
#include <cstdio>

namespace cryoscope
{

namespace
{

constexpr uint64_t critPage = 4096; // bytes

std::string pagesText(const char *format, uint64_t address, uint64_t pages)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, static_cast<unsigned long long>(address),
                  static_cast<unsigned long long>(pages));
    return text.data();
}

void appendTask(const Checkpoint &checkpoint, const Task &task, const PageMap &map, std::string &out)
{
    size_t index = 0; // of the VMA; moves forward only
    const Vma *printed = nullptr;
    for (const PagemapEntry &entry : map.entries()) {
        std::string left = pagesText("\t%llx / %-8llu", entry.address, entry.pages);
        left.resize(std::max<size_t>(left.size(), 24), ' ');
        out += left;
        const auto &vmas = task.vmas;
        while (index < vmas.size() && vmas[index].end <= entry.address)
            ++index;
        const Vma *last = nullptr;
        while (index < vmas.size() && vmas[index].start < entry.address + entry.pages * critPage) {
            const Vma &vma = vmas[index];
            if (&vma == printed) {
                out += " ~";
            } else {
                out += pagesText(" %08llx / %-8llu", vma.start, (vma.end - vma.start) / critPage);
                if (vma.is(VmaFilePrivate | VmaFileShared))
                    out += " " + critMappedFile(checkpoint, static_cast<uint32_t>(vma.shmid));
            }
            out += "\n\t" + std::string(23, ' ');
            last = &vma;
            ++index;
        }
        if (last != nullptr) {
            printed = last;
            --index;
        }
        out += "\n";
    }
}

} // namespace

std::string critRss(const Memory &memory)
{
    std::string out;
    const Checkpoint &checkpoint = memory.checkpoint();
    for (const Task &task : checkpoint.tasks()) {
        out += std::to_string(task.pid) + "\n";
        if (const PageMap *map = memory.pageMap(task.pid); map != nullptr && task.hasMemory)
            appendTask(checkpoint, task, *map, out);
    }
    return out;
}

} // namespace cryoscope
