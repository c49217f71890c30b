// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace cryoscope
{

/// An open file, closed with its last owner.
class FileHandle
{
public:
    explicit FileHandle(int descriptor) : m_descriptor(descriptor) {}
    ~FileHandle();
    FileHandle(const FileHandle &) = delete;
    FileHandle &operator=(const FileHandle &) = delete;

    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

/// Keeps a limited number of files open for any number of sources: image directories have tens of thousands
/// of files, and systems allow a process fewer. What is not open is opened again when it is read, and must
/// then be the same file. Thread-safe.
class FilePool
{
public:
    /// `limit` (at least 1) files stay open; those that are being read come on top.
    explicit FilePool(size_t limit) : m_limit(limit) {}

    /// A file that the pool opens.
    struct Entry {
        std::string path;
        std::string name;    ///< for errors
        uint64_t device = 0; ///< of the file when it was opened first
        uint64_t inode = 0;
        std::shared_ptr<const FileHandle> handle; ///< null: not open now
        std::list<Entry *>::iterator place;       ///< among those that are open, if it is
    };

    /// Opens a file for reading, like open(2); where the process may have no more, some that this pool keeps
    /// are closed for it. -1 and errno if it cannot be opened.
    [[nodiscard]] int openFile(const std::string &path);
    /// Takes in an entry that is open. It must stay where it is until it is given to remove().
    void add(Entry &entry);
    void remove(Entry &entry);
    /// The open file. Errors: InputUnreadable if it cannot be opened again, or is another one by now.
    Result<std::shared_ptr<const FileHandle>> open(Entry &entry);
    /// How many files are open for the pool now.
    [[nodiscard]] size_t openFiles() const;

private:
    int openRead(const std::string &path);
    void keep(Entry &entry);

    size_t m_limit;
    mutable std::mutex m_mutex; ///< of what follows, and of handle and place of entries
    std::list<Entry *> m_open;  ///< the last used first
};

} // namespace cryoscope
