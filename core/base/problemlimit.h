// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace cryoscope
{

/// Keeps a list of problems short: a damaged file can have one at each of its bytes, and a set that lost its
/// files one for each. Beyond the first ones of a file, and beyond the first ones with the same words, they
/// are counted in one line.
class ProblemLimit
{
public:
    static constexpr size_t maxOfFile = 100; ///< of one file that are listed
    static constexpr size_t maxAlike = 200;  ///< with the same words that are listed

    /// Adds `problem` to `list`, or counts it in one that is there. The list must be the same each time, and
    /// what this added must stay where it is.
    void add(std::vector<Problem> &list, Problem problem);

private:
    struct Count {
        size_t number = 0;   ///< that were added
        size_t lastAt = 0;   ///< in the list: the last one that is there, which counts the others
        std::string message; ///< of that one, without the count
    };
    /// Whether `count` is full and has taken the problem.
    static bool take(Count &count, size_t most, std::vector<Problem> &list, const Problem &problem,
                     const char *more);
    static void note(Count &count, const std::vector<Problem> &list);

    std::unordered_map<std::string, Count> m_byFile;
    std::unordered_map<std::string, Count> m_byMessage;
};

} // namespace cryoscope
