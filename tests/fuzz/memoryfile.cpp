// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/memoryfile.h"

#include "tests/fuzz/require.h"

#include <sys/mman.h>
#include <unistd.h>

namespace cryoscope::fuzz
{

MemoryFile::MemoryFile(std::span<const std::byte> content)
    : m_descriptor(::memfd_create("input", MFD_CLOEXEC))
{
    require(m_descriptor >= 0, "a file in memory can be made");
    for (size_t done = 0; done < content.size();) {
        const ssize_t put = ::write(m_descriptor, content.data() + done, content.size() - done);
        require(put > 0, "a file in memory can be written");
        done += static_cast<size_t>(put);
    }
}

MemoryFile::~MemoryFile()
{
    ::close(m_descriptor);
}

std::string MemoryFile::path() const
{
    return "/proc/self/fd/" + std::to_string(m_descriptor);
}

} // namespace cryoscope::fuzz
