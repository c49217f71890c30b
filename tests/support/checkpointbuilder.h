// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/imagebuilder.h"
#include "tests/support/pagesbuilder.h"
#include "tests/support/taskbuilder.h"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope::test
{

/// The era of a set. The same calls give the same checkpoint in each, as far as the era knew what it holds.
enum class SetLayout {
    Current,
    KindImages, ///< before CRIU 3.4: no files.img, an image for each kind of files
    Version10   ///< CRIU 1.0: that, no head magics, areas, credentials, signal actions, timers, limits and
                ///< pending signals in images of their own, pages with their address before each, fdinfo-PID
};

/// Writes a whole small image set:
///
///     CheckpointBuilder b;
///     auto &t = b.task(100, "prog");
///     t.exe(b.file("/bin/prog")).vma(0x1000, 0x3000).page(0x1ff0, "crosses a page border here");
///     t.arguments({"prog", "-v"}).environment({"API_KEY=not-a-real-key"});
///     t.fd(3, b.pipe(77, "queued bytes"));
///     b.writeTo(dir);   // or b.members(): file name → content
///
/// The first task is the root; each other one is its child unless it says so. What is not said gets a value
/// that CRIU could have written. Pages ids count from 1: tasks in order, then shared objects.
class CheckpointBuilder
{
public:
    explicit CheckpointBuilder(uint64_t pageSize = 4096) : m_pageSize(pageSize) {}

    // How the set is written.
    CheckpointBuilder &byteOrder(ByteOrder order);
    CheckpointBuilder &pagemapForm(PagemapForm form);
    /// Longest pagemap entry, in pages (CRIU's is mostly 256).
    CheckpointBuilder &maxRun(uint64_t pages);
    /// inventory img_version; 1 writes no head magics.
    CheckpointBuilder &imageVersion(uint32_t version);
    CheckpointBuilder &layout(SetLayout layout);
    /// The symlink `parent`: writeTo() makes it, members() has no links.
    CheckpointBuilder &parent(std::string target);

    /// A new task; the reference stays valid. `ppid` 0: child of the first task.
    TaskBuilder &task(uint32_t pid, std::string comm, uint32_t ppid = 0);

    // files.img entries; each returns the id.
    uint32_t file(const std::string &path, uint64_t size = 0, uint32_t mode = 0100644);
    /// A pipe's read end; `data` waits in it. More ends: pipeEnd().
    uint32_t pipe(uint32_t pipeId, std::string_view data);
    uint32_t pipeEnd(uint32_t pipeId, bool writing);
    /// Another kind: `field` is the name in file_entry ("efd"), `type` the fd_types number. `entry` has no id
    /// yet.
    uint32_t fileEntry(uint32_t type, std::string_view field, MessageBuilder entry);
    uint32_t unixSocket(uint32_t ino, uint32_t peer, std::string_view name = {});
    /// Adds a packet to the receive queue of socket `fileId`.
    CheckpointBuilder &socketPacket(uint32_t fileId, std::string_view data);
    /// An established TCP socket with its queues (tcp-stream-INO.img).
    uint32_t tcpSocket(uint32_t ino, std::string_view input, std::string_view output);
    /// A memfd whose pages are those of sharedObject(shmid).
    uint32_t memfd(const std::string &name, uint64_t shmid, uint64_t size);
    /// An unlinked open file.
    uint32_t ghostFile(const std::string &path, std::string_view content);
    /// One of `size` bytes that is written as chunks: offset → content.
    uint32_t ghostFile(const std::string &path, uint64_t size, const std::map<uint64_t, std::string> &chunks);

    /// Pages of a shared object (pagemap-shmem-SHMID.img) by offset; the reference stays valid.
    PagesBuilder &sharedObject(uint64_t shmid);

    /// A member of this name in place of, or beside, what the builder writes.
    CheckpointBuilder &member(const std::string &name, std::string content);
    /// The member is not written.
    CheckpointBuilder &without(const std::string &name);

    /// File name → content.
    [[nodiscard]] std::map<std::string, std::string> members() const;
    [[nodiscard]] const std::string &parentLink() const { return m_parent; }
    /// Writes members() (and the symlink) to `dir`, which is made if it is not there.
    void writeTo(const std::string &dir) const;
    /// Name of the pages file of a task or shared object ("pages-1.img").
    [[nodiscard]] std::string pagesFileOfTask(uint32_t pid) const;
    [[nodiscard]] std::string pagesFileOfShared(uint64_t shmid) const;

private:
    struct File {
        uint32_t id;
        uint32_t type;
        std::string field;
        MessageBuilder entry;
    };
    [[nodiscard]] ImageBuilder image(std::string_view typeName) const;
    [[nodiscard]] uint32_t pagesIdOfTask(uint32_t pid) const;
    [[nodiscard]] uint32_t pagesIdOfShared(uint64_t shmid) const;
    [[nodiscard]] uint32_t typeOf(uint32_t fileId) const;
    void addTask(const TaskBuilder &task, size_t index, std::map<std::string, std::string> &members) const;
    void addCommon(std::map<std::string, std::string> &members) const;
    void addFiles(std::map<std::string, std::string> &members) const;
    void addOldTaskImages(const std::string &suffix, std::map<std::string, std::string> &members) const;
    [[nodiscard]] MessageBuilder ids(size_t taskIndex) const;

    uint64_t m_pageSize;
    ByteOrder m_order = ByteOrder::Little;
    PagemapForm m_form = PagemapForm::Current;
    uint64_t m_maxRun = 256;
    uint32_t m_imageVersion = 2;
    SetLayout m_layout = SetLayout::Current;
    std::string m_parent;
    std::deque<TaskBuilder> m_tasks;
    std::vector<File> m_files;
    std::vector<std::pair<MessageBuilder, std::string>> m_pipeData;
    std::vector<std::pair<MessageBuilder, std::string>> m_packets;
    std::vector<MessageBuilder> m_memfds;
    std::vector<MessageBuilder> m_remaps;
    std::map<uint64_t, PagesBuilder> m_shared;
    struct Stream {
        uint32_t ino;
        MessageBuilder entry;
        std::string queues;
    };
    struct Ghost {
        uint32_t id;
        std::vector<std::pair<MessageBuilder, std::string>> records;
    };
    std::vector<Stream> m_streams;
    std::vector<Ghost> m_ghosts;
    std::map<std::string, std::string> m_members;
    std::vector<std::string> m_without;
};

} // namespace cryoscope::test
