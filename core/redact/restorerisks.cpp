// SPDX-License-Identifier: Apache-2.0
#include "core/redact/restorerisks.h"

#include "core/checkpoint/imagecensus.h"
#include "core/checkpoint/imagenames.h"
#include "core/image/imagefile.h"
#include "core/redact/imagerisks.h"
#include "core/redact/memoryrisks.h"

#include <algorithm>
#include <optional>

namespace cryoscope
{

namespace
{

/// What restoring does with an image without magic and frames; nothing if its content may be anything.
std::string_view rawRisk(FileLayout layout)
{
    switch (layout) {
    case FileLayout::NetworkDump:
    case FileLayout::NetlinkStream:
        return "is loaded into the network namespace as it stands";
    case FileLayout::RuleText:
        return "is loaded into the packet filter as it stands";
    case FileLayout::PluginMessage:
    case FileLayout::PluginData:
        return "is given to a plugin as it stands";
    default:
        return {};
    }
}

/// Looks at the patches of one member after the other.
class RestoreRisks
{
public:
    RestoreRisks(const Memory &memory, RestoreFindings &findings)
        : m_memory(memory), m_archive(memory.checkpoint().archive()), m_pages(memory, findings),
          m_findings(findings), m_directories(imageDirectories(memory.checkpoint()))
    {
    }

    Result<void> add(MemberId canonical, const Patch &patch)
    {
        if (m_memory.isPagesFile(canonical) && m_archive.member(canonical).content)
            return m_pages.add(canonical, patch);
        const Extent inner = m_archive.innermost({canonical, patch.offset, patch.length()});
        if (m_memory.isPagesFile(inner.member))
            return m_pages.add(canonical, patch);
        const Member &member = m_archive.member(inner.member);
        const auto [directory, fileName] = splitPath(member.path);
        if (!member.content || !std::binary_search(m_directories.begin(), m_directories.end(), directory))
            return {}; // what lies beside the images is the engine's
        if (const ImageFile *file = imageFileByName(fileName); file != nullptr && isRawImage(fileName)) {
            if (const std::string_view reason = rawRisk(file->layout); !reason.empty())
                m_findings.add({RestoreSeverity::MayStop, member.path, inner.offset, {}, std::string(reason)},
                               member.path);
            return {};
        }
        const Image *image = opened(member);
        return image != nullptr ? addImageRisks(*image, inner.range(), member.path, m_findings)
                                : Result<void>();
    }

private:
    /// The image that was opened last: patches come member by member.
    const Image *opened(const Member &member)
    {
        if (member.id != m_opened) {
            m_opened = member.id;
            m_image.reset();
            if (Image::looksLikeImage(*member.content)) {
                if (auto image = m_memory.checkpoint().openImage(member.id))
                    m_image.emplace(std::move(*image));
            }
        }
        return m_image ? &*m_image : nullptr;
    }

    const Memory &m_memory;
    const Archive &m_archive;
    MemoryRisks m_pages;
    RestoreFindings &m_findings;
    std::vector<std::string> m_directories;
    MemberId m_opened = noMember;
    std::optional<Image> m_image;
};

} // namespace

Result<std::vector<RestoreFinding>> findRestoreRisks(const Memory &memory,
                                                     const std::map<MemberId, std::vector<Patch>> &patches,
                                                     std::stop_token stop)
{
    RestoreFindings findings;
    RestoreRisks risks(memory, findings);
    for (const auto &[member, list] : patches) {
        for (const Patch &patch : list) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", memory.checkpoint().archive().path(),
                             std::nullopt};
            if (auto done = risks.add(member, patch); !done)
                return done.error();
        }
    }
    return std::move(findings).take();
}

} // namespace cryoscope
