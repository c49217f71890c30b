// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/archive/member.h"
#include "core/base/progress.h"
#include "core/base/result.h"

#include <map>
#include <span>
#include <string_view>
#include <unordered_map>

namespace cryoscope
{

/// What a checkpoint is stored as, found by content and never by name.
enum class ArchiveForm { Directory, Tar, TarGzip, TarZstd, TarXz, TarBzip2 };

/// "directory", "tar", "tar.gz" …
[[nodiscard]] std::string_view archiveFormName(ArchiveForm form);

/// The members of a checkpoint: of an image directory or of an archive, including those of archives within
/// it. Plain tars (also nested ones) are indexed and read in place; a compressed stream is decoded once into
/// memory (never to disk), up to OpenOptions::decodeLimit. Immutable after open(); thread-safe.
class Archive
{
public:
    struct OpenOptions {
        uint64_t decodeLimit = uint64_t{16}
                               << 30; ///< bytes that all compressed streams together may decode to
        /// Paths of a directory whose members stand in the order that they would have by another path: so
        /// that members of an export in which some are renamed have the same ids as those of the evidence.
        std::map<std::string, std::string> sortAs = {};
    };

    /// Opens `path` (directory or file) read-only. Subdirectories are followed, symlinks are members and are
    /// not, but for those that lead from an image set to its parent set outside of the directory: its files
    /// are members too (see Member), which is a Note in problems(). Errors name the file and offset:
    /// InputUnreadable (permission, I/O, not there), InputMalformed (not an archive, a compressed stream that
    /// is damaged), Unsupported (longer than the limit), Cancelled. A single member that cannot be read, a
    /// tar that ends early or a nested archive that is damaged is no error: it is listed in problems(), and
    /// what precedes it is there.
    static Result<std::shared_ptr<const Archive>> open(const std::string &path, const OpenOptions &options,
                                                       Progress *progress = nullptr,
                                                       std::stop_token stop = {});

    /// The same archive with more members at the end: Storage::Decoded, what is stored in others. Their ids
    /// are given here.
    [[nodiscard]] std::shared_ptr<const Archive> withDecoded(std::vector<Member> members) const;
    /// The same archive with another stream of its outermost tar, or the same directory with other outermost
    /// members (the one that it is counts): the archives within are opened anew, and all ids given anew.
    /// path() and file() stay. Errors as open().
    [[nodiscard]] Result<std::shared_ptr<const Archive>> with(std::shared_ptr<const ByteSource> stream,
                                                              std::vector<Member> members,
                                                              std::stop_token stop = {}) const;

    [[nodiscard]] ArchiveForm form() const { return m_form; }
    /// As given to open().
    [[nodiscard]] const std::string &path() const { return m_path; }
    /// All members, outermost first in stored order (directories: sorted by path), nested ones after their
    /// parent.
    [[nodiscard]] std::span<const Member> members() const { return m_members; }
    /// `id` must be one of this archive.
    [[nodiscard]] const Member &member(MemberId id) const { return m_members.at(id); }
    /// By path as Member::path says; null if there is none. Of several with the same path, the last (as tar
    /// extracts).
    [[nodiscard]] const Member *find(std::string_view path) const;
    [[nodiscard]] std::span<const Problem> problems() const { return m_problems; }

    /// The uncompressed stream of the outermost tar (headers, data, padding, end); null for a directory.
    [[nodiscard]] const std::shared_ptr<const ByteSource> &stream() const { return m_stream; }
    /// Bytes of stream() that are neither header nor content: padding, and what follows the end; ascending.
    /// Programs write zeros there.
    [[nodiscard]] std::span<const ByteRange> slack() const { return m_slack; }
    /// The archive file as stored; null for a directory.
    [[nodiscard]] const std::shared_ptr<const ByteSource> &file() const { return m_file; }

    /// The same bytes in terms of the outermost member that stores them as they are: walks up
    /// Storage::InPlace, and from hard links to what they link.
    [[nodiscard]] Extent canonical(Extent extent) const;
    /// The innermost member that holds all of a canonical extent, in its own offsets (the extent itself if
    /// none).
    [[nodiscard]] Extent innermost(Extent canonical) const;
    /// Members whose bytes are not stored in place in another: outermost files, decoded streams, sparse
    /// members. Their contents, without sparseData(), together are each byte of the checkpoint's content
    /// once.
    [[nodiscard]] std::vector<MemberId> canonicalMembers() const;
    /// Canonical extents where tars within the checkpoint store the data of sparse members, ascending.
    [[nodiscard]] std::vector<Extent> sparseData() const;

private:
    friend class ArchiveReader;
    Archive() = default;
    /// Fills m_children and m_byPath.
    void index();

    ArchiveForm m_form = ArchiveForm::Directory;
    std::string m_path;
    uint64_t m_decodeLimit = 0; ///< bytes, as asked for
    std::vector<Member> m_members;
    std::vector<std::vector<MemberId>> m_children; ///< InPlace children of a member, by offset
    std::unordered_map<std::string, MemberId> m_byPath;
    std::vector<Problem> m_problems;
    std::vector<ByteRange> m_slack;
    std::shared_ptr<const ByteSource> m_stream;
    std::shared_ptr<const ByteSource> m_file;
};

} // namespace cryoscope
