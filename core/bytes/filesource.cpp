// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/filesource.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

Result<std::shared_ptr<const FileSource>> FileSource::open(const std::string &path, std::string name,
                                                           std::shared_ptr<FilePool> pool)
{
    if (name.empty())
        name = path;
    // Not blocking: a fifo would wait for a writer before it can be seen that it is no file.
    const int descriptor =
        pool ? pool->openFile(path) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return Error{ErrorCode::InputUnreadable, std::strerror(errno), std::move(name), std::nullopt};
    FilePool::Entry file;
    file.handle = std::make_shared<const FileHandle>(descriptor);
    struct stat status {
    };
    if (::fstat(descriptor, &status) != 0)
        return Error{ErrorCode::InputUnreadable, std::strerror(errno), std::move(name), std::nullopt};
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::InputUnreadable, "is not a regular file", std::move(name), std::nullopt};
    std::error_code ignored;
    file.path = std::filesystem::absolute(path, ignored).string(); // wherever the program goes meanwhile
    file.name = std::move(name);
    file.device = status.st_dev;
    file.inode = status.st_ino;
    return std::shared_ptr<const FileSource>(
        new FileSource(std::move(file), static_cast<uint64_t>(status.st_size), std::move(pool)));
}

FileSource::FileSource(FilePool::Entry file, uint64_t size, std::shared_ptr<FilePool> pool)
    : m_size(size), m_pool(std::move(pool)), m_file(std::move(file))
{
    if (m_pool)
        m_pool->add(m_file);
}

FileSource::~FileSource()
{
    if (m_pool)
        m_pool->remove(m_file);
}

std::shared_ptr<const FileHandle> FileSource::handle() const
{
    if (!m_pool)
        return m_file.handle;
    const auto opened = m_pool->open(m_file);
    return opened ? *opened : nullptr;
}

Result<void> FileSource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_size))
        return outOfRange(offset, out.size());
    const auto file = m_pool ? m_pool->open(m_file) : Result(m_file.handle);
    if (!file)
        return file.error();
    for (size_t done = 0; done < out.size();) {
        const ssize_t got =
            ::pread((*file)->get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error{ErrorCode::InputUnreadable, std::strerror(errno), name(), offset + done};
        if (got == 0)
            return Error{ErrorCode::InputUnreadable, "has become shorter while it was read", name(),
                         offset + done};
        done += static_cast<size_t>(got);
    }
    return {};
}

uint64_t FileSource::nextData(uint64_t offset) const
{
    if (offset >= m_size)
        return m_size;
    const auto file = handle();
    if (!file)
        return offset;
    const off_t found = ::lseek(file->get(), static_cast<off_t>(offset), SEEK_DATA);
    if (found < 0 && errno == ENXIO) {
        // No more data: a hole up to the end, or the file has become shorter, and reading has to tell that.
        struct stat status {
        };
        const bool hole =
            ::fstat(file->get(), &status) == 0 && static_cast<uint64_t>(status.st_size) >= m_size;
        return hole ? m_size : offset;
    }
    if (found < 0)
        return offset;
    return std::min<uint64_t>(static_cast<uint64_t>(found), m_size);
}

uint64_t FileSource::nextHole(uint64_t offset) const
{
    const auto file = offset < m_size ? handle() : nullptr;
    if (!file)
        return m_size;
    const off_t found = ::lseek(file->get(), static_cast<off_t>(offset), SEEK_HOLE);
    return found < 0 ? m_size : std::min<uint64_t>(static_cast<uint64_t>(found), m_size);
}

} // namespace cryoscope
