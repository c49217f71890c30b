// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/vma.h"

namespace cryoscope
{

std::string Vma::permissions() const
{
    constexpr uint32_t mapShared = 1; // MAP_SHARED
    std::string text = "---p";
    if ((protection & 1) != 0)
        text[0] = 'r';
    if ((protection & 2) != 0)
        text[1] = 'w';
    if ((protection & 4) != 0)
        text[2] = 'x';
    if ((flags & mapShared) != 0 || is(VmaFileShared | VmaAnonShared))
        text[3] = 's';
    return text;
}

std::string Vma::label() const
{
    constexpr uint32_t mapGrowsDown = 0x100; // MAP_GROWSDOWN: how current CRIU marks stacks
    if (is(VmaGuard))
        return "guard";
    if (is(VmaHeap))
        return "[heap]";
    if (is(VmaStack) || (flags & mapGrowsDown) != 0)
        return "[stack]";
    if (is(VmaVdso))
        return "[vdso]";
    if (is(VmaVvar))
        return "[vvar]";
    if (is(VmaVsyscall))
        return "[vsyscall]";
    if (is(VmaUprobes))
        return "[uprobes]";
    if (is(VmaMemfd))
        return path.empty() ? "memfd" : "memfd:" + path;
    if (!path.empty())
        return path;
    if (is(VmaSysvIpc))
        return "System V shared memory " + std::to_string(shmid);
    if (is(VmaAnonShared))
        return "shared memory " + std::to_string(shmid);
    if (is(VmaSocket))
        return "packet socket ring";
    if (is(VmaAioRing))
        return "AIO ring";
    if (is(VmaShadowStack))
        return "shadow stack";
    if (is(VmaPlugin))
        return "device";
    if (is(VmaFilePrivate | VmaFileShared))
        return "file " + std::to_string(shmid);
    return "anonymous";
}

} // namespace cryoscope
