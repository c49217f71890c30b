// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/archive/tarindex.h"
#include "core/base/problemlimit.h"

namespace cryoscope
{

/// Fills one Archive.
class ArchiveReader
{
public:
    ArchiveReader(const std::string &path, const Archive::OpenOptions &options, Progress *progress,
                  std::stop_token stop);

    Result<std::shared_ptr<const Archive>> read();
    /// What Archive::with() gives.
    Result<std::shared_ptr<const Archive>>
    readAgain(const Archive &old, std::shared_ptr<const ByteSource> stream, std::vector<Member> members);

private:
    Result<void> readDirectory();
    Result<void> readFile();
    /// Opens the archives within the archive, those within them, and so on.
    Result<void> readNested();
    Result<void> openNested(MemberId id);
    /// Adds the members of a tar stream; `parent` noMember: the outermost.
    Result<void> addTar(const std::shared_ptr<const ByteSource> &stream, MemberId parent,
                        const std::string &prefix);
    MemberId add(Member member);
    /// Makes a hard link show what `target`, an earlier member, holds; leaves it without content if that has
    /// none.
    void linkTo(Member &member, MemberId target) const;
    void problem(Severity severity, Error error)
    {
        m_limit.add(m_archive->m_problems, {severity, std::move(error)});
    }
    /// How many members a member lies within.
    [[nodiscard]] size_t depth(MemberId id) const;

    std::shared_ptr<Archive> m_archive;
    ProblemLimit m_limit;
    const std::map<std::string, std::string> m_sortAs;
    uint64_t m_decodeLeft;
    Progress *m_progress;
    std::stop_token m_stop;
};

} // namespace cryoscope
