// SPDX-License-Identifier: Apache-2.0
#include "tests/support/critcases.h"

#include "core/image/imagetype.h"
#include "tests/support/imagebuilder.h"

namespace cryoscope::test
{

namespace
{

using MB = MessageBuilder;
using namespace std::string_literals;

MB ipc(const char *type)
{
    return MB(type).set("desc",
                        MB("ipc_desc_entry").set("key", 1).set("mode", 0600).set("id", 7).fillRequired());
}

MB socket(uint32_t family, uint32_t type, uint32_t protocol, uint32_t state,
          const std::vector<uint32_t> &source)
{
    MB entry("inet_sk_entry");
    entry.set("family", family).set("type", type).set("proto", protocol).set("state", state);
    for (const uint32_t word : source)
        entry.set("src_addr", word).set("dst_addr", word);
    return entry.fillRequired();
}

MB vma(uint32_t protection, uint32_t flags, uint32_t status)
{
    return MB("vma_entry")
        .set("prot", protection)
        .set("flags", flags)
        .set("status", status)
        .set("fd", -1)
        .set("madv", 1 << 16)
        .fillRequired();
}

std::string sockets()
{
    ImageBuilder image("INETSK");
    for (const uint32_t family : {0u, 1u, 2u, 10u, 16u, 17u})
        image.record(socket(family, family % 6, family % 18, family % 12, {0x0100007f}));
    for (const uint32_t number : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 17u, 136u, 137u})
        image.record(socket(2, number, number, number, {number}));
    const std::vector<std::vector<uint32_t>> addresses{
        {0, 0, 0, 0},
        {0, 0, 0, 0x01000000},
        {0xb80d0120, 0, 0, 0x01000000},
        {0, 0, 0xffff0000, 0x0100007f},
        {0x000080fe, 0, 0x0f27000a, 0x000000fe},
        {0x01000200, 0x03000400, 0x05000600, 0x07000800},
        {0, 0x01000000, 0, 0x01000000},
    };
    for (const auto &words : addresses)
        image.record(socket(10, 1, 6, 1, words));
    return image.bytes();
}

std::string files()
{
    ImageBuilder image("REG_FILES");
    for (const uint32_t flags : {0u, 1u, 2u, 3u, 0100u, 07777777u, 0x80000000u, 0100001u | 02000000u})
        image.record(MB("reg_file_entry")
                         .set("id", 1)
                         .set("flags", flags)
                         .set("name", "/tmp/x")
                         .set("mnt_id", -1)
                         .fillRequired());
    image.record(MB("reg_file_entry")
                     .set("name", "quote\" back\\ tab\t caf\xc3\xa9 \xf0\x9f\x98\x80 \x01\x7f")
                     .fillRequired());
    image.record(MB("reg_file_entry")
                     .set("build_id", 0xffffffff)
                     .set("build_id", 0)
                     .set("ext", false)
                     .set("mode", 0100644)
                     .fillRequired());
    return image.bytes();
}

std::string unixSockets()
{
    ImageBuilder image("UNIXSK");
    for (const std::string &name :
         {""s, "\0abs=x"s, "/run/a.sock\0"s, "trailing blank "s, "tab\t"s, "line\nbreak \n.\n"s,
          "cr\r\nlf\r\n"s, ".\0"s, "."s, "\x80\xff~\x7f !"s, std::string(200, 'a'),
          std::string(74, 'b') + "=x", std::string(75, 'c') + " d", std::string(73, 'e') + "\x01\x01",
          "\r alone"s, " leading"s, "a.b..c"s})
        image.record(MB("unix_sk_entry").set("type", 1).set("state", 10).set("name", name).fillRequired());
    return image.bytes();
}

std::string core()
{
    MB registers("user_x86_regs_entry");
    registers.set("r15", 0).set("ax", ~uint64_t{0}).set("ip", 0x7fff00001234).fillRequired();
    MB info("thread_info_x86");
    info.set("clear_tid_addr", 0x7f0000000000).set("gpregs", registers).fillRequired();
    ImageBuilder image("CORE");
    for (const uint32_t state : {1u, 2u, 3u, 6u, 9u})
        image.record(MB("core_entry")
                         .set("mtype", 1)
                         .set("thread_info", info)
                         .set("tc", MB("task_core_entry")
                                        .set("task_state", state)
                                        .set("blk_sigset", ~uint64_t{0})
                                        .set("oom_score_adj", -1000)
                                        .fillRequired())
                         .set("thread_core", MB("thread_core_entry").set("sched_nice", -20).fillRequired()));
    return image.bytes();
}

} // namespace

std::vector<std::pair<std::string, std::string>> critCases()
{
    std::vector<std::pair<std::string, std::string>> all;
    const auto add = [&all](const std::string &name, std::string bytes) {
        all.emplace_back(name, std::move(bytes));
    };

    // An entry with its required fields, of each type that crit has a handler for. Enums are left at what is
    // first.
    for (const ImageType &type : imageTypes()) {
        if (!type.critDecodes || type.payload == PayloadLayout::GhostFile || type.entry == "ipc_shm_entry")
            continue;
        ImageBuilder image(type.name);
        if (!type.head.empty())
            image.record(MB(type.head).fillRequired());
        add("type-" + std::string(type.name), image.record(MB(type.entry).fillRequired()).bytes());
        add("none-" + std::string(type.name), ImageBuilder(type.name).bytes());
    }
    add("v10", ImageBuilder("FS")
                   .headMagic(std::nullopt)
                   .record(MB("fs_entry").set("cwd_id", 1).set("root_id", 2))
                   .bytes());
    add("sockets", sockets());
    add("files", files());
    add("unix", unixSockets());
    add("core", core());
    add("vmas", ImageBuilder("VMAS")
                    .record(vma(0, 0, 0))
                    .record(vma(7, 0x12b, 0xffffffff))
                    .record(vma(0xffffffff, 0xffffffff, 1))
                    .bytes());
    add("pagemap", ImageBuilder("PAGEMAP")
                       .record(MB("pagemap_head").set("pages_id", 1))
                       .record(MB("pagemap_entry")
                                   .set("vaddr", 0x7fff00000000)
                                   .set("compat_nr_pages", 1)
                                   .set("in_parent", true))
                       .record(MB("pagemap_entry")
                                   .set("vaddr", ~uint64_t{0xfff})
                                   .set("compat_nr_pages", 0)
                                   .set("flags", 15)
                                   .set("nr_pages", uint64_t{1} << 52))
                       .bytes());
    add("memfd", ImageBuilder("MEMFD_INODE")
                     .record(MB("memfd_inode_entry").set("seals", 0x3f).fillRequired())
                     .bytes());
    add("devices",
        ImageBuilder("IRMAP_CACHE")
            .record(MB("irmap_cache_entry").set("dev", 0x8801).set("path", "/dev/x").fillRequired())
            .record(MB("irmap_cache_entry").set("dev", 0xfff00801).set("path", "").fillRequired())
            .bytes());
    add("ghost-device", ImageBuilder("GHOST_FILE")
                            .record(MB("ghost_file_entry")
                                        .set("mode", 020600)
                                        .set("dev", 254u << 20 | 3)
                                        .set("rdev", 0x8801)
                                        .fillRequired())
                            .bytes());
    add("ghost", ImageBuilder("GHOST_FILE")
                     .record(MB("ghost_file_entry").set("mode", 0100600).fillRequired(), std::string(57, 'g'))
                     .bytes());
    add("ghost-58",
        ImageBuilder("GHOST_FILE")
            .record(MB("ghost_file_entry").set("mode", 0100600).fillRequired(), std::string(58, 'g'))
            .bytes());
    add("ghost-chunks",
        ImageBuilder("GHOST_FILE")
            .record(
                MB("ghost_file_entry").set("mode", 0100600).set("chunks", true).set("size", 9).fillRequired())
            .record(MB("ghost_chunk_entry").set("len", 3).set("off", 0), "abc")
            .record(MB("ghost_chunk_entry").set("len", 0).set("off", 5))
            .record(MB("ghost_chunk_entry").set("len", 1).set("off", 8), "\xff")
            .bytes());
    add("pipes",
        ImageBuilder("PIPES_DATA")
            .record(MB("pipe_data_entry").set("pipe_id", 1).set("bytes", 0).set("size", 65536))
            .record(MB("pipe_data_entry").set("pipe_id", 2).set("bytes", 1536), std::string(1536, '\xfb'))
            .bytes());
    add("packets",
        ImageBuilder("SK_QUEUES")
            .record(MB("sk_packet_entry")
                        .set("id_for", 1)
                        .set("length", 2)
                        .set("scm", MB("scm_entry").set("type", 1).set("rights", 3).set("rights", 4)),
                    "ab")
            .record(MB("sk_packet_entry").set("id_for", 1).set("length", 0))
            .bytes());
    add("tcp", ImageBuilder("TCP_STREAM")
                   .record(MB("tcp_stream_entry")
                               .set("inq_len", 3)
                               .set("outq_len", 5)
                               .set("opt_mask", 0x1f)
                               .fillRequired(),
                           "inqoutq_")
                   .bytes());
    for (const size_t count : {0, 1, 3, 4, 5}) {
        std::vector<uint16_t> values;
        for (size_t i = 0; i < count; ++i)
            values.push_back(static_cast<uint16_t>(0xffff - i * 1000));
        add("sem-" + std::to_string(count),
            ImageBuilder("IPCNS_SEM")
                .record(ipc("ipc_sem_entry").set("nsems", count), semaphores(values))
                .record(ipc("ipc_sem_entry").set("nsems", 1), semaphores({42}))
                .bytes());
    }
    add("msg", ImageBuilder("IPCNS_MSG")
                   .record(ipc("ipc_msg_entry").set("qbytes", 16384).set("qnum", 3),
                           ipcMessages({{300, "three bytes more"}, {uint64_t{1} << 40, ""}, {1, "12345678"}}))
                   .record(ipc("ipc_msg_entry").set("qbytes", 16384).set("qnum", 0))
                   .bytes());
    add("shm", ImageBuilder("IPCNS_SHM")
                   .record(ipc("ipc_shm_entry").set("size", 6), padded("shared", 4))
                   .record(ipc("ipc_shm_entry").set("size", 8), "8 bytes.")
                   .bytes());
    add("shm-pagemaps", ImageBuilder("IPCNS_SHM")
                            .record(ipc("ipc_shm_entry").set("size", 8).set("in_pagemaps", true))
                            .record(ipc("ipc_shm_entry").set("size", 4096).set("in_pagemaps", true))
                            .bytes());
    add("shm-one", ImageBuilder("IPCNS_SHM")
                       .record(ipc("ipc_shm_entry").set("size", 4096).set("in_pagemaps", true))
                       .bytes());
    add("bpf", ImageBuilder("BPFMAP_DATA")
                   .record(MB("bpfmap_data_entry")
                               .set("map_id", 1)
                               .set("keys_bytes", 4)
                               .set("values_bytes", 8)
                               .set("count", 1),
                           "keyyvaluevvv")
                   .bytes());
    add("tty", ImageBuilder("TTY_DATA")
                   .record(MB("tty_data_entry").set("tty_id", 1).set("data", "typed\n"))
                   .record(MB("tty_data_entry").set("tty_id", 2).set("data", ""))
                   .record(MB("tty_data_entry").set("tty_id", 3).set("data", std::string(120, '\xa5')))
                   .bytes());
    // Required by the schema, absent here; unknown fields; a field given twice; a message in two parts.
    add("unknown", ImageBuilder("FS")
                       .record(MB("fs_entry")
                                   .set("cwd_id", 1)
                                   .set("root_id", 2)
                                   .varint(77, 5)
                                   .bytes(78, "x")
                                   .set("cwd_id", 9))
                       .bytes());
    add("merged",
        ImageBuilder("CORE")
            .record(
                MB("core_entry")
                    .set("mtype", 1)
                    .set("ids", MB("task_kobj_ids_entry").set("vm_id", 1).set("files_id", 2).fillRequired())
                    .set("ids", MB("task_kobj_ids_entry").set("vm_id", 3)))
            .bytes());
    add("packed",
        ImageBuilder("MM")
            .record(MB("mm_entry").packed("mm_saved_auxv", {6, 4096}).set("mm_saved_auxv", 33).fillRequired())
            .bytes());
    return all;
}

} // namespace cryoscope::test
