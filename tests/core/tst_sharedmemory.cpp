// SPDX-License-Identifier: Apache-2.0
// Memory that several tasks share: one extent, with all its places, for each way of sharing.
#include "core/export/exporter.h"
#include "core/memory/run.h"
#include "core/review/copies.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/imagebuilder.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <set>

namespace tst_sharedmemory
{

using namespace cryoscope;
using test::VmaKind;

namespace
{

constexpr uint64_t page = 4096;
constexpr uint64_t first = 0x100000;  // where task 100 maps the object
constexpr uint64_t second = 0x700000; // where task 200 maps it from its second page
const std::string secret = "Zx9kQpL2vvT7mR4s";

std::string readText(const AddressSpace &space, uint64_t address, size_t length)
{
    std::string bytes(length, '?');
    if (!space.read(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
        return "unreadable";
    return bytes;
}

} // namespace

class TestSharedMemory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void kinds_data();
    void kinds();
    void segmentsInTheirImage();
    void privateMapOfMemfd();
    void manyMappings();
    void beyondTheObject();

private:
    std::shared_ptr<const Memory> load(const test::CheckpointBuilder &builder,
                                       const char *name = "images") const
    {
        const std::string path = m_folder->filePath(QString::fromLatin1(name)).toStdString();
        builder.writeTo(path);
        const auto checkpoint = Checkpoint::open(path);
        if (!checkpoint)
            qFatal("%s", checkpoint.error().describe().c_str());
        auto memory = *Memory::load(*checkpoint);
        for (const Problem &problem : memory->problems())
            qWarning("%s", problem.error.describe().c_str());
        return memory;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSharedMemory::kinds_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("anonymous") << static_cast<int>(VmaKind::SharedAnonymous);
    QTest::newRow("System V") << static_cast<int>(VmaKind::SysV);
    QTest::newRow("memfd") << static_cast<int>(VmaKind::Memfd);
}

void TestSharedMemory::kinds()
{
    QFETCH(int, kind);
    const auto how = static_cast<VmaKind>(kind);
    test::CheckpointBuilder builder;
    builder.sharedObject(1258).write(page - 4, secret + " in the object").write(3 * page, "more");
    const uint64_t object = how == VmaKind::Memfd ? builder.memfd("cache", 1258, 4 * page) : 1258;
    auto &one = builder.task(100, "one");
    one.exe(builder.file("/bin/one")).vma(first, first + 4 * page, how, {.object = object});
    auto &two = builder.task(200, "two");
    two.exe(builder.file("/bin/two"));
    two.vma(second, second + 2 * page, how, {.object = object, .offset = page});
    two.vma(second + 8 * page, second + 12 * page, how, {.object = object});
    const auto memory = load(builder);
    QVERIFY(memory->problems().empty());

    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, first + page - 4, secret.size()), secret);
    const auto whole = space->extents(first + page - 4, secret.size());
    QVERIFY(whole.ok());
    const auto fromObject = memory->sharedObject(1258)->extents(page - 4, secret.size());
    QVERIFY(fromObject.ok());
    QVERIFY(*whole == *fromObject); // the same bytes, however they are reached
    // The second mapping of the second task begins behind the first four bytes.
    const Extent behind{whole->front().member, whole->front().offset + 4, 1};
    std::set<std::pair<uint32_t, uint64_t>> places;
    for (const MemoryPlace &place : memory->places(behind)) {
        QCOMPARE(place.sharedId, uint64_t{1258});
        QVERIFY(place.vma != nullptr);
        places.emplace(place.pid, place.address);
    }
    const std::set<std::pair<uint32_t, uint64_t>> expected{
        {100, first + page}, {200, second}, {200, second + 9 * page}};
    QVERIFY(places == expected);
    // Never written: zeros, for all of them.
    QCOMPARE(space->pieces({first + 2 * page, page}).front().presence, Presence::Untouched);

    // Found once, redacted once, gone for all.
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->found.size(), size_t{1});
    auto kept = Case::create({}, *memory);
    QVERIFY((*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*kept)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY(plan.ok());
    const std::string out = m_folder->filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, findings, out);
    QVERIFY2(proof.ok() && proof->passed(), proof.ok() ? "" : proof.error().describe().c_str());
    const auto checkpoint = Checkpoint::open(out);
    const auto made = *Memory::load(*checkpoint);
    for (const auto &[pid, address] : expected)
        QVERIFY(readText(*made->addressSpace(pid), address, 12) ==
                readText(*made->sharedObject(1258), page, 12));
    QVERIFY(readText(*made->addressSpace(100), first + page - 4, secret.size()) != secret);
}

void TestSharedMemory::segmentsInTheirImage()
{
    // Before CRIU 3.0 the content of System V segments followed their entries, padded to four bytes.
    const std::string content = "segment " + secret + std::string(page, '-') + "end"; // not whole pages
    const auto entry = [](uint32_t id, uint64_t size) {
        return test::MessageBuilder("ipc_shm_entry")
            .set("desc", test::MessageBuilder("ipc_desc_entry").set("id", id).fillRequired())
            .set("size", size)
            .fillRequired();
    };
    test::ImageBuilder image("IPCNS_SHM");
    image.record(entry(5, 4), "four");
    image.record(entry(9, content.size()), content + std::string((4 - content.size() % 4) % 4, '\0'));
    test::CheckpointBuilder builder;
    auto &one = builder.task(100, "one");
    one.exe(builder.file("/bin/one")).vma(first, first + 2 * page, VmaKind::SysV, {.object = 9});
    auto &two = builder.task(200, "two");
    two.exe(builder.file("/bin/two")).vma(second, second + 2 * page, VmaKind::SysV, {.object = 9});
    builder.member("ipcns-shm-1.img", image.bytes());
    const auto memory = load(builder);
    QVERIFY(memory->problems().empty());
    QVERIFY((memory->sharedObjects() == std::vector<uint64_t>{5, 9}));
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, first, content.size()), content);
    const auto pieces = space->pieces({first, 2 * page});
    QCOMPARE(pieces.size(), size_t{2});
    QCOMPARE(pieces[0].length, uint64_t{content.size()});
    QCOMPARE(pieces[1].presence, Presence::Untouched);
    const auto extents = space->extents(first + 8, secret.size());
    QVERIFY(extents.ok());
    QCOMPARE(memory->checkpoint().archive().member(extents->front().member).path,
             std::string("ipcns-shm-1.img"));
    std::set<std::pair<uint32_t, uint64_t>> places;
    for (const MemoryPlace &place : memory->places(extents->front()))
        places.emplace(place.pid, place.address);
    const std::set<std::pair<uint32_t, uint64_t>> expected{{100, first + 8}, {200, second + 8}};
    QVERIFY(places == expected);
    // Found once, by its place in memory, and redacted in the image, which stays one.
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->found.size(), size_t{1});
    auto kept = Case::create({}, *memory);
    QVERIFY((*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*kept)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().describe().c_str());
    const std::string out = m_folder->filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, findings, out);
    QVERIFY2(proof.ok() && proof->passed(), proof.ok() ? "" : proof.error().describe().c_str());
    const auto made = *Memory::load(*Checkpoint::open(out));
    QVERIFY(made->problems().empty());
    const std::string now = readText(*made->addressSpace(200), second, content.size());
    QVERIFY(now.find(secret) == std::string::npos && now.starts_with("segment ") && now.ends_with("-end"));
}

void TestSharedMemory::privateMapOfMemfd()
{
    // Pages that the task wrote are its own; the others are those of the object.
    test::CheckpointBuilder builder;
    builder.sharedObject(7).write(0, "object 0").write(page, "object 1");
    const uint32_t file = builder.memfd("m", 7, 2 * page);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(first, first + 2 * page, VmaKind::MemfdPrivate, {.object = file}).page(first, "private");
    const auto memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, first, 7), std::string("private"));
    QCOMPARE(readText(*space, first + page, 8), std::string("object 1"));
    const auto hidden = memory->places(memory->sharedObject(7)->extents(0, 1)->front());
    QCOMPARE(hidden.size(), size_t{1});
    QCOMPARE(hidden.front().pid, 0u); // no task sees it, but the object has it
    const auto own = memory->places(space->extents(first, 1)->front());
    QCOMPARE(own.size(), size_t{1});
    QCOMPARE(own.front().sharedId, uint64_t{0});
}

void TestSharedMemory::manyMappings()
{
    // Mappings of all lengths from all offsets: the places are those that a look at each mapping finds.
    test::CheckpointBuilder builder;
    constexpr uint64_t pages = 12;
    for (uint64_t i = 0; i < pages; ++i)
        builder.sharedObject(7).write(i * page, std::string(page, static_cast<char>('a' + i)));
    struct Mapped {
        uint32_t pid;
        uint64_t address, from, to;
    };
    std::vector<Mapped> all;
    for (uint32_t pid = 100; pid < 103; ++pid) {
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog"));
        uint64_t address = first;
        for (uint64_t from = pid - 100; from < pages; from += 2) {
            for (uint64_t count = 1; from + count <= pages; count += 3) {
                task.vma(address, address + count * page, VmaKind::SharedAnonymous,
                         {.object = 7, .offset = from * page});
                all.push_back({pid, address, from * page, (from + count) * page});
                address += (count + 1) * page;
            }
        }
    }
    const auto memory = load(builder);
    for (uint64_t offset = 5; offset < pages * page; offset += page) {
        std::set<std::pair<uint32_t, uint64_t>> expected;
        for (const Mapped &mapping : all) {
            if (offset >= mapping.from && offset < mapping.to)
                expected.emplace(mapping.pid, mapping.address + (offset - mapping.from));
        }
        std::set<std::pair<uint32_t, uint64_t>> places;
        for (const MemoryPlace &place : memory->places(memory->sharedObject(7)->extents(offset, 1)->front()))
            QVERIFY(places.emplace(place.pid, place.address).second);
        QVERIFY(places == expected);
    }
}

void TestSharedMemory::beyondTheObject()
{
    // An offset that wraps is no place in the object.
    test::CheckpointBuilder builder;
    builder.sharedObject(7).write(0, "object");
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(first, first + 4 * page, VmaKind::SharedAnonymous,
             {.object = 7, .offset = UINT64_MAX - page + 1});
    const auto memory = load(builder);
    const auto pieces = memory->addressSpace(100)->pieces({first, 4 * page});
    QCOMPARE(pieces.size(), size_t{1});
    QCOMPARE(pieces.front().presence, Presence::Untouched);
    const auto places = memory->places(memory->sharedObject(7)->extents(0, 1)->front());
    QCOMPARE(places.size(), size_t{1});
    QCOMPARE(places.front().pid, 0u);
}

CRYOSCOPE_TEST(TestSharedMemory)

} // namespace tst_sharedmemory

#include "tst_sharedmemory.moc"
