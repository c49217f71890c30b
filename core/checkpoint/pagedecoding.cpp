// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/pagedecoding.h"

#include "core/checkpoint/imagenames.h"
#include "core/image/decodedpages.h"
#include "core/image/image.h"
#include "core/image/pagemapreader.h"
#include "core/image/pagesrecoding.h"

#include <map>
#include <optional>

namespace cryoscope
{

namespace
{

constexpr uint64_t largestRegion = uint64_t{4} << 20; // bytes
constexpr uint64_t smallestPage = 4096;               // bytes
constexpr uint64_t compressedVersion = 3;             // img_version

/// One image set with its pagemaps.
struct ImageSet {
    std::string prefix;
    const Member *inventory = nullptr;
    std::vector<const Member *> pagemaps;
};

std::map<std::string, ImageSet> imageSets(const Archive &archive)
{
    std::map<std::string, ImageSet> sets;
    for (const Member &member : archive.members()) {
        if (!member.content)
            continue;
        auto [directory, fileName] = splitPath(member.path);
        const bool pagemap = fileName.starts_with("pagemap-") && fileName.ends_with(".img");
        if (!pagemap && fileName != "inventory.img")
            continue;
        ImageSet &set = sets[directory];
        set.prefix = directory;
        if (pagemap)
            set.pagemaps.push_back(&member);
        else
            set.inventory = &member;
    }
    return sets;
}

class SetDecoder
{
public:
    SetDecoder(const Archive &archive, uint64_t pageSize, std::vector<Problem> &problems,
               std::vector<Member> &members)
        : m_archive(archive), m_pageSize(pageSize), m_problems(problems), m_members(members)
    {
    }

    void decode(const ImageSet &set, const std::shared_ptr<const Schema> &schema)
    {
        const auto compression = compressionOf(*set.inventory, schema);
        if (!compression)
            return;
        // Whose sizes a pages file is cut by must be clear.
        std::map<uint64_t, std::vector<const Member *>> byPages;
        for (const Member *pagemap : set.pagemaps) {
            if (const auto id = PagemapReader::pagesIdOf(*pagemap->content))
                byPages[*id].push_back(pagemap);
        }
        for (const auto &[id, pagemaps] : byPages) {
            const Member *pages = m_archive.find(set.prefix + "pages-" + std::to_string(id) + ".img");
            if (pages == nullptr || !pages->content)
                continue; // who needs them says that they are not there
            if (pagemaps.size() == 1)
                add(*pagemaps.front(), *pages, *compression);
            else
                problem({ErrorCode::Unsupported,
                         "is compressed and named by " + pagemaps[0]->path + " and " + pagemaps[1]->path +
                             ": it cannot be decoded",
                         pages->path, std::nullopt});
        }
    }

private:
    void problem(Error error) { m_problems.push_back({Severity::Warning, std::move(error)}); }

    /// Nothing if the set is not compressed, or in a way that is not known, which is a problem.
    std::optional<PageCompression> compressionOf(const Member &inventory,
                                                 const std::shared_ptr<const Schema> &schema)
    {
        const auto image = Image::open(inventory.content, schema);
        if (!image || image->records().empty() || image->type().entry != "inventory_entry")
            return std::nullopt; // told where the inventory is read
        const auto entry = image->message(image->records().front());
        if (!entry || entry->number("compress") == 0)
            return std::nullopt;
        PageCompression compression;
        compression.mode = static_cast<uint32_t>(entry->number("compress"));
        compression.regionSize = static_cast<uint32_t>(entry->number("compress_region_size"));
        const auto refuse = [&](const std::string &why) {
            problem({ErrorCode::Unsupported, "its pages are compressed in a way that cannot be read: " + why,
                     inventory.path, std::nullopt});
            return std::nullopt;
        };
        const std::string region = std::to_string(compression.regionSize) + " bytes";
        if (entry->number("compress") > 2)
            return refuse("mode " + std::to_string(entry->number("compress")) + " is not known");
        if (entry->number("img_version") != compressedVersion)
            return refuse("image version " + std::to_string(entry->number("img_version")) +
                          " has no compressed pages");
        if (compression.mode == 1 && entry->has("compress_region_size"))
            return refuse("regions of " + region + " where each page is compressed");
        if (compression.mode == 2 &&
            (compression.regionSize == 0 || compression.regionSize % smallestPage != 0 ||
             compression.regionSize > largestRegion))
            return refuse("regions of " + region);
        return compression;
    }

    void add(const Member &pagemap, const Member &pages, const PageCompression &compression)
    {
        auto blocks = PageBlocks::read(*pagemap.content, m_pageSize, compression, pages.content->size());
        if (!blocks) {
            problem(blocks.error());
            return;
        }
        const auto shared = std::make_shared<const PageBlocks>(std::move(*blocks));
        Member decoded;
        decoded.path = pages.path + "!";
        decoded.mode = pages.mode;
        decoded.mtime = pages.mtime;
        decoded.content = std::make_shared<const DecodedPages>(pages.content, shared, decoded.path);
        decoded.parent = pages.id;
        decoded.recoding = std::make_shared<const PagesRecoding>(pages.content, pages.id, pagemap.content,
                                                                 pagemap.id, shared);
        m_members.push_back(std::move(decoded));
    }

    const Archive &m_archive;
    uint64_t m_pageSize;
    std::vector<Problem> &m_problems;
    std::vector<Member> &m_members;
};

} // namespace

std::vector<Member> decodedPagesMembers(const Archive &archive, const std::shared_ptr<const Schema> &schema,
                                        uint64_t pageSize, std::vector<Problem> &problems)
{
    std::vector<Member> members;
    SetDecoder decoder(archive, pageSize, problems, members);
    for (const auto &[prefix, set] : imageSets(archive)) {
        const bool encrypted = archive.find(prefix + "cipher.img") != nullptr;
        if (set.inventory != nullptr && !encrypted)
            decoder.decode(set, schema);
    }
    return members;
}

} // namespace cryoscope
