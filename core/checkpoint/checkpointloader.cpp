// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/checkpointloader.h"

#include "core/checkpoint/containerreader.h"
#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/imagecensus.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/pagedecoding.h"
#include "core/image/imagefile.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace cryoscope
{

CheckpointLoader::CheckpointLoader(std::shared_ptr<const Archive> archive) : m_checkpoint(new Checkpoint)
{
    m_checkpoint->m_archive = std::move(archive);
    m_checkpoint->m_schema = Schema::load();
}

Result<std::shared_ptr<const Checkpoint>> CheckpointLoader::load(std::shared_ptr<const Archive> archive,
                                                                 const std::optional<std::string> &set,
                                                                 std::stop_token stop)
{
    CheckpointLoader loader(std::move(archive));
    Checkpoint &checkpoint = *loader.m_checkpoint;
    const auto archiveProblems = checkpoint.archive().problems();
    checkpoint.m_problems.assign(archiveProblems.begin(), archiveProblems.end());
    if (auto found = loader.findImageSet(set); !found)
        return found.error();
    const std::array<void (CheckpointLoader::*)(), 10> steps{
        &CheckpointLoader::readInventory, &CheckpointLoader::readFiles,        &CheckpointLoader::readMemfds,
        &CheckpointLoader::nameFiles,     &CheckpointLoader::readTasks,        &CheckpointLoader::decodePages,
        &CheckpointLoader::listPagemaps,  &CheckpointLoader::checkOtherImages, &CheckpointLoader::readVersion,
        &CheckpointLoader::readContainers};
    for (const auto step : steps) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", checkpoint.archive().path(), std::nullopt};
        (loader.*step)();
    }
    return std::shared_ptr<const Checkpoint>(std::move(loader.m_checkpoint));
}

void CheckpointLoader::problem(Severity severity, Error error)
{
    m_limit.add(m_checkpoint->m_problems, {severity, std::move(error)});
}

std::optional<std::string> CheckpointLoader::anyImage(const std::string *prefix) const
{
    for (const auto &member : m_checkpoint->archive().members()) {
        if (!member.content)
            continue;
        auto [directory, fileName] = splitPath(member.path);
        if ((prefix == nullptr || directory == *prefix) && fileName.ends_with(".img") &&
            !isRawImage(fileName) && Image::looksLikeImage(*member.content))
            return std::move(directory);
    }
    return std::nullopt;
}

Result<void> CheckpointLoader::findImageSet(const std::optional<std::string> &wanted)
{
    const Archive &archive = m_checkpoint->archive();
    auto &sets = m_checkpoint->m_sets;
    sets = findImageSets(archive);
    std::optional<std::string> chosen;
    if (wanted) {
        const std::string prefix = imageSetPrefix(*wanted);
        const bool known = std::any_of(sets.begin(), sets.end(),
                                       [&prefix](const ImageSetInfo &set) { return set.prefix == prefix; });
        chosen = known ? std::optional(prefix) : anyImage(&prefix);
        if (!chosen) {
            std::string names;
            for (const ImageSetInfo &set : sets)
                names += (names.empty() ? "" : ", ") + (set.prefix.empty() ? "." : set.prefix);
            return Error{ErrorCode::NotFound,
                         "has no image set \"" + *wanted + "\"; there " +
                             (sets.size() == 1 ? "is " : "are ") + (names.empty() ? "none" : names),
                         archive.path(), std::nullopt};
        }
    } else {
        chosen = sets.empty() ? anyImage(nullptr) : std::optional(sets.front().prefix);
    }
    if (!chosen) {
        // What is wrong with the archive explains best why nothing was found in it.
        if (!archive.problems().empty())
            return archive.problems().front().error;
        return Error{ErrorCode::NotFound, "no checkpoint: no inventory.img and no other image is in it",
                     archive.path(), std::nullopt};
    }
    m_checkpoint->m_prefix = *chosen;
    if (archive.find(*chosen + "inventory.img") == nullptr)
        problem(Severity::Warning,
                {ErrorCode::NotFound, "is not there", *chosen + "inventory.img", std::nullopt});
    for (const ImageSetInfo &set : sets) {
        if (set.tree && set.prefix != *chosen)
            problem(
                Severity::Note,
                {ErrorCode::Unsupported,
                 "is another checkpoint: its processes are not shown unless it is asked for by the name "
                 "of its directory; its bytes are searched all the same, memory in the order of its files",
                 set.prefix + "inventory.img", std::nullopt});
    }
    return {};
}

void CheckpointLoader::readContainers()
{
    Checkpoint &checkpoint = *m_checkpoint;
    std::vector<Problem> problems;
    for (ImageSetInfo &set : checkpoint.m_sets)
        set.container = readContainerInfo(checkpoint.archive(), set.prefix,
                                          imageAnnotations(checkpoint.archive(), set.prefix), problems);
    checkpoint.m_layout = layoutOf(checkpoint.archive(), checkpoint.m_sets);
    const auto shown =
        std::find_if(checkpoint.m_sets.begin(), checkpoint.m_sets.end(),
                     [&](const ImageSetInfo &set) { return set.prefix == checkpoint.m_prefix; });
    if (shown != checkpoint.m_sets.end())
        checkpoint.m_container = shown->container;
    else // images without an inventory
        checkpoint.m_container = readContainerInfo(checkpoint.archive(), checkpoint.m_prefix, {}, problems);
    std::set<std::string> told; // sets may share their description
    for (Problem &found : problems) {
        if (told.insert(found.error.describe()).second)
            problem(found.severity, std::move(found.error));
    }
}

bool CheckpointLoader::eachMessage(const std::string &fileName, Absence absence, Nested nested,
                                   const std::function<void(const Message &, const Member &)> &visit)
{
    seen(fileName);
    const Member *member = m_checkpoint->imageMember(fileName);
    if (member == nullptr) {
        if (absence == Absence::Problem)
            problem(Severity::Warning, {ErrorCode::NotFound, "is not there or cannot be read",
                                        m_checkpoint->m_prefix + fileName, std::nullopt});
        return false;
    }
    const auto image = Image::open(member->content, m_checkpoint->m_schema);
    if (!image) {
        problem(Severity::Warning, image.error());
        return false;
    }
    if (image->problem())
        problem(Severity::Warning, *image->problem());
    m_order = image->byteOrder();
    bool any = false;
    SourceWindow window(*member->content);
    for (const auto &record : image->records()) {
        const auto message = image->message(record, window, nested);
        if (!message) {
            problem(Severity::Warning, message.error());
            continue;
        }
        if (const Error *within = message->problem())
            problem(Severity::Warning, *within);
        visit(*message, *member);
        any = true;
    }
    return any;
}

void CheckpointLoader::readInventory()
{
    Inventory &inventory = m_checkpoint->m_inventory;
    eachMessage("inventory.img", Absence::Fine, [&](const Message &m, const Member &member) {
        if (m.type().name != "inventory_entry") {
            problem(Severity::Warning,
                    {ErrorCode::InputMalformed, "holds another type of image", member.path, 0});
            return;
        }
        inventory.imageVersion = static_cast<uint32_t>(m.number("img_version"));
        inventory.fdinfoPerId = m.flag("fdinfo_per_id");
        inventory.nsPerId = m.flag("ns_per_id");
        inventory.lsmType = static_cast<uint32_t>(m.number("lsmtype"));
        inventory.runId = m.text("dump_criu_run_id");
        inventory.compress = static_cast<uint32_t>(m.number("compress"));
    });
    if (inventory.imageVersion > 3) // 3: as 2, with compressed pages (not released yet)
        problem(Severity::Warning, {ErrorCode::Unsupported,
                                    "image version " + std::to_string(inventory.imageVersion) +
                                        " is newer than what is known (3)",
                                    m_checkpoint->m_prefix + "inventory.img", std::nullopt});
    if (const Member *cipher = m_checkpoint->imageMember("cipher.img")) {
        seen("cipher.img");
        problem(Severity::Warning,
                {ErrorCode::Unsupported, "the checkpoint is encrypted: memory and images cannot be inspected",
                 cipher->path, std::nullopt});
    }
}

void CheckpointLoader::readFiles()
{
    const Schema &schema = *m_checkpoint->m_schema;
    const auto add = [this](FileEntry file, const Message &message, const Member &member) {
        file.record =
            m_checkpoint->archive().canonical({member.id, message.range().offset, message.range().length});
        m_checkpoint->m_fileById.try_emplace(file.id, m_checkpoint->m_files.size());
        m_checkpoint->m_files.push_back(std::move(file));
    };
    eachMessage("files.img", Absence::Fine, [&](const Message &m, const Member &member) {
        if (m.type().name != "file_entry")
            return;
        add(readFileEntry(m, schema, m_order), m, member);
        if (const Message *memfd = m.message("memfd"))
            m_checkpoint->m_memfdInodeByFile.try_emplace(static_cast<uint32_t>(m.number("id")),
                                                         static_cast<uint32_t>(memfd->number("inode_id")));
    });
    for (const auto &old : oldFileImages()) {
        const auto *entry = schema.message(old.message);
        eachMessage(std::string(old.fileName), Absence::Fine, [&](const Message &m, const Member &member) {
            if (&m.type() == entry)
                add(readOldFileEntry(m, old.type, schema, m_order), m, member);
        });
    }
}

void CheckpointLoader::readMemfds()
{
    eachMessage("memfd.img", Absence::Fine, [this](const Message &m, const Member &) {
        if (m.type().name != "memfd_inode_entry")
            return;
        MemfdInfo memfd;
        memfd.inodeId = static_cast<uint32_t>(m.number("inode_id"));
        memfd.shmid = m.number("shmid");
        memfd.size = m.number("size");
        memfd.name = m.text("name");
        m_checkpoint->m_shmidByInode.try_emplace(memfd.inodeId, memfd.shmid);
        m_checkpoint->m_memfds.push_back(std::move(memfd));
    });
}

void CheckpointLoader::nameFiles()
{
    namePathsOfOthers();
    std::unordered_map<uint64_t, const MemfdInfo *> byShmid;
    for (const auto &memfd : m_checkpoint->m_memfds)
        byShmid[memfd.shmid] = &memfd;
    for (auto &file : m_checkpoint->m_files) {
        const auto shmid = file.type == FdMemfd ? m_checkpoint->memfdShmid(file.id) : std::nullopt;
        const auto found = shmid ? byShmid.find(*shmid) : byShmid.end();
        if (found == byShmid.end())
            continue;
        const MemfdInfo &memfd = *found->second;
        file.path = memfd.name;
        file.description = "memfd " + memfd.name + ", " + std::to_string(memfd.size) + " bytes";
    }
}

void CheckpointLoader::namePathsOfOthers()
{
    // Fifos and terminals have their path in a REG entry; before there was regf_id a fifo's had the same id.
    std::unordered_map<uint32_t, const FileEntry *> regular;
    for (const auto &file : m_checkpoint->m_files) {
        if (file.type == FdReg)
            regular.try_emplace(file.id, &file);
    }
    for (auto &file : m_checkpoint->m_files) {
        if (file.type != FdFifo && file.type != FdTty)
            continue;
        const uint32_t id = file.pathId == 0 && file.type == FdFifo ? file.id : file.pathId;
        if (const auto found = regular.find(id); found != regular.end())
            file.description += ", " + found->second->description; // which is the path, fit for a line
    }
}

void CheckpointLoader::readTasks()
{
    auto &tasks = m_checkpoint->m_tasks;
    std::vector<std::vector<uint64_t>> threads;
    const bool preDump = addTasksOfPreDump();
    eachMessage("pstree.img", preDump ? Absence::Fine : Absence::Problem,
                [&](const Message &m, const Member &member) {
                    if (m.type().name != "pstree_entry")
                        return;
                    Task task;
                    task.pid = static_cast<uint32_t>(m.number("pid"));
                    task.ppid = static_cast<uint32_t>(m.number("ppid"));
                    task.pgid = static_cast<uint32_t>(m.number("pgid"));
                    task.sid = static_cast<uint32_t>(m.number("sid"));
                    if (m_checkpoint->task(task.pid) != nullptr) {
                        problem(Severity::Warning, {ErrorCode::InputMalformed,
                                                    "pid " + std::to_string(task.pid) + " stands twice",
                                                    member.path, m.range().offset});
                        return;
                    }
                    m_checkpoint->m_taskByPid.emplace(task.pid, tasks.size());
                    tasks.push_back(std::move(task));
                    threads.push_back(m.numbers("threads"));
                });
    threads.resize(tasks.size());
    for (size_t i = 0; i < tasks.size(); ++i) {
        if (preDump)
            break; // there is nothing but memory
        readCore(tasks[i]);
        readThreads(tasks[i], threads[i]);
        if (tasks[i].state == TaskState::Dead || tasks[i].state == TaskState::Zombie)
            continue; // CRIU writes nothing but a core image for it
        readDescriptors(tasks[i]);
        readMm(tasks[i]);
    }
    for (const auto &task : tasks) {
        if (task.ppid == 0)
            m_checkpoint->m_inventory.rootPid = task.pid;
    }
}

bool CheckpointLoader::addTasksOfPreDump()
{
    // A pre-dump (criu pre-dump) has memory only: pagemaps tell which processes there were.
    if (m_checkpoint->imageMember("inventory.img") == nullptr ||
        m_checkpoint->imageMember("pstree.img") != nullptr)
        return false;
    std::vector<uint32_t> pids;
    for (const auto &member : m_checkpoint->archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (directory != m_checkpoint->m_prefix)
            continue;
        if (imageNumber(fileName, "core-"))
            return false; // what is missing there is missing
        if (const auto pid = imageNumber(fileName, "pagemap-"); pid && *pid <= UINT32_MAX)
            pids.push_back(static_cast<uint32_t>(*pid));
    }
    if (pids.empty())
        return false;
    std::sort(pids.begin(), pids.end());
    for (const uint32_t pid : pids) {
        Task task;
        task.pid = pid;
        task.threads.push_back({pid, {}, noMember});
        m_checkpoint->m_taskByPid.emplace(pid, m_checkpoint->m_tasks.size());
        m_checkpoint->m_tasks.push_back(std::move(task));
    }
    problem(Severity::Note,
            {ErrorCode::NotFound, "is a pre-dump: it holds memory, and nothing else of its processes",
             m_checkpoint->m_prefix + "inventory.img", std::nullopt});
    return true;
}

void CheckpointLoader::readCore(Task &task)
{
    const std::string fileName = "core-" + std::to_string(task.pid) + ".img";
    eachMessage(fileName, Absence::Problem, [&](const Message &m, const Member &) {
        if (m.type().name != "core_entry")
            return;
        if (const Message *tc = m.message("tc")) {
            task.comm = tc->text("comm");
            task.exitCode = static_cast<uint32_t>(tc->number("exit_code"));
            switch (tc->number("task_state")) {
            case 1:
                task.state = TaskState::Alive;
                break;
            case 2:
                task.state = TaskState::Dead;
                break;
            case 3:
                task.state = TaskState::Stopped;
                break;
            case 6:
                task.state = TaskState::Zombie;
                break;
            default:
                break;
            }
        }
    });
}

void CheckpointLoader::readThreads(Task &task, const std::vector<uint64_t> &tids)
{
    const auto coreOf = [this](uint32_t tid) {
        const Member *core = m_checkpoint->imageMember("core-" + std::to_string(tid) + ".img");
        return core != nullptr ? core->id : noMember;
    };
    task.threads.push_back({task.pid, task.comm, coreOf(task.pid)});
    if (task.state == TaskState::Dead || task.state == TaskState::Zombie)
        return; // CRIU 4.2 writes one arbitrary tid for it
    for (const uint64_t number : tids) {
        const auto tid = static_cast<uint32_t>(number);
        if (tid == task.pid)
            continue;
        Thread thread{tid, {}, coreOf(tid)};
        eachMessage("core-" + std::to_string(tid) + ".img", Absence::Problem,
                    [&](const Message &m, const Member &) {
                        if (m.type().name != "core_entry")
                            return;
                        if (const Message *core = m.message("thread_core"))
                            thread.comm = core->text("comm");
                    });
        task.threads.push_back(std::move(thread));
    }
}

void CheckpointLoader::readDescriptors(Task &task)
{
    const std::string pid = std::to_string(task.pid);
    task.filesId = task.pid;
    eachMessage("ids-" + pid + ".img", Absence::Problem, [&](const Message &m, const Member &) {
        if (m.type().name == "task_kobj_ids_entry" && m_checkpoint->m_inventory.fdinfoPerId)
            task.filesId = static_cast<uint32_t>(m.number("files_id"));
    });
    eachMessage("fdinfo-" + std::to_string(task.filesId) + ".img", Absence::Fine,
                [&](const Message &m, const Member &) {
                    if (m.type().name != "fdinfo_entry")
                        return;
                    OpenFile file;
                    file.fd = static_cast<uint32_t>(m.number("fd"));
                    file.flags = static_cast<uint32_t>(m.number("flags"));
                    file.type = static_cast<uint32_t>(m.number("type"));
                    file.fileId = static_cast<uint32_t>(m.number("id"));
                    task.files.push_back(file);
                });
    eachMessage("fs-" + pid + ".img", Absence::Problem, [&](const Message &m, const Member &) {
        if (m.type().name != "fs_entry")
            return;
        task.cwdId = static_cast<uint32_t>(m.number("cwd_id"));
        task.rootId = static_cast<uint32_t>(m.number("root_id"));
    });
}

void CheckpointLoader::readMm(Task &task)
{
    eachMessage("mm-" + std::to_string(task.pid) + ".img", Absence::Problem, Nested::Leave,
                [&](const Message &m, const Member &member) {
                    if (m.type().name != "mm_entry")
                        return;
                    task.hasMemory = true;
                    MemoryLayout &layout = task.layout;
                    layout.codeStart = m.number("mm_start_code");
                    layout.codeEnd = m.number("mm_end_code");
                    layout.dataStart = m.number("mm_start_data");
                    layout.dataEnd = m.number("mm_end_data");
                    layout.heapStart = m.number("mm_start_brk");
                    layout.heapEnd = m.number("mm_brk");
                    layout.stackStart = m.number("mm_start_stack");
                    layout.argStart = m.number("mm_arg_start");
                    layout.argEnd = m.number("mm_arg_end");
                    layout.envStart = m.number("mm_env_start");
                    layout.envEnd = m.number("mm_env_end");
                    layout.auxv = m.numbers("mm_saved_auxv");
                    task.exeId = static_cast<uint32_t>(m.number("exe_file_id"));
                    readVmas(task, m, member);
                });
    // Before CRIU 1.2: an image of their own.
    if (task.vmas.empty())
        eachMessage("vmas-" + std::to_string(task.pid) + ".img", Absence::Fine,
                    [&](const Message &m, const Member &member) {
                        if (m.type().name == "vma_entry")
                            readVma(task, m, member);
                    });
    constexpr uint64_t atPageSize = 6; // AT_PAGESZ
    const auto &auxv = task.layout.auxv;
    for (size_t i = 0; i + 1 < auxv.size(); i += 2) {
        const uint64_t size = auxv[i + 1];
        const bool plausible = size >= 4096 && size <= (uint64_t{1} << 20) && (size & (size - 1)) == 0;
        if (auxv[i] == atPageSize && plausible && task.pid == m_checkpoint->m_tasks.front().pid)
            m_checkpoint->m_pageSize = size;
    }
}

void CheckpointLoader::readVmas(Task &task, const Message &mm, const Member &member)
{
    const FieldType *vmas = mm.type().field("vmas");
    bool told = false;
    for (const WireField &field : mm.fields()) {
        if (field.type == nullptr || field.type->kind != Kind::Message)
            continue;
        const auto entry = mm.nested(field, member.path);
        if (!entry && !told)
            problem(Severity::Warning, entry.error());
        told = told || !entry;
        if (entry && field.type == vmas)
            readVma(task, *entry, member);
    }
}

void CheckpointLoader::readVma(Task &task, const Message &entry, const Member &member)
{
    Vma vma;
    vma.start = entry.number("start");
    vma.end = entry.number("end");
    vma.fileOffset = entry.number("pgoff");
    vma.shmid = entry.number("shmid");
    vma.protection = static_cast<uint32_t>(entry.number("prot"));
    vma.flags = static_cast<uint32_t>(entry.number("flags"));
    vma.status = static_cast<uint32_t>(entry.number("status"));
    vma.advice = entry.number("madv");
    if (vma.end <= vma.start) {
        problem(Severity::Warning, {ErrorCode::InputMalformed,
                                    "a VMA of pid " + std::to_string(task.pid) + " ends before it begins",
                                    member.path, entry.range().offset});
        return;
    }
    if (vma.is(VmaFilePrivate | VmaFileShared)) {
        if (const FileEntry *file = m_checkpoint->file(static_cast<uint32_t>(vma.shmid)))
            vma.path = file->path;
    }
    task.vmas.push_back(std::move(vma));
}

void CheckpointLoader::decodePages()
{
    auto members = decodedPagesMembers(m_checkpoint->archive(), m_checkpoint->m_schema,
                                       m_checkpoint->m_pageSize, m_checkpoint->m_problems);
    if (!members.empty())
        m_checkpoint->m_archive = m_checkpoint->m_archive->withDecoded(std::move(members));
}

void CheckpointLoader::listPagemaps()
{
    for (const auto &member : m_checkpoint->archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (directory != m_checkpoint->m_prefix || !member.content)
            continue;
        if (const auto shmid = imageNumber(fileName, "pagemap-shmem-")) {
            m_checkpoint->m_sharedPagemaps.push_back({*shmid, member.id});
            seen(fileName);
        } else if (const auto pid = imageNumber(fileName, "pagemap-")) {
            m_checkpoint->m_taskPagemaps.push_back({*pid, member.id});
            seen(fileName);
        }
    }
    // Before there were pagemaps, pages files told the addresses themselves: those without a pagemap of their
    // number.
    const auto addOld = [this](std::vector<PagemapRef> &refs, std::string_view pages,
                               const std::string &pagemap) {
        for (const auto &member : m_checkpoint->archive().members()) {
            const auto [directory, fileName] = splitPath(member.path);
            const auto id = imageNumber(fileName, pages);
            if (!id || directory != m_checkpoint->m_prefix || !member.content ||
                m_checkpoint->imageMember(pagemap + std::to_string(*id) + ".img") != nullptr)
                continue;
            const ImageType *type = Image::typeOf(*member.content);
            if (type != nullptr && type->name == "PAGEMAP" && *id <= UINT32_MAX)
                refs.push_back({*id, member.id, true});
        }
    };
    if (m_checkpoint->m_inventory.imageVersion <= 1) {
        addOld(m_checkpoint->m_taskPagemaps, "pages-", "pagemap-");
        addOld(m_checkpoint->m_sharedPagemaps, "pages-shmem-", "pagemap-shmem-");
    }
    const auto byId = [](const PagemapRef &a, const PagemapRef &b) { return a.id < b.id; };
    std::sort(m_checkpoint->m_sharedPagemaps.begin(), m_checkpoint->m_sharedPagemaps.end(), byId);
    std::sort(m_checkpoint->m_taskPagemaps.begin(), m_checkpoint->m_taskPagemaps.end(), byId);
}

void CheckpointLoader::checkOtherImages()
{
    // The frames of images that the model does not need are walked all the same, so that a damaged one is
    // named; those of parent sets too. What nothing explains is named, so that nobody takes it for clean.
    const auto directories = imageDirectories(*m_checkpoint);
    for (const auto &member : m_checkpoint->archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (!member.content || !std::binary_search(directories.begin(), directories.end(), directory))
            continue;
        const bool shown = directory == m_checkpoint->m_prefix;
        if (!shown && m_checkpoint->archive().find(directory + "pstree.img") != nullptr)
            continue; // another checkpoint
        const ImageIdentity identity = identifyImage(member);
        if (identity.problem)
            m_checkpoint->m_problems.push_back(*identity.problem);
        if (identity.type == nullptr || identity.type->name == "PAGEMAP" ||
            (shown && m_seen.contains(fileName)))
            continue;
        const auto image = Image::open(member.content, m_checkpoint->m_schema);
        if (!image)
            problem(Severity::Warning, image.error());
        else if (image->problem())
            problem(Severity::Warning, *image->problem());
    }
}

void CheckpointLoader::readVersion()
{
    constexpr uint64_t headBytes = 4096; // the version is in the first lines
    // Engines put the log beside the images' directory.
    const std::string &prefix = m_checkpoint->m_prefix;
    const auto trimmed = std::string_view(prefix).substr(0, prefix.size() - (prefix.ends_with('/') ? 1 : 0));
    for (const auto &path : {prefix + "dump.log", splitPath(trimmed).first + "dump.log"}) {
        const Member *log = m_checkpoint->archive().find(path);
        if (log == nullptr || !log->content)
            continue;
        const auto bytes = log->content->readAll(0, std::min(headBytes, log->content->size()));
        if (!bytes)
            continue;
        const auto text = asText(*bytes);
        const auto at = text.find("Version: ");
        if (at == std::string_view::npos)
            continue;
        const auto version = text.substr(at + 9, 32);
        m_checkpoint->m_criuVersion = "CRIU " + std::string(version.substr(0, version.find_first_of(" \n(")));
        return;
    }
}

} // namespace cryoscope
