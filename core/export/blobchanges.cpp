// SPDX-License-Identifier: Apache-2.0
#include "core/export/blobchanges.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// Empty if it cannot be read.
std::string digestOf(const ByteSource &content, const std::stop_token &stop)
{
    const auto digest = content.sha256(nullptr, stop);
    return digest ? toHex(*digest) : std::string();
}

} // namespace

MemberId streamOf(const Archive &archive, MemberId member)
{
    for (const Member &candidate : archive.members()) {
        if (candidate.parent == member && candidate.storage == Storage::Decoded && !candidate.recoding)
            return candidate.id;
    }
    return noMember;
}

BlobChanges::BlobChanges(const Archive &archive, const BlobLayout &layout, const std::vector<bool> &changed,
                         std::stop_token stop)
{
    for (const auto &[blob, digest] : layout.blobs()) {
        if (changed[blob])
            add(archive, blob, digest, stop);
    }
    std::map<MemberId, std::set<std::string>> named; // digests in each text
    for (const MemberId text : layout.texts()) {
        const auto bytes = archive.member(text).content->readWhole(BlobLayout::maxText);
        if (!bytes)
            continue;
        for (const uint64_t at : digestsIn(asText(*bytes)))
            named[text].emplace(asText(*bytes).substr(at, digestDigits));
    }
    // Up from the layers: a text that changes may be a blob that another text names.
    for (bool more = true; more;) {
        more = false;
        for (const auto &[text, digests] : named) {
            const bool touched =
                !m_texts.contains(text) &&
                std::any_of(digests.begin(), digests.end(), [this](const std::string &digest) {
                    return m_blobs.contains(digest) || m_streams.contains(digest);
                });
            if (!touched)
                continue;
            more = true;
            m_texts.insert(text);
            const auto blob = layout.blobs().find(text);
            if (blob != layout.blobs().end() && !m_blobs.contains(blob->second))
                add(archive, text, blob->second, stop);
        }
    }
}

void BlobChanges::add(const Archive &archive, MemberId blob, const std::string &digest,
                      const std::stop_token &stop)
{
    if (digestOf(*archive.member(blob).content, stop) != digest)
        return;
    m_blobs.emplace(digest, blob);
    const MemberId stream = streamOf(archive, blob);
    if (stream == noMember)
        return;
    const std::string decoded = digestOf(*archive.member(stream).content, stop);
    if (!decoded.empty())
        m_streams.emplace(decoded, stream);
}

} // namespace cryoscope
