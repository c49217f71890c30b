// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/companioncheck.h"

#include "core/checkpoint/imagenames.h"

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <set>

namespace cryoscope
{

namespace
{

constexpr uint64_t tmpfsType = 5;  // fstype of mnt_entry
constexpr uint64_t accessMode = 3; // O_ACCMODE
constexpr uint64_t writeOnly = 1;  // O_WRONLY
constexpr uint64_t ghostRemapType = 1;
constexpr uint64_t ghostRemapBit = uint64_t{1} << 31; // of a remap without a type

/// Looks for what belongs together.
class CompanionCheck
{
public:
    CompanionCheck(const Checkpoint &checkpoint, RestoreFindings &findings)
        : m_checkpoint(checkpoint), m_findings(findings)
    {
        for (const Member &member : checkpoint.archive().members()) {
            auto [directory, fileName] = splitPath(member.path);
            if (directory == checkpoint.imagePrefix() && member.content)
                m_names.insert(std::move(fileName));
        }
    }

    void run()
    {
        checkNetwork();
        checkGhosts();
        checkFileSystems();
        checkPipes();
    }

private:
    void add(const std::string &fileName, std::optional<uint64_t> offset, std::string field,
             const std::string &reason)
    {
        m_findings.add({RestoreSeverity::MayStop, m_checkpoint.imagePrefix() + fileName, offset,
                        std::move(field), reason},
                       reason);
    }

    void eachMessage(const std::string &fileName, std::string_view type,
                     const std::function<void(const Message &)> &visit) const
    {
        const Member *member = m_checkpoint.imageMember(fileName);
        if (member == nullptr)
            return;
        const auto image = m_checkpoint.openImage(member->id);
        if (!image)
            return; // told where all images are opened
        SourceWindow window(*member->content);
        for (const Record &record : image->records()) {
            const auto message = image->message(record, window);
            if (message && message->type().name == type)
                visit(*message);
        }
    }

    void checkNetwork()
    {
        constexpr std::array<std::string_view, 3> kinds{"netdev-", "ifaddr-", "route-"};
        std::map<uint64_t, size_t> there; // by namespace
        for (const std::string &name : m_names) {
            for (const std::string_view kind : kinds) {
                if (const auto id = imageNumber(name, kind))
                    ++there[*id];
            }
        }
        for (const auto &[id, count] : there) {
            for (const std::string_view kind : kinds) {
                const std::string name = std::string(kind) + std::to_string(id) + ".img";
                if (count < kinds.size() && !m_names.contains(name))
                    add(name, std::nullopt, {},
                        "is not there, and other images of its network namespace are");
            }
        }
    }

    void checkGhosts()
    {
        std::set<uint64_t> named;
        eachMessage("remap-fpath.img", "remap_file_path_entry", [&named](const Message &remap) {
            if (!remap.has("remap_type") || remap.number("remap_type") == ghostRemapType)
                named.insert(remap.number("remap_id") & ~ghostRemapBit);
        });
        constexpr std::string_view prefix = "ghost-file-";
        for (const std::string &name : m_names) {
            if (!name.starts_with(prefix))
                continue;
            const char *end = name.data() + name.size();
            uint64_t id = 0;
            const auto parsed = std::from_chars(name.data() + prefix.size(), end, id, 16);
            if (std::string_view(parsed.ptr, end) == ".img" && !named.contains(id))
                add(name, std::nullopt, {}, "no deleted file in remap-fpath.img leads to it");
        }
    }

    /// The content of a file system in memory is an archive by its device, in old sets by its mount.
    void checkFileSystems()
    {
        for (const std::string &fileName : m_names) {
            if (!imageNumber(fileName, "mountpoints-"))
                continue;
            eachMessage(fileName, "mnt_entry", [&](const Message &mount) {
                if (mount.number("fstype") != tmpfsType || mount.text("root") != "/" ||
                    mount.flag("ext_mount") || mount.has("ext_key") || mount.flag("with_plugin"))
                    return;
                const std::string suffix = ".tar.gz.img";
                if (!m_names.contains("tmpfs-dev-" + std::to_string(mount.number("root_dev")) + suffix) &&
                    !m_names.contains("tmpfs-" + std::to_string(mount.number("mnt_id")) + suffix))
                    add(fileName, mount.range().offset, "mnt_entry.root_dev",
                        "the content of this file system in memory is not there: it would be empty");
            });
        }
    }

    /// Since there is files.img, each pipe with a reader has a record of what waits in it, if only nothing.
    void checkPipes()
    {
        std::set<uint64_t> data;
        eachMessage("pipes-data.img", "pipe_data_entry",
                    [&data](const Message &entry) { data.insert(entry.number("pipe_id")); });
        eachMessage("files.img", "file_entry", [&](const Message &file) {
            const Message *pipe = file.message("pipe");
            if (pipe == nullptr || (pipe->number("flags") & accessMode) == writeOnly ||
                data.contains(pipe->number("pipe_id")))
                return;
            add("files.img", pipe->range().offset, "pipe_entry.pipe_id",
                "pipes-data.img has no record of this pipe: what waited in it is lost");
        });
    }

    const Checkpoint &m_checkpoint;
    RestoreFindings &m_findings;
    std::set<std::string> m_names; ///< files of the shown set
};

} // namespace

void checkCompanions(const Checkpoint &checkpoint, RestoreFindings &findings)
{
    CompanionCheck(checkpoint, findings).run();
}

} // namespace cryoscope
