// SPDX-License-Identifier: Apache-2.0
#include "core/detect/findingfilter.h"

#include "core/base/hash.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"

namespace cryoscope
{

namespace
{

constexpr size_t manyOwners = 4;            // programs or members that have nothing to do with each other
constexpr uint64_t maxCompared = 64u << 10; // bytes of a finding that are compared with lists
constexpr uint32_t protWrite = 2, protExecute = 4;

std::string hashOf(std::string_view value)
{
    Sha256 hash;
    hash.add(asBytes(value));
    return toHex(hash.finish());
}

} // namespace

FindingFilter::FindingFilter(const Memory &memory, const RuleSet &rules, Confidence minimum,
                             const Suppressions *suppressions, Sink sink)
    : m_memory(memory), m_minimum(minimum), m_suppressions(suppressions), m_sink(std::move(sink))
{
    for (const Rule &rule : rules.rules()) {
        if (!rule.allow.empty())
            m_examples[rule.id].insert(rule.allow.begin(), rule.allow.end());
    }
    for (const Task &task : memory.checkpoint().tasks()) {
        for (const Vma &vma : task.vmas) {
            if (!vma.path.empty() && (vma.protection & protExecute) != 0)
                m_programImages[task.pid].insert(vma.path);
        }
    }
}

bool FindingFilter::inProgramImage(const Finding &finding) const
{
    // Constants of programs and libraries are no one's secrets; what can be written may hold some.
    const auto places = m_memory.places(finding.parts.front());
    if (places.empty())
        return false;
    for (const MemoryPlace &place : places) {
        const auto images = m_programImages.find(place.pid);
        if (place.vma == nullptr || (place.vma->protection & protWrite) != 0 ||
            images == m_programImages.end() || !images->second.contains(place.vma->path))
            return false;
    }
    return true;
}

std::string FindingFilter::ownerOf(const Finding &finding) const
{
    if (finding.pid != 0) {
        const Task *task = m_memory.checkpoint().task(finding.pid);
        const FileEntry *exe = task == nullptr ? nullptr : m_memory.checkpoint().file(task->exeId);
        return "program " + (exe != nullptr ? exe->path : task != nullptr ? task->comm : std::string());
    }
    const Archive &archive = m_memory.checkpoint().archive();
    return archive.member(archive.innermost(finding.parts.front()).member).path;
}

std::string FindingFilter::reason(const Finding &finding, std::string_view value) const
{
    if (finding.confidence > m_minimum)
        return "below the confidence asked for";
    if (const auto examples = m_examples.find(finding.rule);
        examples != m_examples.end() && examples->second.contains(hashOf(value)))
        return "known example values";
    if (finding.confidence != Confidence::High && inProgramImage(finding))
        return "constants of programs and libraries";
    return m_suppressions == nullptr ? std::string() : m_suppressions->reason(m_memory, finding, value);
}

void FindingFilter::add(std::vector<Finding> &&batch)
{
    std::vector<Finding> passed;
    for (Finding &finding : batch) {
        if (finding.parts.empty())
            continue;
        std::string value;
        if (const auto bytes = readExtents(m_memory.checkpoint().archive(), finding.parts, maxCompared))
            value = decodeValue(finding.encoding, *bytes);
        const std::string why = reason(finding, value);
        const std::lock_guard lock(m_mutex);
        if (!m_known.insert(finding.parts).second)
            continue;
        if (!why.empty())
            ++m_suppressed[why];
        else if (finding.confidence == Confidence::Low && !value.empty() && finding.rule != "sensitive-file")
            m_held.push_back({finding, ownerOf(finding), hashOf(value)});
        else
            passed.push_back(std::move(finding));
    }
    if (passed.empty())
        return;
    const std::lock_guard lock(m_mutex);
    m_count += passed.size();
    m_sink(std::move(passed));
}

void FindingFilter::finish()
{
    std::map<std::string, std::set<std::string>> owners; // by hash of the value
    for (const Held &held : m_held)
        owners[held.valueHash].insert(held.owner);
    std::vector<Finding> passed;
    for (Held &held : m_held) {
        if (owners[held.valueHash].size() >= manyOwners)
            ++m_suppressed["in many unrelated places"];
        else
            passed.push_back(std::move(held.finding));
    }
    m_held.clear();
    m_count += passed.size();
    if (!passed.empty())
        m_sink(std::move(passed));
}

} // namespace cryoscope
