// SPDX-License-Identifier: Apache-2.0
#include "core/export/layoutproof.h"

#include "core/export/blobchanges.h"

#include <algorithm>
#include <set>

namespace cryoscope
{

namespace
{

/// Digests in a text that name blobs, in order.
std::vector<std::string> namedBlobs(const Member &text, const std::set<std::string, std::less<>> &blobs)
{
    std::vector<std::string> named;
    const auto bytes = text.content->readWhole(BlobLayout::maxText);
    if (!bytes)
        return named;
    for (const uint64_t at : digestsIn(asText(*bytes))) {
        const auto digest = asText(*bytes).substr(at, digestDigits);
        if (blobs.contains(digest))
            named.emplace_back(digest);
    }
    return named;
}

std::set<std::string, std::less<>> digestsOf(const BlobLayout &layout)
{
    std::set<std::string, std::less<>> digests;
    for (const auto &[member, digest] : layout.blobs())
        digests.insert(digest);
    return digests;
}

} // namespace

NewDigests pairedNames(const Archive &evidence, const BlobLayout &layout, const Archive &made)
{
    NewDigests names;
    const auto oldBlobs = digestsOf(layout);
    const auto newBlobs = digestsOf(BlobLayout(made));
    std::vector<MemberId> waiting;
    std::set<MemberId> known;
    for (const MemberId text : layout.texts()) {
        if (!layout.blobs().contains(text)) { // the others are found by their names in these
            waiting.push_back(text);
            known.insert(text);
        }
    }
    while (!waiting.empty()) {
        const Member &old = evidence.member(waiting.back());
        waiting.pop_back();
        const Member *now = made.find(renamedPath(old.path, names));
        if (now == nullptr || !now->content)
            continue;
        const auto before = namedBlobs(old, oldBlobs);
        const auto after = namedBlobs(*now, newBlobs);
        if (before.size() != after.size())
            continue; // whoever compares the texts tells
        for (size_t i = 0; i < before.size(); ++i) {
            if (before[i] != after[i])
                names.emplace(before[i], NewDigest{after[i], 0});
            for (const auto &[blob, digest] : layout.blobs()) {
                if (digest == before[i] && layout.isText(blob) && known.insert(blob).second)
                    waiting.push_back(blob);
            }
        }
    }
    return names;
}

Result<NewDigests> computedDigests(const Archive &evidence, const BlobLayout &layout, const Archive &made,
                                   std::stop_token stop)
{
    NewDigests digests;
    const auto add = [&](MemberId member, std::string old) -> Result<void> {
        const auto &content = made.member(member).content;
        const auto digest = content->sha256(nullptr, stop);
        if (!digest)
            return digest.error();
        digests.insert_or_assign(std::move(old), NewDigest{toHex(*digest), content->size()});
        return {};
    };
    for (const auto &[blob, digest] : layout.blobs()) {
        if (evidence.member(blob).path == made.member(blob).path || !made.member(blob).content)
            continue;
        if (auto done = add(blob, digest); !done)
            return done.error();
        const MemberId stream = streamOf(evidence, blob);
        if (stream == noMember || !made.member(stream).content)
            continue;
        const auto before = evidence.member(stream).content->sha256(nullptr, stop);
        if (!before)
            return before.error();
        if (auto done = add(stream, toHex(*before)); !done)
            return done.error();
    }
    return digests;
}

std::string renamedPath(std::string_view path, const NewDigests &names)
{
    const size_t outermost = std::min(path.find('!'), path.size());
    return withNewDigests(path.substr(0, outermost), names) + std::string(path.substr(outermost));
}

uint64_t offsetBeforeEdits(uint64_t offset, const std::vector<TextEdit> &edits)
{
    uint64_t before = 0; // how much shorter or longer it was so far: old minus new, modulo 2^64
    for (const TextEdit &edit : edits) {
        const uint64_t begin = edit.offset - before; // now
        if (offset < begin)
            break;
        if (offset < begin + edit.text.size())
            return edit.offset + std::min<uint64_t>(offset - begin, edit.length);
        before += edit.length - edit.text.size();
    }
    return offset + before;
}

} // namespace cryoscope
