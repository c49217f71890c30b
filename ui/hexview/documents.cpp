// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/documents.h"

#include "core/base/byterange.h"

#include <limits>

namespace cryoscope::ui
{

namespace
{

Result<AddressSpace> spaceOf(const Memory &memory, const ByteTarget &target)
{
    return target.kind == ByteTarget::Kind::Task ? memory.addressSpace(target.pid)
                                                 : memory.sharedObject(target.sharedId);
}

/// The last page of the address line is left out, so that ends never wrap.
constexpr uint64_t top = std::numeric_limits<uint64_t>::max() - 4095;

void lay(const std::vector<Patch> &patches, uint64_t offset, std::span<std::byte> bytes)
{
    const ByteRange range{offset, bytes.size()};
    auto patch = std::partition_point(patches.begin(), patches.end(),
                                      [offset](const Patch &p) { return p.end() <= offset; });
    for (; patch != patches.end() && patch->offset < range.end(); ++patch)
        patch->lay(offset, bytes);
}

} // namespace

std::vector<HexSegment> segmentsOf(const Memory &memory, const ByteTarget &target)
{
    std::vector<HexSegment> segments;
    if (target.kind == ByteTarget::Kind::Member) {
        const auto &content = memory.checkpoint().archive().member(target.member).content;
        if (content && content->size() > 0)
            segments.push_back({0, content->size(), true, QString()});
        return segments;
    }
    const auto space = spaceOf(memory, target);
    if (!space)
        return segments;
    for (const AddressPiece &piece : space->pieces({0, top})) {
        if (piece.presence == Presence::NotMapped ||
            (target.kind == ByteTarget::Kind::Shared && piece.presence == Presence::Untouched &&
             piece.end() == top))
            continue;
        const bool present = piece.presence == Presence::Present;
        const auto words = presenceText(piece.presence);
        const QString text =
            present ? QString() : QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size()));
        if (!segments.empty()) {
            HexSegment &last = segments.back();
            if (last.start + last.length == piece.address && last.present == present && last.text == text) {
                last.length += piece.length;
                continue;
            }
        }
        segments.push_back({piece.address, piece.length, present, text});
    }
    return segments;
}

ReadDocument::Reader readerOf(std::shared_ptr<const Memory> memory, const ByteTarget &target,
                              PreviewPatches patches)
{
    return [memory, target, patches](uint64_t start, uint64_t length) -> Result<std::vector<std::byte>> {
        const auto parts = extentsOf(*memory, target, start, length);
        if (!parts)
            return parts.error();
        std::vector<std::byte> bytes(length);
        size_t at = 0;
        const Archive &archive = memory->checkpoint().archive();
        for (const Extent &part : *parts) {
            const auto piece = std::span(bytes).subspan(at, part.length);
            if (auto done = archive.member(part.member).content->read(part.offset, piece); !done)
                return done.error();
            if (patches) {
                if (const auto found = patches->find(part.member); found != patches->end())
                    lay(found->second, part.offset, piece);
            }
            at += part.length;
        }
        return bytes;
    };
}

QString titleOf(const Memory &memory, const ByteTarget &target)
{
    switch (target.kind) {
    case ByteTarget::Kind::None:
        break;
    case ByteTarget::Kind::Task: {
        const Task *task = memory.checkpoint().task(target.pid);
        return QStringLiteral("%1 %2")
            .arg(target.pid)
            .arg(task != nullptr ? QString::fromStdString(task->comm) : QString());
    }
    case ByteTarget::Kind::Shared:
        return QObject::tr("shared memory %1").arg(target.sharedId);
    case ByteTarget::Kind::Member:
        return QString::fromStdString(memory.checkpoint().archive().member(target.member).path);
    }
    return {};
}

Result<std::vector<Extent>> extentsOf(const Memory &memory, const ByteTarget &target, uint64_t start,
                                      uint64_t length)
{
    if (target.kind == ByteTarget::Kind::Member) {
        const Archive &archive = memory.checkpoint().archive();
        const Member &member = archive.member(target.member);
        if (!member.content || start > member.content->size() || length > member.content->size() - start)
            return Error{ErrorCode::NotFound, "the range ends beyond the member", member.path, start};
        return std::vector<Extent>{archive.canonical({target.member, start, length})};
    }
    const auto space = spaceOf(memory, target);
    if (!space)
        return space.error();
    return space->extents(start, length);
}

} // namespace cryoscope::ui
