// SPDX-License-Identifier: Apache-2.0
#include "core/base/problemlimit.h"

#include <algorithm>

namespace cryoscope
{

bool ProblemLimit::take(Count &count, size_t most, std::vector<Problem> &list, const Problem &problem,
                        const char *more)
{
    if (count.number < most)
        return false;
    ++count.number;
    Problem &last = list[count.lastAt];
    last.severity = std::max(last.severity, problem.severity);
    last.error.message = count.message + " (and " + std::to_string(count.number - most) + more;
    return true;
}

void ProblemLimit::note(Count &count, const std::vector<Problem> &list)
{
    ++count.number;
    count.lastAt = list.size() - 1;
    count.message = list.back().error.message;
}

void ProblemLimit::add(std::vector<Problem> &list, Problem problem)
{
    if (const auto file = m_byFile.find(problem.error.file);
        file != m_byFile.end() &&
        take(file->second, maxOfFile, list, problem, " more problems in this file)"))
        return;
    if (const auto alike = m_byMessage.find(problem.error.message);
        alike != m_byMessage.end() && take(alike->second, maxAlike, list, problem, " more files alike)"))
        return;
    const std::string file = problem.error.file;
    const std::string message = problem.error.message;
    list.push_back(std::move(problem));
    note(m_byFile[file], list);
    note(m_byMessage[message], list);
}

} // namespace cryoscope
