// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/recoding.h"
#include "core/bytes/bytesource.h"
#include "core/bytes/sparsesource.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

namespace cryoscope
{

/// Index of a member in its Archive; small, dense, the same each time the same checkpoint is opened.
using MemberId = uint32_t;
inline constexpr MemberId noMember = std::numeric_limits<MemberId>::max();

enum class MemberKind { File, Directory, Symlink, Hardlink, CharacterDevice, BlockDevice, Fifo, Other };

/// How a member's bytes are stored.
enum class Storage {
    Own,     ///< a file of its own in a directory, or a member of the outermost tar
    InPlace, ///< a byte range of its parent member (a tar in a tar)
    Sparse,  ///< of a tar: its data in pieces, its holes not (Member::sparse); a change is written piecewise
    Linked,  ///< a hard link of a tar: the bytes of another member (Member::linkedTo), not stored again
    Decoded  ///< what its parent member decodes to (gzip, zstd, compressed pages …); a change rewrites the
             ///< parent as a whole
};

/// One member of a checkpoint: a file of the directory, a member of the archive, or of an archive within it.
///
/// Paths: "checkpoint/pages-1.img"; a member of a nested tar is "rootfs-diff.tar!etc/shadow"; the decoded
/// stream of a compressed member is "tmpfs-dev-5.tar.gz.img!" and members of the tar in it
/// "tmpfs-dev-5.tar.gz.img!./x". A leading
/// "./" of outermost members is not part of the path. Members of a parent set that lies outside of the opened
/// directory are "parent-1/pages-1.img", those of its parent "parent-2/…".
struct Member {
    MemberId id = noMember;
    std::string path;
    MemberKind kind = MemberKind::File;
    uint32_t mode = 0; ///< permission bits
    uint64_t uid = 0;
    uint64_t gid = 0;
    int64_t mtime = 0;      ///< seconds since 1970
    std::string linkTarget; ///< of symlinks and hard links, as stored
    std::string followedTo; ///< of a symlink that leads to a parent set outside: where that is here, relative
                            ///< to the symlink's directory; else empty
    uint64_t deviceMajor = 0;
    uint64_t deviceMinor = 0;
    std::shared_ptr<const ByteSource>
        content; ///< of files, of sparse ones with their holes; of hard links that of their target; else null
    MemberId parent = noMember; ///< noMember: outermost
    Storage storage = Storage::Own;
    std::shared_ptr<const Recoding> recoding; ///< of Storage::Decoded; null: a plain compressed stream
    uint64_t offsetInParent = 0; ///< bytes; of members of a tar: where what is stored of them begins in it
    std::shared_ptr<const SparseSource> sparse; ///< of Storage::Sparse: `content`
    MemberId linkedTo = noMember;               ///< of Storage::Linked: whose content it is

    /// Bytes that a tar stores of it, from offsetInParent on.
    [[nodiscard]] uint64_t storedSize() const
    {
        if (storage == Storage::Linked || !content)
            return 0;
        return sparse ? sparse->storedSize() : content->size();
    }
};

} // namespace cryoscope
