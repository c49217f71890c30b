// SPDX-License-Identifier: Apache-2.0
#include "core/archive/archive.h"

#include "core/archive/archivereader.h"

#include <algorithm>

namespace cryoscope
{

std::string_view archiveFormName(ArchiveForm form)
{
    switch (form) {
    case ArchiveForm::Directory:
        return "directory";
    case ArchiveForm::Tar:
        return "tar";
    case ArchiveForm::TarGzip:
        return "tar.gz";
    case ArchiveForm::TarZstd:
        return "tar.zst";
    case ArchiveForm::TarXz:
        return "tar.xz";
    case ArchiveForm::TarBzip2:
        return "tar.bz2";
    }
    return "unknown";
}

Result<std::shared_ptr<const Archive>> Archive::open(const std::string &path, const OpenOptions &options,
                                                     Progress *progress, std::stop_token stop)
{
    return ArchiveReader(path, options, progress, std::move(stop)).read();
}

std::shared_ptr<const Archive> Archive::withDecoded(std::vector<Member> members) const
{
    std::shared_ptr<Archive> more(new Archive(*this));
    for (Member &member : members) {
        member.id = static_cast<MemberId>(more->m_members.size());
        member.storage = Storage::Decoded;
        more->m_members.push_back(std::move(member));
    }
    more->index();
    return more;
}

Result<std::shared_ptr<const Archive>> Archive::with(std::shared_ptr<const ByteSource> stream,
                                                     std::vector<Member> members, std::stop_token stop) const
{
    const OpenOptions options{m_decodeLimit, {}};
    return ArchiveReader(m_path, options, nullptr, std::move(stop))
        .readAgain(*this, std::move(stream), std::move(members));
}

void Archive::index()
{
    m_byPath.clear();
    m_children.assign(m_members.size(), {});
    for (const auto &member : m_members) {
        m_byPath[member.path] = member.id;
        if (member.storage == Storage::InPlace && member.content)
            m_children[member.parent].push_back(member.id);
    }
    for (auto &children : m_children) {
        std::sort(children.begin(), children.end(), [this](MemberId a, MemberId b) {
            return m_members[a].offsetInParent < m_members[b].offsetInParent;
        });
    }
}

const Member *Archive::find(std::string_view path) const
{
    const auto found = m_byPath.find(std::string(path));
    return found == m_byPath.end() ? nullptr : &m_members[found->second];
}

Extent Archive::canonical(Extent extent) const
{
    for (;;) {
        const Member &member = m_members.at(extent.member);
        if (member.storage == Storage::InPlace) {
            extent.offset += member.offsetInParent;
            extent.member = member.parent;
        } else if (member.storage == Storage::Linked) {
            extent.member = member.linkedTo;
        } else {
            return extent;
        }
    }
}

Extent Archive::innermost(Extent canonical) const
{
    for (;;) {
        const auto &children = m_children.at(canonical.member);
        const auto after = std::upper_bound(
            children.begin(), children.end(), canonical.offset,
            [this](uint64_t offset, MemberId id) { return offset < m_members[id].offsetInParent; });
        if (after == children.begin())
            return canonical;
        const Member &child = m_members[*std::prev(after)];
        const ByteRange range{child.offsetInParent, child.content->size()};
        if (!range.contains(canonical.range()) || !range.contains(canonical.offset))
            return canonical;
        canonical.member = child.id;
        canonical.offset -= child.offsetInParent;
    }
}

std::vector<MemberId> Archive::canonicalMembers() const
{
    std::vector<MemberId> ids;
    for (const auto &member : m_members) {
        if (member.content && member.storage != Storage::InPlace && member.storage != Storage::Linked)
            ids.push_back(member.id);
    }
    return ids;
}

std::vector<Extent> Archive::sparseData() const
{
    std::vector<Extent> data;
    for (const auto &member : m_members) {
        if (member.storage == Storage::Sparse && member.parent != noMember && member.storedSize() > 0)
            data.push_back(canonical({member.parent, member.offsetInParent, member.storedSize()}));
    }
    std::sort(data.begin(), data.end());
    return data;
}

} // namespace cryoscope
