// SPDX-License-Identifier: Apache-2.0
#include "core/image/image.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tst_checkpointbuilder
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

Image open(const std::map<std::string, std::string> &members, const std::string &name)
{
    auto image = Image::open(sourceOf(members.at(name), name), testSchema());
    if (!image)
        qFatal("%s", image.error().describe().c_str());
    return std::move(*image);
}

/// The messages of an image.
std::vector<Message> messages(const std::map<std::string, std::string> &members, const std::string &name)
{
    const Image image = open(members, name);
    std::vector<Message> all;
    for (const Record &record : image.records())
        all.push_back(std::move(image.message(record)).value());
    return all;
}

/// A set with all that the builder can write.
CheckpointBuilder everything()
{
    CheckpointBuilder b;
    TaskBuilder &root = b.task(100, "prog");
    root.exe(b.file("/bin/prog")).cwd(b.file("/")).root(b.file("/"));
    root.vma(0x1000, 0x4000)
        .page(0x1ffe, "over the border")
        .inParent(0x3000)
        .vma(0x10000, 0x12000, VmaKind::Heap);
    root.arguments({"prog", "-v"}).environment({"HOME=/root", "API_KEY=not-a-real-key"});
    root.fd(3, b.pipe(77, "queued bytes")).fd(4, b.ghostFile("/tmp/gone", "ghost content"));
    root.fd(5, b.memfd("secrets", 9001, 5000)).fd(6, b.tcpSocket(0xabc, "received", "sent"));
    root.thread(101, "worker");
    const uint32_t socket = b.unixSocket(500, 501, std::string("\0abstract", 9));
    b.socketPacket(socket, "packet one").socketPacket(socket, "two");
    root.vma(0x20000, 0x22000, VmaKind::Memfd, {.object = 5});
    b.sharedObject(9001).write(0, "in the memfd").write(4990, "last");
    b.ghostFile("/tmp/sparse", 20000, {{0, "first"}, {12288, "second"}});
    b.task(102, "dead").state(6, 256);
    b.task(103, "child", 100).vma(0x1000, 0x2000).page(0x1000, "child");
    return b;
}

} // namespace

class TestCheckpointBuilder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyImageIsRead_data();
    void everyImageIsRead();
    void requiredFieldsAreThere();
    void pagesMatchTheirPagemap();
    void pagemapForms();
    void stringsAreOnTheStack();
    void payloads();
    void deadTaskHasACoreOnly();
    void writesADirectory();
};

void TestCheckpointBuilder::everyImageIsRead_data()
{
    QTest::addColumn<bool>("bigEndian");
    QTest::addColumn<int>("version");
    QTest::newRow("little-endian") << false << 2;
    QTest::newRow("big-endian") << true << 2;
    QTest::newRow("no head magics") << false << 1;
}

void TestCheckpointBuilder::everyImageIsRead()
{
    QFETCH(bool, bigEndian);
    QFETCH(int, version);
    CheckpointBuilder b = everything();
    b.byteOrder(bigEndian ? ByteOrder::Big : ByteOrder::Little).imageVersion(static_cast<uint32_t>(version));
    const auto members = b.members();
    QVERIFY(members.size() > 20);
    for (const auto &[name, content] : members) {
        if (name.starts_with("pages-"))
            continue;
        const Image image = open(members, name);
        QVERIFY2(!image.problem(), name.c_str());
        QVERIFY2(image.byteOrder() == (bigEndian ? ByteOrder::Big : ByteOrder::Little), name.c_str());
        QCOMPARE(image.headMagic().has_value(), version == 2 && name != "inventory.img");
    }
}

void TestCheckpointBuilder::requiredFieldsAreThere()
{
    const auto members = everything().members();
    const std::function<void(const Message &)> check = [&check](const Message &message) {
        for (const FieldType &type : message.type().fields) {
            if (type.label == Label::Required)
                QVERIFY2(message.has(type.name), (message.type().name + "." + type.name).c_str());
        }
        QVERIFY(message.problem() == nullptr);
        for (const WireField &field : message.fields()) {
            QVERIFY(field.type != nullptr);
            if (field.message)
                check(*field.message);
        }
    };
    for (const auto &[name, content] : members) {
        if (name.starts_with("pages-"))
            continue;
        for (const Message &message : messages(members, name))
            check(message);
    }
}

void TestCheckpointBuilder::pagesMatchTheirPagemap()
{
    const CheckpointBuilder b = everything();
    const auto members = b.members();
    const auto map = messages(members, "pagemap-100.img");
    QCOMPARE(b.pagesFileOfTask(100), "pages-" + std::to_string(map.at(0).number("pages_id")) + ".img");
    uint64_t present = 0;
    for (size_t i = 1; i < map.size(); ++i) {
        if ((map[i].number("flags") & 4) != 0)
            present += map[i].number("nr_pages");
    }
    const std::string &pages = members.at(b.pagesFileOfTask(100));
    QCOMPARE(uint64_t{pages.size()}, present * 4096);
    QCOMPARE(pages.substr(0xffe, 15), std::string("over the border"));
    QCOMPARE(map[1].number("vaddr"), uint64_t{0x1000});
    QCOMPARE(map[1].number("nr_pages"), uint64_t{2});
    QCOMPARE(map[2].number("flags"), uint64_t{1});

    const std::string &shared = members.at(b.pagesFileOfShared(9001));
    QCOMPARE(shared.size(), size_t{8192});
    QCOMPARE(shared.substr(4990, 4), std::string("last"));
    QCOMPARE(messages(members, "pagemap-shmem-9001.img").at(1).number("vaddr"), uint64_t{0});
    // Pages ids are not shared.
    QVERIFY(b.pagesFileOfTask(103) != b.pagesFileOfTask(100));
    QVERIFY(b.pagesFileOfShared(9001) != b.pagesFileOfTask(103));
}

void TestCheckpointBuilder::pagemapForms()
{
    const auto entry = [](PagemapForm form) {
        CheckpointBuilder b;
        b.pagemapForm(form).maxRun(2);
        b.task(1, "t").vma(0x1000, 0x9000).page(0x1000, std::string(3 * 4096, 'p')).inParent(0x5000, 1);
        return messages(b.members(), "pagemap-1.img");
    };
    const auto current = entry(PagemapForm::Current);
    QCOMPARE(current.size(), size_t{4}); // head, two pages, one page, parent
    QCOMPARE(current[1].number("compat_nr_pages", 9), uint64_t{0});
    QCOMPARE(current[1].number("nr_pages"), uint64_t{2});
    QCOMPARE(current[2].number("vaddr"), uint64_t{0x3000});
    const auto flags = entry(PagemapForm::Flags);
    QCOMPARE(flags[1].number("compat_nr_pages"), uint64_t{2});
    QVERIFY(!flags[1].has("nr_pages"));
    QCOMPARE(flags[3].number("flags"), uint64_t{1});
    const auto old = entry(PagemapForm::Old);
    QVERIFY(!old[1].has("flags"));
    QVERIFY(!old[1].has("in_parent"));
    QVERIFY(old[3].flag("in_parent"));
}

void TestCheckpointBuilder::stringsAreOnTheStack()
{
    CheckpointBuilder b;
    TaskBuilder &t = b.task(1, "prog").arguments({"prog", "--long"}).environment({"A=b", "C=d"});
    const auto members = b.members();
    const auto mm = std::move(messages(members, "mm-1.img").at(0));
    QCOMPARE(mm.number("mm_arg_start"), t.addressOf("prog"));
    QCOMPARE(mm.number("mm_env_start"), t.addressOf("A=b"));
    QCOMPARE(mm.number("mm_arg_end"), mm.number("mm_env_start"));
    QCOMPARE(mm.number("mm_env_end") - mm.number("mm_arg_start"), uint64_t{5 + 7 + 4 + 4});
    QCOMPARE(mm.numbers("mm_saved_auxv").at(1), uint64_t{4096});
    const auto vmas = mm.messages("vmas");
    QCOMPARE(vmas.size(), size_t{1});
    QVERIFY(mm.number("mm_env_end") < vmas[0]->number("end"));
    QVERIFY(mm.number("mm_start_stack") >= vmas[0]->number("start"));
    const auto map = messages(members, "pagemap-1.img");
    const uint64_t pageAt = map.at(1).number("vaddr");
    const std::string &pages = members.at("pages-1.img");
    QCOMPARE(pages.substr(static_cast<size_t>(mm.number("mm_arg_start") - pageAt), 20),
             std::string("prog\0--long\0A=b\0C=d\0", 20));
    // argc, then the pointer to the first argument
    const auto stack = static_cast<size_t>(mm.number("mm_start_stack") - pageAt);
    QCOMPARE(pages.substr(stack, 16), number(2, 8) + number(t.addressOf("prog"), 8));
}

void TestCheckpointBuilder::payloads()
{
    const auto members = everything().members();
    const auto payload = [&members](const std::string &name, size_t record) {
        const Image image = open(members, name);
        const ByteRange range = image.records().at(record).payload;
        return members.at(name).substr(static_cast<size_t>(range.offset), static_cast<size_t>(range.length));
    };
    QCOMPARE(payload("pipes-data.img", 0), std::string("queued bytes"));
    QCOMPARE(payload("sk-queues.img", 0), std::string("packet one"));
    QCOMPARE(payload("sk-queues.img", 1), std::string("two"));
    QCOMPARE(payload("tcp-stream-abc.img", 0), std::string("receivedsent"));
    QCOMPARE(payload("ghost-file-1.img", 0), std::string("ghost content"));
    QCOMPARE(payload("ghost-file-2.img", 2), std::string("second"));
    QCOMPARE(std::string(messages(members, "memfd.img").at(0).text("name")), std::string("secrets"));
    // References meet.
    const auto remaps = messages(members, "remap-fpath.img");
    QCOMPARE(remaps.at(1).number("remap_id"), uint64_t{2});
    for (const Message &entry : messages(members, "files.img")) {
        for (const WireField &field : entry.fields()) {
            if (field.message)
                QCOMPARE(field.message->number("id"), entry.number("id"));
        }
    }
}

void TestCheckpointBuilder::deadTaskHasACoreOnly()
{
    const auto members = everything().members();
    QVERIFY(members.contains("core-102.img"));
    for (const char *other : {"mm-102.img", "ids-102.img", "fs-102.img", "pagemap-102.img"})
        QVERIFY(!members.contains(other));
    const auto tree = messages(members, "pstree.img");
    QCOMPARE(tree.size(), size_t{3});
    QCOMPARE(tree[0].number("ppid", 9), uint64_t{0});
    QCOMPARE(tree[1].number("ppid"), uint64_t{100});
    QCOMPARE(tree[0].numbers("threads"), (std::vector<uint64_t>{100, 101}));
}

void TestCheckpointBuilder::writesADirectory()
{
    QTemporaryDir dir;
    QVERIFY(dir.isValid());
    const std::string path = dir.filePath(QStringLiteral("set")).toStdString();
    CheckpointBuilder b = everything();
    b.parent("../earlier").member("dump.log", "log").without("files.img");
    b.writeTo(path);
    for (const auto &[name, content] : b.members()) {
        std::ifstream file(path + "/" + name, std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        QVERIFY2(text.str() == content, name.c_str());
    }
    QVERIFY(std::filesystem::is_symlink(path + "/parent"));
    QVERIFY(std::filesystem::exists(path + "/dump.log"));
    QVERIFY(!std::filesystem::exists(path + "/files.img"));
    if (qEnvironmentVariableIsSet("CRYOSCOPE_KEEP"))
        dir.setAutoRemove(false);
}

CRYOSCOPE_TEST(TestCheckpointBuilder)

} // namespace tst_checkpointbuilder

#include "tst_checkpointbuilder.moc"
