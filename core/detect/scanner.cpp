// SPDX-License-Identifier: Apache-2.0
#include "core/detect/scanner.h"

#include "core/detect/bytescan.h"
#include "core/detect/compresseddetector.h"
#include "core/detect/findingfilter.h"
#include "core/detect/keys/keydetector.h"
#include "core/detect/ruledetector.h"
#include "core/detect/sensitivefiles.h"
#include "core/detect/structuredscan.h"
#include "core/detect/windowcache.h"
#include "core/detect/yaradetector.h"

namespace cryoscope
{

namespace
{

constexpr size_t zeroMargin = 8; // bytes

using Detectors = std::vector<std::unique_ptr<WindowDetector>>;

/// All ways to look, in the order in which the findings of a window are taken: of equal ranges the first
/// stays.
Result<Detectors> makeDetectors(const Memory &memory, const std::shared_ptr<const RuleSet> &rules,
                                const std::shared_ptr<const WindowMatcher> &matcher)
{
    Detectors detectors;
    detectors.push_back(std::make_unique<RuleDetector>(matcher, memory, rules->userRules() != nullptr));
    detectors.push_back(std::make_unique<CompressedDetector>(matcher, memory));
    auto keys = KeyDetector::make();
    if (!keys)
        return keys.error();
    detectors.push_back(std::move(*keys));
    if (!rules->yaraFiles().empty()) {
        auto yara = YaraDetector::make(rules->yaraFiles());
        if (!yara)
            return yara.error();
        detectors.push_back(std::move(*yara));
    }
    return detectors;
}

} // namespace

Scanner::Scanner(std::shared_ptr<const Memory> memory, std::shared_ptr<const RuleSet> rules)
    : m_memory(std::move(memory)), m_rules(std::move(rules))
{
}

Scanner::~Scanner() = default;

std::vector<Finding> Scanner::filesByPath() const
{
    std::vector<Finding> found;
    const auto &user = m_rules->userRules();
    if (!user)
        return found;
    const Archive &archive = m_memory->checkpoint().archive();
    for (const Member &member : archive.members()) {
        const UserRule *rule =
            member.content && member.content->size() > 0 ? user->forPath(member.path) : nullptr;
        if (rule == nullptr)
            continue;
        Finding finding;
        finding.rule = rule->id;
        finding.kind = rule->description.empty() ? rule->id : rule->description;
        finding.parts = {archive.canonical({member.id, 0, member.content->size()})};
        finding.why = "the path fits a rule of yours";
        found.push_back(std::move(finding));
    }
    return found;
}

Result<ScanSummary> Scanner::run(const ScanOptions &options, const Sink &sink, Progress *progress,
                                 std::stop_token stop)
{
    const auto matcher = WindowMatcher::make(m_rules);
    if (!matcher)
        return matcher.error();
    auto made = makeDetectors(*m_memory, m_rules, *matcher);
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

    FindingFilter filter(*m_memory, *m_rules, options.minimum, options.suppressions.get(), sink);
    auto structured = StructuredScan(*m_memory, *matcher).run(summary.unread, stop);
    if (!structured)
        return structured.error();
    filter.add(std::move(*structured));
    filter.add(findSensitiveFiles(*m_memory));
    filter.add(filesByPath());

    // Windows of equal bytes are shown once to detectors to whom no more matters.
    std::optional<WindowCache> cache;
    if (m_memory->checkpoint().tasks().size() > 1)
        cache.emplace();
    const auto show = [&](const RunWindow &window, size_t worker, bool pure, std::vector<Detection> &found) {
        bool beyond = false;
        for (size_t i = 0; i < detectors.size(); ++i) {
            if (detectors[i]->isPure() != pure)
                continue;
            scratch[worker][i]->lookedBeyond = false;
            detectors[i]->search(window, *scratch[worker][i], found);
            beyond = beyond || scratch[worker][i]->lookedBeyond;
        }
        return beyond;
    };
    const auto search = [&](const RunWindow &window, size_t worker) {
        std::vector<Detection> found;
        const bool cached = cache && window.run->kind == Run::Kind::TaskMemory;
        const auto key = cached ? cache->keyOf(window) : WindowCache::Key{};
        if (auto known = cached ? cache->find(key) : std::nullopt)
            found = std::move(*known);
        else if (!show(window, worker, true, found) && cached)
            cache->add(key, found);
        show(window, worker, false, found);
        return found;
    };

    RunWalkOptions walk;
    walk.jobs = options.jobs;
    walk.unitBytes = std::max<uint64_t>(options.unitBytes, 1);
    walk.before = WindowMatcher::windowBefore;
    walk.after = WindowMatcher::windowAfter;
    const auto done = walkRuns(
        *m_memory, runs, walk,
        [&](const RunWindow &window, size_t worker) {
            // A value may begin with the last byte that the window owns; zeros beyond tell of it.
            const size_t end = std::min(window.bytes.size(), window.ownEnd + zeroMargin);
            if (isAllZero(window.bytes.substr(window.ownBegin, end - window.ownBegin)))
                return;
            std::vector<Detection> found = search(window, worker);
            std::vector<Finding> batch;
            for (Detection &detection : found) {
                if (auto finding = findingOf(*m_memory, *window.run, window.start, std::move(detection)))
                    batch.push_back(std::move(*finding));
            }
            if (!batch.empty())
                filter.add(std::move(batch));
        },
        summary.unread, progress, stop);
    if (!done)
        return done.error();
    for (const auto &detector : detectors) {
        filter.add(detector->finish(*m_memory, workerCount(options.jobs)));
        for (Problem &problem : detector->problems())
            summary.unsearched.push_back(std::move(problem));
    }
    filter.finish();
    summary.findings = filter.count();
    summary.suppressed = filter.suppressed();
    return summary;
}

} // namespace cryoscope
