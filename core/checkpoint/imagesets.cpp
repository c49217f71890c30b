// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/imagesets.h"

#include "core/checkpoint/imagenames.h"

#include <algorithm>

namespace cryoscope
{

std::vector<ImageSetInfo> findImageSets(const Archive &archive)
{
    std::vector<ImageSetInfo> sets;
    for (const auto &member : archive.members()) {
        auto [directory, fileName] = splitPath(member.path);
        if (fileName != "inventory.img" || !member.content)
            continue;
        const bool tree = archive.find(directory + "pstree.img") != nullptr;
        const bool known = std::any_of(sets.begin(), sets.end(), [&directory = directory](const auto &set) {
            return set.prefix == directory;
        });
        if (!known)
            sets.push_back({std::move(directory), tree, std::nullopt});
    }
    const auto rank = [](const ImageSetInfo &set) {
        return std::pair(!set.tree, std::count(set.prefix.begin(), set.prefix.end(), '/') +
                                        std::count(set.prefix.begin(), set.prefix.end(), '!'));
    };
    std::stable_sort(sets.begin(), sets.end(),
                     [&](const auto &a, const auto &b) { return rank(a) < rank(b); });
    return sets;
}

std::string imageSetPrefix(std::string_view name)
{
    if (name == "." || name == "./")
        return {};
    std::string prefix(name);
    if (!prefix.empty() && !prefix.ends_with('/') && !prefix.ends_with('!'))
        prefix += '/';
    return prefix;
}

std::vector<bool> holdersOfImageSets(const Archive &archive)
{
    std::vector<bool> holds(archive.members().size(), false);
    for (const auto &member : archive.members()) {
        if (!member.content || splitPath(member.path).second != "inventory.img")
            continue;
        for (MemberId at = member.parent; at != noMember; at = archive.member(at).parent)
            holds[at] = true;
    }
    return holds;
}

size_t nestEnd(std::string_view path)
{
    const size_t last = path.rfind('!');
    return last == std::string_view::npos ? 0 : last + 1;
}

} // namespace cryoscope
