// SPDX-License-Identifier: Apache-2.0
#include "core/detect/scanner.h"

#include "core/detect/confirm.h"
#include "core/detect/keys/keydetector.h"
#include "core/detect/ruledetector.h"
#include "core/detect/valuefilter.h"
#include "core/memory/taskstrings.h"

#include <mutex>
#include <set>

namespace cryoscope
{

namespace
{

constexpr uint64_t contextBefore = 4096;     // bytes: names and URL schemes before a value, heads of keys
constexpr uint64_t contextAfter = 17u << 10; // bytes: the longest private key in PEM

/// Findings of one scan: each byte range once.
class Collector
{
public:
    Collector(const Scanner::Sink &sink, Confidence minimum) : m_sink(sink), m_minimum(minimum) {}

    void add(std::vector<Finding> &&batch)
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(batch, [this](const Finding &finding) {
            return finding.confidence > m_minimum || !m_known.insert(finding.parts).second;
        });
        m_count += batch.size();
        if (!batch.empty())
            m_sink(std::move(batch));
    }
    [[nodiscard]] uint64_t count() const { return m_count; }

private:
    const Scanner::Sink &m_sink;
    Confidence m_minimum;
    std::mutex m_mutex;
    std::set<std::vector<Extent>> m_known;
    uint64_t m_count = 0;
};

/// Values in argv and in the initial environment, found by mm.img: here the name alone is enough.
class TaskStringScan
{
public:
    explicit TaskStringScan(const Memory &memory) : m_memory(memory) {}

    std::vector<Finding> run()
    {
        for (const Task &task : m_memory.checkpoint().tasks()) {
            for (const TaskString &entry : taskEnvironment(m_memory, task.pid))
                variable(task, entry, "environment-secret", "Environment secret", "environment");
            bool next = false; // the next argument is the value of this one
            std::string option;
            for (const TaskString &argument : taskArguments(m_memory, task.pid)) {
                if (next && !argument.text.starts_with('-'))
                    add(task, argument, 0, option, "argument-secret", "Argument secret", "arguments");
                next = false;
                const size_t equals = argument.text.find('=');
                if (equals != std::string::npos) {
                    variable(task, argument, "argument-secret", "Argument secret", "arguments");
                } else if (argument.text.starts_with("--") && isSecretName(argument.text)) {
                    next = true;
                    option = argument.text;
                }
            }
        }
        return std::move(m_found);
    }

private:
    void variable(const Task &task, const TaskString &entry, const char *rule, const char *kind,
                  const char *where)
    {
        const size_t equals = entry.text.find('=');
        if (equals == std::string::npos)
            return;
        const std::string name = entry.text.substr(0, equals);
        if (isSecretName(name))
            add(task, entry, equals + 1, name, rule, kind, where);
    }

    void add(const Task &task, const TaskString &entry, size_t from, const std::string &name,
             const char *rule, const char *kind, const char *where)
    {
        const auto value = std::string_view(entry.text).substr(from);
        if (value.size() < 3 || isPlaceholder(value) || value.find("://") != std::string_view::npos ||
            value.starts_with("-----BEGIN") || value.starts_with('/') || value == "true" || value == "false")
            return;
        const auto space = m_memory.addressSpace(task.pid);
        if (!space)
            return;
        const uint64_t address = entry.address + from;
        auto parts = space->extents(address, value.size());
        if (!parts)
            return;
        Finding finding;
        finding.rule = rule;
        finding.kind = kind;
        finding.confidence = Confidence::High;
        finding.parts = std::move(*parts);
        finding.why = std::string("the process's ") + where + ": a name that says it is secret";
        finding.label = name;
        finding.pid = task.pid;
        finding.address = address;
        m_found.push_back(std::move(finding));
    }

    const Memory &m_memory;
    std::vector<Finding> m_found;
};

using Detectors = std::vector<std::unique_ptr<WindowDetector>>;

/// All ways to look, in the order in which the findings of a window are taken: of equal ranges the first
/// stays.
Result<Detectors> makeDetectors(const std::shared_ptr<const RuleSet> &rules)
{
    Detectors detectors;
    auto matcher = WindowMatcher::make(rules);
    if (!matcher)
        return matcher.error();
    detectors.push_back(std::make_unique<RuleDetector>(std::move(*matcher)));
    auto keys = KeyDetector::make();
    if (!keys)
        return keys.error();
    detectors.push_back(std::move(*keys));
    return detectors;
}

} // namespace

Scanner::Scanner(std::shared_ptr<const Memory> memory, std::shared_ptr<const RuleSet> rules)
    : m_memory(std::move(memory)), m_rules(std::move(rules))
{
}

Scanner::~Scanner() = default;

Result<ScanSummary> Scanner::run(const ScanOptions &options, const Sink &sink, Progress *progress,
                                 std::stop_token stop)
{
    auto made = makeDetectors(m_rules);
    if (!made)
        return made.error();
    const Detectors detectors = std::move(*made);
    std::vector<std::vector<std::unique_ptr<WindowDetector::Scratch>>> scratch(workerCount(options.jobs));
    for (auto &worker : scratch) {
        for (const auto &detector : detectors) {
            auto one = detector->makeScratch();
            if (!one)
                return one.error();
            worker.push_back(std::move(*one));
        }
    }
    const std::vector<Run> runs = allRuns(*m_memory);
    ScanSummary summary;
    for (const Run &run : runs)
        (run.kind == Run::Kind::Member ? summary.memberBytes : summary.memoryBytes) += run.length;
    if (progress != nullptr)
        progress->begin("scan", summary.memoryBytes + summary.memberBytes);

    Collector collector(sink, options.minimum);
    collector.add(TaskStringScan(*m_memory).run());

    RunWalkOptions walk;
    walk.jobs = options.jobs;
    walk.unitBytes = std::max<uint64_t>(options.unitBytes, 1);
    walk.before = contextBefore;
    walk.after = contextAfter;
    const auto done = walkRuns(
        *m_memory, runs, walk,
        [&](const RunWindow &window, size_t worker) {
            std::vector<Detection> found;
            for (size_t i = 0; i < detectors.size(); ++i)
                detectors[i]->search(window, *scratch[worker][i], found);
            std::vector<Finding> batch;
            for (Detection &detection : found) {
                if (auto finding = findingOf(*m_memory, *window.run, window.start, std::move(detection)))
                    batch.push_back(std::move(*finding));
            }
            if (!batch.empty())
                collector.add(std::move(batch));
        },
        summary.unread, progress, stop);
    if (!done)
        return done.error();
    for (const auto &detector : detectors)
        collector.add(detector->finish(*m_memory));
    summary.findings = collector.count();
    return summary;
}

} // namespace cryoscope
