// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/linkindex.h"
#include "core/image/dissection.h"
#include "core/memory/memory.h"

#include <memory>
#include <string>

namespace cryoscope
{

/// Explains the bytes of any member of a checkpoint, by what its place, its name and its content say it is:
/// framed images, pages files (by the way back to addresses), network dumps, rules, logs, JSON, tars,
/// compressed streams, images of plugins. Thread-safe.
class MemberExplainer
{
public:
    explicit MemberExplainer(std::shared_ptr<const Memory> memory);

    /// The dissection of `member`, which stays valid without the explainer. Members without content
    /// (directories, links, devices) have one of no bytes. Errors: of reading the first bytes.
    [[nodiscard]] Result<std::shared_ptr<const Dissection>> explain(MemberId member) const;

    /// What the member is, in a few words: "image CORE", "pages of process 1042", "symbolic link to ../pre".
    [[nodiscard]] std::string describe(MemberId member) const;

private:
    std::shared_ptr<const Memory> m_memory;
    std::shared_ptr<const LinkIndex> m_links;
};

} // namespace cryoscope
