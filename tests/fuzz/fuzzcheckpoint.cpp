// SPDX-License-Identifier: Apache-2.0
// A whole checkpoint: its model, memory, texts and runs.
#include "core/checkpoint/crittext.h"
#include "core/memory/completeness.h"
#include "core/memory/critrss.h"
#include "core/memory/memory.h"
#include "core/memory/run.h"
#include "core/memory/taskstrings.h"
#include "tests/fuzz/container.h"
#include "tests/fuzz/memoryfile.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed)
{
    return fuzz::mutateContainer(data, size, maxSize, seed, LLVMFuzzerMutate);
}

namespace
{

void checkSpace(const Memory &memory, const AddressSpace &space)
{
    constexpr ByteRange all{0, UINT64_MAX};
    uint64_t at = 0;
    for (const AddressPiece &piece : space.pieces(all)) {
        require(piece.address == at && piece.length > 0, "pieces cover all addresses");
        at = piece.end();
        if (piece.presence != Presence::Present)
            continue;
        const auto &content = memory.checkpoint().archive().member(piece.extent.member).content;
        require(content && piece.extent.end() <= content->size(), "what is present can be read");
        for (const MemoryPlace &place : memory.places({piece.extent.member, piece.extent.offset, 1}))
            require(place.pid != 0 || place.vma == nullptr, "places without a task have no VMA");
    }
    require(at == UINT64_MAX, "pieces cover all addresses");
    uint64_t end = 0;
    for (const ByteRange &range : space.mapped()) {
        require(range.offset >= end && !range.empty(), "mapped ranges ascend");
        end = range.end();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto files = fuzz::filesOf({reinterpret_cast<const std::byte *>(data), size});
    const std::string tar = fuzz::tarOf(files);
    const fuzz::MemoryFile file(asBytes(tar));
    Checkpoint::OpenOptions options;
    options.archive.decodeLimit = uint64_t{4} << 20;
    const auto checkpoint = Checkpoint::open(file.path(), options);
    if (!checkpoint) {
        require(!checkpoint.error().file.empty(), "errors name the file");
        return 0;
    }
    uint64_t text =
        critPs(**checkpoint).size() + critFds(**checkpoint).size() + critMems(**checkpoint).size();
    const auto loaded = Memory::load(*checkpoint);
    require(loaded.ok(), "damage is no error, but a problem");
    const Memory &memory = **loaded;
    text += critRss(memory).size();
    require(text < (1 << 16) + 4096 * uint64_t{size}, "text does not grow without bounds");
    for (const Problem &problem : memory.problems())
        require(!problem.error.file.empty(), "problems name the file");
    for (const RestoreFinding &finding : checkCompleteness(memory).findings)
        require(!finding.member.empty() && !finding.reason.empty(), "findings name member and reason");
    for (const Task &task : (*checkpoint)->tasks()) {
        const auto space = memory.addressSpace(task.pid);
        require(space.ok(), "each task has an address space");
        checkSpace(memory, *space);
        (void)taskArguments(memory, task.pid);
        (void)taskEnvironment(memory, task.pid);
    }
    for (const uint64_t id : memory.sharedObjects())
        checkSpace(memory, *memory.sharedObject(id));
    for (const Run &run : allRuns(memory)) {
        std::vector<std::byte> bytes(std::min<uint64_t>(run.length, 4096));
        require(readRun(memory, run, run.length - bytes.size(), bytes).ok(), "runs can be read");
        require(runExtents(memory, run, 0, run.length).ok(), "runs have extents");
    }
    return 0;
}
