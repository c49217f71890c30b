// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"
#include "core/export/blobchanges.h"

#include <map>
#include <vector>

namespace cryoscope
{

/// What members and the whole archive hold after a redaction, as sources; nothing is written. Bytes are
/// patched in place wherever they are stored as they are, those of sparse members piecewise. A compressed
/// member with a patch in what it decodes to is encoded anew (into memory), and the tars around it are
/// rebuilt with its new size; compressed pages are stored again with the pagemap that tells of their sizes
/// (Member::recoding). Members that are called by the digest of their content get new names, and texts that
/// name them new digests (BlobLayout). Everything else stays to the byte.
class RedactedContent
{
public:
    /// `archive` and `patches` (by canonical member) must outlive this.
    RedactedContent(const Archive &archive, const std::map<MemberId, std::vector<Patch>> &patches,
                    Progress *progress = nullptr, std::stop_token stop = {});

    /// Whether the member's size may change: it is compressed and patched within, tells of such a member's
    /// sizes, names changed blobs, or holds such a member.
    [[nodiscard]] bool resized(MemberId member) const { return m_resized[member]; }
    /// Patches of a member in its own offsets; not of what a compressed member decodes to.
    [[nodiscard]] std::vector<Patch> patchesOf(MemberId member) const;
    /// The new content of a member that has content.
    Result<std::shared_ptr<const ByteSource>> content(MemberId member);
    /// New digests of the blobs that get new names, by those in the old names; empty if there are none. The
    /// same errors as content().
    Result<NewDigests> newNames();
    /// How blobs and the texts that name them change.
    [[nodiscard]] const BlobChanges &blobChanges() const { return m_blobChanges; }
    /// The new stream of the outermost tar: members replaced, slack zeroed. Only for archives.
    Result<std::shared_ptr<const ByteSource>> stream();
    /// Patches of stream() by which it differs, if no outermost member is resized.
    [[nodiscard]] std::vector<Patch> streamPatches() const;
    [[nodiscard]] bool anyResized() const;

private:
    /// The member's bytes with same-length patches only.
    Result<std::shared_ptr<const ByteSource>> patched(MemberId member) const;
    /// The new content of `member`, which stores `decoded` by a Recoding.
    Result<std::shared_ptr<const ByteSource>> recoded(MemberId member, const Member &decoded);
    /// What of `digest`, that of a changed blob or of what it decodes to; null if it is none.
    Result<const NewDigest *> newDigest(const std::string &digest);
    /// A text with the new digests of the blobs that it names.
    Result<std::shared_ptr<const ByteSource>> renamedText(MemberId text);
    /// Patches of stream() that give outermost members their new names.
    Result<std::vector<Patch>> headerPatches();
    /// `tar` with the contents of `children` (its members, by offset) replaced.
    Result<std::shared_ptr<const ByteSource>> rebuilt(std::shared_ptr<const ByteSource> tar,
                                                      const std::vector<MemberId> &children);

    const Archive &m_archive;
    std::map<MemberId, std::vector<Patch>>
        m_withStored; ///< `patches` and, of sparse members, those of what tars store; empty if there are none
    const std::map<MemberId, std::vector<Patch>> &m_patches;
    Progress *m_progress;
    std::stop_token m_stop;
    std::vector<bool> m_resized; ///< by member
    std::vector<std::vector<MemberId>>
        m_resizedIn;                   ///< by member: members of the tar in it that are resized, by offset
    std::vector<MemberId> m_decodedIn; ///< by member: the changed stream that it decodes to, or helps to
    BlobChanges m_blobChanges;
    std::map<std::string, NewDigest, std::less<>> m_newDigests;           ///< those that are known yet
    std::map<MemberId, std::shared_ptr<const ByteSource>> m_blobContents; ///< of blobs that were made anew
    std::map<MemberId, std::vector<std::shared_ptr<const ByteSource>>>
        m_recoded; ///< by decoded member: the contents of those that it is stored in
};

} // namespace cryoscope
