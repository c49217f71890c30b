// SPDX-License-Identifier: Apache-2.0
#include "core/archive/bloblayout.h"

#include "core/archive/tarheader.h"
#include "core/base/hash.h"

#include <algorithm>
#include <string_view>

namespace cryoscope
{

namespace
{

/// The digest that a file of a layout is called by; empty if it is none.
std::string_view digestOfName(std::string_view name)
{
    constexpr std::string_view folder = "blobs/sha256/";
    if (name.starts_with(folder))
        name.remove_prefix(folder.size());
    const auto stem = name.substr(0, std::min(name.find('.'), name.size()));
    const auto extension = name.substr(stem.size());
    const bool known =
        extension.empty() || extension == ".tar" || extension == ".tar.gz" || extension == ".json";
    return known && isDigest(stem) ? stem : std::string_view();
}

bool looksLikeJson(const ByteSource &content)
{
    if (content.size() > BlobLayout::maxText)
        return false;
    constexpr uint64_t headBytes = 64;
    const auto head = content.readAll(0, std::min(headBytes, content.size()));
    if (!head)
        return false;
    const auto text = asText(*head);
    const size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

} // namespace

std::string headersWithNewDigests(std::string_view headers, const NewDigests &digests)
{
    std::string made = withNewDigests(headers, digests);
    for (size_t at = 0; at + tarBlock <= headers.size(); at += tarBlock) {
        const auto before = asBytes(headers.substr(at, tarBlock)).first<tarBlock>();
        if (headers.substr(at, tarBlock) != std::string_view(made).substr(at, tarBlock) &&
            tarChecksumFits(before))
            fitTarChecksum(std::as_writable_bytes(std::span(made)).subspan(at).first<tarBlock>());
    }
    return made;
}

BlobLayout::BlobLayout(const Archive &archive)
{
    std::set<std::string, std::less<>> roots;
    for (const Member &member : archive.members()) {
        const std::string_view path = member.path;
        if (member.parent != noMember || !member.content)
            continue;
        const size_t slash = path.rfind('/');
        const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
        if (name != "oci-layout" && name != "manifest.json")
            continue;
        roots.emplace(path.substr(0, path.size() - name.size()));
        m_oci = m_oci || name == "oci-layout";
    }
    if (roots.empty())
        return;
    for (const Member &member : archive.members()) {
        if (member.parent != noMember || member.kind != MemberKind::File || !member.content)
            continue;
        const std::string_view path = member.path;
        for (const std::string &root : roots) {
            if (!path.starts_with(root))
                continue;
            const auto name = path.substr(root.size());
            const auto digest = digestOfName(name);
            if (!digest.empty())
                m_digests.emplace(member.id, digest);
            if ((!digest.empty() || name == "index.json" || name == "manifest.json") &&
                looksLikeJson(*member.content))
                m_texts.insert(member.id);
        }
    }
    if (m_digests.empty()) {
        m_texts.clear();
        m_oci = false;
    }
}

} // namespace cryoscope
