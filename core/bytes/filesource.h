// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"

#include <memory>

namespace cryoscope
{

/// A regular file, opened O_RDONLY and read with pread (a mapping would turn a file that shrinks under us
/// into SIGBUS).
class FileSource final : public ByteSource
{
public:
    /// Opens `path`; `name` is what error messages say (the path if empty). Errors: InputUnreadable with
    /// errno's text; also for anything that is no regular file.
    static Result<std::shared_ptr<const FileSource>> open(const std::string &path, std::string name = {});
    ~FileSource() override;

    uint64_t size() const override { return m_size; }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;
    uint64_t nextHole(uint64_t offset) const override;

    /// The open descriptor, for copy_file_range and fstat; never written to, valid while this object lives.
    [[nodiscard]] int descriptor() const { return m_descriptor; }

private:
    FileSource(int descriptor, uint64_t size, std::string name);

    int m_descriptor;
    uint64_t m_size;
    std::string m_name;
};

} // namespace cryoscope
