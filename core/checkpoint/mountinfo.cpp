// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/mountinfo.h"

#include "core/checkpoint/imagenames.h"
#include "core/image/critformat.h"

#include <algorithm>
#include <cctype>

namespace cryoscope
{

namespace
{

/// "tmpfs" of the number, or of the name that stands for those without one.
std::string fileSystemOf(const Message &mount, const Schema &schema)
{
    if (const std::string_view name = mount.text("fsname"); !name.empty())
        return std::string(name);
    const EnumType *types = schema.enumType("fstype");
    std::string name(types != nullptr ? types->nameOf(static_cast<int32_t>(mount.number("fstype"))) : "");
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.empty() ? std::to_string(mount.number("fstype")) : name;
}

} // namespace

std::vector<MountInfo> readMounts(const Checkpoint &checkpoint)
{
    std::vector<MountInfo> mounts;
    for (const Member &member : checkpoint.archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        const auto number = imageNumber(fileName, "mountpoints-");
        if (!number || directory != checkpoint.imagePrefix() || !member.content)
            continue;
        const auto image = checkpoint.openImage(member.id);
        if (!image)
            continue;
        for (const Record &record : image->records()) {
            const auto mount = image->message(record);
            if (!mount || mount->type().name != "mnt_entry")
                continue;
            MountInfo info;
            info.namespaceId = *number;
            info.id = static_cast<uint32_t>(mount->number("mnt_id"));
            info.parent = static_cast<uint32_t>(mount->number("parent_mnt_id"));
            info.device = critDevice(mount->number("root_dev"), false);
            info.root = mount->text("root");
            info.mountPoint = mount->text("mountpoint");
            info.fileSystem = fileSystemOf(*mount, *checkpoint.schema());
            info.source = mount->text("source");
            info.options = mount->text("options");
            info.external = mount->text("ext_key");
            info.flags = mount->number("flags");
            mounts.push_back(std::move(info));
        }
    }
    return mounts;
}

} // namespace cryoscope
