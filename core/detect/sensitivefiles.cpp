// SPDX-License-Identifier: Apache-2.0
#include "core/detect/sensitivefiles.h"

#include "core/detect/charset.h"
#include "core/image/payload.h"
#include "core/memory/run.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fnmatch.h>
#include <map>
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

/// Whether there is anything that could be secret: more than zeros, and more than a redaction leaves.
bool hasContent(const Archive &archive, const std::vector<Extent> &parts)
{
    const auto bytes = readExtents(archive, parts, uint64_t{4} << 20);
    if (!bytes)
        return true; // too long to be looked at: not taken for empty
    return std::any_of(bytes->begin(), bytes->end(), [](std::byte byte) {
        const char c = static_cast<char>(byte);
        return c != '\0' && c != 'x' && c != 'X' && c != '0' && c != '\n' && (isAlnum(c) || !isPrintable(c));
    });
}

class Finder
{
public:
    explicit Finder(const Memory &memory) : m_memory(memory), m_archive(memory.checkpoint().archive()) {}

    std::vector<Finding> run()
    {
        members();
        ghosts();
        mappedFiles();
        return std::move(m_found);
    }

private:
    void add(const SensitiveFile &file, const std::string &path, const char *how, std::vector<Extent> parts,
             uint32_t pid = 0, uint64_t address = 0)
    {
        std::erase_if(parts, [](const Extent &part) { return part.length == 0; });
        const bool known = std::any_of(m_found.begin(), m_found.end(),
                                       [&](const Finding &finding) { return finding.parts == parts; });
        if (parts.empty() || known || !hasContent(m_archive, parts))
            return;
        Finding finding;
        finding.rule = "sensitive-file";
        finding.kind = "Sensitive file";
        finding.confidence = file.confidence;
        finding.parts = std::move(parts);
        finding.why = std::string(how) + ": " + std::string(file.what);
        finding.label = path;
        finding.pid = pid;
        finding.address = address;
        m_found.push_back(std::move(finding));
    }

    void members()
    {
        for (const Member &member : m_archive.members()) {
            if (!member.content || member.content->size() == 0)
                continue;
            // Paths within a root file system follow the archive's own: "rootfs-diff.tar!etc/shadow".
            const std::string &path = member.path;
            const size_t inner = path.rfind('!');
            const auto inRoot = inner == std::string::npos ? std::string_view(path)
                                                           : std::string_view(path).substr(inner + 1);
            const auto file = sensitiveFile(inRoot);
            if (!file)
                continue;
            std::vector<Extent> parts;
            if (member.sparse) {
                for (const ByteRange &data : member.sparse->data())
                    parts.push_back({member.id, data.offset, data.length});
            } else {
                parts.push_back(m_archive.canonical({member.id, 0, member.content->size()}));
            }
            add(*file, path, "content of a file in the checkpoint", std::move(parts));
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
            if (!ghost || entry == nullptr)
                continue;
            if (const auto file = sensitiveFile(entry->path))
                ghostContent(*file, entry->path, message->has("remap_type") ? id : id & 0x7fffffffu);
        }
    }

    void ghostContent(const SensitiveFile &file, const std::string &path, uint32_t id)
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
        add(file, path, "content of a deleted file that was open", std::move(content));
    }

    void mappedFiles()
    {
        for (const Task &task : m_memory.checkpoint().tasks()) {
            const auto space = m_memory.addressSpace(task.pid);
            if (!space)
                continue;
            for (const Vma &vma : task.vmas) {
                const auto file = vma.path.empty() ? std::nullopt : sensitiveFile(vma.path);
                if (!file)
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
                add(*file, vma.path, "pages of a mapped file", std::move(content), task.pid, first);
            }
        }
    }

    const Memory &m_memory;
    const Archive &m_archive;
    std::vector<Finding> m_found;
};

} // namespace

std::optional<SensitiveFile> sensitiveFile(std::string_view path)
{
    while (path.starts_with('/') || path.starts_with("./"))
        path.remove_prefix(path.front() == '/' ? 1 : 2);
    if (path.ends_with(" (deleted)"))
        path.remove_suffix(10);
    const std::string text(path);
    if (text.ends_with(".pub") || text.ends_with(".img"))
        return std::nullopt;
    for (const Known &known : knownFiles) {
        const std::string_view glob = known.glob;
        // Home directories are at any depth, and may be the root itself.
        if (fnmatch(known.glob, text.c_str(), 0) == 0 ||
            (glob.starts_with("*/") && fnmatch(known.glob + 2, text.c_str(), 0) == 0))
            return SensitiveFile{known.what, known.confidence};
    }
    return std::nullopt;
}

std::vector<Finding> findSensitiveFiles(const Memory &memory)
{
    return Finder(memory).run();
}

} // namespace cryoscope
