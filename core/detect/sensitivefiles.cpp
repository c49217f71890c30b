// SPDX-License-Identifier: Apache-2.0
#include "core/detect/sensitivefiles.h"

#include "core/detect/charset.h"
#include "core/image/payload.h"
#include "core/memory/run.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fnmatch.h>
#include <string>

namespace cryoscope
{

namespace
{

struct Known {
    const char *glob; ///< of the path without the leading '/'
    const char *what;
    Confidence confidence;
};
constexpr auto high = Confidence::High;
constexpr auto medium = Confidence::Medium;
constexpr auto low = Confidence::Low;
constexpr std::array<Known, 57> knownFiles{
    {{"etc/shadow", "password hashes", high},
     {"etc/shadow-", "password hashes", high},
     {"etc/gshadow", "group password hashes", high},
     {"etc/gshadow-", "group password hashes", high},
     {"etc/security/opasswd", "old password hashes", high},
     {"etc/passwd", "user accounts", low},
     {"etc/passwd-", "user accounts", low},
     {"etc/security/*", "login policy", low},
     {"etc/rsyslog.d/*", "logging configuration", low},
     {"etc/sudoers", "privilege policy", low},
     {"etc/sudoers.d/*", "privilege policy", low},
     {"proc/kmsg", "kernel messages", medium},
     {"proc/version", "kernel version", low},
     {"proc/cmdline", "kernel command line", low},
     {"proc/*/environ", "environment of a process", medium},
     {"var/log/audit/*", "audit log", medium},
     {"var/log/auth.log*", "login log", medium},
     {"var/log/secure*", "login log", medium},
     {"var/log/dnf*", "package log", low},
     {"var/log/syslog*", "system log", medium},
     {"var/log/messages*", "system log", medium},
     {"var/log/kern*", "kernel log", medium},
     {"var/log/wtmp*", "login history", medium},
     {"var/log/btmp*", "failed logins", medium},
     {"var/log/lastlog", "login history", medium},
     {"etc/ssh/ssh_host_*_key", "SSH host key", high},
     {"*/.ssh/id_*", "SSH key", high},
     {"*/.ssh/authorized_keys", "SSH access", low},
     {"*/.ssh/known_hosts", "SSH hosts", low},
     {"*/.gnupg/private-keys-v1.d/*", "GnuPG key", high},
     {"*/.gnupg/secring.gpg", "GnuPG keys", high},
     {"*/.netrc", "passwords of machines", high},
     {"*/.pgpass", "database passwords", high},
     {"*/.my.cnf", "database passwords", high},
     {"*/.mylogin.cnf", "database passwords", high},
     {"*/.git-credentials", "repository passwords", high},
     {"*/.aws/credentials", "AWS credentials", high},
     {"*/.azure/*token*", "Azure tokens", high},
     {"*/.config/gcloud/*credentials*", "Google Cloud credentials", high},
     {"*/.kube/config", "Kubernetes credentials", high},
     {"etc/kubernetes/*.conf", "Kubernetes credentials", high},
     {"*run/secrets/kubernetes.io/serviceaccount/token", "Kubernetes token", high},
     {"run/secrets/*", "mounted secret", high},
     {"var/run/secrets/*", "mounted secret", high},
     {"*/.docker/config.json", "registry credentials", high},
     {"*/containers/auth.json", "registry credentials", high},
     {"*/.npmrc", "registry credentials", medium},
     {"*/.pypirc", "registry credentials", medium},
     {"*/.vault-token", "Vault token", high},
     {"*/.bash_history", "shell history", medium},
     {"*/.zsh_history", "shell history", medium},
     {"*/.sh_history", "shell history", medium},
     {"*/.python_history", "shell history", medium},
     {"*/.psql_history", "database history", medium},
     {"*/.mysql_history", "database history", medium},
     {"*.keytab", "Kerberos keys", high},
     {"etc/ssl/private/*", "TLS key", high}}};

/// A path without what is in front of the root that it lies in, and without what the kernel says of it.
std::string_view inRoot(std::string_view path)
{
    if (const size_t inner = path.rfind('!'); inner != std::string_view::npos)
        path.remove_prefix(inner + 1);
    while (path.starts_with('/') || path.starts_with("./"))
        path.remove_prefix(path.front() == '/' ? 1 : 2);
    if (path.ends_with(" (deleted)"))
        path.remove_suffix(10);
    return path;
}

bool globMatches(const std::string &glob, const std::string &path)
{
    if (fnmatch(glob.c_str(), path.c_str(), 0) == 0)
        return true;
    // Home directories are at any depth, and may be the root itself.
    const size_t stars = std::min(glob.find_first_not_of('*'), glob.size());
    return stars > 0 && stars < glob.size() && glob[stars] == '/' &&
           fnmatch(glob.c_str() + stars + 1, path.c_str(), 0) == 0;
}

class ContentFinder
{
public:
    ContentFinder(const Memory &memory, const std::function<bool(std::string_view)> &wanted)
        : m_memory(memory), m_archive(memory.checkpoint().archive()), m_wanted(wanted)
    {
    }

    std::vector<FileContent> run()
    {
        members();
        ghosts();
        mappedFiles();
        return std::move(m_found);
    }

private:
    void add(FileContent content)
    {
        std::erase_if(content.parts, [](const Extent &part) { return part.length == 0; });
        m_found.push_back(std::move(content));
    }

    void members()
    {
        for (const Member &member : m_archive.members()) {
            if (!member.content || member.storage == Storage::Decoded || !m_wanted(member.path))
                continue;
            std::vector<Extent> parts;
            if (member.sparse) {
                for (const ByteRange &data : member.sparse->data())
                    parts.push_back({member.id, data.offset, data.length});
            } else {
                parts.push_back(m_archive.canonical({member.id, 0, member.content->size()}));
            }
            add({FileContent::Place::Member, member.path, member.id, std::move(parts)});
        }
    }

    /// remap-fpath.img tells which open file each ghost-file image is.
    void ghosts()
    {
        const Checkpoint &checkpoint = m_memory.checkpoint();
        const Member *remaps = checkpoint.imageMember("remap-fpath.img");
        if (remaps == nullptr)
            return;
        const auto image = checkpoint.openImage(remaps->id);
        if (!image)
            return; // the model tells of it
        for (const Record &record : image->records()) {
            const auto message = image->message(record);
            if (!message)
                continue;
            const auto id = static_cast<uint32_t>(message->number("remap_id"));
            // Old sets have no type; the highest bit says that it is a ghost.
            const bool ghost =
                message->has("remap_type") ? message->number("remap_type") == 1 : (id >> 31) != 0;
            const FileEntry *entry = checkpoint.file(static_cast<uint32_t>(message->number("orig_id")));
            if (ghost && entry != nullptr && m_wanted(entry->path))
                ghostContent(entry->path, message->has("remap_type") ? id : id & 0x7fffffffu);
        }
    }

    void ghostContent(const std::string &path, uint32_t id)
    {
        std::array<char, 40> name{};
        std::snprintf(name.data(), name.size(), "ghost-file-%x.img", id);
        const Member *member = m_memory.checkpoint().imageMember(name.data());
        if (member == nullptr)
            return;
        const auto image = m_memory.checkpoint().openImage(member->id);
        if (!image)
            return;
        std::vector<Extent> content;
        for (const Record &record : image->records()) {
            const auto parts = payloadParts(*image, record);
            if (!parts)
                continue;
            for (const PayloadPart &part : *parts) {
                if (part.kind == PayloadPart::Kind::Data)
                    content.push_back(
                        m_archive.canonical({member->id, part.range.offset, part.range.length}));
            }
        }
        add({FileContent::Place::DeletedFile, path, member->id, std::move(content)});
    }

    void mappedFiles()
    {
        for (const Task &task : m_memory.checkpoint().tasks()) {
            const auto space = m_memory.addressSpace(task.pid);
            if (!space)
                continue;
            for (const Vma &vma : task.vmas) {
                if (vma.path.empty() || !m_wanted(vma.path))
                    continue;
                std::vector<Extent> content;
                uint64_t first = 0;
                for (const AddressPiece &piece : space->pieces(vma.range())) {
                    if (piece.presence != Presence::Present)
                        continue;
                    if (content.empty())
                        first = piece.address;
                    content.push_back(piece.extent);
                }
                add({FileContent::Place::MappedFile, vma.path, noMember, std::move(content), task.pid,
                     first});
            }
        }
    }

    const Memory &m_memory;
    const Archive &m_archive;
    const std::function<bool(std::string_view)> &m_wanted;
    std::vector<FileContent> m_found;
};

const char *placeName(FileContent::Place place)
{
    switch (place) {
    case FileContent::Place::Member:
        return "content of a file in the checkpoint";
    case FileContent::Place::DeletedFile:
        return "content of a deleted file that was open";
    case FileContent::Place::MappedFile:
        return "pages of a mapped file";
    }
    return "";
}

} // namespace

std::optional<SensitiveFile> sensitiveFile(std::string_view path)
{
    const std::string text(inRoot(path));
    if (text.ends_with(".pub") || text.ends_with(".img"))
        return std::nullopt;
    for (const Known &known : knownFiles) {
        if (globMatches(known.glob, text))
            return SensitiveFile{known.what, known.confidence};
    }
    return std::nullopt;
}

bool globMeansFile(std::string_view glob, std::string_view path)
{
    const std::string whole(path);
    if (globMatches(std::string(glob), whole))
        return true;
    while (glob.starts_with('/') || glob.starts_with("./"))
        glob.remove_prefix(glob.front() == '/' ? 1 : 2);
    return globMatches(std::string(glob), std::string(inRoot(path)));
}

std::vector<FileContent> fileContents(const Memory &memory,
                                      const std::function<bool(std::string_view path)> &wanted)
{
    return ContentFinder(memory, wanted).run();
}

bool tellsSomething(const Archive &archive, const FileContent &content)
{
    if (content.parts.empty())
        return false;
    const auto bytes = readExtents(archive, content.parts, uint64_t{4} << 20);
    if (!bytes)
        return true; // too long to be looked at: not taken for empty
    return std::any_of(bytes->begin(), bytes->end(), [](std::byte byte) {
        const char c = static_cast<char>(byte);
        return c != '\0' && c != 'x' && c != 'X' && c != '0' && c != '\n' && (isAlnum(c) || !isPrintable(c));
    });
}

Finding fileFinding(const FileContent &content, const SensitiveFile &file)
{
    Finding finding;
    finding.rule = "sensitive-file";
    finding.kind = "Sensitive file";
    finding.confidence = file.confidence;
    finding.parts = content.parts;
    finding.why = std::string(placeName(content.place)) + ": " + std::string(file.what);
    finding.label = content.path;
    finding.pid = content.pid;
    finding.address = content.address;
    return finding;
}

std::vector<Finding> findSensitiveFiles(const Memory &memory)
{
    std::vector<Finding> found;
    for (const FileContent &content :
         fileContents(memory, [](std::string_view path) { return sensitiveFile(path).has_value(); })) {
        const bool known = std::any_of(found.begin(), found.end(), [&](const Finding &finding) {
            return finding.parts == content.parts;
        });
        if (!known && tellsSomething(memory.checkpoint().archive(), content))
            found.push_back(fileFinding(content, *sensitiveFile(content.path)));
    }
    return found;
}

} // namespace cryoscope
