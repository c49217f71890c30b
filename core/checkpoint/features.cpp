// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/features.h"

#include "core/checkpoint/imagenames.h"
#include "core/image/imagefile.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace cryoscope
{

namespace
{

/// A kind of namespace: its field in task_kobj_ids_entry, and the images that a task with one of its own has.
struct NamespaceKind {
    std::string_view name;
    std::string_view field;
    std::string_view image;
};
constexpr std::array<NamespaceKind, 8> namespaceKinds{{
    {"pid", "pid_ns_id", "pidns-"},
    {"net", "net_ns_id", "netns-"},
    {"ipc", "ipc_ns_id", "ipcns-var-"},
    {"uts", "uts_ns_id", "utsns-"},
    {"mnt", "mnt_ns_id", "mountpoints-"},
    {"user", "user_ns_id", "userns-"},
    {"cgroup", "cgroup_ns_id", ""},
    {"time", "time_ns_id", ""}, // timens-0.img tells of the host's clocks
}};

class FeatureFinder
{
public:
    explicit FeatureFinder(const Checkpoint &checkpoint) : m_checkpoint(checkpoint) {}

    Features find()
    {
        m_features.compressed = m_checkpoint.inventory().compress != 0;
        m_features.encrypted = m_checkpoint.imageMember("cipher.img") != nullptr;
        m_features.parent = m_checkpoint.archive().find(m_checkpoint.imagePrefix() + "parent") != nullptr;
        m_features.preDump = m_checkpoint.imageMember("pstree.img") == nullptr &&
                             m_checkpoint.imageMember("inventory.img") != nullptr;
        first("inventory.img", [this](const Image &image, const Message &inventory) {
            m_features.byteOrder = image.byteOrder();
            m_features.lsm = inventory.number("lsmtype") != 0 ? enumName(inventory, "lsmtype") : "";
            if (const Message *plugins = inventory.message("plugins_entry")) {
                for (const WireField *name : plugins->findAll("plugins"))
                    m_features.plugins.emplace_back(asText(plugins->bytes(*name)));
            }
            if (const Message *ids = inventory.message("root_ids")) {
                for (const auto &kind : namespaceKinds)
                    m_hostIds[kind.field] = ids->number(kind.field);
            }
        });
        findArchitecture();
        findNamespaces();
        findObsolete();
        return std::move(m_features);
    }

private:
    template <class Visit> void first(const std::string &fileName, const Visit &visit)
    {
        const Member *member = m_checkpoint.imageMember(fileName);
        if (member == nullptr)
            return;
        const auto image = m_checkpoint.openImage(member->id);
        if (!image || image->records().empty())
            return;
        if (const auto message = image->message(image->records().front()))
            visit(*image, *message);
    }

    static std::string enumName(const Message &message, std::string_view field)
    {
        const FieldType *type = message.type().field(field);
        const auto number = static_cast<int32_t>(message.number(field));
        const auto name = type != nullptr && type->enumType != nullptr ? type->enumType->nameOf(number)
                                                                       : std::string_view();
        return name.empty() ? std::to_string(number) : std::string(name);
    }

    void findArchitecture()
    {
        for (const Task &task : m_checkpoint.tasks()) {
            first("core-" + std::to_string(task.pid) + ".img",
                  [this](const Image &image, const Message &core) {
                      if (image.type().name == "CORE" && core.number("mtype") != 0)
                          m_features.architecture = enumName(core, "mtype");
                  });
            if (!m_features.architecture.empty())
                return;
        }
    }

    void findNamespaces()
    {
        std::set<std::string_view> own;
        if (!m_hostIds.empty()) {
            for (const Task &task : m_checkpoint.tasks()) {
                first("ids-" + std::to_string(task.pid) + ".img",
                      [&](const Image &image, const Message &ids) {
                          if (image.type().name != "IDS")
                              return;
                          for (const auto &kind : namespaceKinds) {
                              const uint64_t id = ids.number(kind.field);
                              if (id != 0 && id != m_hostIds[kind.field])
                                  own.insert(kind.name);
                          }
                      });
            }
        }
        for (const Member &member : m_checkpoint.archive().members()) {
            const auto [directory, fileName] = splitPath(member.path);
            if (directory != m_checkpoint.imagePrefix())
                continue;
            for (const auto &kind : namespaceKinds) {
                if (!kind.image.empty() && imageNumber(fileName, kind.image))
                    own.insert(kind.name);
            }
        }
        for (const auto &kind : namespaceKinds) {
            if (own.contains(kind.name))
                m_features.namespaces.emplace_back(kind.name);
        }
    }

    void findObsolete()
    {
        m_features.obsolete =
            m_checkpoint.inventory().imageVersion == 1 ||
            std::any_of(m_checkpoint.archive().members().begin(), m_checkpoint.archive().members().end(),
                        [this](const Member &member) {
                            const auto [directory, fileName] = splitPath(member.path);
                            const ImageFile *file = imageFileByName(fileName);
                            return directory == m_checkpoint.imagePrefix() && file != nullptr &&
                                   file->obsolete;
                        });
    }

    const Checkpoint &m_checkpoint;
    Features m_features;
    std::map<std::string_view, uint64_t> m_hostIds; ///< of inventory.root_ids, by field
};

} // namespace

Features findFeatures(const Checkpoint &checkpoint)
{
    return FeatureFinder(checkpoint).find();
}

} // namespace cryoscope
