// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/memorysource.h"
#include "core/memory/pagemap.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const MemorySource source("pagemap-1.img", std::span(reinterpret_cast<const std::byte *>(data), size));
    const auto map = PageMap::read(source, 4096);
    if (!map) {
        require(map.error().file == "pagemap-1.img", "errors name the file");
        return 0;
    }
    if (const auto &problem = map->problem())
        require(problem->file == "pagemap-1.img" && problem->offset && *problem->offset <= size,
                "problems name file and offset");
    uint64_t end = 0;
    uint64_t stored = 0;
    for (const PagemapEntry &entry : map->entries()) {
        require(entry.pages > 0 && entry.address % 4096 == 0, "entries are of whole pages");
        require(entry.address >= end && entry.pages <= (UINT64_MAX - entry.address) / 4096,
                "entries ascend and do not wrap");
        end = entry.address + map->bytes(entry);
        require(entry.fileOffset == stored, "offsets are the sum of what is stored");
        require(&map->entries()[map->lowerBound(entry.address)] == &entry, "an address leads to its entry");
        if (entry.present()) {
            require(map->entryAtFileOffset(entry.fileOffset) == &entry, "an offset leads to its entry");
            stored += map->bytes(entry);
        }
    }
    require(map->storedBytes() == stored, "offsets are the sum of what is stored");
    return 0;
}
