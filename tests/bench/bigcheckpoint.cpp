// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bigcheckpoint.h"

#include "tests/support/fail.h"
#include "tests/support/imagebuilder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace cryoscope::test
{

namespace
{

constexpr uint64_t page = 4096;          // bytes
constexpr uint64_t base = 0x10000000000; // virtual address of the first VMA
constexpr uint32_t firstPid = 100;
constexpr uint32_t presentFlag = 4;
constexpr uint32_t parentFlag = 1;

/// An image that is written record by record.
class ImageFile
{
public:
    ImageFile(const std::string &path, std::string_view type) : m_path(path), m_file(path, std::ios::binary)
    {
        const std::string start = ImageBuilder(type).bytes();
        m_file.write(start.data(), static_cast<std::streamsize>(start.size()));
    }
    ~ImageFile()
    {
        m_file.close();
        if (!m_file)
            fail("cannot write " + m_path);
    }
    ImageFile(const ImageFile &) = delete;
    ImageFile &operator=(const ImageFile &) = delete;

    void record(const std::string &message)
    {
        const std::string frame = number(message.size(), 4);
        m_file.write(frame.data(), static_cast<std::streamsize>(frame.size()));
        m_file.write(message.data(), static_cast<std::streamsize>(message.size()));
    }
    void record(const MessageBuilder &message) { record(message.encode()); }

private:
    std::string m_path;
    std::ofstream m_file;
};

/// The share of number `index` of `parts` when `total` is spread evenly.
uint64_t share(uint64_t total, uint64_t parts, uint64_t index)
{
    return total / parts + (index < total % parts ? 1 : 0);
}

MessageBuilder ids(uint32_t own)
{
    MessageBuilder made("task_kobj_ids_entry");
    made.set("vm_id", own).set("files_id", own).set("fs_id", own).set("sighand_id", own);
    return made.fillRequired();
}

class Writer
{
public:
    Writer(const BigCheckpoint &size, std::string path) : m_size(size), m_path(std::move(path)) {}

    void run()
    {
        for (uint64_t set = 0; set <= m_size.parents; ++set) {
            std::filesystem::create_directories(directory(set));
            inventory(set);
            if (set > 0)
                std::filesystem::create_directory_symlink(
                    "../" + std::filesystem::path(directory(set - 1)).filename().string(),
                    directory(set) + "/parent");
        }
        files();
        ImageFile tree(name("pstree.img"), "PSTREE");
        for (uint64_t i = 0; i < m_size.tasks; ++i) {
            const auto pid = static_cast<uint32_t>(firstPid + i);
            tree.record(MessageBuilder("pstree_entry")
                            .set("pid", pid)
                            .set("ppid", i == 0 ? 0 : firstPid)
                            .set("pgid", firstPid)
                            .set("sid", firstPid)
                            .set("threads", pid));
            task(i, pid);
        }
    }

private:
    /// Sets count from the oldest; the last is the checkpoint itself.
    [[nodiscard]] std::string directory(uint64_t set) const
    {
        return set == m_size.parents ? m_path : m_path + "-parent-" + std::to_string(set);
    }
    [[nodiscard]] std::string name(const std::string &file) const { return m_path + "/" + file; }

    void inventory(uint64_t set) const
    {
        MessageBuilder entry("inventory_entry");
        entry.set("img_version", m_size.lz4 != 0 ? 3 : 2)
            .set("fdinfo_per_id", true)
            .set("root_ids", ids(1))
            .set("ns_per_id", true);
        if (m_size.lz4 != 0)
            entry.set("compress", 1);
        ImageFile(directory(set) + "/inventory.img", "INVENTORY").record(entry);
    }

    void files() const
    {
        ImageFile image(name("files.img"), "FILES");
        for (uint64_t i = 0; i < m_size.files; ++i)
            image.record(MessageBuilder("file_entry")
                             .set("type", 1)
                             .set("id", i + 1)
                             .set("reg", MessageBuilder("reg_file_entry")
                                             .set("id", i + 1)
                                             .set("name", "/srv/data/file-" + std::to_string(i))
                                             .fillRequired()));
    }

    void task(uint64_t index, uint32_t pid)
    {
        const std::string suffix = "-" + std::to_string(pid) + ".img";
        MessageBuilder tc("task_core_entry");
        tc.set("task_state", 1).set("comm", "task-" + std::to_string(pid));
        ImageFile(name("core" + suffix), "CORE")
            .record(MessageBuilder("core_entry").set("mtype", 1).set("tc", tc.fillRequired()).fillRequired());
        ImageFile(name("ids" + suffix), "IDS").record(ids(static_cast<uint32_t>(index + 1)));
        ImageFile(name("fs" + suffix), "FS").record(MessageBuilder("fs_entry").fillRequired());
        descriptors(index);
        memory(index, suffix);
    }

    void descriptors(uint64_t index)
    {
        ImageFile image(name("fdinfo-" + std::to_string(index + 1) + ".img"), "FDINFO");
        const uint64_t count = share(m_size.fds, m_size.tasks, index);
        for (uint64_t fd = 0; fd < count; ++fd)
            image.record(MessageBuilder("fdinfo_entry")
                             .set("id", m_size.files == 0 ? 0 : m_nextFile++ % m_size.files + 1)
                             .set("flags", 0)
                             .set("type", 1)
                             .set("fd", fd));
    }

    void memory(uint64_t index, const std::string &suffix) const
    {
        const uint64_t entries = share(m_size.entries, m_size.tasks, index);
        const uint64_t pages = share(m_size.pageBytes / page, m_size.tasks, index);
        const uint64_t vmas = std::max<uint64_t>(share(m_size.vmas, m_size.tasks, index), 1);
        // Between entries lies a page that was never touched, so that none of them could be joined.
        const uint64_t stride = entries == 0 ? 1 : pages / entries + 2;
        const uint64_t perVma = entries / vmas + 1;
        MessageBuilder mm("mm_entry");
        for (uint64_t i = 0; i < vmas; ++i)
            mm.set("vmas", MessageBuilder("vma_entry")
                               .set("start", base + i * perVma * stride * page)
                               .set("end", base + (i + 1) * perVma * stride * page - page)
                               .set("pgoff", 0)
                               .set("shmid", 0)
                               .set("prot", 3)
                               .set("flags", 0x22)
                               .set("status", 0x201)
                               .set("fd", -1));
        ImageFile(name("mm" + suffix), "MM").record(mm.fillRequired());
        for (uint64_t set = 0; set <= m_size.parents; ++set)
            pagemap(set, index, suffix, entries, pages, stride);
    }

    void pagemap(uint64_t set, uint64_t index, const std::string &suffix, uint64_t entries, uint64_t pages,
                 uint64_t stride) const
    {
        ImageFile image(directory(set) + "/pagemap" + suffix, "PAGEMAP");
        image.record(MessageBuilder("pagemap_head").set("pages_id", index + 1));
        uint64_t stored = 0;
        std::string message;
        const auto field = [&message](char tag, uint64_t value) {
            message += tag;
            message += MessageBuilder::encodeVarint(value);
        };
        for (uint64_t i = 0; i < entries; ++i) {
            // Each set holds every (parents + 1)th entry; those of older sets it leaves to its parent.
            const uint64_t holder = i % (m_size.parents + 1);
            if (holder > set)
                continue;
            const uint64_t count = share(pages, entries, i);
            message.clear();
            field('\x08', base + i * stride * page);
            field('\x10', 0);
            field('\x20', holder == set ? presentFlag : parentFlag);
            field('\x28', count);
            if (m_size.lz4 != 0 && holder == set) {
                std::string sizes;
                for (uint64_t block = 0; block < count; ++block)
                    sizes += MessageBuilder::encodeVarint(m_size.lz4);
                field('\x32', sizes.size());
                message += sizes;
                field('\x38', count * m_size.lz4);
            }
            image.record(message);
            if (holder == set)
                stored += count;
        }
        const std::string path = directory(set) + "/pages-" + std::to_string(index + 1) + ".img";
        std::ofstream file(path, std::ios::binary);
        if (set < m_size.parents) { // a hole there would say that the pages were punched out
            const std::string filler(page, 'p');
            for (uint64_t i = 0; i < stored; ++i)
                file.write(filler.data(), page);
        }
        file.close();
        if (!file)
            fail("cannot write " + path);
        std::filesystem::resize_file(path, stored * (m_size.lz4 != 0 ? m_size.lz4 : page));
    }

    const BigCheckpoint &m_size;
    std::string m_path;
    uint64_t m_nextFile = 0;
};

} // namespace

void BigCheckpoint::write(const std::string &path) const
{
    Writer(*this, path).run();
}

} // namespace cryoscope::test
