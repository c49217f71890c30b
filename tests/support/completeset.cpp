// SPDX-License-Identifier: Apache-2.0
#include "tests/support/completeset.h"

namespace cryoscope::test
{

namespace
{

constexpr int readExecute = 5;
constexpr uint64_t atRandomKey = 25;

CheckpointBuilder builderFor(SetLayout layout, ByteOrder order)
{
    CheckpointBuilder builder;
    builder.layout(layout).byteOrder(order);
    return builder;
}

} // namespace

MessageBuilder CompleteSet::floatingPoint(int stack)
{
    MessageBuilder floating("user_x86_fpregs_entry");
    for (int i = 0; i < stack; ++i)
        floating.set("st_space", 0);
    for (int i = 0; i < 64; ++i)
        floating.set("xmm_space", 0);
    return floating.fillRequired();
}

MessageBuilder CompleteSet::registers()
{
    return MessageBuilder("thread_info_x86")
        .set("gpregs", MessageBuilder("user_x86_regs_entry")
                           .set("ip", code + 0x100)
                           .set("fs_base", threadBlock)
                           .fillRequired())
        .set("fpregs", floatingPoint())
        .fillRequired();
}

MessageBuilder CompleteSet::core(bool leader)
{
    return core(leader, registers());
}

MessageBuilder CompleteSet::core(bool leader, const MessageBuilder &threadInfo)
{
    MessageBuilder core("core_entry");
    core.set("mtype", 1).set("thread_info", threadInfo);
    if (leader)
        core.set("tc",
                 MessageBuilder("task_core_entry").set("task_state", 1).set("comm", "prog").fillRequired());
    core.set("thread_core", MessageBuilder("thread_core_entry")
                                .set("rseq_entry", MessageBuilder("rseq_entry")
                                                       .set("rseq_abi_pointer", rseq)
                                                       .set("rseq_abi_size", 32)
                                                       .fillRequired())
                                .fillRequired());
    return core;
}

std::string CompleteSet::image(std::string_view type, const MessageBuilder &message) const
{
    ImageBuilder builder(type, m_order);
    if (m_layout == SetLayout::Version10)
        builder.headMagic(std::nullopt);
    return builder.record(message).bytes();
}

CompleteSet::CompleteSet(SetLayout layout, ByteOrder order)
    : builder(builderFor(layout, order)), task(builder.task(100, "prog")), m_layout(layout), m_order(order)
{
    exe = builder.file("/bin/prog", 5000);
    directory = builder.file("/", 0, 040755);
    pipe = builder.pipe(77, "queued in the pipe");
    socket = builder.unixSocket(900, 901, "/run/first.sock");
    peer = builder.unixSocket(901, 900, "/run/made-up.sock");
    builder.socketPacket(socket, "a packet");
    connection = builder.tcpSocket(0x1234, "input", "output");
    ghost = builder.ghostFile("/tmp/deleted", "what was in it");
    chunkedGhost = builder.ghostFile("/tmp/deleted-large", 20000, {{0, "start"}, {16384, "end"}});
    builder.sharedObject(sharedId).write(0, "shared");
    memfd = 0;
    if (layout == SetLayout::Current) { // there was none before
        memfd = builder.memfd("made-up", memfdShmid, 4096);
        builder.sharedObject(memfdShmid).write(0, "in the memfd");
    }
    task.exe(exe).cwd(directory).root(directory).thread(102, "worker");
    task.vma(code, code + 0x2000, VmaKind::FilePrivate, {exe, 0, readExecute})
        .vma(heap, heap + 0x4000, VmaKind::Heap)
        .vma(shared, shared + 0x1000, VmaKind::SharedAnonymous, {sharedId})
        .vma(vdso, vdso + 0x1000, VmaKind::Vdso);
    if (memfd != 0)
        task.vma(0x800000, 0x801000, VmaKind::Memfd, {memfd});
    task.page(code, "changed code").page(vdso, "the kernel's").auxv(atRandomKey, random);
    for (uint64_t page = 0; page < 4; ++page)
        task.page(heap + page * 0x1000, "on the heap");
    task.arguments({"prog", "-v"}).environment({"HOME=/root"});
    uint32_t fd = 3;
    for (const uint32_t file : {pipe, socket, peer, connection, ghost, chunkedGhost, memfd}) {
        if (file != 0)
            task.fd(fd++, file);
    }
    TaskBuilder &child = builder.task(101, "child");
    child.exe(exe).cwd(directory).root(directory).fd(0, pipe);
    child.vma(code, code + 0x2000, VmaKind::FilePrivate, {exe, 0, readExecute});
    child.vma(heap, heap + 0x4000).page(heap, "of the child");
    builder.task(103, "dead").state(2, 9);
    for (const char *name : {"core-100.img", "core-101.img"})
        builder.member(name, image("CORE", core(true)));
    builder.member("core-102.img", image("CORE", core(false)));
}

} // namespace cryoscope::test
