// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/filepool.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

FileHandle::~FileHandle()
{
    ::close(m_descriptor);
}

int FilePool::openFile(const std::string &path)
{
    const std::lock_guard lock(m_mutex);
    return openRead(path);
}

int FilePool::openRead(const std::string &path)
{
    for (;;) {
        // Not blocking: a fifo would wait for a writer before it can be seen that it is no file.
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (descriptor >= 0 || (errno != EMFILE && errno != ENFILE) || m_open.empty())
            return descriptor;
        // Others (another checkpoint, the window) have taken what was left: make do with fewer.
        m_limit = std::max<size_t>(m_open.size() / 2, 1);
        do {
            m_open.back()->handle.reset();
            m_open.pop_back();
        } while (m_open.size() > m_limit);
    }
}

void FilePool::add(Entry &entry)
{
    const std::lock_guard lock(m_mutex);
    keep(entry);
}

void FilePool::remove(Entry &entry)
{
    const std::lock_guard lock(m_mutex);
    if (entry.handle)
        m_open.erase(entry.place);
    entry.handle.reset();
}

Result<std::shared_ptr<const FileHandle>> FilePool::open(Entry &entry)
{
    const std::lock_guard lock(m_mutex);
    if (entry.handle) {
        m_open.splice(m_open.begin(), m_open, entry.place);
        return entry.handle;
    }
    const int descriptor = openRead(entry.path);
    if (descriptor < 0)
        return Error{ErrorCode::InputUnreadable, std::strerror(errno), entry.name, std::nullopt};
    auto handle = std::make_shared<const FileHandle>(descriptor);
    struct stat status {
    };
    if (::fstat(descriptor, &status) != 0 || status.st_dev != entry.device || status.st_ino != entry.inode)
        return Error{ErrorCode::InputUnreadable, "is another file than when the checkpoint was opened",
                     entry.name, std::nullopt};
    entry.handle = std::move(handle);
    keep(entry);
    return entry.handle;
}

size_t FilePool::openFiles() const
{
    const std::lock_guard lock(m_mutex);
    return m_open.size();
}

void FilePool::keep(Entry &entry)
{
    m_open.push_front(&entry);
    entry.place = m_open.begin();
    while (m_open.size() > m_limit) {
        m_open.back()->handle.reset(); // whoever reads it holds it
        m_open.pop_back();
    }
}

} // namespace cryoscope
