// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"

#include <cstdint>
#include <string>

namespace cryoscope
{

/// Bits of vma_entry.status. Source: CRIU's image documentation (VMA_AREA_* and VMA_* constants).
enum VmaStatus : uint32_t {
    VmaRegular = 1u << 0,
    VmaStack = 1u << 1,
    VmaVsyscall = 1u << 2,
    VmaVdso = 1u << 3,
    VmaHeap = 1u << 5,
    VmaFilePrivate = 1u << 6,
    VmaFileShared = 1u << 7,
    VmaAnonShared = 1u << 8,
    VmaAnonPrivate = 1u << 9,
    VmaSysvIpc = 1u << 10,
    VmaSocket = 1u << 11,
    VmaVvar = 1u << 12,
    VmaAioRing = 1u << 13,
    VmaMemfd = 1u << 14,
    VmaShadowStack = 1u << 15,
    VmaGuard = 1u << 16,
    VmaUprobes = 1u << 17,
    VmaPlugin = 1u << 27
};

/// One virtual memory area of a task (mm_entry.vmas).
struct Vma {
    uint64_t start = 0;      ///< virtual address
    uint64_t end = 0;        ///< virtual address, exclusive
    uint64_t fileOffset = 0; ///< bytes into the mapped object (vma_entry.pgoff counts bytes)
    uint64_t shmid = 0;      ///< files.img id for file maps, shmem id for shared anonymous ones
    uint32_t protection = 0; ///< PROT_*: 1 read, 2 write, 4 execute
    uint32_t flags = 0;      ///< MAP_*
    uint32_t status = 0;     ///< VmaStatus bits
    uint64_t advice = 0;     ///< bit n: MADV_n was given
    std::string path;        ///< of file maps and memfds, as in files.img; else empty

    [[nodiscard]] constexpr bool is(uint32_t statusBits) const { return (status & statusBits) != 0; }
    [[nodiscard]] constexpr ByteRange range() const { return {start, end - start}; }
    /// The core dump was told to leave it out (MADV_DONTDUMP, 16): the program itself thought it sensitive.
    [[nodiscard]] constexpr bool dontDump() const { return ((advice >> 16) & 1) != 0; }
    /// "rwxp" as in /proc/PID/maps.
    [[nodiscard]] std::string permissions() const;
    /// "[heap]", "[stack]", "[vdso]", a path, "shared memory 1258", "anonymous".
    [[nodiscard]] std::string label() const;
};

} // namespace cryoscope
