// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/windowmatcher.h"
#include "core/memory/memory.h"

#include <memory>
#include <stop_token>
#include <vector>

namespace cryoscope
{

/// Looks where a structure tells what a value is: argv and environment of tasks (by mm.img), JSON that
/// engines and programs keep as members (config.dump, spec.dump …), decoded. What stands there without
/// escapes is also found by the scan of all windows; here the structure says more (a name alone is enough).
class StructuredScan
{
public:
    StructuredScan(const Memory &memory, std::shared_ptr<const WindowMatcher> matcher)
        : m_memory(memory), m_matcher(std::move(matcher))
    {
    }

    /// All findings; adds what cannot be read to `unread`. Errors: Internal, Cancelled.
    Result<std::vector<Finding>> run(std::vector<Problem> &unread, const std::stop_token &stop);

private:
    void taskStrings();
    void variable(const Task &task, uint64_t address, std::string_view entry, const char *rule,
                  const char *kind, const char *where);
    void addTaskValue(const Task &task, uint64_t address, std::string_view value, std::string_view name,
                      const char *rule, const char *kind, const char *where);
    Result<void> jsonMember(const Member &member);
    void addJson(const Member &member, size_t begin, size_t end, bool escaped, std::string_view name,
                 const char *rule, const char *kind, const std::string &why);

    const Memory &m_memory;
    std::shared_ptr<const WindowMatcher> m_matcher;
    WindowMatcher::Scratch m_scratch;
    std::vector<Finding> m_found;
};

} // namespace cryoscope
