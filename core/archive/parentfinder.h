// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// A file of an image directory.
struct Found {
    std::filesystem::path name; ///< in the checkpoint
    std::filesystem::path path; ///< on disk
    std::string followedTo;     ///< see Member::followedTo
};

/// Follows the symlinks named "parent" of image sets out of an opened directory, to any depth. Such a set is
/// given a directory "parent-N" in the checkpoint, with the files that lie directly in it (and in a directory
/// "parent" of it, which CRIU takes for a link). Only a directory with an inventory.img is a set: a link to
/// anything else is left alone. Nothing is opened, only looked at.
class ParentFinder
{
public:
    /// `files` are all that lie in the opened directory `root`; those of parent sets are added.
    ParentFinder(const std::filesystem::path &root, std::vector<Found> &files, std::vector<Problem> &problems)
        : m_root(root), m_files(files), m_problems(problems)
    {
    }

    void run();

private:
    using Identity = std::pair<uint64_t, uint64_t>; ///< device and inode
    static std::optional<Identity> identity(const std::filesystem::path &directory);
    /// What the link at `index` of m_files leads to is in the checkpoint afterwards, if it is a set.
    void follow(size_t index);
    void addSet(const std::filesystem::path &directory, const std::filesystem::path &name);
    std::string freeName();

    const std::filesystem::path &m_root;
    std::vector<Found> &m_files;
    std::vector<Problem> &m_problems;
    std::map<Identity, std::filesystem::path> m_known; ///< directories and their names in the checkpoint
    std::set<std::string> m_taken;                     ///< names at the top
    uint64_t m_count = 0;                              ///< the last N that was tried
};

} // namespace cryoscope
