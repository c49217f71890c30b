// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/detect/finding.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A file whose content is sensitive as a whole.
struct SensitiveFile {
    std::string_view what; ///< "password hashes", "login history" …
    Confidence confidence = Confidence::Medium;
};
/// What a path (absolute, in a container's root, or of a member) says about its file; nothing for other
/// files.
[[nodiscard]] std::optional<SensitiveFile> sensitiveFile(std::string_view path);

/// Whether a glob means the file at `path`, which may be absolute, in a container's root, or that of a member
/// ("rootfs-diff.tar!etc/shadow" is also "etc/shadow"). '*' stands for '/' too; what begins with "*/"
/// or "**/" also means the root itself.
[[nodiscard]] bool globMeansFile(std::string_view glob, std::string_view path);

/// Where the content of a file is in the checkpoint.
struct FileContent {
    enum class Place {
        Member,      ///< a file of the checkpoint, or of an archive within it
        DeletedFile, ///< an image that holds a file which was open and has no name any more (a ghost file)
        MappedFile   ///< pages of a process
    };
    Place place = Place::Member;
    std::string path;           ///< of the member, or as the program knew the file
    MemberId member = noMember; ///< Member: it; DeletedFile: the image
    std::vector<Extent> parts;  ///< canonical; none of an empty file
    uint32_t pid = 0;           ///< MappedFile
    uint64_t address = 0;       ///< MappedFile: of the first page that is there
};
/// All places with content of files whose path is wanted: members, then deleted files, then mapped ones.
[[nodiscard]] std::vector<FileContent> fileContents(const Memory &memory,
                                                    const std::function<bool(std::string_view path)> &wanted);

/// Whether there is anything in it that could be secret: more than zeros, and more than a redaction leaves.
[[nodiscard]] bool tellsSomething(const Archive &archive, const FileContent &content);

/// The finding (rule "sensitive-file") for content of a file; `what` as SensitiveFile::what.
[[nodiscard]] Finding fileFinding(const FileContent &content, const SensitiveFile &file);

/// One finding (rule "sensitive-file") for each sensitive file whose content is in the checkpoint: members of
/// archives (root file systems, tmpfs), deleted files that were open, pages of mapped files. Content that is
/// empty or redacted is none.
[[nodiscard]] std::vector<Finding> findSensitiveFiles(const Memory &memory);

} // namespace cryoscope
