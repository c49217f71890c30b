// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/filesource.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

Result<std::shared_ptr<const FileSource>> FileSource::open(const std::string &path, std::string name)
{
    if (name.empty())
        name = path;
    // Not blocking: a fifo would wait for a writer before it can be seen that it is no file.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return Error{ErrorCode::InputUnreadable, std::strerror(errno), std::move(name), std::nullopt};
    struct stat status {
    };
    if (::fstat(descriptor, &status) != 0) {
        const int why = errno;
        ::close(descriptor);
        return Error{ErrorCode::InputUnreadable, std::strerror(why), std::move(name), std::nullopt};
    }
    if (!S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return Error{ErrorCode::InputUnreadable, "is not a regular file", std::move(name), std::nullopt};
    }
    return std::shared_ptr<const FileSource>(
        new FileSource(descriptor, static_cast<uint64_t>(status.st_size), std::move(name)));
}

FileSource::FileSource(int descriptor, uint64_t size, std::string name)
    : m_descriptor(descriptor), m_size(size), m_name(std::move(name))
{
}

FileSource::~FileSource()
{
    ::close(m_descriptor);
}

Result<void> FileSource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_size))
        return outOfRange(offset, out.size());
    for (size_t done = 0; done < out.size();) {
        const ssize_t got =
            ::pread(m_descriptor, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error{ErrorCode::InputUnreadable, std::strerror(errno), m_name, offset + done};
        if (got == 0)
            return Error{ErrorCode::InputUnreadable, "has become shorter while it was read", m_name,
                         offset + done};
        done += static_cast<size_t>(got);
    }
    return {};
}

uint64_t FileSource::nextData(uint64_t offset) const
{
    if (offset >= m_size)
        return m_size;
    const off_t found = ::lseek(m_descriptor, static_cast<off_t>(offset), SEEK_DATA);
    if (found < 0)
        return errno == ENXIO ? m_size : offset;
    return std::min<uint64_t>(static_cast<uint64_t>(found), m_size);
}

uint64_t FileSource::nextHole(uint64_t offset) const
{
    if (offset >= m_size)
        return m_size;
    const off_t found = ::lseek(m_descriptor, static_cast<off_t>(offset), SEEK_HOLE);
    return found < 0 ? m_size : std::min<uint64_t>(static_cast<uint64_t>(found), m_size);
}

} // namespace cryoscope
