// SPDX-License-Identifier: Apache-2.0
#include "core/memory/completeness.h"

#include "core/base/hextext.h"
#include "core/checkpoint/imagecheck.h"
#include "core/checkpoint/imagenames.h"

#include <algorithm>
#include <set>

namespace cryoscope
{

namespace
{

/// Goes over pagemaps, pages files and areas, and over what loading found.
class MemoryCheck
{
public:
    MemoryCheck(const Memory &memory, RestoreFindings &findings)
        : m_memory(memory), m_checkpoint(memory.checkpoint()), m_findings(findings)
    {
    }

    void run()
    {
        for (const PagesObject *object : m_memory.pagesObjects()) {
            if (object->pagemap != noMember && !isOldPages(*object))
                checkPages(*object);
        }
        for (const Task &task : m_checkpoint.tasks()) {
            if (!task.hasMemory)
                continue;
            checkAreas(task);
            if (const PageMap *map = m_memory.pageMap(task.pid))
                checkAddresses(task, *map);
            else
                add(RestoreSeverity::Stops, m_checkpoint.imagePrefix() + pagemapOf(task), std::nullopt, {},
                    "is not there, or cannot be read");
        }
    }

private:
    void add(RestoreSeverity severity, std::string member, std::optional<uint64_t> offset, std::string field,
             const std::string &reason)
    {
        m_findings.add({severity, std::move(member), offset, std::move(field), reason}, reason);
    }

    static std::string pagemapOf(const Task &task) { return "pagemap-" + std::to_string(task.pid) + ".img"; }

    /// Pages that say themselves where they belong.
    [[nodiscard]] bool isOldPages(const PagesObject &object) const
    {
        const Archive &archive = m_checkpoint.archive();
        const uint64_t size = archive.member(object.pagemap).content->size();
        return archive.canonical({object.pagemap, 0, size}) == object.pages;
    }

    void checkPages(const PagesObject &object)
    {
        const std::string &pagemap = m_checkpoint.archive().member(object.pagemap).path;
        const std::string directory = splitPath(pagemap).first;
        const std::string file = "pages-" + std::to_string(object.map.pagesId()) + ".img";
        const PageMap &map = object.map;
        if (map.problem())
            add(RestoreSeverity::Stops, pagemap, map.problem()->offset, "pagemap_entry",
                "cannot be read, nor what follows it");
        if (map.needsParent() && object.parent == nullptr)
            add(RestoreSeverity::Stops, pagemap, std::nullopt, "pagemap_entry.flags",
                "leaves pages to a parent set that is not here");
        const bool lazy =
            std::any_of(map.entries().begin(), map.entries().end(), [](const PagemapEntry &entry) {
                return (entry.flags & (PageLazy | PagePresent | PageInParent)) == PageLazy;
            });
        if (lazy)
            add(RestoreSeverity::MayStop, pagemap, std::nullopt, "pagemap_entry.flags",
                "leaves pages to be fetched from where they were dumped");
        if (m_checkpoint.archive().find(directory + "cipher.img") != nullptr)
            return; // told already
        if (object.pages.member == noMember) {
            if (map.storedBytes() > 0)
                add(RestoreSeverity::Stops, directory + file, std::nullopt, {}, "is not there");
        } else if (object.pages.length < map.storedBytes()) {
            add(RestoreSeverity::Stops, directory + file, object.pages.length, {},
                "is shorter than the pages that its pagemap names");
        } else if (object.pages.length > map.storedBytes() && !map.problem()) {
            add(RestoreSeverity::MayStop, directory + file, map.storedBytes(), {},
                "is longer than the pages that its pagemap names: one of them has lost something");
        }
    }

    /// Areas do not overlap, but for guards, which lie within others.
    void checkAreas(const Task &task)
    {
        uint64_t end = 0;
        for (const Vma &vma : task.vmas) {
            if (vma.is(VmaGuard))
                continue;
            if (vma.start < end)
                add(RestoreSeverity::MayStop,
                    m_checkpoint.imagePrefix() + "mm-" + std::to_string(task.pid) + ".img", std::nullopt,
                    "vma_entry.start " + hexText(vma.start), "the area is not behind that before it");
            end = std::max(end, vma.end);
        }
    }

    /// CRIU takes pages of private areas only.
    void checkAddresses(const Task &task, const PageMap &map)
    {
        std::vector<ByteRange> areas;
        for (const Vma &vma : task.vmas) {
            const bool isShared = vma.is(VmaFileShared | VmaAnonShared | VmaSocket) && !vma.is(VmaAioRing);
            if (!vma.is(VmaGuard) && !isShared)
                areas.push_back(vma.range());
        }
        std::sort(areas.begin(), areas.end());
        uint64_t pages = 0;
        std::optional<uint64_t> first;
        size_t next = 0;
        for (const PagemapEntry &entry : map.entries()) {
            uint64_t at = entry.address;
            const uint64_t end = at + map.bytes(entry);
            while (next < areas.size() && areas[next].end() <= at)
                ++next;
            for (size_t i = next; at < end; ++i) {
                const uint64_t from = i < areas.size() ? std::min(areas[i].offset, end) : end;
                if (from > at) {
                    pages += (from - at) / map.pageSize();
                    first = first.value_or(at);
                }
                at = i < areas.size() ? std::max(at, std::min(areas[i].end(), end)) : end;
            }
        }
        if (first)
            add(RestoreSeverity::Stops, m_checkpoint.imagePrefix() + pagemapOf(task), std::nullopt,
                "pagemap_entry.vaddr " + hexText(*first),
                std::to_string(pages) + (pages == 1 ? " page lies" : " pages lie") +
                    " in no private area of the task");
    }

    const Memory &m_memory;
    const Checkpoint &m_checkpoint;
    RestoreFindings &m_findings;
};

/// What loading could not read, where nothing is said of it yet.
void addProblems(const Memory &memory, const std::vector<RestoreFinding> &said, RestoreFindings &findings)
{
    std::set<std::pair<std::string, std::optional<uint64_t>>> places;
    std::set<std::string> members;
    for (const RestoreFinding &finding : said) {
        places.emplace(finding.member, finding.offset);
        members.insert(finding.member);
    }
    std::vector<std::string> sets = memory.parentSets();
    sets.push_back(memory.checkpoint().imagePrefix());
    for (const Problem &problem : memory.problems()) {
        const Error &error = problem.error;
        const bool isSaid = error.code == ErrorCode::NotFound ? members.contains(error.file)
                                                              : places.contains({error.file, error.offset});
        if (problem.severity == Severity::Note || isSaid)
            continue;
        const auto [directory, fileName] = splitPath(error.file);
        const bool needed = std::find(sets.begin(), sets.end(), directory) != sets.end() &&
                            (fileName.ends_with(".img") || fileName == "parent") &&
                            fileName != "irmap-cache.img" && error.code != ErrorCode::Unsupported;
        findings.add({needed ? RestoreSeverity::Stops : RestoreSeverity::MayStop,
                      error.file,
                      error.offset,
                      {},
                      error.message},
                     error.message);
    }
}

} // namespace

bool Completeness::complete() const
{
    return count(RestoreSeverity::Stops) == 0 && count(RestoreSeverity::MayStop) == 0;
}

size_t Completeness::count(RestoreSeverity severity) const
{
    return static_cast<size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [severity](const RestoreFinding &finding) { return finding.severity == severity; }));
}

std::string Completeness::answer() const
{
    const size_t stop = count(RestoreSeverity::Stops);
    const size_t may = count(RestoreSeverity::MayStop);
    if (stop == 0 && may == 0)
        return "yes";
    std::string text = "no: ";
    if (stop > 0)
        text += std::to_string(stop) + (stop == 1 ? " finding stops it" : " findings stop it");
    if (may > 0)
        text += (stop > 0 ? ", " : "") + std::to_string(may) +
                (stop > 0   ? " may"
                 : may == 1 ? " finding may stop it"
                            : " findings may stop it");
    return text;
}

Completeness checkCompleteness(const Memory &memory, std::stop_token stop)
{
    RestoreFindings findings;
    const std::vector<uint64_t> shared = memory.sharedObjects();
    checkImages(memory.checkpoint(), shared, findings, std::move(stop));
    MemoryCheck(memory, findings).run();
    Completeness result;
    result.findings = std::move(findings).take();
    RestoreFindings others;
    addProblems(memory, result.findings, others);
    auto more = std::move(others).take();
    result.findings.insert(result.findings.end(), more.begin(), more.end());
    std::stable_sort(
        result.findings.begin(), result.findings.end(),
        [](const RestoreFinding &a, const RestoreFinding &b) { return a.severity > b.severity; });
    return result;
}

} // namespace cryoscope
