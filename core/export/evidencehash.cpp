// SPDX-License-Identifier: Apache-2.0
#include "core/export/verifier.h"

namespace cryoscope
{

Result<std::string> evidenceHash(const Archive &archive, Progress *progress, std::stop_token stop,
                                 const std::map<MemberId, std::string> &known)
{
    if (archive.file()) {
        const auto digest = archive.file()->sha256(progress, stop);
        if (!digest)
            return digest.error();
        return toHex(*digest);
    }
    std::map<std::string, std::string> hashes;
    for (const Member &member : archive.members()) {
        if (member.parent != noMember || !member.content)
            continue;
        if (const auto before = known.find(member.id); before != known.end()) {
            hashes[member.path] = before->second;
            continue;
        }
        const auto digest = member.content->sha256(progress, stop);
        if (!digest)
            return digest.error();
        hashes[member.path] = toHex(*digest);
    }
    Sha256 all;
    for (const auto &[path, hash] : hashes) {
        all.add(asBytes(path));
        all.add(asBytes(std::string_view("\0", 1)));
        all.add(asBytes(hash));
        all.add(asBytes("\n"));
    }
    return toHex(all.finish());
}

} // namespace cryoscope
