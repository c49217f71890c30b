// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/imagecheck.h"

#include "core/checkpoint/companioncheck.h"
#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/imagecensus.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/linkexplainer.h"
#include "core/checkpoint/linkneeds.h"
#include "core/checkpoint/recordcheck.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace cryoscope
{

namespace
{

constexpr uint64_t tcpEstablished = 1;
constexpr uint64_t tcpProtocol = 6;
constexpr uint64_t seccompFilterMode = 2;
constexpr uint64_t processRemap = 2;

/// Goes over the images of the shown set.
class ImageCheck
{
public:
    ImageCheck(const Checkpoint &checkpoint, std::span<const uint64_t> sharedObjects,
               RestoreFindings &findings, std::stop_token stop)
        : m_checkpoint(checkpoint), m_sharedObjects(sharedObjects), m_findings(findings),
          m_stop(std::move(stop)), m_index(checkpoint)
    {
    }

    void run()
    {
        checkInventory();
        if (checkTree())
            checkTasks();
        checkCompanions(m_checkpoint, m_findings);
        for (const FileEntry &file : m_checkpoint.files())
            m_files.emplace(file.type, file.id);
        for (const Member &member : m_checkpoint.archive().members()) {
            const auto [directory, fileName] = splitPath(member.path);
            if (directory == m_checkpoint.imagePrefix() && imageNumber(fileName, "mountpoints-"))
                m_ownMounts = true;
        }
        for (const Member &member : m_checkpoint.archive().members()) {
            if (m_stop.stop_requested())
                return;
            if (member.content && splitPath(member.path).first == m_checkpoint.imagePrefix())
                checkImage(member);
        }
    }

private:
    void missing(const std::string &fileName, std::string reason,
                 RestoreSeverity severity = RestoreSeverity::Stops)
    {
        const std::string kind = fileName.substr(0, fileName.find('-')) + reason;
        m_findings.add({severity, m_checkpoint.imagePrefix() + fileName, std::nullopt, {}, std::move(reason)},
                       kind);
    }

    void needImage(const std::string &fileName)
    {
        if (m_checkpoint.imageMember(fileName) == nullptr)
            missing(fileName, "is not there");
    }

    void inventoryFinding(RestoreSeverity severity, std::string_view field, std::string reason)
    {
        const std::string name = "inventory_entry." + std::string(field);
        m_findings.add({severity, m_checkpoint.imagePrefix() + "inventory.img", std::nullopt, name, reason},
                       name + reason);
    }

    void checkInventory()
    {
        if (m_checkpoint.imageMember("cipher.img") != nullptr)
            missing("cipher.img", "the set is encrypted, and was not looked at", RestoreSeverity::MayStop);
        needImage("inventory.img");
        if (m_checkpoint.imageMember("inventory.img") == nullptr)
            return;
        const Inventory &inventory = m_checkpoint.inventory();
        if (inventory.imageVersion < 1 || inventory.imageVersion > 3)
            inventoryFinding(RestoreSeverity::Stops, "img_version",
                             "is " + std::to_string(inventory.imageVersion) + ", which no CRIU takes");
        else if (inventory.imageVersion == 3)
            inventoryFinding(RestoreSeverity::Note, "img_version", "is 3, which CRIU 4.2 does not take yet");
        if (!inventory.fdinfoPerId)
            inventoryFinding(RestoreSeverity::Note, "fdinfo_per_id",
                             "the set is of a layout that CRIU takes no longer, only one of its age");
        readHost();
    }

    /// What the inventory says of the process that dumped, and of the plugins that it had.
    void readHost()
    {
        const auto image = m_checkpoint.openImage(m_checkpoint.imageMember("inventory.img")->id);
        if (!image || image->records().empty())
            return;
        const auto entry = image->message(image->records().front());
        if (!entry || entry->type().name != "inventory_entry")
            return;
        m_rootCgroups = entry->number("root_cg_set");
        if (const Message *ids = entry->message("root_ids")) {
            for (const WireField &id : ids->fields()) {
                if (id.type != nullptr)
                    m_hostIds[id.type->name] = id.scalar;
            }
        }
        if (const Message *plugins = entry->message("plugins_entry")) {
            for (const WireField *name : plugins->findAll("plugins"))
                inventoryFinding(RestoreSeverity::Note, "plugins_entry",
                                 "the plugin " + std::string(asText(plugins->bytes(*name))) +
                                     " must be there to restore it");
        }
    }

    /// Whether there are tasks to look at.
    bool checkTree()
    {
        if (m_checkpoint.imageMember("pstree.img") == nullptr) {
            missing("pstree.img", "is not there: a pre-dump, or a part of a set, has no tasks to restore");
            return false;
        }
        const auto &tasks = m_checkpoint.tasks();
        if (std::none_of(tasks.begin(), tasks.end(), [](const Task &task) { return task.ppid == 0; }))
            missing("pstree.img", "has no task that is the root of the tree");
        return true;
    }

    void checkTasks()
    {
        for (const Task &task : m_checkpoint.tasks()) {
            const std::string suffix = "-" + std::to_string(task.pid) + ".img";
            needImage("core" + suffix);
            if (task.state == TaskState::Dead || task.state == TaskState::Zombie)
                continue;
            for (const Thread &thread : task.threads) {
                if (thread.tid != task.pid)
                    needImage("core-" + std::to_string(thread.tid) + ".img");
            }
            for (const char *image : {"ids", "mm", "fs"})
                needImage(image + suffix);
        }
    }

    void checkImage(const Member &member)
    {
        const ImageIdentity identity = identifyImage(member);
        constexpr std::array<std::string_view, 4> others{"PAGEMAP", "STATS", "IRMAP_CACHE", "KDAT"};
        if (identity.type == nullptr || identity.problem ||
            std::find(others.begin(), others.end(), identity.type->name) != others.end())
            return;
        const auto image = m_checkpoint.openImage(member.id);
        if (!image)
            return; // told where all images are opened
        if (!image->type().array && image->records().empty() && !image->problem())
            m_findings.add({RestoreSeverity::Stops, member.path, std::nullopt, {}, "has no record"},
                           "no record " + std::string(image->type().name));
        const LinkExplainer links(m_index, member);
        m_member = &member;
        m_links = &links;
        m_ghostSize.reset();
        SourceWindow window(*member.content);
        // A task can have a hundred thousand areas.
        const Nested nested = identity.type->name == "MM" ? Nested::Leave : Nested::Parse;
        for (size_t i = 0; i < image->records().size() && !m_stop.stop_requested(); ++i) {
            m_record = i;
            const Record &record = image->records()[i];
            const auto message = image->message(record, window, nested);
            if (!message)
                unreadable(record.type->name, message.error());
            else
                checkMessage(*message);
        }
    }

    void unreadable(const std::string &name, const Error &error)
    {
        m_findings.add({RestoreSeverity::Stops, m_member->path, error.offset, name, "cannot be read"},
                       name + " unreadable");
    }

    void checkMessage(const Message &message)
    {
        m_messages.push_back(&message);
        checkRecordMessage(message, m_member->path, m_findings);
        checkThread(message);
        checkGhost(message);
        if (message.type().name == "fdinfo_entry")
            checkDescriptor(message);
        for (const WireField &field : message.fields()) {
            if (field.type == nullptr)
                continue;
            if (field.type->kind != Kind::Message)
                checkLink(message, field);
            else if (field.message)
                checkMessage(*field.message);
            else if (const auto nested = message.nested(field, m_member->path))
                checkMessage(*nested);
            else
                unreadable(message.type().name + "." + field.type->name, nested.error());
        }
        m_messages.pop_back();
    }

    void at(const Message &message, std::string_view field, RestoreSeverity severity, std::string reason)
    {
        const WireField *found = field.empty() ? nullptr : message.find(field);
        const std::string name = message.type().name + (field.empty() ? "" : ".") + std::string(field);
        m_findings.add({severity, m_member->path,
                        found != nullptr ? found->whole.offset : message.range().offset, name, reason},
                       name + reason);
    }

    void checkLink(const Message &message, const WireField &field)
    {
        const auto needs = needsOf(message, field);
        if (needs.empty() || field.wire == WireType::Bytes)
            return;
        const auto value = static_cast<uint64_t>(signedValue(field));
        for (const LinkNeed &need : needs) {
            if (!applies(need, message, value))
                continue;
            // A task has thousands of areas and maps a few files.
            const bool isMap = need.when == LinkNeed::When::FileMap;
            if (isMap && m_mapped.contains(value))
                continue;
            if (leads(need, field, value)) {
                if (isMap)
                    m_mapped.insert(value);
                continue;
            }
            const std::string name = message.type().name + "." + field.type->name;
            m_findings.add({need.severity, m_member->path, field.whole.offset, name, std::string(need.what)},
                           name + std::string(need.what));
        }
    }

    /// linkNeeds(), looked up once a field: there are many more values than fields.
    std::span<const LinkNeed> needsOf(const Message &message, const WireField &field)
    {
        const auto [known, isNew] = m_needs.try_emplace(field.type);
        if (isNew)
            known->second = linkNeeds(message.type().name, field.type->name);
        return known->second;
    }

    /// Whether a value leads to what it names.
    [[nodiscard]] bool leads(const LinkNeed &need, const WireField &field, uint64_t value) const
    {
        if (need.when == LinkNeed::When::Address)
            return m_links->memoryLink(value).has_value();
        const bool isShared = need.when == LinkNeed::When::SharedMap || need.when == LinkNeed::When::NotEmpty;
        if (isShared && std::binary_search(m_sharedObjects.begin(), m_sharedObjects.end(), value))
            return true;
        return m_links->idLink({m_record, m_messages, &field, 0, value}).has_value();
    }

    [[nodiscard]] bool applies(const LinkNeed &need, const Message &message, uint64_t value) const
    {
        using When = LinkNeed::When;
        const auto status = [&message] { return static_cast<uint32_t>(message.number("status")); };
        switch (need.when) {
        case When::Always:
            return m_links->task() != nullptr || message.type().name != "task_kobj_ids_entry";
        case When::NotZero:
            return value != 0;
        case When::NotProcess:
            return message.number("remap_type") != processRemap;
        case When::FileMap:
            return (status() & (VmaFilePrivate | VmaFileShared | VmaSocket)) != 0;
        case When::SharedMap:
            return (status() & VmaAnonShared) != 0;
        case When::InPagemaps: {
            const Message &outer = *m_messages.front();
            return outer.type().name == "ipc_shm_entry" && outer.flag("in_pagemaps");
        }
        case When::NotEmpty:
            return message.number("size") != 0;
        case When::Connected:
            return message.number("proto") == tcpProtocol && message.number("state") == tcpEstablished;
        case When::Filtered:
            return message.number(message.type().name == "thread_core_entry"
                                      ? "seccomp_mode"
                                      : "old_seccomp_mode") == seccompFilterMode;
        case When::OwnCgroup:
            return value != 0 && value != m_rootCgroups;
        case When::OwnNamespace:
            return value != 0 && m_links->task() != nullptr && isOwnNamespace(need.field, value);
        case When::InOwnMounts:
            return m_ownMounts && static_cast<int64_t>(value) > 0;
        case When::Address:
            return value != 0 && m_links->task() != nullptr && m_links->task()->hasMemory;
        }
        return false;
    }

    /// Whether a namespace of a task is another than that of CRIU itself.
    [[nodiscard]] bool isOwnNamespace(std::string_view field, uint64_t id) const
    {
        const auto host = m_hostIds.find(field);
        return host != m_hostIds.end() && host->second != id;
    }

    /// A thread that runs has registers; the first one of a task has what belongs to the task.
    void checkThread(const Message &message)
    {
        if (message.type().name != "core_entry" || m_links->task() == nullptr)
            return;
        const Task &task = *m_links->task();
        const bool isLeader = splitPath(m_member->path).second == "core-" + std::to_string(task.pid) + ".img";
        if (isLeader && !message.has("tc"))
            at(message, "", RestoreSeverity::Stops, "holds no state of the task (tc)");
        if (isLeader && (task.state == TaskState::Dead || task.state == TaskState::Zombie))
            return;
        const bool hasRegisters =
            std::any_of(message.fields().begin(), message.fields().end(), [](const WireField &field) {
                return field.type != nullptr &&
                       (field.type->name == "thread_info" || field.type->name.starts_with("ti_"));
            });
        if (!hasRegisters)
            at(message, "", RestoreSeverity::Stops, "holds no registers of the thread");
        if (!message.has("thread_core"))
            at(message, "", RestoreSeverity::Stops, "holds no state of the thread (thread_core)");
    }

    /// Chunks lie within their file.
    void checkGhost(const Message &message)
    {
        const std::string &name = message.type().name;
        if (name == "ghost_file_entry" && message.has("size"))
            m_ghostSize = message.number("size");
        if (name != "ghost_chunk_entry" || !m_ghostSize)
            return;
        const uint64_t offset = message.number("off");
        if (offset > *m_ghostSize || message.number("len") > *m_ghostSize - offset)
            at(message, "len", RestoreSeverity::MayStop, "reaches beyond the end of the file");
    }

    /// CRIU looks a descriptor's file up by type and id.
    void checkDescriptor(const Message &descriptor)
    {
        const auto type = static_cast<uint32_t>(descriptor.number("type"));
        const auto id = static_cast<uint32_t>(descriptor.number("id"));
        if (m_checkpoint.file(id) != nullptr && !m_files.contains({type, id}))
            at(descriptor, "type", RestoreSeverity::Stops, "is not that of the file entry with this id");
    }

    const Checkpoint &m_checkpoint;
    std::span<const uint64_t> m_sharedObjects;
    RestoreFindings &m_findings;
    std::stop_token m_stop;
    LinkIndex m_index;
    std::set<std::pair<uint32_t, uint32_t>> m_files; ///< type and id
    std::unordered_map<const FieldType *, std::span<const LinkNeed>> m_needs;
    std::set<uint64_t> m_mapped;                            ///< ids of mapped files that are there
    std::map<std::string, uint64_t, std::less<>> m_hostIds; ///< of inventory.root_ids, by field
    uint64_t m_rootCgroups = 0;
    bool m_ownMounts = false;

    // Of the image that is looked at.
    const Member *m_member = nullptr;
    const LinkExplainer *m_links = nullptr;
    size_t m_record = 0;
    std::vector<const Message *> m_messages; ///< outermost first
    std::optional<uint64_t> m_ghostSize;     ///< bytes
};

} // namespace

void checkImages(const Checkpoint &checkpoint, std::span<const uint64_t> sharedObjects,
                 RestoreFindings &findings, std::stop_token stop)
{
    ImageCheck(checkpoint, sharedObjects, findings, std::move(stop)).run();
}

} // namespace cryoscope
