// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/problemlimit.h"
#include "core/memory/memory.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// Builds the indexes of a Memory, in time and memory that are linear in what the checkpoint holds.
class MemoryLoader
{
public:
    explicit MemoryLoader(std::shared_ptr<const Checkpoint> checkpoint);

    Result<std::shared_ptr<const Memory>> load(Progress *progress, std::stop_token stop);

private:
    /// A set of the chain of parents.
    struct Set {
        std::string prefix;   ///< of its members
        bool readable = true; ///< false: its pages are encrypted
    };

    /// The newest set and its parents, newest first; ends where a parent is not here.
    void followParents();
    /// The prefix of the set that `set` names as its parent; nothing if it names none, or none that is here
    /// (which is a problem then).
    std::optional<std::string> parentOf(const std::string &set);
    /// img_version of a set's inventory; 0 if it does not say.
    [[nodiscard]] uint64_t imageVersion(const std::string &set) const;
    void addSet(std::string prefix);
    /// The objects of pagemap `fileName` in all sets of the chain, up to the first that has none; the newest,
    /// null if that has none.
    const PagesObject *chain(const std::string &fileName, uint64_t id, bool shared);
    /// That of one set; `depth` 0 is the newest. Null if there is none.
    std::unique_ptr<PagesObject> object(const std::string &fileName, size_t depth);
    void findPages(PagesObject &object, const Member &pagemap, size_t depth);
    /// Segments of System V shared memory whose content stands in the image that lists them, as CRIU
    /// before 3.0 wrote it.
    void addSegmentsInImages();
    /// The object of a pages file that has no pagemap; null if it cannot be read.
    const PagesObject *oldObject(const PagemapRef &ref, bool shared);
    void addSpans(const Task &task);
    void sortMappings();
    void sortPagesFiles();
    /// Finds what is unreferenced, and what is named and not there.
    void resolveAll();
    void problem(Severity severity, Error error);

    std::shared_ptr<Memory> m_memory;
    ProblemLimit m_limit;
    std::vector<Set> m_sets;
    bool m_anyDecoded = false; ///< some pages file is compressed
};

} // namespace cryoscope
