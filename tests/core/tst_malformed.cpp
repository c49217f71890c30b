// SPDX-License-Identifier: Apache-2.0
// Images in which each length, count, offset, id and flag is wrong in turn, images that say much with few
// bytes, and what they cost: an error with file and offset, no crash, and no memory beyond a multiple of the
// file's size.
#include "core/archive/archive.h"
#include "core/archive/tarindex.h"
#include "core/checkpoint/crittext.h"
#include "core/detect/ruleset.h"
#include "core/image/critjson.h"
#include "core/image/dissector.h"
#include "core/image/payload.h"
#include "core/memory/critrss.h"
#include "core/memory/memory.h"
#include "core/memory/pagemap.h"
#include "core/memory/run.h"
#include "core/memory/taskstrings.h"
#include "tests/support/allocationmeter.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/critcases.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarwriter.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"
#include "tests/support/wiretree.h"

#include <QFile>
#include <QTemporaryDir>

namespace tst_malformed
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestMalformed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void writesAgainWhatItRead_data() { images(); }
    void writesAgainWhatItRead();
    void everyFieldOfImages_data() { images(); }
    void everyFieldOfImages();
    void everyFrameOfImages_data() { images(); }
    void everyFrameOfImages();
    void everyFieldOfCheckpoints_data();
    void everyFieldOfCheckpoints();
    void denseMessages_data();
    void denseMessages();
    void denseImages_data();
    void denseImages();
    void deepJson();
    void denseRules();
    void denseTar();
    void densePagemap();

private:
    void images();
    /// The image with record `index` in place of its own message.
    static std::string withMessage(const Image &image, const std::string &bytes, size_t index,
                                   const std::string &message);

    std::vector<std::pair<std::string, std::string>> m_images;
};

namespace
{

constexpr uint64_t factor = 128;                // bytes of memory for each byte of a file, at most
constexpr uint64_t buffers = uint64_t{4} << 20; // whatever the file's size: read-ahead, tables

constexpr uint64_t hostile[] = {0,
                                1,
                                0x7f,
                                0xfff,
                                0x1000,
                                0x7fffffff,
                                0x80000000u,
                                0xffffffffu,
                                0x100000000,
                                uint64_t{1} << 52,
                                uint64_t{1} << 63,
                                UINT64_MAX - 4095,
                                UINT64_MAX};

CheckpointBuilder built()
{
    CheckpointBuilder builder;
    builder.maxRun(2);
    builder.sharedObject(77).write(0, "shared").write(0x3000, "more");
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x14000)
        .page(0x10ff8, "crosses a page border")
        .lazy(0x13000);
    task.vma(0x20000, 0x24000, VmaKind::SharedAnonymous, {.object = 77});
    task.vma(0x30000, 0x31000, VmaKind::Memfd, {.object = builder.memfd("m", 77, 4096)});
    task.vma(0x40000, 0x41000, VmaKind::FilePrivate, {.object = builder.file("/lib/x")});
    task.arguments({"prog", "-v"}).environment({"API_KEY=not-a-real-key"}).thread(101, "worker");
    task.fd(0, builder.pipe(5, "queued")).fd(3, builder.ghostFile("/tmp/x", "ghost"));
    task.fd(4, builder.unixSocket(9, 0, "/run/s")).fd(5, builder.tcpSocket(8, "in", "out"));
    auto &child = builder.task(102, "child");
    child.exe(builder.file("/bin/child")).vma(0x10000, 0x12000).page(0x10000, "child").inParent(0x11000);
    builder.task(103, "zombie").state(6);
    return builder;
}

/// Everything that reads one image. Returns whether it could be opened.
bool readImage(const std::string &content, const std::string &name)
{
    const auto source = sourceOf(content, name);
    if (const auto map = PageMap::read(*source, 4096); map && map->problem())
        [&] { QVERIFY(map->problem()->file == name && map->problem()->offset); }();
    const auto image = Image::open(source, testSchema());
    if (!image) {
        [&] { QVERIFY(image.error().file == name && image.error().offset); }();
        return false;
    }
    const auto checkError = [&](const Error &error) {
        QCOMPARE(error.file, name);
        QVERIFY(error.offset && *error.offset <= content.size());
        QVERIFY(!error.message.empty());
    };
    if (image->problem())
        checkError(*image->problem());
    for (const Record &record : image->records()) {
        const auto message = image->message(record);
        if (!message)
            checkError(message.error());
        else if (message->problem() != nullptr)
            checkError(*message->problem());
        if (const auto parts = payloadParts(*image, record); !parts)
            checkError(parts.error());
    }
    (void)Dissector(*image).coverage();
    uint64_t written = 0;
    for (const bool pretty : {false, true}) {
        const CritOptions options{.pretty = pretty, .partial = true};
        const auto done =
            critDecode(*image, options, [&written](std::string_view text) { written += text.size(); });
        if (!done)
            checkError(done.error());
    }
    return true;
}

void checkMemory(const AllocationMeter &meter, uint64_t size, const char *what)
{
    QVERIFY2(meter.peak() <= factor * size + buffers,
             (std::string(what) + ": " + std::to_string(meter.peak()) + " bytes of memory for " +
              std::to_string(size))
                 .c_str());
}

} // namespace

void TestMalformed::initTestCase()
{
    for (const auto &[name, content] : built().members()) {
        if (name.ends_with(".img") && !name.starts_with("pages-"))
            m_images.emplace_back(name, content);
    }
    for (const auto &[name, content] : critCases())
        m_images.emplace_back(name, content);
    QVERIFY(m_images.size() > 30);
}

void TestMalformed::images()
{
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < m_images.size(); ++i)
        QTest::addRow("%s", m_images[i].first.c_str()) << static_cast<int>(i);
}

std::string TestMalformed::withMessage(const Image &image, const std::string &bytes, size_t index,
                                       const std::string &message)
{
    const Record &record = image.records()[index];
    return bytes.substr(0, record.frameOffset) + number(message.size(), 4, image.byteOrder()) + message +
           bytes.substr(record.message.end());
}

void TestMalformed::writesAgainWhatItRead()
{
    QFETCH(int, index);
    const auto &[name, content] = m_images[static_cast<size_t>(index)];
    const auto image = Image::open(sourceOf(content, name), testSchema());
    QVERIFY(image.ok());
    for (size_t i = 0; i < image->records().size(); ++i) {
        const auto message = image->message(image->records()[i]);
        if (!message || message->problem() != nullptr)
            continue; // a case that is malformed by itself
        QVERIFY(withMessage(*image, content, i, WireTree(*message).encode()) == content);
    }
}

void TestMalformed::everyFieldOfImages()
{
    QFETCH(int, index);
    const auto &[name, content] = m_images[static_cast<size_t>(index)];
    const auto image = Image::open(sourceOf(content, name), testSchema());
    QVERIFY(image.ok());
    using What = WireTree::Wrong::What;
    for (size_t i = 0; i < std::min<size_t>(image->records().size(), 4); ++i) {
        const auto message = image->message(image->records()[i]);
        if (!message)
            continue;
        const WireTree tree(*message);
        for (size_t field = 0; field < tree.count(); ++field) {
            std::vector<WireTree::Wrong> all{{What::Missing}, {What::Twice}};
            for (const uint64_t type : {0, 1, 2, 3, 4, 5, 6, 7})
                all.push_back({What::Type, type});
            for (const uint64_t id : {0, 99, 536870911})
                all.push_back({What::Id, id});
            for (const uint64_t value : hostile)
                all.push_back({tree.isNumber(field) ? What::Number : What::Length, value});
            for (const WireTree::Wrong &wrong : all) {
                const std::string bad = withMessage(*image, content, i, tree.encode(field, wrong));
                const AllocationMeter meter;
                readImage(bad, name);
                checkMemory(meter, bad.size(), tree.name(field).c_str());
                if (QTest::currentTestFailed())
                    return;
            }
        }
    }
}

void TestMalformed::everyFrameOfImages()
{
    QFETCH(int, index);
    const auto &[name, content] = m_images[static_cast<size_t>(index)];
    const auto image = Image::open(sourceOf(content, name), testSchema());
    QVERIFY(image.ok());
    const auto check = [&name = name](const std::string &bad) {
        const AllocationMeter meter;
        readImage(bad, name);
        checkMemory(meter, bad.size(), "frames");
    };
    std::vector<uint64_t> words{0, 4}; // magics
    for (const Record &record : image->records())
        words.push_back(record.frameOffset);
    for (const uint64_t at : words) {
        const auto before = std::min<uint64_t>(at, content.size());
        for (const uint64_t value : hostile) {
            std::string bad = content;
            bad.resize(std::max<size_t>(bad.size(), before + 4));
            bad.replace(before, 4, number(value, 4, image->byteOrder()));
            check(bad);
        }
        for (const int shift : {-1, 1}) {
            std::string bad = content;
            bad[before] = static_cast<char>(bad[before] + shift);
            check(bad);
        }
    }
    for (size_t length = 0; length<content.size(); length += content.size()> 2000 ? 17 : 1)
        check(content.substr(0, length));
    check(content + '\0');
    check(content + std::string(5000, '\0'));
    check(content + std::string(5000, '\xff'));
}

void TestMalformed::everyFieldOfCheckpoints_data()
{
    QTest::addColumn<QString>("name");
    for (const auto &[name, content] : built().members()) {
        if (name.ends_with(".img") && !name.starts_with("pages-") && !name.starts_with("core-"))
            QTest::addRow("%s", name.c_str()) << QString::fromStdString(name);
    }
}

void TestMalformed::everyFieldOfCheckpoints()
{
    QFETCH(QString, name);
    const QTemporaryDir folder;
    built().writeTo(folder.path().toStdString());
    uint64_t size = 0;
    for (const auto &[member, content] : built().members())
        size += content.size();
    const std::string content = built().members().at(name.toStdString());
    const auto image = Image::open(sourceOf(content, name.toStdString()), testSchema());
    QVERIFY(image.ok());
    using What = WireTree::Wrong::What;
    for (size_t i = 0; i < image->records().size(); ++i) {
        const auto message = image->message(image->records()[i]);
        const WireTree tree(*message);
        for (size_t field = 0; field < tree.count(); ++field) {
            std::vector<WireTree::Wrong> all{{What::Missing}, {What::Twice}};
            if (!tree.isNumber(field))
                all.push_back({What::Length, 1000});
            for (const uint64_t value :
                 {uint64_t{0}, uint64_t{0x10000}, uint64_t{1} << 63, UINT64_MAX - 4095}) {
                if (tree.isNumber(field))
                    all.push_back({What::Number, value});
            }
            for (const WireTree::Wrong &wrong : all) {
                QFile file(folder.filePath(name));
                QVERIFY(file.open(QIODevice::WriteOnly));
                const std::string bad = withMessage(*image, content, i, tree.encode(field, wrong));
                file.write(bad.data(), static_cast<qint64>(bad.size()));
                file.close();
                const AllocationMeter meter;
                const auto checkpoint = Checkpoint::open(folder.path().toStdString());
                QVERIFY2(checkpoint.ok(), tree.name(field).c_str()); // the rest stays usable
                const auto memory = *Memory::load(*checkpoint);
                uint64_t text = critPs(**checkpoint).size() + critFds(**checkpoint).size() +
                                critMems(**checkpoint).size() + critRss(*memory).size();
                for (const Task &task : (*checkpoint)->tasks()) {
                    text +=
                        taskArguments(*memory, task.pid).size() + taskEnvironment(*memory, task.pid).size();
                    (void)memory->addressSpace(task.pid)->mapped();
                }
                for (const Run &run : allRuns(*memory)) {
                    std::vector<std::byte> bytes(std::min<uint64_t>(run.length, 64));
                    QVERIFY2(readRun(*memory, run, run.length - bytes.size(), bytes).ok(),
                             tree.name(field).c_str());
                }
                for (const Problem &problem : memory->problems())
                    QVERIFY2(!problem.error.file.empty(), problem.error.describe().c_str());
                checkMemory(meter, size + bad.size() + text, tree.name(field).c_str());
                if (QTest::currentTestFailed())
                    return;
            }
        }
    }
}

void TestMalformed::denseMessages_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("numbers") << "MM" << QByteArray("\x08\0", 2);
    QTest::newRow("unknown numbers") << "MM" << QByteArray("\xf8\x7f\0", 3);
    QTest::newRow("empty texts") << "CORE" << QByteArray("\xfa\x7f\0", 3);
    QTest::newRow("empty messages") << "MM" << QByteArray("\x72\0", 2);
    QTest::newRow("messages in messages") << "MM" << QByteArray("\x72\x02\x08\0", 4);
}

void TestMalformed::denseMessages()
{
    QFETCH(QString, type);
    QFETCH(QByteArray, unit);
    std::string body;
    while (body.size() < 300000)
        body.append(unit.constData(), static_cast<size_t>(unit.size()));
    const auto source =
        sourceOf(ImageBuilder(type.toStdString()).record(static_cast<uint32_t>(body.size()), body).bytes());
    const AllocationMeter meter;
    const auto image = Image::open(source, testSchema());
    QVERIFY(image.ok());
    QCOMPARE(image->records().size(), size_t{1});
    QVERIFY(image->message(image->records()[0]).ok());
    (void)critDecode(*image, {}, [](std::string_view) {});
    checkMemory(meter, source->size(), "message");
}

void TestMalformed::denseImages_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    const auto row = [](const char *label, const char *name, const std::string &content) {
        QTest::newRow(label) << QString::fromLatin1(name) << QByteArray::fromStdString(content);
    };
    const auto many = [](const char *type, const std::string &message, size_t size = 300000) {
        ImageBuilder image(type);
        std::string all;
        while (all.size() < size)
            all += number(message.size(), 4) + message;
        return image.raw(all).bytes();
    };
    const auto one = [](const char *type, std::string message, const std::string &unit,
                        size_t size = 300000) {
        while (message.size() < size)
            message += unit;
        return ImageBuilder(type).record(static_cast<uint32_t>(message.size()), message).bytes();
    };
    ImageBuilder tasks("PSTREE");
    for (uint32_t pid = 1000; pid < 21000; ++pid)
        tasks.record(
            MessageBuilder("pstree_entry").set("pid", pid).set("ppid", 1).set("pgid", 1).set("sid", 1));
    row("tasks without images", "pstree.img", tasks.bytes());
    row("one task again and again", "pstree.img",
        many("PSTREE", MessageBuilder("pstree_entry")
                           .set("pid", 100)
                           .set("ppid", 0)
                           .set("pgid", 1)
                           .set("sid", 1)
                           .encode()));
    row("empty records", "pstree.img", many("PSTREE", ""));
    row("threads", "pstree.img",
        one("PSTREE",
            MessageBuilder("pstree_entry")
                .set("pid", 100)
                .set("ppid", 0)
                .set("pgid", 1)
                .set("sid", 1)
                .encode(),
            MessageBuilder("pstree_entry").set("threads", 5).encode()));
    row("empty VMAs", "mm-100.img",
        one("MM", MessageBuilder("mm_entry").fillRequired().encode(), std::string("\x72\0", 2)));
    row("VMAs of nothing", "mm-100.img",
        one("MM", MessageBuilder("mm_entry").fillRequired().encode(),
            MessageBuilder("mm_entry")
                .set("vmas", MessageBuilder("vma_entry").set("start", 9).set("end", 9))
                .encode()));
    row("file entries without files", "files.img",
        many("FILES", MessageBuilder("file_entry").set("type", 1).set("id", 1).encode()));
    row("empty descriptors", "fdinfo-1.img",
        many("FDINFO", MessageBuilder("fdinfo_entry").fillRequired().encode()));
    row("records that lack all", "fdinfo-1.img", many("FDINFO", MessageBuilder().varint(900, 0).encode()));
    row("damaged records", "files.img", many("FILES", std::string("\x0b", 1)));
    row("damaged messages in them", "files.img", many("FILES", std::string("\x1a\x01\x0b", 3)));
    row("memfds", "memfd.img",
        many("MEMFD_INODE", MessageBuilder("memfd_inode_entry").set("inode_id", 1).set("shmid", 1).encode()));
    row("damaged pagemap", "pagemap-100.img",
        many("PAGEMAP", MessageBuilder("pagemap_head").set("pages_id", 1).encode()));
    row("frames that nothing reads", "timens-0.img",
        many("TIMENS", MessageBuilder("timens_entry").fillRequired().encode()));
}

void TestMalformed::denseImages()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    const QTemporaryDir folder;
    auto builder = built();
    builder.member(name.toStdString(), content.toStdString());
    builder.writeTo(folder.path().toStdString());
    uint64_t size = 0;
    for (const auto &[member, bytes] : builder.members())
        size += bytes.size();
    const AllocationMeter meter;
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = Memory::load(*checkpoint);
    QVERIFY(memory.ok());
    const uint64_t text = critPs(**checkpoint).size() + critFds(**checkpoint).size();
    // A list that nobody reads to its end helps nobody, and costs more than the image.
    QVERIFY2((*memory)->problems().size() < 1000, std::to_string((*memory)->problems().size()).c_str());
    checkMemory(meter, size + text, "checkpoint");
}

void TestMalformed::deepJson()
{
    const QTemporaryDir folder;
    for (const auto &json :
         {std::string(1 << 20, '['), "{\"a\":" + std::string(1 << 20, '['),
          "[" + std::string(1 << 20, ' ') + "]", std::string("{\"name\": \"\xff\xfe\"}")}) {
        auto builder = built();
        builder.member("config.dump", json).member("spec.dump", json);
        builder.writeTo(folder.path().toStdString());
        const AllocationMeter meter;
        const auto checkpoint = Checkpoint::open(folder.path().toStdString());
        QVERIFY(checkpoint.ok());
        checkMemory(meter, 2 * json.size() + 50000, "JSON");
    }
}

void TestMalformed::denseRules()
{
    for (const auto &toml :
         {std::string(200000, '['), "a = " + std::string(200000, '['), std::string(200000, '\n'),
          "a." + std::string(100000, 'b') + " = 1", std::string(100000, '\xff')}) {
        const AllocationMeter meter;
        const auto rules = RuleSet::parse(toml, "rules.toml");
        if (!rules)
            QCOMPARE(rules.error().file, std::string("rules.toml"));
        checkMemory(meter, toml.size(), "rules");
        QVERIFY(toml.front() != '[' || !rules.ok());
    }
}

void TestMalformed::denseTar()
{
    TarWriter tar;
    for (int i = 0; i < 3000; ++i)
        tar.file("x", "");
    TarWriter records;
    TarWriter::Records many;
    for (int i = 0; i < 40000; ++i)
        many.emplace_back(std::to_string(i), "");
    records.globalPax(many).pax(many).file("x", "");
    for (const std::string &bytes : {tar.bytes(), records.bytes()}) {
        const auto source = sourceOf(bytes, "a.tar");
        const AllocationMeter meter;
        QVERIFY(indexTar(source, {}).ok());
        checkMemory(meter, bytes.size(), "tar");
    }
}

void TestMalformed::densePagemap()
{
    ImageBuilder image("PAGEMAP");
    image.record(MessageBuilder("pagemap_head").set("pages_id", 1));
    std::string all;
    for (uint64_t i = 0; i < 20000; ++i) {
        const std::string entry = MessageBuilder().varint(1, i << 12).varint(2, 1).encode();
        all += number(entry.size(), 4) + entry;
    }
    const auto source = sourceOf(image.raw(all).bytes(), "pagemap-1.img");
    const AllocationMeter meter;
    const auto map = PageMap::read(*source, 4096);
    QVERIFY(map.ok() && !map->problem());
    QCOMPARE(map->entries().size(), size_t{20000});
    QVERIFY(meter.peak() <= 16 * source->size() + buffers);
}

CRYOSCOPE_TEST(TestMalformed)

} // namespace tst_malformed

#include "tst_malformed.moc"
