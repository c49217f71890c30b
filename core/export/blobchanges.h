// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/bloblayout.h"

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Which members of a layout that is called by digests must change because others do: blobs get new names,
/// and the texts that name them, which may be blobs themselves, new digests.
class BlobChanges
{
public:
    /// `changed`: by member, whether the content of an outermost member changes. Reads the changed blobs to
    /// see whether they are called rightly: the others keep their names.
    BlobChanges(const Archive &archive, const BlobLayout &layout, const std::vector<bool> &changed,
                std::stop_token stop = {});

    /// Nothing changes.
    [[nodiscard]] bool empty() const { return m_blobs.empty() && m_texts.empty(); }
    /// Blobs that get new names, by the digest in the old one.
    [[nodiscard]] const std::map<std::string, MemberId, std::less<>> &blobs() const { return m_blobs; }
    /// What changed compressed blobs decode to, by its old digest: configurations name that.
    [[nodiscard]] const std::map<std::string, MemberId, std::less<>> &streams() const { return m_streams; }
    /// Texts that name any of them.
    [[nodiscard]] const std::set<MemberId> &texts() const { return m_texts; }
    [[nodiscard]] bool isText(MemberId member) const { return m_texts.contains(member); }

private:
    void add(const Archive &archive, MemberId blob, const std::string &digest, const std::stop_token &stop);

    std::map<std::string, MemberId, std::less<>> m_blobs;
    std::map<std::string, MemberId, std::less<>> m_streams;
    std::set<MemberId> m_texts;
};

/// The stream that a compressed member decodes to; noMember if it is none.
[[nodiscard]] MemberId streamOf(const Archive &archive, MemberId member);

} // namespace cryoscope
