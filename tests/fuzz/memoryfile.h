// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace cryoscope::fuzz
{

/// A regular file that lives in memory only, for what opens by path.
class MemoryFile
{
public:
    explicit MemoryFile(std::span<const std::byte> content);
    ~MemoryFile();
    MemoryFile(const MemoryFile &) = delete;
    MemoryFile &operator=(const MemoryFile &) = delete;

    [[nodiscard]] std::string path() const;

private:
    int m_descriptor;
};

} // namespace cryoscope::fuzz
