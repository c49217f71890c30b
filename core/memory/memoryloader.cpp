// SPDX-License-Identifier: Apache-2.0
#include "core/memory/memoryloader.h"

#include "core/base/hextext.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/imagesets.h"
#include "core/image/decodedpages.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>

namespace cryoscope
{

namespace
{

/// Whole pages of `source` that are holes of its file, ascending.
std::vector<ByteRange> holesOf(const ByteSource &source, uint64_t pageSize)
{
    std::vector<ByteRange> holes;
    for (uint64_t at = source.nextHole(0); at < source.size();) {
        const uint64_t end = std::max(source.nextData(at), at + 1);
        const uint64_t from = (at + pageSize - 1) / pageSize * pageSize;
        const uint64_t to = end == source.size() ? end : end / pageSize * pageSize;
        if (to > from)
            holes.push_back({from, to - from});
        at = end >= source.size() ? source.size() : source.nextHole(end);
    }
    return holes;
}

} // namespace

MemoryLoader::MemoryLoader(std::shared_ptr<const Checkpoint> checkpoint) : m_memory(new Memory)
{
    m_memory->m_checkpoint = std::move(checkpoint);
    m_memory->m_problems = m_memory->m_checkpoint->problems();
    const auto members = m_memory->m_checkpoint->archive().members();
    m_anyDecoded = std::any_of(members.begin(), members.end(),
                               [](const Member &member) { return member.recoding != nullptr; });
}

void MemoryLoader::problem(Severity severity, Error error)
{
    m_limit.add(m_memory->m_problems, {severity, std::move(error)});
}

void MemoryLoader::addSet(std::string prefix)
{
    const bool encrypted = m_memory->m_checkpoint->archive().find(prefix + "cipher.img") != nullptr;
    m_sets.push_back({std::move(prefix), !encrypted});
}

void MemoryLoader::followParents()
{
    std::set<std::string> known;
    uint64_t version = std::numeric_limits<uint64_t>::max(); // of the child
    for (std::optional<std::string> next = m_memory->m_checkpoint->imagePrefix(); next;) {
        known.insert(*next);
        addSet(*next);
        // Source: CRIU's unreleased compression of pages, which came with version 3.
        const uint64_t own = imageVersion(*next);
        if (own == 3 && version < own)
            problem(Severity::Warning, {ErrorCode::InputMalformed,
                                        "is of image version " + std::to_string(own) + " and its child of " +
                                            std::to_string(version) + ", which CRIU refuses",
                                        *next + "inventory.img", std::nullopt});
        version = own;
        next = parentOf(*next);
        if (next && known.contains(*next)) {
            problem(Severity::Warning, {ErrorCode::InputMalformed,
                                        "the parent sets form a circle: it leads to \"" +
                                            (next->empty() ? "./" : *next) + "\" again",
                                        m_sets.back().prefix + "parent", std::nullopt});
            return;
        }
    }
}

uint64_t MemoryLoader::imageVersion(const std::string &set) const
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    const Member *inventory = checkpoint.archive().find(set + "inventory.img");
    if (inventory == nullptr || !inventory->content)
        return 0;
    const auto image = checkpoint.openImage(inventory->id);
    if (!image || image->records().empty() || image->type().entry != "inventory_entry")
        return 0;
    const auto entry = image->message(image->records().front());
    return entry ? entry->number("img_version") : 0;
}

std::optional<std::string> MemoryLoader::parentOf(const std::string &set)
{
    const Archive &archive = m_memory->m_checkpoint->archive();
    const Member *link = archive.find(set + "parent");
    std::string target = "parent"; // CRIU opens the name, so that a directory serves as well
    if (link != nullptr && link->kind == MemberKind::Symlink)
        target = link->followedTo.empty() ? link->linkTarget : link->followedTo;
    else if (archive.find(set + "parent/inventory.img") == nullptr)
        return std::nullopt;
    // Within the archive that holds the set, if that is one within the checkpoint.
    const std::string nest = set.substr(0, nestEnd(set));
    std::string path =
        (std::filesystem::path(set.substr(nest.size())) / target).lexically_normal().generic_string();
    if (path == ".")
        path.clear();
    const std::string inner = path.empty() || path.ends_with('/') ? path : path + "/";
    if (!path.starts_with("..") && !path.starts_with('/')) {
        for (const std::string &prefix : {nest + inner, nest + "./" + inner}) { // as tars have it
            if (archive.find(prefix + "inventory.img") != nullptr)
                return prefix;
        }
    }
    problem(Severity::Warning, {ErrorCode::NotFound,
                                "the parent set \"" + target +
                                    "\" is not in the checkpoint; pages that are only there are absent",
                                set + "parent", std::nullopt});
    return std::nullopt;
}

const PagesObject *MemoryLoader::chain(const std::string &fileName, uint64_t id, bool shared)
{
    const PagesObject *newest = nullptr;
    PagesObject *child = nullptr;
    for (size_t depth = 0; depth < m_sets.size(); ++depth) {
        auto made = object(fileName, depth);
        if (!made)
            break; // CRIU does not look further back either
        made->id = id;
        made->shared = shared;
        PagesObject *current = made.get();
        if (child != nullptr)
            child->parent = current;
        else
            newest = current;
        child = current;
        m_memory->m_objects.push_back(std::move(made));
    }
    if (child != nullptr && child->map.needsParent())
        problem(Severity::Warning,
                {ErrorCode::NotFound, "names pages of a parent set that is not here",
                 m_memory->m_checkpoint->archive().member(child->pagemap).path, std::nullopt});
    return newest;
}

std::unique_ptr<PagesObject> MemoryLoader::object(const std::string &fileName, size_t depth)
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    const Archive &archive = checkpoint.archive();
    const Member *pagemap = archive.find(m_sets[depth].prefix + fileName);
    if (pagemap == nullptr || !pagemap->content)
        return nullptr;
    auto layout = PagesLayout::Plain;
    const auto id = m_anyDecoded ? PagemapReader::pagesIdOf(*pagemap->content) : std::nullopt;
    if (id && archive.find(m_sets[depth].prefix + "pages-" + std::to_string(*id) + ".img!") != nullptr)
        layout = PagesLayout::Decoded;
    auto map = PageMap::read(*pagemap->content, checkpoint.pageSize(), layout);
    if (!map) {
        problem(Severity::Warning, map.error());
        return nullptr;
    }
    if (map->problem())
        problem(Severity::Warning, *map->problem());
    auto made = std::make_unique<PagesObject>();
    made->map = std::move(*map);
    made->pagemap = pagemap->id;
    if (m_sets[depth].readable)
        findPages(*made, *pagemap, depth);
    return made;
}

const PagesObject *MemoryLoader::oldObject(const PagemapRef &ref, bool shared)
{
    const Archive &archive = m_memory->m_checkpoint->archive();
    const Member &pages = archive.member(ref.pagemap);
    auto map = PageMap::readOldPages(*pages.content, m_memory->m_checkpoint->pageSize());
    if (!map) {
        problem(Severity::Warning, map.error());
        return nullptr;
    }
    if (map->problem())
        problem(Severity::Warning, *map->problem());
    auto made = std::make_unique<PagesObject>();
    made->map = std::move(*map);
    made->id = ref.id;
    made->shared = shared;
    made->pagemap = pages.id;
    made->pages = archive.canonical({pages.id, 0, pages.content->size()});
    m_memory->m_objects.push_back(std::move(made));
    return m_memory->m_objects.back().get();
}

void MemoryLoader::findPages(PagesObject &object, const Member &pagemap, size_t depth)
{
    const Archive &archive = m_memory->m_checkpoint->archive();
    const std::string path = m_sets[depth].prefix + "pages-" + std::to_string(object.map.pagesId()) + ".img";
    const Member *stored = archive.find(path);
    const Member *pages = archive.find(path + "!"); // what compressed pages decode to
    const auto *decoded =
        pages != nullptr ? dynamic_cast<const DecodedPages *>(pages->content.get()) : nullptr;
    if (decoded == nullptr)
        pages = stored;
    if (pages == nullptr || !pages->content) {
        if (object.map.storedBytes() > 0)
            problem(Severity::Warning,
                    {ErrorCode::NotFound, "is not there or cannot be read; " + pagemap.path + " needs it",
                     path, std::nullopt});
        return;
    }
    object.pages = archive.canonical({pages->id, 0, pages->content->size()});
    const uint64_t needed = object.map.storedBytes();
    if (object.pages.length < needed)
        problem(Severity::Warning,
                {ErrorCode::InputMalformed,
                 "is too short: " + pagemap.path + " names pages up to " + std::to_string(needed), path,
                 object.pages.length});
    else if (object.pages.length > needed && !object.map.problem())
        problem(Severity::Note, {ErrorCode::InputMalformed,
                                 "holds more than the pages that " + pagemap.path + " names", path, needed});
    if (decoded != nullptr) {
        object.holes = decoded->zeroRanges();
        object.inHoles = Presence::Untouched;
        // Nobody sees what lies between the blocks, and it may be anything.
        for (const ByteRange &gap : decoded->gaps())
            m_memory->m_unreferenced.push_back(archive.canonical({stored->id, gap.offset, gap.length}));
        m_memory->m_pagesFiles.push_back({archive.canonical({stored->id, 0, stored->content->size()}), {}});
    } else if (depth > 0) {
        object.holes = holesOf(*pages->content, object.map.pageSize());
    }
}

void MemoryLoader::addSegmentsInImages()
{
    const Checkpoint &checkpoint = *m_memory->m_checkpoint;
    for (const Member &member : checkpoint.archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (directory != m_sets.front().prefix || !member.content || !imageNumber(fileName, "ipcns-shm-") ||
            !m_sets.front().readable)
            continue;
        const auto image = checkpoint.openImage(member.id);
        if (!image) // told where all images are looked at
            continue;
        for (const Record &record : image->records()) {
            const auto entry = image->message(record);
            if (!entry || entry->type().name != "ipc_shm_entry" || entry->flag("in_pagemaps"))
                continue;
            const Message *description = entry->message("desc");
            const uint64_t size = std::min(entry->number("size"), record.payload.length); // then padding
            if (description == nullptr || size == 0)
                continue;
            auto object = std::make_unique<PagesObject>();
            object->map = PageMap::ofBytes(size);
            object->id = description->number("id");
            object->shared = true;
            object->pages = checkpoint.archive().canonical({member.id, record.payload.offset, size});
            if (m_memory->m_sharedObjects.emplace(object->id, object.get()).second)
                m_memory->m_objects.push_back(std::move(object));
        }
    }
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
        const auto offset =
            span.sharedId ? span.objectOffset(span.start, span.end - span.start) : std::nullopt;
        if (offset)
            m_memory->m_mappings[*span.sharedId].push_back(
                {task.pid, span, {*offset, span.end - span.start}, 0});
    }
}

void MemoryLoader::sortMappings()
{
    for (auto &[shmid, mappings] : m_memory->m_mappings) {
        std::sort(mappings.begin(), mappings.end(), [](const Memory::Mapping &a, const Memory::Mapping &b) {
            return a.range.offset < b.range.offset;
        });
        uint64_t furthest = 0;
        for (Memory::Mapping &mapping : mappings)
            mapping.furthest = furthest = std::max(furthest, mapping.range.end());
    }
}

void MemoryLoader::sortPagesFiles()
{
    std::vector<const PagesObject *> objects;
    for (const auto &object : m_memory->m_objects) {
        if (object->pages.member != noMember)
            objects.push_back(object.get());
    }
    std::stable_sort(objects.begin(), objects.end(),
                     [](const PagesObject *a, const PagesObject *b) { return a->pages < b->pages; });
    auto &files = m_memory->m_pagesFiles; // those with the compressed form are there already
    const auto stored = static_cast<ptrdiff_t>(files.size());
    for (const PagesObject *object : objects) {
        if (static_cast<ptrdiff_t>(files.size()) == stored || files.back().extent != object->pages)
            files.push_back({object->pages, {}});
        files.back().objects.push_back(object);
    }
    const auto before = [](const Memory::PagesFile &a, const Memory::PagesFile &b) {
        return a.extent < b.extent;
    };
    std::sort(files.begin(), files.begin() + stored, before);
    std::inplace_merge(files.begin(), files.begin() + stored, files.end(), before);
}

void MemoryLoader::resolveAll()
{
    // Which bytes of each pages file some object of the newest set still shows, found by resolving all
    // addresses once.
    std::unordered_map<MemberId, std::vector<ByteRange>> seen;
    const auto add = [&](const PagesObject &object) {
        uint64_t missing = 0;
        std::optional<uint64_t> firstMissing;
        const auto visit = [&](const AddressPiece &piece) {
            if (piece.presence == Presence::ParentMissing) {
                missing += piece.length;
                if (!firstMissing)
                    firstMissing = piece.address;
            }
            if (piece.presence != Presence::Present)
                return;
            auto &ranges = seen[piece.extent.member];
            if (!ranges.empty() && ranges.back().end() == piece.extent.offset)
                ranges.back().length += piece.extent.length;
            else
                ranges.push_back(piece.extent.range());
        };
        object.resolve({0, std::numeric_limits<uint64_t>::max()}, visit);
        if (firstMissing && object.parent != nullptr) // without one it has been said already
            problem(Severity::Warning,
                    {ErrorCode::NotFound,
                     std::string(object.shared ? "shared memory " : "memory of ") +
                         std::to_string(object.id) + ": " + std::to_string(missing / object.map.pageSize()) +
                         " pages are in no parent set, the first of them at " + hexText(*firstMissing),
                     m_sets.front().prefix + "parent", std::nullopt});
    };
    for (const auto &task : m_memory->m_checkpoint->taskPagemaps()) {
        const auto pid = static_cast<uint32_t>(task.id);
        if (m_memory->m_checkpoint->task(pid) == nullptr)
            continue; // nobody sees its pages
        if (const auto *object = m_memory->taskPages(pid))
            add(*object);
    }
    for (const auto &[id, object] : m_memory->m_sharedObjects)
        add(*object);
    for (auto &[member, ranges] : seen)
        std::sort(ranges.begin(), ranges.end());
    for (const auto &file : m_memory->m_pagesFiles) {
        const Extent &extent = file.extent;
        if (file.objects.empty())
            continue;
        // Holes hold nothing that anyone could see.
        std::vector<ByteRange> covered;
        for (const ByteRange &hole : file.objects.front()->holes)
            covered.push_back({extent.offset + hole.offset, hole.length});
        const auto &ranges = seen[extent.member];
        const auto first = std::partition_point(ranges.begin(), ranges.end(), [&](const ByteRange &range) {
            return range.end() <= extent.offset;
        });
        const size_t holes = covered.size();
        for (auto range = first; range != ranges.end() && range->offset < extent.end(); ++range)
            covered.push_back(*range);
        std::inplace_merge(covered.begin(), covered.begin() + static_cast<ptrdiff_t>(holes), covered.end());
        uint64_t at = extent.offset;
        for (const ByteRange &range : covered) {
            if (range.offset > at)
                m_memory->m_unreferenced.push_back({extent.member, at, range.offset - at});
            at = std::max(at, range.end());
        }
        if (at < extent.end())
            m_memory->m_unreferenced.push_back({extent.member, at, extent.end() - at});
    }
    std::sort(m_memory->m_unreferenced.begin(), m_memory->m_unreferenced.end());
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
    for (size_t depth = 1; depth < m_sets.size(); ++depth)
        m_memory->m_parentSets.push_back(m_sets[depth].prefix);
    const auto readAll = [&](const std::vector<PagemapRef> &refs, const char *prefix, bool shared,
                             auto &objects) {
        for (const auto &ref : refs) {
            if (stop.stop_requested())
                return;
            using Key = typename std::decay_t<decltype(objects)>::key_type;
            const auto *made = ref.oldPages ? oldObject(ref, shared)
                                            : chain(prefix + std::to_string(ref.id) + ".img", ref.id, shared);
            if (made != nullptr)
                objects.emplace(static_cast<Key>(ref.id), made);
            if (progress != nullptr)
                progress->advance(checkpoint.archive().member(ref.pagemap).content->size());
        }
    };
    readAll(checkpoint.taskPagemaps(), "pagemap-", false, m_memory->m_taskObjects);
    readAll(checkpoint.sharedPagemaps(), "pagemap-shmem-", true, m_memory->m_sharedObjects);
    addSegmentsInImages();
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
    sortMappings();
    sortPagesFiles();
    resolveAll();
    return std::shared_ptr<const Memory>(std::move(m_memory));
}

} // namespace cryoscope
