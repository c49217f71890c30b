// SPDX-License-Identifier: Apache-2.0
#include "core/archive/archivereader.h"

#include "core/archive/decoder.h"
#include "core/archive/parentfinder.h"
#include "core/bytes/filesource.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unordered_map>

namespace cryoscope
{

namespace
{

namespace fs = std::filesystem;

constexpr size_t maxDepth = 8;

ArchiveForm formOf(Codec codec)
{
    switch (codec) {
    case Codec::None:
        return ArchiveForm::Tar;
    case Codec::Gzip:
        return ArchiveForm::TarGzip;
    case Codec::Zstd:
        return ArchiveForm::TarZstd;
    case Codec::Xz:
        return ArchiveForm::TarXz;
    case Codec::Bzip2:
        return ArchiveForm::TarBzip2;
    }
    return ArchiveForm::Tar;
}

MemberKind kindOf(mode_t mode)
{
    if (S_ISREG(mode))
        return MemberKind::File;
    if (S_ISDIR(mode))
        return MemberKind::Directory;
    if (S_ISLNK(mode))
        return MemberKind::Symlink;
    if (S_ISCHR(mode))
        return MemberKind::CharacterDevice;
    if (S_ISBLK(mode))
        return MemberKind::BlockDevice;
    return S_ISFIFO(mode) ? MemberKind::Fifo : MemberKind::Other;
}

/// Memory pages may begin with anything, so their content is never taken for an archive.
bool isPages(std::string_view path)
{
    const auto slash = path.find_last_of("/!");
    const auto fileName = slash == std::string_view::npos ? path : path.substr(slash + 1);
    return fileName.starts_with("pages-") && fileName.ends_with(".img");
}

/// A name in a tar without what makes no difference to where it is unpacked.
std::string plainName(std::string_view path)
{
    while (path.starts_with("./") || path.starts_with('/'))
        path.remove_prefix(path.front() == '/' ? 1 : 2);
    return std::string(path);
}

/// Half of what this process may have open; the rest is for whatever else it does.
size_t filesToKeepOpen()
{
    constexpr size_t least = 16;
    constexpr size_t most = 32768;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return least;
    return std::clamp<size_t>(limit.rlim_cur / 2, least, most);
}

} // namespace

ArchiveReader::ArchiveReader(const std::string &path, const Archive::OpenOptions &options, Progress *progress,
                             std::stop_token stop)
    : m_archive(new Archive), m_sortAs(options.sortAs), m_decodeLeft(options.decodeLimit),
      m_progress(progress), m_stop(std::move(stop))
{
    m_archive->m_path = path;
    m_archive->m_decodeLimit = options.decodeLimit;
}

Result<std::shared_ptr<const Archive>> ArchiveReader::read()
{
    struct stat status {
    };
    if (::stat(m_archive->m_path.c_str(), &status) != 0)
        return Error{ErrorCode::InputUnreadable, std::strerror(errno), m_archive->m_path, std::nullopt};
    auto done = S_ISDIR(status.st_mode) ? readDirectory() : readFile();
    if (done)
        done = readNested();
    if (!done)
        return done.error();
    m_archive->index();
    return std::shared_ptr<const Archive>(std::move(m_archive));
}

Result<std::shared_ptr<const Archive>> ArchiveReader::readAgain(const Archive &old,
                                                                std::shared_ptr<const ByteSource> stream,
                                                                std::vector<Member> members)
{
    m_archive->m_form = old.m_form;
    m_archive->m_file = old.m_file;
    if (old.m_form == ArchiveForm::Directory) {
        for (Member &member : members)
            add(std::move(member));
    } else {
        m_archive->m_stream = std::move(stream);
        if (auto done = addTar(m_archive->m_stream, noMember, {}); !done)
            return done.error();
    }
    if (auto done = readNested(); !done)
        return done.error();
    if (old.m_form == ArchiveForm::Directory) { // what was found when the directory was listed
        std::set<std::string> told;
        for (const Problem &problem : m_archive->m_problems)
            told.insert(problem.error.describe());
        for (const Problem &problem : old.m_problems) {
            if (!told.contains(problem.error.describe()))
                m_archive->m_problems.push_back(problem);
        }
    }
    m_archive->index();
    return std::shared_ptr<const Archive>(std::move(m_archive));
}

MemberId ArchiveReader::add(Member member)
{
    member.id = static_cast<MemberId>(m_archive->m_members.size());
    m_archive->m_members.push_back(std::move(member));
    return m_archive->m_members.back().id;
}

Result<void> ArchiveReader::readDirectory()
{
    m_archive->m_form = ArchiveForm::Directory;
    const fs::path root = m_archive->m_path;
    std::error_code error;
    fs::directory_iterator top(root, error);
    if (error)
        return Error{ErrorCode::InputUnreadable, error.message(), m_archive->m_path, std::nullopt};
    std::vector<Found> files;
    std::vector<fs::path> waiting{root};
    while (!waiting.empty()) {
        const fs::path directory = std::move(waiting.back());
        waiting.pop_back();
        fs::directory_iterator entries(directory, error);
        if (error) {
            problem(Severity::Warning, {ErrorCode::InputUnreadable,
                                        error.message(),
                                        directory.lexically_relative(root).string(),
                                        {}});
            continue;
        }
        for (; entries != fs::directory_iterator(); entries.increment(error)) {
            if (m_stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_archive->m_path, std::nullopt};
            files.push_back({entries->path().lexically_relative(root), entries->path(), {}});
            std::error_code ignored;
            if (entries->symlink_status(ignored).type() == fs::file_type::directory)
                waiting.push_back(entries->path());
        }
        if (error)
            problem(Severity::Warning, {ErrorCode::InputUnreadable,
                                        "cannot be listed to its end: " + error.message(),
                                        directory.lexically_relative(root).string(),
                                        {}});
    }
    ParentFinder(root, files, m_archive->m_problems).run();
    const auto place = [this](const fs::path &name) {
        const auto as = m_sortAs.empty() ? m_sortAs.end() : m_sortAs.find(name.generic_string());
        return as == m_sortAs.end() ? name : fs::path(as->second);
    };
    std::sort(files.begin(), files.end(),
              [&](const Found &a, const Found &b) { return place(a.name) < place(b.name); });
    const auto pool = std::make_shared<FilePool>(filesToKeepOpen());
    for (const Found &file : files) {
        Member member;
        member.path = file.name.generic_string();
        member.followedTo = file.followedTo;
        struct stat status {
        };
        if (::lstat(file.path.c_str(), &status) != 0) {
            problem(Severity::Warning,
                    {ErrorCode::InputUnreadable, std::strerror(errno), member.path, std::nullopt});
            continue;
        }
        member.kind = kindOf(status.st_mode);
        member.mode = status.st_mode & 07777;
        member.uid = status.st_uid;
        member.gid = status.st_gid;
        member.mtime = status.st_mtime;
        if (member.kind == MemberKind::Symlink)
            member.linkTarget = fs::read_symlink(file.path, error).string();
        if (member.kind == MemberKind::File) {
            auto opened = FileSource::open(file.path.string(), member.path, pool);
            if (opened)
                member.content = std::move(*opened);
            else
                problem(Severity::Warning, opened.error());
        }
        add(std::move(member));
    }
    return {};
}

Result<void> ArchiveReader::readFile()
{
    auto file = FileSource::open(m_archive->m_path);
    if (!file)
        return file.error();
    m_archive->m_file = *file;
    m_archive->m_stream = *file;
    const Codec codec = detectCodec(**file);
    m_archive->m_form = formOf(codec);
    if (codec != Codec::None) {
        if (m_progress != nullptr)
            m_progress->begin("decompress", (*file)->size());
        auto decoded = decodeStream(**file, codec, m_archive->m_path, m_decodeLeft, m_progress, m_stop);
        if (!decoded)
            return decoded.error();
        if (decoded->problem) {
            if (decoded->bytes->size() == 0)
                return *decoded->problem;
            problem(Severity::Warning, *decoded->problem);
        }
        m_decodeLeft -= std::min(m_decodeLeft, decoded->bytes->size());
        m_archive->m_stream = std::move(decoded->bytes);
    }
    if (!isTar(*m_archive->m_stream))
        return Error{ErrorCode::InputMalformed,
                     "is neither an image directory nor an archive (tar, tar.gz, tar.zst …)",
                     m_archive->m_path, 0};
    return addTar(m_archive->m_stream, noMember, {});
}

Result<void> ArchiveReader::addTar(const std::shared_ptr<const ByteSource> &stream, MemberId parent,
                                   const std::string &prefix)
{
    auto index = indexTar(stream, prefix, m_stop);
    if (!index)
        return index.error();
    for (auto &found : index->problems)
        problem(found.severity, std::move(found.error));
    if (parent == noMember)
        m_archive->m_slack = std::move(index->slack);
    std::unordered_map<std::string, MemberId> byName; // a link leads to the last one before it
    for (auto &member : index->members) {
        member.parent = parent;
        member.storage = parent == noMember ? Storage::Own : Storage::InPlace;
        if (member.sparse)
            member.storage = Storage::Sparse;
        const std::string name = plainName(member.path);
        if (member.kind == MemberKind::Hardlink && !member.content) {
            if (const auto target = byName.find(plainName(member.linkTarget)); target != byName.end())
                linkTo(member, target->second);
        }
        if (parent == noMember && member.path.starts_with("./") && member.path.size() > 2)
            member.path.erase(0, 2);
        member.path = prefix + member.path;
        byName[name] = add(std::move(member));
    }
    return {};
}

void ArchiveReader::linkTo(Member &member, MemberId target) const
{
    const Member &linked = m_archive->m_members[target];
    if (!linked.content)
        return;
    member.content = linked.content;
    member.storage = Storage::Linked;
    member.linkedTo = linked.storage == Storage::Linked ? linked.linkedTo : target;
}

size_t ArchiveReader::depth(MemberId id) const
{
    size_t levels = 0;
    for (MemberId parent = m_archive->m_members[id].parent; parent != noMember;
         parent = m_archive->m_members[parent].parent)
        ++levels;
    return levels;
}

Result<void> ArchiveReader::readNested()
{
    // Members that are found are added behind, and looked at in their turn.
    for (size_t id = 0; id < m_archive->m_members.size(); ++id) {
        if (m_stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", m_archive->m_path, std::nullopt};
        if (auto done = openNested(static_cast<MemberId>(id)); !done)
            return done;
    }
    return {};
}

Result<void> ArchiveReader::openNested(MemberId id)
{
    const Member member = m_archive->m_members[id]; // a copy: adding members moves them
    if (!member.content || member.content->size() == 0 || member.storage == Storage::Linked ||
        isPages(member.path))
        return {};
    const bool tar = isTar(*member.content);
    const Codec codec = tar ? Codec::None : detectCodec(*member.content);
    if (!tar && codec == Codec::None)
        return {};
    if (depth(id) >= maxDepth) {
        problem(Severity::Warning,
                {ErrorCode::Unsupported,
                 "archives within it are more than " + std::to_string(maxDepth) + " deep and are not opened",
                 member.path, std::nullopt});
        return {};
    }
    // What a stream decodes to is called "X!", and so are the members of a tar in it.
    const std::string prefix = member.storage == Storage::Decoded ? member.path : member.path + "!";
    if (tar)
        return addTar(member.content, id, prefix);
    auto decoded = decodeStream(*member.content, codec, member.path + "!", m_decodeLeft, nullptr, m_stop);
    if (!decoded) {
        if (decoded.error().code == ErrorCode::Cancelled)
            return decoded.error();
        problem(Severity::Warning, decoded.error());
        return {};
    }
    if (decoded->problem) {
        // A file that merely begins like a stream decodes to nothing: then it is no stream.
        if (decoded->bytes->size() == 0)
            return {};
        problem(Severity::Warning, *decoded->problem);
    }
    m_decodeLeft -= std::min(m_decodeLeft, decoded->bytes->size());
    Member stream;
    stream.path = member.path + "!";
    stream.mode = member.mode;
    stream.mtime = member.mtime;
    stream.content = std::move(decoded->bytes);
    stream.parent = id;
    stream.storage = Storage::Decoded;
    add(std::move(stream));
    return {};
}

} // namespace cryoscope
