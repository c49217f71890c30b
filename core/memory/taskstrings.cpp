// SPDX-License-Identifier: Apache-2.0
#include "core/memory/taskstrings.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxStrings = uint64_t{16}
                                << 20; // bytes; the kernel's own limit is a quarter of the stack, 6 MiB

/// The NUL-terminated strings of [start, end). Absent bytes read as NUL and mark the strings around them.
std::vector<TaskString> strings(const Memory &memory, uint32_t pid, uint64_t start, uint64_t end)
{
    std::vector<TaskString> found;
    const auto space = memory.addressSpace(pid);
    if (!space || end <= start)
        return found;
    // Only what lies between the first and the last byte that is there: a damaged range may span gigabytes of
    // nothing.
    const ByteRange range{start, std::min(end - start, maxStrings)};
    uint64_t first = range.end();
    uint64_t last = start;
    for (const AddressPiece &piece : space->pieces(range)) {
        if (piece.presence == Presence::Present) {
            first = std::min(first, piece.address);
            last = piece.end();
        }
    }
    if (first >= last)
        return found;
    start = first;
    // One absent byte behind them tells that the last string may go on.
    std::string bytes(std::min(last + 1, range.end()) - start, '\0');
    const auto absent = space->read(start, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    if (!absent)
        return found;
    auto hole = absent->begin(); // strings and absent pieces ascend
    const auto complete = [&](ByteRange text) {
        while (hole != absent->end() && hole->end() <= text.offset)
            ++hole;
        return hole == absent->end() || hole->address >= text.end();
    };
    for (size_t at = 0; at < bytes.size();) {
        const size_t nul = std::min(bytes.find('\0', at), bytes.size());
        const bool whole = complete({start + at, nul - at + 1});
        if (nul > at || whole)
            found.push_back({start + at, bytes.substr(at, nul - at), whole});
        at = nul + 1;
    }
    // A run of NULs at the end is padding (a program that set its title), not a row of empty arguments.
    while (!found.empty() && found.back().text.empty())
        found.pop_back();
    return found;
}

} // namespace

std::vector<TaskString> taskArguments(const Memory &memory, uint32_t pid)
{
    const Task *task = memory.checkpoint().task(pid);
    if (task == nullptr || !task->hasMemory)
        return {};
    return strings(memory, pid, task->layout.argStart, task->layout.argEnd);
}

std::vector<TaskString> taskEnvironment(const Memory &memory, uint32_t pid)
{
    const Task *task = memory.checkpoint().task(pid);
    if (task == nullptr || !task->hasMemory)
        return {};
    auto found = strings(memory, pid, task->layout.envStart, task->layout.envEnd);
    std::erase_if(found, [](const TaskString &entry) { return entry.text.empty(); });
    return found;
}

} // namespace cryoscope
