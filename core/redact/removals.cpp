// SPDX-License-Identifier: Apache-2.0
#include "core/redact/removals.h"

#include "core/archive/bloblayout.h"
#include "core/archive/tarplaces.h"
#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/imagecensus.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/imagesets.h"
#include "core/detect/sensitivefiles.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

Error refused(const std::string &path, const std::string &why)
{
    return {ErrorCode::Usage, "cannot be removed: " + why + "; \"content\" empties it, and keeps its size",
            path, std::nullopt};
}

/// Finds what goes, and what that means.
class RemovalFinder
{
public:
    RemovalFinder(const Memory &memory, const FileTreatments &files)
        : m_memory(memory), m_archive(memory.checkpoint().archive()), m_files(files), m_layout(m_archive),
          m_holders(holdersOfImageSets(m_archive)), m_directories(imageDirectories(memory.checkpoint()))
    {
        const auto &parents = memory.parentSets();
        m_directories.insert(m_directories.end(), parents.begin(), parents.end());
    }

    Result<Removals> run()
    {
        std::vector<bool> met(m_files.rules.size());
        const auto all = fileContents(m_memory, [&](std::string_view path) {
            for (size_t i = 0; i < met.size(); ++i)
                met[i] = met[i] || globMeansFile(m_files.rules[i].glob, path);
            return m_files.of(path) == FileTreatment::Remove;
        });
        for (size_t i = 0; i < met.size(); ++i) {
            if (!met[i])
                m_removals.warnings.push_back("no file of the checkpoint is meant by " + m_files.rules[i].glob);
        }
        for (const FileContent &content : all) {
            auto done = content.place == FileContent::Place::Member ? member(m_archive.member(content.member))
                                                                    : elsewhere(content);
            if (!done)
                return done.error();
        }
        if (auto done = links(); !done)
            return done.error();
        const auto gone = withInner(m_archive, m_removals.members);
        std::erase_if(m_removals.members, [&](MemberId id) {
            const MemberId parent = m_archive.member(id).parent;
            return parent != noMember && gone.contains(parent);
        });
        risks();
        return std::move(m_removals);
    }

private:
    Result<void> member(const Member &member)
    {
        const auto [directory, fileName] = splitPath(member.path);
        const bool inSet =
            std::find(m_directories.begin(), m_directories.end(), directory) != m_directories.end();
        if (inSet && (fileName.ends_with(".img") || identifyImage(member).image()))
            return refused(member.path, "it is an image of the checkpoint, without which the set is broken");
        if (m_holders[member.id])
            return refused(member.path, "an image set lies in it");
        if (!m_layout.empty())
            return refused(member.path, "the image that it lies in calls its blobs by their digests");
        m_removals.members.insert(member.id);
        return {};
    }

    /// Content that is not there as a member.
    Result<void> elsewhere(const FileContent &content)
    {
        if (content.parts.empty())
            return {};
        const bool ghost = content.place == FileContent::Place::DeletedFile;
        const std::string what =
            ghost ? "its content is in " + m_archive.member(content.member).path +
                        ", an image that CRIU makes the open file of"
                  : "pid " + std::to_string(content.pid) + " has mapped it, and its pages are memory";
        if (ghost && m_files.ruleFor(content.path) != nullptr)
            return refused(content.path, what);
        m_removals.warnings.push_back(content.path + ": " + what + "; it is emptied instead of removed");
        return {};
    }

    /// The content of a file is gone when all its names are.
    Result<void> links()
    {
        std::set<MemberId> contents;
        for (const MemberId id : m_removals.members) {
            const Member &member = m_archive.member(id);
            contents.insert(member.storage == Storage::Linked ? member.linkedTo : id);
        }
        for (const Member &member : m_archive.members()) {
            const MemberId content = member.storage == Storage::Linked ? member.linkedTo : member.id;
            if (!contents.contains(content) || m_removals.members.contains(member.id))
                continue;
            const FileRule *rule = m_files.ruleFor(member.path);
            if (rule != nullptr && rule->treatment != FileTreatment::Remove)
                return Error{
                    ErrorCode::Usage,
                    "is to stay, and is a hard link of the same content as a file that is to be removed",
                    member.path, std::nullopt};
            m_removals.warnings.push_back(member.path +
                                          ": removed too, for it is a hard link of the same content");
            m_removals.members.insert(member.id);
        }
        return {};
    }

    void risks()
    {
        for (const MemberId id : m_removals.members) {
            const Member &member = m_archive.member(id);
            const size_t nest = nestEnd(member.path);
            if (nest == 0) {
                m_removals.risks.push_back({RestoreSeverity::MayStop,
                                            member.path,
                                            std::nullopt,
                                            {},
                                            "is removed: what wrote it beside the images may look for it"});
                continue;
            }
            std::string_view path = std::string_view(member.path).substr(nest);
            while (path.starts_with('/') || path.starts_with("./"))
                path.remove_prefix(path.front() == '/' ? 1 : 2);
            const std::string user = userOf("/" + std::string(path));
            m_removals.risks.push_back(
                {user.empty() ? RestoreSeverity::Note : RestoreSeverity::MayStop,
                 member.path,
                 std::nullopt,
                 {},
                 user.empty()
                     ? "is removed: a program that opens it finds none, or that of the container's image"
                     : "is removed: " + user + ", so CRIU opens it when it restores"});
        }
    }

    /// "pid 7 has it open as 3"; empty if no process needs the file. A tmpfs is mounted somewhere, so the end
    /// of a path is enough.
    [[nodiscard]] std::string userOf(const std::string &path) const
    {
        const Checkpoint &checkpoint = m_memory.checkpoint();
        for (const Task &task : checkpoint.tasks()) {
            const std::string pid = "pid " + std::to_string(task.pid);
            for (const OpenFile &file : task.files) {
                const FileEntry *entry = checkpoint.file(file.fileId);
                if (entry != nullptr && entry->type == FdReg && entry->path.ends_with(path))
                    return pid + " has it open as descriptor " + std::to_string(file.fd);
            }
            for (const Vma &vma : task.vmas) {
                if (vma.path.ends_with(path))
                    return pid + " has it mapped";
            }
        }
        return {};
    }

    const Memory &m_memory;
    const Archive &m_archive;
    const FileTreatments &m_files;
    const BlobLayout m_layout;
    const std::vector<bool> m_holders;
    std::vector<std::string> m_directories;
    Removals m_removals;
};

} // namespace

Result<Removals> findRemovals(const Memory &memory, const FileTreatments &files)
{
    if (files.isEmpty())
        return Removals();
    return RemovalFinder(memory, files).run();
}

} // namespace cryoscope
