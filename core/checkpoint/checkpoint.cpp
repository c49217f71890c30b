// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/checkpoint.h"

#include "core/checkpoint/checkpointloader.h"

namespace cryoscope
{

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open(const std::string &path,
                                                           const OpenOptions &options, Progress *progress,
                                                           std::stop_token stop)
{
    auto archive = Archive::open(path, options.archive, progress, stop);
    if (!archive)
        return archive.error();
    return CheckpointLoader::load(std::move(*archive), options.set, std::move(stop));
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open(std::shared_ptr<const Archive> archive,
                                                           const std::optional<std::string> &set,
                                                           std::stop_token stop)
{
    return CheckpointLoader::load(std::move(archive), set, std::move(stop));
}

const Member *Checkpoint::imageMember(std::string_view fileName) const
{
    const Member *member = m_archive->find(m_prefix + std::string(fileName));
    return member != nullptr && member->content ? member : nullptr;
}

Result<Image> Checkpoint::openImage(MemberId member) const
{
    const Member &image = m_archive->member(member);
    if (!image.content)
        return Error{ErrorCode::InputUnreadable, "has no content that can be read", image.path, std::nullopt};
    return Image::open(image.content, m_schema);
}

const Task *Checkpoint::task(uint32_t pid) const
{
    const auto found = m_taskByPid.find(pid);
    return found == m_taskByPid.end() ? nullptr : &m_tasks[found->second];
}

const FileEntry *Checkpoint::file(uint32_t id) const
{
    const auto found = m_fileById.find(id);
    return found == m_fileById.end() ? nullptr : &m_files[found->second];
}

std::optional<uint64_t> Checkpoint::memfdShmid(uint32_t fileId) const
{
    const auto inode = m_memfdInodeByFile.find(fileId);
    if (inode == m_memfdInodeByFile.end())
        return std::nullopt;
    const auto shmid = m_shmidByInode.find(inode->second);
    return shmid == m_shmidByInode.end() ? std::nullopt : std::optional(shmid->second);
}

} // namespace cryoscope
