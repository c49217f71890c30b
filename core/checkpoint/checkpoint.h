// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/checkpoint/containerinfo.h"
#include "core/checkpoint/imagesets.h"
#include "core/checkpoint/layout.h"
#include "core/checkpoint/task.h"
#include "core/image/image.h"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cryoscope
{

/// inventory.img, as far as it matters to a reader.
struct Inventory {
    uint32_t imageVersion = 0; ///< 1: v1.0, 2: v1.1, 3: v1.2
    bool fdinfoPerId = false;
    bool nsPerId = false;
    std::string runId; ///< dump_criu_run_id
    uint32_t lsmType = 0;
    uint32_t compress = 0; ///< unreleased: 0 off
    uint32_t rootPid = 0;
};

/// One pages object: pagemap-PID.img or pagemap-shmem-ID.img and the pages file it names.
struct PagemapRef {
    uint64_t id = 0; ///< pid or shmem id
    MemberId pagemap = noMember;
    bool oldPages = false; ///< `pagemap` is a pages file of CRIU 1.0, with the address of each page before it
};

/// memfd.img entry: a memfd and the shmem object that holds its pages.
struct MemfdInfo {
    uint32_t inodeId = 0;
    uint64_t shmid = 0;
    uint64_t size = 0; ///< bytes
    std::string name;
};

/// A checkpoint as a model: process tree, VMAs, files, container. Pages are not touched. Immutable after
/// open(); thread-safe; shared by all who read it.
class Checkpoint
{
public:
    struct OpenOptions {
        Archive::OpenOptions archive;
        /// The image set to show, by its prefix ("counter.tar!checkpoint"; "." is that at the top); nothing:
        /// the first of imageSets().
        std::optional<std::string> set;
    };

    /// Opens an image directory or an archive. Errors: those of Archive::open, and NotFound ("no checkpoint:
    /// …") if no image set is in it (no inventory.img and no image at all), or none of the name that is asked
    /// for. Everything less is listed in problems().
    static Result<std::shared_ptr<const Checkpoint>> open(const std::string &path,
                                                          const OpenOptions &options = {},
                                                          Progress *progress = nullptr,
                                                          std::stop_token stop = {});

    /// The same of an archive that is open. `set`: as OpenOptions::set.
    static Result<std::shared_ptr<const Checkpoint>> open(std::shared_ptr<const Archive> archive,
                                                          const std::optional<std::string> &set,
                                                          std::stop_token stop = {});

    [[nodiscard]] const Archive &archive() const { return *m_archive; }
    [[nodiscard]] const std::shared_ptr<const Schema> &schema() const { return m_schema; }
    /// All image sets, that which is shown by default first. Only one is shown: the bytes of the others are
    /// searched and redacted as members, their memory in the order of their pages files.
    [[nodiscard]] const std::vector<ImageSetInfo> &imageSets() const { return m_sets; }
    [[nodiscard]] Layout layout() const { return m_layout; }
    /// Path prefix of the members of the shown image set, the newest of its chain ("", "checkpoint/").
    [[nodiscard]] const std::string &imagePrefix() const { return m_prefix; }
    /// Member of the image set by file name ("files.img"); null if absent.
    [[nodiscard]] const Member *imageMember(std::string_view fileName) const;
    /// Opens the framing of an image member. Errors as Image::open.
    [[nodiscard]] Result<Image> openImage(MemberId member) const;

    [[nodiscard]] const Inventory &inventory() const { return m_inventory; }
    /// "CRIU …" as far as the set tells (dump.log, stats), else empty.
    [[nodiscard]] const std::string &criuVersion() const { return m_criuVersion; }
    /// In pstree.img order.
    [[nodiscard]] const std::vector<Task> &tasks() const { return m_tasks; }
    /// Null if there is no such pid.
    [[nodiscard]] const Task *task(uint32_t pid) const;
    /// All file entries in stored order.
    [[nodiscard]] const std::vector<FileEntry> &files() const { return m_files; }
    /// The first entry with this id (as crit resolves); null if none.
    [[nodiscard]] const FileEntry *file(uint32_t id) const;
    [[nodiscard]] const std::vector<PagemapRef> &taskPagemaps() const { return m_taskPagemaps; }
    [[nodiscard]] const std::vector<PagemapRef> &sharedPagemaps() const { return m_sharedPagemaps; }
    [[nodiscard]] const std::vector<MemfdInfo> &memfds() const { return m_memfds; }
    /// shmem id of the memfd that files.img entry `fileId` opens, if it is one.
    [[nodiscard]] std::optional<uint64_t> memfdShmid(uint32_t fileId) const;
    [[nodiscard]] const std::optional<ContainerInfo> &container() const { return m_container; }
    /// What could not be read or resolved, of the archive and of the images.
    [[nodiscard]] const std::vector<Problem> &problems() const { return m_problems; }
    /// Bytes per page: AT_PAGESZ of the first task that has it, else 4096.
    [[nodiscard]] uint64_t pageSize() const { return m_pageSize; }

private:
    friend class CheckpointLoader;
    Checkpoint() = default;

    std::shared_ptr<const Archive> m_archive;
    std::shared_ptr<const Schema> m_schema;
    std::vector<ImageSetInfo> m_sets;
    Layout m_layout = Layout::Images;
    std::string m_prefix;
    std::string m_criuVersion;
    Inventory m_inventory;
    std::vector<Task> m_tasks;
    std::vector<FileEntry> m_files;
    std::unordered_map<uint32_t, size_t> m_taskByPid;
    std::unordered_map<uint32_t, size_t> m_fileById;
    std::unordered_map<uint32_t, uint32_t> m_memfdInodeByFile;
    std::unordered_map<uint32_t, uint64_t> m_shmidByInode; ///< of memfds
    std::vector<PagemapRef> m_taskPagemaps;
    std::vector<PagemapRef> m_sharedPagemaps;
    std::vector<MemfdInfo> m_memfds;
    std::optional<ContainerInfo> m_container;
    std::vector<Problem> m_problems;
    uint64_t m_pageSize = 4096;
};

} // namespace cryoscope
