// SPDX-License-Identifier: Apache-2.0
#include "core/image/dissector.h"
#include "tests/support/critcases.h"
#include "tests/support/dissectionflaw.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarreader.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"
#include "tests/support/zoothemes.h"

#include <random>

namespace tst_dissector
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

using NodeKind = DissectionNode::Kind;

Image openImage(std::string bytes)
{
    auto image = Image::open(sourceOf(std::move(bytes)), testSchema());
    if (!image)
        qFatal("%s", image.error().describe().c_str());
    return std::move(*image);
}

std::string flaw(const Image &image)
{
    return dissectionFlaw(Dissector(image));
}

QStringList names(const std::vector<DissectionNode> &path)
{
    QStringList all;
    for (const DissectionNode &node : path)
        all << QString::fromStdString(node.name);
    return all;
}

} // namespace

class TestDissector : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordedCheckpoints_data();
    void recordedCheckpoints();
    void cases();
    void changedBytes();
    void path();
    void values();
    void unknownBytes();
    void everyOffset();
    void words();
    void nodesOfALevel();
};

void TestDissector::recordedCheckpoints_data()
{
    QTest::addColumn<QString>("archive");
    for (const char *name : {"process-tree", "podman", "chain", "zoo"})
        QTest::newRow(name) << QStringLiteral(CRYOSCOPE_TEST_DATA "/") + QLatin1String(name) +
                                   QStringLiteral(".tar.zst");
    QTest::newRow("sample") << QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst");
    for (const std::string &theme : zooThemes(CRYOSCOPE_TEST_DATA))
        QTest::newRow(theme.c_str()) << QString::fromStdString(CRYOSCOPE_TEST_DATA "/zoo/" + theme + ".tar.zst");
}

/// Each byte of each image that CRIU itself wrote has a name.
void TestDissector::recordedCheckpoints()
{
    QFETCH(QString, archive);
    int images = 0;
    for (const auto &[name, bytes] : readTar(archive.toStdString())) {
        if (name.find("pages-") != std::string::npos || !Image::looksLikeImage(*sourceOf(bytes)))
            continue;
        const Image image = openImage(bytes);
        QVERIFY2(flaw(image).empty(), (name + ": " + flaw(image)).c_str());
        const auto coverage = Dissector(image).coverage();
        QVERIFY(coverage.ok());
        QVERIFY2(coverage->unknown.empty(), name.c_str());
        QCOMPARE(coverage->explained, uint64_t{bytes.size()});
        ++images;
    }
    QVERIFY(images > 8);
}

void TestDissector::cases()
{
    for (const auto &[name, bytes] : critCases()) {
        const std::string wrong = flaw(openImage(bytes));
        QVERIFY2(wrong.empty(), (name + ": " + wrong).c_str());
    }
}

void TestDissector::changedBytes()
{
    std::mt19937 random(7);
    for (const auto &[name, bytes] : critCases()) {
        for (int round = 0; round < 30 && bytes.size() > 8; ++round) {
            std::string changed = bytes;
            for (int i = 0; i < 3; ++i)
                changed[8 + random() % (changed.size() - 8)] = static_cast<char>(random());
            const auto image = Image::open(sourceOf(changed), testSchema());
            if (!image)
                continue; // "v10" has its type magic alone
            const std::string wrong = flaw(*image);
            QVERIFY2(wrong.empty(), (name + ": " + wrong).c_str());
        }
    }
}

void TestDissector::path()
{
    MessageBuilder mm("mm_entry");
    mm.set("mm_start_code", 0x400000)
        .set("vmas", MessageBuilder("vma_entry").set("start", 0x1000).set("prot", 3));
    const std::string bytes = ImageBuilder("MM").record(mm).bytes();
    const Image image = openImage(bytes);
    const Dissector dissector(image);
    QCOMPARE(names(*dissector.pathAt(0)), QStringList{"head magic"});
    QCOMPARE(names(*dissector.pathAt(7)), QStringList{"type magic"});
    QCOMPARE(names(*dissector.pathAt(8)), (QStringList{"record 0", "size"}));
    QCOMPARE(names(*dissector.pathAt(12)), (QStringList{"record 0", "message", "mm_start_code", "tag"}));
    QCOMPARE(names(*dissector.pathAt(13)), (QStringList{"record 0", "message", "mm_start_code", "value"}));
    const auto last = *dissector.pathAt(bytes.size() - 1);
    QCOMPARE(names(last), (QStringList{"record 0", "message", "vmas", "prot", "value"}));
    QCOMPARE(last.back().value, std::string("PROT_READ | PROT_WRITE"));
    QVERIFY(!last[3].meaning.empty()); // the schema's explanation
    QVERIFY(last.front().hasParts && !last.back().hasParts);
    QVERIFY(dissector.pathAt(bytes.size()).error().code == ErrorCode::NotFound);
}

void TestDissector::values()
{
    const auto valueOf = [](const ImageBuilder &builder, const std::string &name) {
        std::string found = "no such node";
        const Image image = openImage(builder.bytes());
        const auto done = Dissector(image).walkAll([&](const DissectionNode &node, unsigned) {
            if (node.name == name)
                found = node.value;
            return Dissection::Step::Into;
        });
        return done ? found : done.error().describe();
    };
    const auto fs = ImageBuilder("FS").record(MessageBuilder("fs_entry").set("cwd_id", 5).set("root_id", 6));
    QCOMPARE(valueOf(fs, "cwd_id"), std::string("5"));
    QCOMPARE(valueOf(fs, "type magic"), std::string("FS 0x51403912, little-endian"));
    QCOMPARE(valueOf(ImageBuilder("FDINFO").record(MessageBuilder("fdinfo_entry").set("type", 1)), "type"),
             std::string("REG (1)"));
    QCOMPARE(
        valueOf(ImageBuilder("REG_FILES").record(MessageBuilder("reg_file_entry").set("name", "a\"\xe9")),
                "name"),
        std::string("a\\\"\\udce9"));
    QCOMPARE(valueOf(ImageBuilder("VMAS").record(MessageBuilder("vma_entry").set("fd", -1)), "fd"),
             std::string("-1"));
    QCOMPARE(valueOf(ImageBuilder("TTY_DATA").record(MessageBuilder("tty_data_entry").set("data", "secret")),
                     "data"),
             std::string("6 bytes"));
    const auto tcp =
        ImageBuilder("TCP_STREAM")
            .record(MessageBuilder("tcp_stream_entry").set("inq_len", 2).set("outq_len", 1), "abc");
    QCOMPARE(valueOf(tcp, "inq"), std::string("2 bytes"));
    QCOMPARE(valueOf(tcp, "outq"), std::string("1 byte"));
    const auto sems = ImageBuilder("IPCNS_SEM")
                          .record(MessageBuilder("ipc_sem_entry").set("nsems", 3), semaphores({1, 2, 3}));
    QCOMPARE(valueOf(sems, "semaphores"), std::string("3 values"));
}

void TestDissector::unknownBytes()
{
    // An unknown field, a field in another wire type, a nested message that cannot be read, and a tail.
    MessageBuilder core("core_entry");
    core.set("mtype", 1).bytes(900, "new").fixed32(1, 5).bytes(3, "\x08");
    const std::string good = ImageBuilder("CORE").record(core).bytes();
    const Image image = openImage(good + "abc");
    QVERIFY2(flaw(image).empty(), flaw(image).c_str());
    const auto coverage = Dissector(image).coverage();
    QVERIFY(coverage.ok());
    QCOMPARE(coverage->size, uint64_t{good.size() + 3});
    QCOMPARE(coverage->unknown.size(), size_t{4});
    QCOMPARE(coverage->unknown[0].name, std::string("field 900"));
    QCOMPARE(coverage->unknown[0].range, (ByteRange{14, 6}));
    QCOMPARE(coverage->unknown[1].range, (ByteRange{20, 5}));
    QCOMPARE(coverage->unknown[2].range, (ByteRange{27, 1}));
    QCOMPARE(coverage->unknown[3].range, (ByteRange{good.size(), 3}));
    QVERIFY(coverage->unknown[3].meaning.find("cut off") != std::string::npos);
    QCOMPARE(coverage->explained, uint64_t{good.size() - 12});

    // A message that does not parse at all.
    const Image broken = openImage(ImageBuilder("PSTREE").record(2, "\x08\x80").bytes());
    QVERIFY(flaw(broken).empty());
    QCOMPARE(Dissector(broken).coverage()->explained, uint64_t{12});
}

void TestDissector::everyOffset()
{
    for (const auto &[name, bytes] : critCases()) {
        if (name != "msg" && name != "ghost-chunks" && name != "sem-3")
            continue;
        const Image image = openImage(bytes);
        const Dissector dissector(image);
        for (uint64_t offset = 0; offset < bytes.size(); ++offset) {
            const auto path = dissector.pathAt(offset);
            QVERIFY(path.ok() && !path->empty());
            ByteRange outer{0, bytes.size()};
            for (const DissectionNode &node : *path) {
                QVERIFY(outer.contains(node.range));
                QVERIFY(node.range.contains(offset));
                outer = node.range;
            }
            const NodeKind leaf = path->back().kind;
            QVERIFY(leaf != NodeKind::Unexplained && leaf != NodeKind::Record && leaf != NodeKind::Payload &&
                    leaf != NodeKind::Field);
        }
    }
}

void TestDissector::words()
{
    const auto meaningOf = [](const ImageBuilder &builder, const std::string &name) {
        std::string found = "no such node";
        const Image image = openImage(builder.bytes());
        const auto done = Dissector(image).walkAll([&](const DissectionNode &node, unsigned) {
            if (node.name == name && node.kind == NodeKind::Field)
                found = node.meaning;
            return Dissection::Step::Into;
        });
        return QString::fromStdString(done ? found : done.error().describe());
    };
    const auto vma = ImageBuilder("VMAS").record(MessageBuilder("vma_entry")
                                                     .set("prot", 5)
                                                     .set("flags", 0x22)
                                                     .set("status", 0x201)
                                                     .set("madv", 1 << 16));
    QVERIFY(meaningOf(vma, "prot").startsWith("read, execute."));
    QVERIFY(meaningOf(vma, "flags").startsWith("private, anonymous."));
    QVERIFY(meaningOf(vma, "status").startsWith("regular content, private anonymous."));
    QVERIFY(meaningOf(vma, "madv").startsWith("not in core dumps."));
    // crit calls it a zombie.
    const auto core = ImageBuilder("CORE").record(
        MessageBuilder("core_entry")
            .set("tc", MessageBuilder("task_core_entry").set("task_state", 3).set("exit_code", 15)));
    QVERIFY(meaningOf(core, "task_state").startsWith("stopped."));
    QVERIFY(meaningOf(core, "exit_code").startsWith("ended by SIGTERM."));
    const auto file = ImageBuilder("REG_FILES")
                          .record(MessageBuilder("reg_file_entry").set("flags", 02001).set("mode", 0100640));
    QVERIFY(meaningOf(file, "flags").startsWith("write only, append."));
    QVERIFY(meaningOf(file, "mode").startsWith("rw-r----- regular file."));
    const auto terminal = ImageBuilder("TTY_INFO")
                              .record(MessageBuilder("tty_info_entry")
                                          .set("rdev", 0x8801)
                                          .set("termios", MessageBuilder("termios_entry")
                                                              .set("c_lflag", 013)
                                                              .set("c_cflag", 0277)
                                                              .fillRequired())
                                          .fillRequired());
    QVERIFY(meaningOf(terminal, "rdev").startsWith("device 136:1."));
    QVERIFY(meaningOf(terminal, "c_lflag").startsWith("signals, line by line, echo."));
    QVERIFY(meaningOf(terminal, "c_cflag").startsWith("8 bits, receives."));
    const auto capability = [](int ordinal, uint64_t word) {
        MessageBuilder creds("creds_entry");
        for (int i = 0; i < ordinal; ++i)
            creds.set("cap_eff", 0);
        return ImageBuilder("CREDS").record(creds.set("cap_eff", word).fillRequired());
    };
    QVERIFY(meaningOf(capability(0, 1 << 12), "cap_eff").startsWith("net_admin."));
    QVERIFY(meaningOf(capability(1, 1 << 7), "cap_eff").startsWith("bpf."));
    QVERIFY(meaningOf(capability(1, 1 << 20), "cap_eff").startsWith("capability 52."));
    const auto limit =
        ImageBuilder("RLIMIT").record(MessageBuilder("rlimit_entry").set("cur", ~uint64_t{0}).set("max", 5));
    QVERIFY(meaningOf(limit, "cur").startsWith("unlimited."));
    const auto ghost =
        ImageBuilder("GHOST_FILE")
            .record(MessageBuilder("ghost_file_entry")
                        .set("atim", MessageBuilder("timeval").set("tv_sec", 951782400).set("tv_usec", 0))
                        .fillRequired());
    QVERIFY(meaningOf(ghost, "tv_sec").startsWith("2000-02-29 00:00:00 UTC."));
    const auto packet =
        ImageBuilder("PACKETSK").record(MessageBuilder("packet_sock_entry").set("protocol", 0x0300));
    QVERIFY(meaningOf(packet, "protocol").startsWith("all protocols."));
    MessageBuilder device("net_device_entry");
    for (int i = 0; i < 3; ++i)
        device.set("conf6", MessageBuilder("sysctl_entry").set("type", 6));
    QVERIFY(meaningOf(ImageBuilder("NETDEV").record(device), "conf6").startsWith("accept_ra_defrtr."));
}

void TestDissector::nodesOfALevel()
{
    ImageBuilder builder("PAGEMAP");
    builder.record(MessageBuilder("pagemap_head").set("pages_id", 1));
    for (int i = 0; i < 100; ++i)
        builder.record(MessageBuilder("pagemap_entry").set("vaddr", i * 4096).set("compat_nr_pages", 1));
    const Image image = openImage(builder.bytes());
    const Dissector dissector(image);
    const ByteRange whole{0, dissector.size()};
    // In pieces, as a window asks for them.
    std::vector<DissectionNode> all;
    for (uint64_t from = 0;;) {
        const auto some = dissector.nodes(whole, 0, from, 7);
        QVERIFY(some.ok());
        if (some->empty())
            break;
        QVERIFY(some->size() <= 7);
        all.insert(all.end(), some->begin(), some->end());
        from = all.back().range.end();
    }
    QCOMPARE(all.size(), size_t{2 + 101});
    QCOMPARE(all.back().name, std::string("record 100"));
    QVERIFY(all.back().hasParts);
    const auto inner = dissector.nodes(all.back().range, 1, 0, 10);
    QVERIFY(inner.ok());
    QCOMPARE(names(*inner), (QStringList{"size", "message"}));
    const auto fields = dissector.nodes(inner->back().range, 2, 0, 10);
    QCOMPARE(names(*fields), (QStringList{"vaddr", "compat_nr_pages"}));
    // Record by record, each as a tree.
    QCOMPARE(names(dissector.head()), (QStringList{"head magic", "type magic"}));
    const auto record = dissector.record(100);
    QVERIFY(record.ok());
    QCOMPARE(record->range, all.back().range);
    QCOMPARE(names(record->children), (QStringList{"size", "message"}));
    QCOMPARE(names(record->children[1].children), (QStringList{"vaddr", "compat_nr_pages"}));
    QCOMPARE(names(record->children[1].children[0].children), (QStringList{"tag", "value"}));
    QVERIFY(dissector.rest().range.empty());
    const Image cut = openImage(builder.bytes() + "rest");
    QCOMPARE(Dissector(cut).rest().range, (ByteRange{builder.bytes().size(), 4}));
}

CRYOSCOPE_TEST(TestDissector)

} // namespace tst_dissector

#include "tst_dissector.moc"
