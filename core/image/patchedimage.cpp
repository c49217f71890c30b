// SPDX-License-Identifier: Apache-2.0
#include "core/image/patchedimage.h"

#include "core/image/dissector.h"
#include "core/image/messagedissector.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t patchPiece = uint64_t{1} << 20; // bytes that are compared at once
constexpr uint64_t maxExcerpt = 64;                // bytes of content that are shown

/// The node of the patched image that stands where `node` stands; null if it reads in another way there.
const DissectionNode *counterpart(const DissectionNode &node, const DissectionNode *after, size_t index)
{
    if (after == nullptr || index >= after->children.size())
        return nullptr;
    const DissectionNode &other = after->children[index];
    return other.kind == node.kind && other.range == node.range ? &other : nullptr;
}

} // namespace

ChangedNode unchanged(DissectionNode node)
{
    ChangedNode out;
    auto below = std::move(node.children);
    node.children.clear();
    out.node = std::move(node);
    for (DissectionNode &child : below)
        out.children.push_back(unchanged(std::move(child)));
    return out;
}

Result<PatchedImage> PatchedImage::make(Image image, std::vector<Patch> patches,
                                        std::shared_ptr<const Schema> schema)
{
    PatchedImage made(std::move(image));
    auto overlay = OverlaySource::make(made.m_before.source(), patches);
    if (!overlay)
        return overlay.error();
    made.m_patched = std::move(*overlay);
    if (auto done = made.findChanges(patches); !done)
        return done.error();
    auto after = Image::open(made.m_patched, std::move(schema));
    if (after)
        made.m_after = std::move(*after);
    else if (after.error().code == ErrorCode::InputUnreadable)
        return after.error();
    return made;
}

Result<void> PatchedImage::findChanges(const std::vector<Patch> &patches)
{
    for (const Patch &patch : patches) {
        for (uint64_t at = patch.offset; at < patch.end(); at += patchPiece) {
            const uint64_t length = std::min(patchPiece, patch.end() - at);
            const auto before = m_before.source()->readAll(at, length);
            if (!before)
                return before.error();
            for (uint64_t i = 0; i < length; ++i) {
                if ((*before)[i] == patch.at(at + i))
                    continue;
                if (!m_changes.empty() && m_changes.back().end() == at + i)
                    ++m_changes.back().length;
                else
                    m_changes.push_back({at + i, 1});
            }
        }
    }
    return {};
}

bool PatchedImage::changes(ByteRange range) const
{
    const auto next =
        std::partition_point(m_changes.begin(), m_changes.end(),
                             [range](const ByteRange &change) { return change.end() <= range.offset; });
    return next != m_changes.end() && next->offset < range.end();
}

Result<ChangedNode> PatchedImage::record(size_t index) const
{
    auto before = Dissector(m_before).record(index);
    if (!before)
        return before.error();
    if (!changes(before->range))
        return unchanged(std::move(*before));
    if (!m_after || index >= m_after->records().size())
        return compare(std::move(*before), nullptr);
    const auto after = Dissector(*m_after).record(index);
    if (!after)
        return after.error();
    return compare(std::move(*before), after->range == before->range ? &*after : nullptr);
}

/// `after`: null if there is no such node.
Result<ChangedNode> PatchedImage::compare(DissectionNode before, const DissectionNode *after) const
{
    if (!changes(before.range))
        return unchanged(std::move(before));
    ChangedNode out;
    out.changed = true;
    auto below = std::move(before.children);
    before.children.clear();
    out.node = std::move(before);
    for (size_t i = 0; i < below.size(); ++i) {
        const DissectionNode *other = counterpart(below[i], after, i);
        auto child = compare(std::move(below[i]), other);
        if (!child)
            return child.error();
        out.children.push_back(std::move(*child));
    }
    if (after != nullptr && after->value != out.node.value) {
        out.before = out.node.value;
        out.after = after->value;
    } else if (out.children.empty()) {
        if (auto done = addBytes(out); !done)
            return done.error();
    } else if (out.node.kind == DissectionNode::Kind::Field ||
               out.node.kind == DissectionNode::Kind::UnknownField) {
        // What a field of bytes says is what its value does.
        const ChangedNode &value = out.children.back();
        if (value.changed && value.node.kind == DissectionNode::Kind::Value) {
            out.before = value.before;
            out.after = value.after;
        }
    }
    return out;
}

/// The bytes from the first to the last that differs.
Result<void> PatchedImage::addBytes(ChangedNode &node) const
{
    const ByteRange range = node.node.range;
    const auto first =
        std::partition_point(m_changes.begin(), m_changes.end(),
                             [range](const ByteRange &change) { return change.end() <= range.offset; });
    const auto behind = std::partition_point(
        first, m_changes.end(), [range](const ByteRange &change) { return change.offset < range.end(); });
    const uint64_t start = std::max(first->offset, range.offset);
    const uint64_t end = std::min(std::prev(behind)->end(), range.end());
    const uint64_t length = std::min(end - start, maxExcerpt + 1); // one more tells that there is more
    for (const auto &[source, text] :
         {std::pair(m_before.source().get(), &node.before), std::pair(m_patched.get(), &node.after)}) {
        const auto bytes = source->readAll(start, length);
        if (!bytes)
            return bytes.error();
        *text = (start > range.offset ? "…" : "") + escapedText(*bytes, maxExcerpt);
    }
    return {};
}

} // namespace cryoscope
