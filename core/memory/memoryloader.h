// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <stop_token>

namespace cryoscope
{

/// Builds the indexes of a Memory.
class MemoryLoader
{
public:
    explicit MemoryLoader(std::shared_ptr<const Checkpoint> checkpoint);

    Result<std::shared_ptr<const Memory>> load(Progress *progress, std::stop_token stop);

private:
    /// Prefixes of the newest set and its parents, newest first; ends where a parent is not here.
    void followParents();
    /// The object of pagemap `fileName` in set number `depth`; null if there is none.
    std::shared_ptr<const PagesObject> object(const std::string &fileName, size_t depth);
    void addPagesFile(const std::shared_ptr<const PagesObject> &object);
    void addSpans(const Task &task);
    void findUnreferenced();
    void problem(Severity severity, Error error);

    std::shared_ptr<Memory> m_memory;
    std::vector<std::string> m_sets;
    bool m_parentMissing = false; ///< the oldest set that is here names one that is not
};

} // namespace cryoscope
