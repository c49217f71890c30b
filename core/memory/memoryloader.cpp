// SPDX-License-Identifier: Apache-2.0
#include "core/memory/memoryloader.h"

#include "core/checkpoint/imagenames.h"

#include <algorithm>
#include <filesystem>

namespace cryoscope
{

MemoryLoader::MemoryLoader(std::shared_ptr<const Checkpoint> checkpoint) : m_memory(new Memory)
{
    m_memory->m_checkpoint = std::move(checkpoint);
    m_memory->m_problems = m_memory->m_checkpoint->problems();
}

void MemoryLoader::problem(Severity severity, Error error)
{
    m_memory->m_problems.push_back({severity, std::move(error)});
}

void MemoryLoader::followParents()
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    m_sets.push_back(checkpoint.imagePrefix());
    for (;;) {
        const std::string &set = m_sets.back();
        const Member *link = checkpoint.archive().find(set + "parent");
        if (link == nullptr || link->kind != MemberKind::Symlink)
            return;
        const std::string target =
            (std::filesystem::path(set) / link->linkTarget).lexically_normal().generic_string();
        const std::string prefix = target.empty() || target.ends_with('/') ? target : target + "/";
        const bool inside = !target.starts_with("..") && !target.starts_with('/') &&
                            checkpoint.archive().find(prefix + "inventory.img") != nullptr;
        if (!inside) {
            m_parentMissing = true;
            problem(Severity::Warning,
                    {ErrorCode::NotFound,
                     "the parent set \"" + link->linkTarget +
                         "\" is not in the checkpoint; pages that are only there are absent",
                     link->path, std::nullopt});
            return;
        }
        if (std::find(m_sets.begin(), m_sets.end(), prefix) != m_sets.end()) {
            m_parentMissing = true;
            problem(Severity::Warning,
                    {ErrorCode::InputMalformed, "the parent sets form a circle", link->path, std::nullopt});
            return;
        }
        m_sets.push_back(prefix);
    }
}

std::shared_ptr<const PagesObject> MemoryLoader::object(const std::string &fileName, size_t depth)
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    const Archive &archive = checkpoint.archive();
    const std::string &set = m_sets[depth];
    const Member *pagemap = archive.find(set + fileName);
    if (pagemap == nullptr || !pagemap->content)
        return nullptr;
    auto map = PageMap::read(*pagemap->content, checkpoint.pageSize());
    if (!map) {
        problem(Severity::Warning, map.error());
        return nullptr;
    }
    if (map->problem())
        problem(Severity::Warning, *map->problem());
    auto made = std::make_shared<PagesObject>(PagesObject{std::move(*map), {}, false, nullptr});
    const std::string pagesPath = set + "pages-" + std::to_string(made->map.pagesId()) + ".img";
    const Member *pages = archive.find(pagesPath);
    if (pages != nullptr && pages->content) {
        made->pages = archive.canonical({pages->id, 0, pages->content->size()});
        const uint64_t stored = made->map.storedBytes();
        if (made->pages.length < stored)
            problem(Severity::Warning,
                    {ErrorCode::InputMalformed,
                     "is too short: " + pagemap->path + " names pages up to " + std::to_string(stored),
                     pagesPath, made->pages.length});
        else if (made->pages.length > stored && !made->map.problem())
            problem(Severity::Note,
                    {ErrorCode::InputMalformed, "holds more than the pages that " + pagemap->path + " names",
                     pagesPath, stored});
    } else if (made->map.storedBytes() > 0) {
        problem(Severity::Warning,
                {ErrorCode::NotFound, "is not there or cannot be read; " + pagemap->path + " needs it",
                 pagesPath, std::nullopt});
    }
    made->parentNamed = depth + 1 < m_sets.size() || m_parentMissing;
    const bool needsParent =
        std::any_of(made->map.entries().begin(), made->map.entries().end(),
                    [](const PagemapEntry &entry) { return (entry.flags & PageInParent) != 0; });
    if (depth + 1 < m_sets.size())
        made->parent = object(fileName, depth + 1);
    if (needsParent && !made->parent)
        problem(Severity::Warning, {ErrorCode::NotFound, "names pages of a parent set that is not here",
                                    pagemap->path, std::nullopt});
    addPagesFile(made);
    return made;
}

void MemoryLoader::addPagesFile(const std::shared_ptr<const PagesObject> &object)
{
    if (object->pages.member == noMember)
        return;
    auto &files = m_memory->m_pagesFiles;
    const auto at = std::lower_bound(
        files.begin(), files.end(), object->pages,
        [](const Memory::PagesFile &file, const Extent &extent) { return file.extent < extent; });
    if (at != files.end() && at->extent == object->pages)
        at->objects.push_back(object);
    else
        files.insert(at, {object->pages, {object}});
}

void MemoryLoader::addSpans(const Task &task)
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    std::vector<const Vma *> sorted;
    for (const auto &vma : task.vmas) {
        if (!vma.is(VmaGuard)) // lies over another VMA and says only that touching it is a fault
            sorted.push_back(&vma);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Vma *a, const Vma *b) { return a->start < b->start; });
    auto &spans = m_memory->m_spans[task.pid];
    uint64_t end = 0;
    for (const Vma *vma : sorted) {
        if (vma->end <= end)
            continue;
        Memory::Span span{std::max(vma->start, end), vma->end, vma, std::nullopt};
        if (vma->is(VmaMemfd))
            span.sharedId = checkpoint.memfdShmid(static_cast<uint32_t>(vma->shmid));
        else if (vma->is(VmaAnonShared))
            span.sharedId = vma->shmid;
        end = vma->end;
        spans.push_back(span);
        if (span.sharedId)
            m_memory->m_mappings[*span.sharedId].push_back({task.pid, span});
    }
}

void MemoryLoader::findUnreferenced()
{
    // Which bytes of each pages file some object of the newest set still shows, found by resolving all
    // addresses once.
    std::map<MemberId, std::vector<ByteRange>> seen;
    const auto add = [&seen](const PagesObject &object) {
        std::vector<AddressPiece> pieces;
        for (const auto &entry : object.map.entries()) {
            pieces.clear();
            object.resolve({entry.address, object.map.bytes(entry)}, pieces);
            for (const auto &piece : pieces) {
                if (piece.presence != Presence::Present)
                    continue;
                auto &ranges = seen[piece.extent.member];
                if (!ranges.empty() && ranges.back().end() == piece.extent.offset)
                    ranges.back().length += piece.extent.length;
                else
                    ranges.push_back(piece.extent.range());
            }
        }
    };
    for (const auto &[pid, object] : m_memory->m_taskObjects)
        add(*object);
    for (const auto &[id, object] : m_memory->m_sharedObjects)
        add(*object);
    for (auto &[member, ranges] : seen)
        std::sort(ranges.begin(), ranges.end());
    for (const auto &file : m_memory->m_pagesFiles) {
        const Extent &extent = file.extent;
        uint64_t at = extent.offset;
        for (const auto &range : seen[extent.member]) {
            if (range.end() <= at || range.offset >= extent.end())
                continue;
            if (range.offset > at)
                m_memory->m_unreferenced.push_back({extent.member, at, range.offset - at});
            at = std::max(at, range.end());
        }
        if (at < extent.end())
            m_memory->m_unreferenced.push_back({extent.member, at, extent.end() - at});
    }
}

Result<std::shared_ptr<const Memory>> MemoryLoader::load(Progress *progress, std::stop_token stop)
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    const Error cancelled{ErrorCode::Cancelled, "cancelled", checkpoint.archive().path(), std::nullopt};
    if (progress != nullptr) {
        uint64_t total = 0;
        for (const auto *refs : {&checkpoint.taskPagemaps(), &checkpoint.sharedPagemaps()}) {
            for (const auto &ref : *refs)
                total += checkpoint.archive().member(ref.pagemap).content->size();
        }
        progress->begin("read pagemaps", total);
    }
    followParents();
    const auto readAll = [&](const std::vector<PagemapRef> &refs, const char *prefix, auto &objects) {
        for (const auto &ref : refs) {
            if (stop.stop_requested())
                return;
            using Key = typename std::decay_t<decltype(objects)>::key_type;
            if (auto made = object(prefix + std::to_string(ref.id) + ".img", 0))
                objects.emplace(static_cast<Key>(ref.id), std::move(made));
            if (progress != nullptr)
                progress->advance(checkpoint.archive().member(ref.pagemap).content->size());
        }
    };
    readAll(checkpoint.taskPagemaps(), "pagemap-", m_memory->m_taskObjects);
    readAll(checkpoint.sharedPagemaps(), "pagemap-shmem-", m_memory->m_sharedObjects);
    if (stop.stop_requested())
        return cancelled;
    for (const auto &task : checkpoint.tasks()) {
        addSpans(task);
        if (task.hasMemory && !m_memory->m_taskObjects.contains(task.pid))
            problem(Severity::Warning,
                    {ErrorCode::NotFound, "is not there or cannot be read",
                     checkpoint.imagePrefix() + "pagemap-" + std::to_string(task.pid) + ".img",
                     std::nullopt});
    }
    findUnreferenced();
    return std::shared_ptr<const Memory>(std::move(m_memory));
}

} // namespace cryoscope
