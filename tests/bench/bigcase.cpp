// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bigcase.h"

#include "core/review/case.h"
#include "tests/bench/bigcheckpoint.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cryoscope::test
{

namespace
{

constexpr uint64_t slot = 32; // bytes of the pages for each finding
constexpr uint64_t tasks = 20;
constexpr uint64_t kinds = 40;
constexpr uint64_t mebibyte = uint64_t{1} << 20;

std::string padded(uint64_t number, size_t digits)
{
    const std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
}

/// Fills all pages with slots of "name=value" whose values repeat.
void fillPages(const std::string &checkpoint, uint64_t values)
{
    uint64_t next = 0;
    for (uint64_t task = 0; task < tasks; ++task) {
        const std::string path = checkpoint + "/pages-" + std::to_string(task + 1) + ".img";
        const uint64_t size = std::filesystem::file_size(path);
        std::ofstream file(path, std::ios::binary);
        for (uint64_t at = 0; at + slot <= size; at += slot, ++next)
            file << "name-" << padded(next, 7) << "=secret-" << padded(next * 7919 % values, 6) << ".....\n";
        if (!file)
            failWith({ErrorCode::OutputUnwritable, "cannot be written", path, {}});
    }
}

} // namespace

void failWith(const Error &error)
{
    std::fprintf(stderr, "%s\n", error.describe().c_str());
    std::exit(3);
}

std::shared_ptr<const Memory> openMemory(const std::string &path)
{
    return must(Memory::load(must(Checkpoint::open(path))));
}

std::string BigCase::checkpointOf(const std::string &directory)
{
    return directory + "/checkpoint";
}

std::string BigCase::caseOf(const std::string &directory)
{
    return directory + "/review.cryoscope";
}

std::vector<Finding> BigCase::scanned(const Memory &memory) const
{
    std::vector<Finding> found;
    found.reserve(findings);
    for (const Member &member : memory.checkpoint().archive().members()) {
        if (!memory.isPagesFile(member.id))
            continue;
        for (uint64_t at = 0; at + slot <= member.content->size() && found.size() < findings; at += slot) {
            const uint64_t number = found.size();
            Finding finding;
            finding.rule = "service-" + std::to_string(number % kinds) + "-token";
            finding.kind = "Token of service " + std::to_string(number % kinds);
            finding.confidence = static_cast<Confidence>(number / 7 % 3);
            finding.why = "anchor and length are those of this service's tokens";
            if (number % 2 == 0)
                finding.label = "SERVICE_TOKEN_" + std::to_string(number % values);
            finding.parts = {{member.id, at + 13, 13}};
            if (const auto places = memory.places(finding.parts.front()); !places.empty()) {
                finding.pid = places.front().pid;
                finding.address = places.front().address;
            }
            found.push_back(std::move(finding));
        }
    }
    return found;
}

void BigCase::write(const std::string &directory) const
{
    std::filesystem::create_directories(directory);
    BigCheckpoint size;
    size.pageBytes = (findings * slot / mebibyte + 1) * mebibyte;
    size.tasks = tasks;
    size.vmas = tasks * 20;
    size.entries = tasks * 100;
    size.write(checkpointOf(directory));
    fillPages(checkpointOf(directory), values);
    const auto memory = openMemory(checkpointOf(directory));
    const auto found = scanned(*memory);
    if (found.size() < findings)
        failWith({ErrorCode::Internal, "the pages are too few", directory, {}});
    const auto review = must(Case::create(caseOf(directory), *memory));
    if (auto done = review->replaceScan(*memory, found, "made for a benchmark"); !done)
        failWith(done.error());
}

} // namespace cryoscope::test
