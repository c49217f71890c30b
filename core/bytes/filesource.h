// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"
#include "core/bytes/filepool.h"

#include <memory>

namespace cryoscope
{

/// A regular file, opened O_RDONLY and read with pread (a mapping would turn a file that shrinks under us
/// into SIGBUS).
class FileSource final : public ByteSource
{
public:
    /// Opens `path`; `name` is what error messages say (the path if empty). With a pool the file may be
    /// closed and opened again in between; else it stays open. Errors: InputUnreadable with errno's text;
    /// also for anything that is no regular file.
    static Result<std::shared_ptr<const FileSource>> open(const std::string &path, std::string name = {},
                                                          std::shared_ptr<FilePool> pool = {});
    ~FileSource() override;

    uint64_t size() const override { return m_size; }
    const std::string &name() const override { return m_file.name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;
    uint64_t nextHole(uint64_t offset) const override;

    /// The open file, for copy_file_range and fstat; never written to. Null if it cannot be opened again.
    [[nodiscard]] std::shared_ptr<const FileHandle> handle() const;

private:
    FileSource(FilePool::Entry file, uint64_t size, std::shared_ptr<FilePool> pool);

    uint64_t m_size;
    std::shared_ptr<FilePool> m_pool; ///< null: m_file stays open
    mutable FilePool::Entry m_file;
};

} // namespace cryoscope
