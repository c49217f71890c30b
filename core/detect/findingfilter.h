// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/ruleset.h"
#include "core/detect/suppressions.h"

#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace cryoscope
{

/// Takes the findings of a scan, lets each byte range through once, and leaves out what is noise or is not
/// wanted; all that is left out is counted by reason. Thread-safe.
class FindingFilter
{
public:
    using Sink = std::function<void(std::vector<Finding> &&batch)>;
    FindingFilter(const Memory &memory, const RuleSet &rules, Confidence minimum,
                  const Suppressions *suppressions, Sink sink);

    /// Findings of low confidence are kept back until finish(): some of them stand everywhere.
    void add(std::vector<Finding> &&batch);
    /// Hands out what was kept back; to be called once, after all.
    void finish();

    [[nodiscard]] uint64_t count() const { return m_count; }
    /// How many were left out, by reason.
    [[nodiscard]] const std::map<std::string, uint64_t> &suppressed() const { return m_suppressed; }

private:
    /// Why it is left out; empty if it is not.
    [[nodiscard]] std::string reason(const Finding &finding, std::string_view value) const;
    [[nodiscard]] bool inProgramImage(const Finding &finding) const;
    /// Who holds the value: a program (tasks of one executable are kin), or a member.
    [[nodiscard]] std::string ownerOf(const Finding &finding) const;

    struct Held {
        Finding finding;
        std::string owner;
        std::string valueHash;
    };
    const Memory &m_memory;
    Confidence m_minimum;
    const Suppressions *m_suppressions;
    Sink m_sink;
    std::map<std::string, std::set<std::string>, std::less<>>
        m_examples;                                            ///< by rule: SHA-256 of example values
    std::map<uint32_t, std::set<std::string>> m_programImages; ///< by pid: paths of executable maps
    std::mutex m_mutex;
    std::set<std::vector<Extent>> m_known;
    std::vector<Held> m_held;
    std::map<std::string, uint64_t> m_suppressed;
    uint64_t m_count = 0;
};

} // namespace cryoscope
