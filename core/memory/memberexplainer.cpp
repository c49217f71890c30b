// SPDX-License-Identifier: Apache-2.0
#include "core/memory/memberexplainer.h"

#include "core/archive/tarindex.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/linkexplainer.h"
#include "core/image/dissector.h"
#include "core/image/imagefile.h"
#include "core/image/oldpages.h"
#include "core/image/rawdissection.h"
#include "core/memory/pagesdissection.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

/// How the bytes of a member are read.
enum class Form {
    Nothing,
    Image,
    Pages,
    OldPages,
    CompressedPages,
    Netlink,
    Rules,
    Log,
    Text,
    Json,
    Tar,
    Compressed,
    Plugin,
    PluginData,
    Content,
    Unknown
};

struct Identity {
    Form form = Form::Unknown;
    std::string words;
    NetlinkContent netlink = NetlinkContent::Addresses;
    const MessageType *message = nullptr;
    MemberId decoded = noMember;
};

struct NetlinkName {
    std::string_view prefix;
    NetlinkContent content;
};
constexpr NetlinkName netlinkNames[] = {
    {"ifaddr-", NetlinkContent::Addresses},     {"route-", NetlinkContent::Routes},
    {"route6-", NetlinkContent::Routes},        {"rule-", NetlinkContent::Rules},
    {"netns-ct-", NetlinkContent::Connections}, {"netns-exp-", NetlinkContent::Expectations}};

/// Files that engines write beside the images. Source: Podman, CRI-O, containerd, runc.
constexpr std::string_view jsonNames[] = {
    "config.dump", "spec.dump",     "network.status",   "status",        "status.dump",
    "bind.mounts", "deleted.files", "descriptors.json", "pod.options",   "pod.dump",
    "config.json", "index.json",    "oci-layout",       "manifest.json", "repositories"};

bool isTextual(std::span<const std::byte> start)
{
    return std::none_of(start.begin(), start.end(), [](std::byte byte) {
        const auto value = std::to_integer<unsigned>(byte);
        return (value < 0x20 && value != '\n' && value != '\t' && value != '\r') || value == 0x7f;
    });
}

std::string memberWords(const Member &member)
{
    switch (member.kind) {
    case MemberKind::Directory:
        return "directory";
    case MemberKind::Symlink:
        return "symbolic link to " + member.linkTarget;
    case MemberKind::Hardlink:
        return "hard link to " + member.linkTarget;
    case MemberKind::CharacterDevice:
        return "character device " + std::to_string(member.deviceMajor) + ":" +
               std::to_string(member.deviceMinor);
    case MemberKind::BlockDevice:
        return "block device " + std::to_string(member.deviceMajor) + ":" +
               std::to_string(member.deviceMinor);
    case MemberKind::Fifo:
        return "fifo";
    case MemberKind::File:
    case MemberKind::Other:
        break;
    }
    return "file that cannot be read";
}

/// What the decoded stream of a compressed member is called.
const Member *decodedMember(const Archive &archive, const Member &member)
{
    const Member *decoded = archive.find(member.path + "!");
    return decoded != nullptr && decoded->storage == Storage::Decoded && decoded->content ? decoded : nullptr;
}

/// Tells what a member is.
class Identifier
{
public:
    Identifier(const Memory &memory, const Member &member) : m_memory(memory), m_member(member)
    {
        // "pages-1.img!" is what "pages-1.img" decodes to.
        const bool isDecoded = member.path.ends_with('!');
        m_fileName =
            splitPath(std::string_view(member.path).substr(0, member.path.size() - (isDecoded ? 1 : 0)))
                .second;
        if (isDecoded)
            m_fileName += "!";
    }

    [[nodiscard]] Identity identify() const
    {
        if (!m_member.content)
            return {.form = Form::Nothing, .words = memberWords(m_member)};
        if (m_member.content->size() == 0)
            return {.form = Form::Nothing, .words = "empty file"};
        if (auto known = byName())
            return *known;
        if (m_member.path.ends_with('!'))
            return isTar(*m_member.content) ? Identity{.form = Form::Tar, .words = "decoded tar"}
                                            : byContent();
        const Archive &archive = m_memory.checkpoint().archive();
        if (const Member *decoded = decodedMember(archive, m_member))
            return {.form = Form::Compressed, .words = "compressed stream", .decoded = decoded->id};
        if (isTar(*m_member.content))
            return {.form = Form::Tar, .words = "tar"};
        return byContent();
    }

private:
    [[nodiscard]] std::optional<Identity> byName() const
    {
        // Of decoded pages, the name of what they are decoded from.
        const std::string_view name(m_fileName);
        if (const ImageFile *file =
                imageFileByName(name.substr(0, name.size() - (name.ends_with('!') ? 1 : 0))))
            return byLayout(*file);
        if (m_member.parent != noMember)
            return std::nullopt; // a file of the container may have any name
        if (std::find(std::begin(jsonNames), std::end(jsonNames), m_fileName) != std::end(jsonNames) ||
            m_fileName.ends_with(".json"))
            return Identity{.form = Form::Json, .words = "JSON of the container engine"};
        if (m_fileName.ends_with(".log") || m_fileName == "io.kubernetes.cri-o.LogPath")
            return Identity{.form = Form::Log, .words = "log"};
        return std::nullopt;
    }

    /// What the name promises; nothing where the content tells.
    [[nodiscard]] std::optional<Identity> byLayout(const ImageFile &file) const
    {
        std::string words(file.what);
        switch (file.layout) {
        case FileLayout::Pages:
            return pages();
        case FileLayout::NetworkDump:
        case FileLayout::NetlinkStream: {
            const auto *name =
                std::find_if(std::begin(netlinkNames), std::end(netlinkNames),
                             [&file](const NetlinkName &each) { return each.prefix == file.prefix; });
            if (name == std::end(netlinkNames))
                return std::nullopt;
            return Identity{.form = Form::Netlink, .words = std::move(words), .netlink = name->content};
        }
        case FileLayout::RuleText:
            return Identity{.form = file.prefix.starts_with("nft") ? Form::Text : Form::Rules,
                            .words = std::move(words)};
        case FileLayout::PluginMessage:
            return Identity{.form = Form::Plugin,
                            .words = "state of a GPU's driver",
                            .message = m_memory.checkpoint().schema()->message(file.what)};
        case FileLayout::PluginData:
            return Identity{.form = Form::PluginData, .words = std::move(words)};
        case FileLayout::Log:
            return Identity{.form = Form::Log, .words = std::move(words)};
        case FileLayout::Json:
            return Identity{.form = Form::Json, .words = std::move(words)};
        case FileLayout::Framed:
        case FileLayout::Tarball:
            break;
        }
        return std::nullopt;
    }

    [[nodiscard]] Identity pages() const
    {
        if (const Member *decoded = decodedMember(m_memory.checkpoint().archive(), m_member))
            return {.form = Form::CompressedPages, .words = "compressed pages", .decoded = decoded->id};
        const auto owners = m_memory.pagesObjects(m_member.id);
        // The addresses stand between the pages; no pagemap names them.
        const auto head = OldPagesHead::read(*m_member.content);
        if ((owners.empty() || owners.front()->pagemap == m_member.id) && head && *head)
            return {.form = Form::OldPages, .words = "pages with their addresses (CRIU 1.0 and older)"};
        std::string words = "pages";
        if (owners.size() == 1)
            words += (owners.front()->shared ? " of shared memory " : " of process ") +
                     std::to_string(owners.front()->id);
        else
            words += owners.empty() ? " that no pagemap names" : " of several pagemaps";
        return {.form = Form::Pages, .words = words};
    }

    [[nodiscard]] Identity byContent() const
    {
        const ByteSource &content = *m_member.content;
        if (Image::looksLikeImage(content))
            return {.form = Form::Image, .words = "image"};
        const auto start = content.readAll(0, std::min<uint64_t>(content.size(), 4096));
        const bool textual = start && isTextual(*start);
        if (m_member.parent != noMember) {
            if (textual)
                return {.form = Form::Text, .words = "text file"};
            return {.form = Form::Content, .words = "file"};
        }
        if (textual && (asText(*start).starts_with('{') || asText(*start).starts_with('[')))
            return {.form = Form::Json, .words = "JSON"};
        if (textual)
            return {.form = Form::Text, .words = "text"};
        return {.form = Form::Unknown, .words = "unknown content"};
    }

    const Memory &m_memory;
    const Member &m_member;
    std::string m_fileName;
};

/// A framed image with all that its dissection needs.
class ImageDissection final : public Dissection
{
public:
    ImageDissection(std::shared_ptr<const Memory> memory, std::shared_ptr<const LinkIndex> links, Image image,
                    const Member &member)
        : m_memory(std::move(memory)), m_links(std::move(links)), m_image(std::move(image)),
          m_explainer(*m_links, member), m_dissector(m_image, &m_explainer)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_dissector.size(); }
    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        return m_dissector.walk(window, visitor);
    }

private:
    std::shared_ptr<const Memory> m_memory;
    std::shared_ptr<const LinkIndex> m_links;
    Image m_image;
    LinkExplainer m_explainer;
    Dissector m_dissector;
};

class EmptyDissection final : public Dissection
{
public:
    [[nodiscard]] uint64_t size() const override { return 0; }
    [[nodiscard]] Result<void> walk(ByteRange, const Visitor &) const override { return {}; }
};

} // namespace

MemberExplainer::MemberExplainer(std::shared_ptr<const Memory> memory)
    : m_memory(std::move(memory)), m_links(std::make_shared<const LinkIndex>(m_memory->checkpoint()))
{
}

std::string MemberExplainer::describe(MemberId member) const
{
    const Member &described = m_memory->checkpoint().archive().member(member);
    Identity identity = Identifier(*m_memory, described).identify();
    if (identity.form == Form::Image) {
        const auto image = m_memory->checkpoint().openImage(member);
        if (image)
            identity.words += " " + std::string(image->type().name);
    }
    return identity.words;
}

Result<std::shared_ptr<const Dissection>> MemberExplainer::explain(MemberId id) const
{
    const Checkpoint &checkpoint = m_memory->checkpoint();
    const Member &member = checkpoint.archive().member(id);
    const Identity identity = Identifier(*m_memory, member).identify();
    const auto shared = [](std::unique_ptr<Dissection> made) {
        return std::shared_ptr<const Dissection>(std::move(made));
    };
    switch (identity.form) {
    case Form::Nothing:
        return shared(std::make_unique<EmptyDissection>());
    case Form::Image: {
        auto image = checkpoint.openImage(id);
        if (image)
            return shared(std::make_unique<ImageDissection>(m_memory, m_links, std::move(*image), member));
        if (image.error().code == ErrorCode::InputUnreadable)
            return image.error();
        return shared(dissectWhole(member.content, NodeKind::Unexplained, "image", image.error().describe()));
    }
    case Form::Pages:
        return shared(std::make_unique<PagesDissection>(m_memory, member));
    case Form::OldPages: {
        const auto pid = imageNumber(splitPath(member.path).second, "pages-");
        return shared(
            dissectOldPages(member.content, checkpoint.pageSize(), static_cast<uint32_t>(pid.value_or(0))));
    }
    case Form::CompressedPages: {
        const auto &content = checkpoint.archive().member(identity.decoded).content;
        if (auto decoded = std::dynamic_pointer_cast<const DecodedPages>(content))
            return shared(dissectCompressedPages(member.content, std::move(decoded), identity.decoded));
        return shared(dissectCompressed(member.content, identity.decoded, content->size()));
    }
    case Form::Netlink:
        return shared(dissectNetlink(
            member.content, identity.netlink,
            // The memory keeps what the links lead through.
            [memory = m_memory, links = m_links, path = member.path](uint64_t index) {
                const auto [prefix, fileName] = splitPath(path);
                return links->record(prefix, "netdev-" + fileName.substr(fileName.find_last_of('-') + 1),
                                     "ifindex", index);
            }));
    case Form::Rules:
        return shared(dissectText(member.content, TextForm::Iptables));
    case Form::Log:
        return shared(dissectText(member.content, TextForm::Log));
    case Form::Text:
        return shared(dissectText(member.content, TextForm::Plain));
    case Form::Json:
        return shared(dissectJson(member.content));
    case Form::Tar:
        return shared(dissectTar(member.content));
    case Form::Compressed:
        return shared(dissectCompressed(member.content, identity.decoded,
                                        checkpoint.archive().member(identity.decoded).content->size()));
    case Form::Plugin:
        if (identity.message == nullptr)
            return shared(dissectWhole(member.content, NodeKind::Unexplained, "message",
                                       "the fields of this message of a plugin are not known"));
        return shared(dissectBareMessage(member.content, identity.message));
    case Form::PluginData:
        return shared(dissectWhole(member.content, NodeKind::Data, "video memory",
                                   "Buffers of a GPU, one after the other."));
    case Form::Content:
        return shared(dissectWhole(member.content, NodeKind::Data, "content", "Content of a file."));
    case Form::Unknown:
        break;
    }
    return shared(dissectWhole(member.content, NodeKind::Unexplained, "content",
                               "neither the name nor the first bytes tell what this is"));
}

} // namespace cryoscope
