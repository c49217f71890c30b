// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/overlaysource.h"
#include "core/image/dissection.h"
#include "core/image/image.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// A node of an image, and what stands in its place once bytes were replaced by others of the same number.
struct ChangedNode {
    DissectionNode node;  ///< as it is in the image, without children
    bool changed = false; ///< some of its bytes are others afterwards
    /// In words, of a changed node that says something: its value, or the bytes that differ (escaped, of
    /// limited length). Empty for nodes that only hold others.
    std::string before, after;
    std::vector<ChangedNode> children;
};

/// The tree of a node of which nothing changes.
[[nodiscard]] ChangedNode unchanged(DissectionNode node);

/// An image beside what patches make of it, field by field. Immutable, thread-safe.
class PatchedImage
{
public:
    /// `patches` are sorted, do not overlap and lie within the image's content (else InputMalformed). Errors
    /// of reading. That the patched bytes are no image any more is no error. `schema`: the image's.
    static Result<PatchedImage> make(Image image, std::vector<Patch> patches,
                                     std::shared_ptr<const Schema> schema);

    [[nodiscard]] const Image &before() const { return m_before; }
    /// Nothing if the patched bytes are no image.
    [[nodiscard]] const std::optional<Image> &after() const { return m_after; }
    /// Ranges of bytes that are others afterwards, ascending; patches that put what is there already count
    /// not.
    [[nodiscard]] const std::vector<ByteRange> &changes() const { return m_changes; }
    /// Whether a byte of `range` is another one afterwards.
    [[nodiscard]] bool changes(ByteRange range) const;

    /// Record number `index` (below before().records().size()) with all that is in it. Errors as
    /// Dissector::record.
    [[nodiscard]] Result<ChangedNode> record(size_t index) const;

private:
    explicit PatchedImage(Image image) : m_before(std::move(image)) {}
    [[nodiscard]] Result<void> findChanges(const std::vector<Patch> &patches);
    [[nodiscard]] Result<ChangedNode> compare(DissectionNode before, const DissectionNode *after) const;
    [[nodiscard]] Result<void> addBytes(ChangedNode &node) const;

    Image m_before;
    std::optional<Image> m_after;
    std::shared_ptr<const ByteSource> m_patched; ///< the content afterwards
    std::vector<ByteRange> m_changes;
};

} // namespace cryoscope
