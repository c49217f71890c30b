// SPDX-License-Identifier: Apache-2.0
// heapimage OUT PID...: an image set of the private writable memory of running programs, read through /proc,
// for measurements on pages of real heaps. Pages of zeros alone are left out, as CRIU leaves out what was
// never written.
#include "tests/support/checkpointbuilder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <sstream>
#include <unistd.h>

using namespace cryoscope::test;

namespace
{

struct Mapping {
    uint64_t start = 0;
    uint64_t end = 0;
    std::string name;
    bool shared = false;
};

uint64_t number(std::string_view text, int base)
{
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

std::vector<Mapping> writableMappings(const std::string &pid)
{
    std::vector<Mapping> mappings;
    std::ifstream maps("/proc/" + pid + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::string range;
        std::string permissions;
        std::string offset;
        std::string device;
        std::string inode;
        Mapping mapping;
        fields >> range >> permissions >> offset >> device >> inode >> mapping.name;
        const size_t dash = range.find('-');
        mapping.start = number(std::string_view(range).substr(0, dash), 16);
        mapping.end = number(std::string_view(range).substr(dash + 1), 16);
        mapping.shared = permissions[3] == 's';
        if (permissions.starts_with("rw"))
            mappings.push_back(std::move(mapping));
    }
    return mappings;
}

/// `seen`: shared mappings that another task has shown already.
uint64_t addTask(CheckpointBuilder &builder, const std::string &pid, std::set<std::string> &seen)
{
    auto &task = builder.task(static_cast<uint32_t>(number(pid, 10)), "program");
    const int memory = open(("/proc/" + pid + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    if (memory < 0)
        return 0;
    uint64_t pages = 0;
    std::string page(4096, '\0');
    const std::string zeros(page.size(), '\0');
    for (const Mapping &mapping : writableMappings(pid)) {
        if (mapping.shared && !seen.insert(mapping.name + std::to_string(mapping.start)).second)
            continue;
        bool any = false;
        for (uint64_t at = mapping.start; at < mapping.end; at += page.size()) {
            if (pread(memory, page.data(), page.size(), static_cast<off_t>(at)) !=
                    static_cast<ssize_t>(page.size()) ||
                page == zeros)
                continue;
            task.page(at, page);
            any = true;
            ++pages;
        }
        if (any)
            task.vma(mapping.start, mapping.end,
                     mapping.name == "[heap]"    ? VmaKind::Heap
                     : mapping.name == "[stack]" ? VmaKind::Stack
                                                 : VmaKind::Anonymous);
    }
    close(memory);
    return pages;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) {
        std::fprintf(stderr, "usage: heapimage OUT PID...\n");
        return 2;
    }
    CheckpointBuilder builder;
    std::set<std::string> seen;
    for (int i = 2; i < argc; ++i)
        std::printf("%s: %llu pages\n", argv[i],
                    static_cast<unsigned long long>(addTask(builder, argv[i], seen)));
    builder.writeTo(argv[1]);
    return 0;
}
