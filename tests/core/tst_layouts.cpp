// SPDX-License-Identifier: Apache-2.0
// One checkpoint as CRIU of every era and byte order writes it: the model is the same.
#include "core/checkpoint/crittext.h"
#include "core/checkpoint/imagecensus.h"
#include "core/image/critjson.h"
#include "core/image/payload.h"
#include "core/memory/memory.h"
#include "core/memory/taskstrings.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

namespace tst_layouts
{

using namespace cryoscope;
using test::CheckpointBuilder;
using test::ImageBuilder;
using test::MessageBuilder;
using test::PagemapForm;
using test::SetLayout;
using test::VmaKind;

namespace
{

constexpr uint32_t eventFd = 6;
constexpr uint32_t fifoType = 3;
constexpr uint32_t terminalType = 11;

struct Era {
    const char *name;
    SetLayout layout;
    PagemapForm form;
    uint32_t version;
    ByteOrder order;
};
constexpr Era eras[] = {
    {"4.2", SetLayout::Current, PagemapForm::Current, 2, ByteOrder::Little},
    {"4.2, big-endian", SetLayout::Current, PagemapForm::Current, 2, ByteOrder::Big},
    {"3.5", SetLayout::Current, PagemapForm::Flags, 2, ByteOrder::Little},
    {"3.4", SetLayout::Current, PagemapForm::Old, 2, ByteOrder::Little},
    {"3.3", SetLayout::KindImages, PagemapForm::Old, 2, ByteOrder::Little},
    {"3.3, big-endian", SetLayout::KindImages, PagemapForm::Old, 2, ByteOrder::Big},
    {"1.5, without head magics", SetLayout::KindImages, PagemapForm::Old, 1, ByteOrder::Little},
    {"1.0", SetLayout::Version10, PagemapForm::Old, 1, ByteOrder::Little},
    {"1.0, big-endian", SetLayout::Version10, PagemapForm::Old, 1, ByteOrder::Big},
};

/// Both kinds of tasks, files of most kinds, memory with strings, a shared object.
CheckpointBuilder build(const Era &era)
{
    CheckpointBuilder builder;
    builder.layout(era.layout).pagemapForm(era.form).byteOrder(era.order).imageVersion(era.version);
    const uint32_t program = builder.file("/bin/prog", 100);
    const uint32_t library = builder.file("/lib/library.so", 200);
    const uint32_t pipe = builder.pipe(77, "queued bytes");
    const uint32_t socket = builder.unixSocket(500, 501, std::string_view("/run/name.sock\0", 15));
    builder.socketPacket(socket, "a packet");
    const uint32_t stream = builder.tcpSocket(0x9ab2, "received", "to be sent");
    const uint32_t event =
        builder.fileEntry(eventFd, "efd", MessageBuilder("eventfd_file_entry").set("counter", 5));
    const uint32_t path = builder.file("/run/fifo");
    const uint32_t fifo = builder.fileEntry(
        fifoType, "fifo", MessageBuilder("fifo_entry").set("pipe_id", 9).set("regf_id", path));
    const uint32_t terminal = builder.fileEntry(
        terminalType, "tty", MessageBuilder("tty_file_entry").set("tty_info_id", 1).set("regf_id", path));
    const uint32_t ghost = builder.ghostFile("/tmp/ghost", "ghost content");
    auto &task = builder.task(100, "prog");
    task.exe(program).cwd(path).root(path);
    task.vma(0x400000, 0x402000, VmaKind::FilePrivate, {.object = library, .offset = 4096});
    task.vma(0x10000, 0x30000, VmaKind::Heap).page(0x11ff0, "a text that crosses the border of pages");
    task.vma(0x40000, 0x42000, VmaKind::SharedAnonymous, {.object = 33});
    builder.sharedObject(33).write(0x1000, "shared text");
    task.arguments({"prog", "-v"}).environment({"API_KEY=not-a-real-key"});
    task.fd(0, pipe)
        .fd(1, socket)
        .fd(2, stream)
        .fd(3, event)
        .fd(4, fifo)
        .fd(5, terminal)
        .fd(6, ghost)
        .fd(7, program, 1);
    task.thread(102, "worker");
    auto &child = builder.task(101, "child");
    child.vma(0x10000, 0x11000).page(0x10000, "child");
    return builder;
}

class Opened
{
public:
    explicit Opened(const CheckpointBuilder &builder)
    {
        builder.writeTo(m_folder.path().toStdString());
        const auto opened = Checkpoint::open(m_folder.path().toStdString());
        if (!opened)
            return;
        const auto loaded = Memory::load(*opened);
        if (loaded)
            memory = *loaded;
    }
    [[nodiscard]] const Checkpoint &checkpoint() const { return memory->checkpoint(); }
    /// What is no note.
    [[nodiscard]] QString problems() const
    {
        QString text;
        for (const Problem &problem : memory->problems()) {
            if (problem.severity != Severity::Note)
                text += QString::fromStdString(problem.error.describe()) + '\n';
        }
        return text;
    }

    std::shared_ptr<const Memory> memory;

private:
    QTemporaryDir m_folder;
};

QString textOf(const AddressSpace &space, uint64_t address, size_t length)
{
    std::vector<std::byte> bytes(length);
    const auto absent = space.read(address, bytes);
    return absent && absent->empty() ? QString::fromStdString(std::string(asText(bytes))) : QString("absent");
}

/// Everything of the model that an analyst sees, as text.
QString modelOf(const Memory &memory)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    QString text = QString::fromStdString(critPs(checkpoint) + critFds(checkpoint) + critMems(checkpoint));
    for (const FileEntry &file : checkpoint.files())
        text += QString::fromStdString(std::to_string(file.id) + " " + file.typeName + " " +
                                       file.description + " " + file.path + "\n");
    for (const Task &task : checkpoint.tasks()) {
        const auto space = memory.addressSpace(task.pid);
        for (const auto &run : space->presentRuns())
            text += QString("%1: %2 %3\n").arg(task.pid).arg(run.offset).arg(run.length);
        for (const Vma &vma : task.vmas)
            text += QString::fromStdString(vma.permissions() + " " + vma.label() + "\n");
        for (const Thread &thread : task.threads)
            text += QString("thread %1 %2\n").arg(thread.tid).arg(QString::fromStdString(thread.comm));
        for (const auto &entry : taskEnvironment(memory, task.pid))
            text += QString::fromStdString(entry.text + "\n");
        for (const auto &entry : taskArguments(memory, task.pid))
            text += QString::fromStdString(entry.text + "\n");
    }
    text += textOf(*memory.addressSpace(100), 0x11ff0, 39) + textOf(*memory.addressSpace(100), 0x41000, 11) +
            textOf(*memory.addressSpace(101), 0x10000, 5);
    return text;
}

} // namespace

class TestLayouts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sameModel_data();
    void sameModel();
    void pagesWithAddresses();
    void damagedPagesWithAddresses();
    void payloadsOfBothByteOrders();
    void fifoWithoutPathId();
    void areasThatEndBeforeTheyBegin();
    void preDump();
    void missingTreeIsNoPreDump();
};

void TestLayouts::sameModel_data()
{
    QTest::addColumn<int>("era");
    for (int i = 0; i < static_cast<int>(std::size(eras)); ++i)
        QTest::newRow(eras[i].name) << i;
}

void TestLayouts::sameModel()
{
    QFETCH(int, era);
    const Opened now(build(eras[0]));
    const Opened then(build(eras[era]));
    QVERIFY(now.memory && then.memory);
    QCOMPARE(then.problems(), QString());
    const QString model = modelOf(*now.memory);
    QVERIFY(model.contains("API_KEY=not-a-real-key"));
    QVERIFY(model.contains("fifo 9, /run/fifo"));
    QVERIFY(model.contains("terminal, tty-info 1, /run/fifo"));
    QVERIFY(model.contains("TCP 127.0.0.1:8080 to 127.0.0.1:40000") == (eras[0].order == ByteOrder::Little));
    QVERIFY(model.endsWith("a text that crosses the border of pagesshared textchild"));
    QString other = modelOf(*then.memory);
    // The words of an address are the same number here, so their bytes are not.
    if (eras[era].order == ByteOrder::Big)
        other.replace("1.0.0.127", "127.0.0.1");
    // Order of entries: kind by kind where each has an image.
    auto lines = model.split('\n');
    auto otherLines = other.split('\n');
    std::sort(lines.begin(), lines.end());
    std::sort(otherLines.begin(), otherLines.end());
    QCOMPARE(otherLines, lines);
    for (const ImageCount &count : countImages(then.checkpoint()))
        QVERIFY2(count.name != "unknown", "an image was not recognised");
}

/// A value over the border of two pages has two parts in such a file, with the second page's address between
/// them; each part leads back to its address, and nothing but magic and addresses is seen by nobody.
void TestLayouts::pagesWithAddresses()
{
    const Opened opened(build({"", SetLayout::Version10, PagemapForm::Old, 1, ByteOrder::Little}));
    QVERIFY(opened.memory);
    const auto extents = opened.memory->addressSpace(100)->extents(0x11ff0, 39);
    QVERIFY(extents.ok());
    QCOMPARE(extents->size(), size_t{2});
    QCOMPARE(extents->at(0).length, uint64_t{16});
    QCOMPARE(extents->at(1).offset, extents->at(0).end() + 8);
    for (const auto &[extent, address] :
         {std::pair(extents->at(0), uint64_t{0x11ff0}), {extents->at(1), 0x12000}}) {
        const auto places = opened.memory->places(extent);
        QCOMPARE(places.size(), size_t{1});
        QCOMPARE(places.front().pid, 100u);
        QCOMPARE(places.front().address, address);
    }
    for (const Extent &extent : opened.memory->unreferenced())
        QVERIFY(extent.length <= 12);
}

void TestLayouts::damagedPagesWithAddresses()
{
    const auto open = [](const std::string &pages) {
        auto builder = build({"", SetLayout::Version10, PagemapForm::Old, 1, ByteOrder::Little});
        builder.member("pages-101.img", pages);
        return Opened(builder).problems();
    };
    const std::string whole = test::PagesBuilder().write(0x10000, "child").oldPages();
    QCOMPARE(open(whole + std::string(8, '\0')), QString()); // an address that closes it
    QVERIFY(open(whole + "abc").contains("an address is cut off"));
    QVERIFY(open(whole.substr(0, whole.size() - 1)).contains("a page is cut off"));
    QVERIFY(open(whole + test::number(0x10000, 8) + std::string(4096, 'x')).contains("out of order"));
    QVERIFY(open(whole + test::number(0x20001, 8) + std::string(4096, 'x')).contains("impossible"));
}

/// Numbers after messages are in the byte order of the file: sizes of queued messages, semaphores.
void TestLayouts::payloadsOfBothByteOrders()
{
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        auto builder = build({"", SetLayout::Current, PagemapForm::Current, 2, order});
        builder
            .member(
                "ipcns-msg-9.img",
                ImageBuilder("IPCNS_MSG", order)
                    .record(MessageBuilder("ipc_msg_entry").set("qnum", 2).set("qbytes", 100).fillRequired(),
                            test::ipcMessages({{7, "first message"}, {9, "second"}}, order))
                    .bytes())
            .member("ipcns-sem-9.img",
                    ImageBuilder("IPCNS_SEM", order)
                        .record(MessageBuilder("ipc_sem_entry").set("nsems", 3).fillRequired(),
                                test::semaphores({1, 2, 300}, order))
                        .bytes());
        const Opened opened(builder);
        QVERIFY(opened.memory);
        QCOMPARE(opened.problems(), QString());
        const auto image =
            opened.checkpoint().openImage(opened.checkpoint().imageMember("ipcns-msg-9.img")->id);
        QVERIFY(image.ok() && image->records().size() == 1);
        const auto parts = payloadParts(*image, image->records().front());
        QVERIFY(parts.ok());
        QCOMPARE(parts->size(), size_t{8}); // twice: size, message, data, padding
        QCOMPARE((*parts)[6].range.length, uint64_t{6});
    }
}

void TestLayouts::fifoWithoutPathId()
{
    auto builder = build(eras[4]);
    builder.member("fifo.img",
                   ImageBuilder("FIFO")
                       .record(MessageBuilder("fifo_entry").set("id", 7).set("pipe_id", 9).fillRequired())
                       .bytes());
    // Entry 7 of the regular files is the fifo's path.
    const Opened opened(builder);
    QVERIFY(opened.memory);
    bool found = false;
    for (const FileEntry &file : opened.checkpoint().files())
        found = found || file.description == "fifo 9, /run/fifo";
    QVERIFY(found);
}

void TestLayouts::areasThatEndBeforeTheyBegin()
{
    auto builder = build(eras[0]);
    builder.member(
        "mm-101.img",
        ImageBuilder("MM")
            .record(
                MessageBuilder("mm_entry")
                    .set("vmas",
                         MessageBuilder("vma_entry").set("start", 0x3000).set("end", 0x2000).fillRequired())
                    .fillRequired())
            .bytes());
    const Opened opened(builder);
    QVERIFY(opened.memory);
    QVERIFY(opened.problems().contains("ends before it begins"));
    QVERIFY(opened.problems().contains("mm-101.img"));
}

void TestLayouts::preDump()
{
    auto builder = build(eras[0]);
    for (const auto &[name, content] : builder.members()) {
        if (!name.starts_with("inventory") && !name.starts_with("pagemap") && !name.starts_with("pages"))
            builder.without(name);
    }
    const Opened opened(builder);
    QVERIFY(opened.memory);
    QCOMPARE(opened.problems(), QString());
    QCOMPARE(opened.checkpoint().tasks().size(), size_t{2});
    QCOMPARE(textOf(*opened.memory->addressSpace(100), 0x11ff0, 39),
             QString("a text that crosses the border of pages"));
    QVERIFY(opened.memory->unreferenced().empty());
}

void TestLayouts::missingTreeIsNoPreDump()
{
    auto builder = build(eras[0]);
    builder.without("pstree.img");
    const Opened opened(builder);
    QVERIFY(opened.memory);
    QVERIFY(opened.problems().contains("pstree.img"));
    // Nobody is there to see the pages, so they are told of as bytes of their files.
    QVERIFY(!opened.memory->unreferenced().empty());
}

CRYOSCOPE_TEST(TestLayouts)

} // namespace tst_layouts

#include "tst_layouts.moc"
