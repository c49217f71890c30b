// SPDX-License-Identifier: Apache-2.0
// A case file that someone else wrote.
#include "core/review/casestore.h"
#include "tests/fuzz/require.h"

#include <cstdio>
#include <filesystem>

#include <unistd.h>

using namespace cryoscope;
using fuzz::require;

namespace
{

/// A file that goes with the process.
class Scratch
{
public:
    Scratch() : m_folder(std::filesystem::temp_directory_path() / ("fuzzcase" + std::to_string(::getpid())))
    {
        std::filesystem::create_directories(m_folder);
    }
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_folder, ignored);
    }
    std::string write(const uint8_t *data, size_t size) const
    {
        std::error_code ignored;
        for (const char *suffix : {"", "-wal", "-shm", "-journal"})
            std::filesystem::remove(m_folder / (std::string("case") + suffix), ignored);
        const std::string path = (m_folder / "case").string();
        std::FILE *file = std::fopen(path.c_str(), "wb");
        require(file != nullptr && std::fwrite(data, 1, size, file) == size && std::fclose(file) == 0,
                "the case can be written");
        return path;
    }

private:
    std::filesystem::path m_folder;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Scratch scratch;
    const auto store = CaseStore::open(scratch.write(data, size));
    if (!store)
        return 0;
    std::vector<FindingId> ids;
    if (const auto findings = (*store)->findings()) {
        for (const CaseFinding &finding : *findings)
            ids.push_back(finding.id);
    }
    (void)(*store)->history();
    (void)(*store)->meta("checkpoint");
    (void)(*store)->stepText(false);
    (void)(*store)->stepText(true);
    if (!ids.empty())
        (void)(*store)->decide({ids.data(), 1}, Decision::Rejected, Reason::None);
    (void)(*store)->travel(false);
    (void)(*store)->travel(true);
    return 0;
}
