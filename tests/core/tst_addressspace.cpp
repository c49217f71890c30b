// SPDX-License-Identifier: Apache-2.0
// Memory by address: every absence by its name, over all borders, and the way back from bytes to addresses.
#include "core/memory/addressspace.h"

#include "core/memory/memory.h"
#include "core/memory/run.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <limits>
#include <random>

namespace tst_addressspace
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestAddressSpace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void presenceHasNames();
    void withoutPages_data();
    void withoutPages();
    void overBorders();
    void lazyAndParentMissing();
    void pagesFileTooShort();
    void pagesFileMissing();
    void damagedPagemap();
    void parents();
    void parentsInACircle();
    void sharedObjects();
    void mapsOfOneObject();
    void edges();
    void pagesOutsideOfVmas();
    void overlappingVmas();
    void placesBothWays_data();
    void placesBothWays();
    void runsHoldEachByte();
    void readingRuns();
    void joinedExtents();
    void notThere();

private:
    using Loaded = std::shared_ptr<const Memory>;

    Loaded load(const CheckpointBuilder &builder) const
    {
        builder.writeTo(m_folder->filePath(QStringLiteral("set")).toStdString());
        return open(QStringLiteral("set"));
    }
    Loaded open(const QString &name) const
    {
        const auto checkpoint = Checkpoint::open(m_folder->filePath(name).toStdString());
        if (!checkpoint)
            qFatal("%s", checkpoint.error().describe().c_str());
        return *Memory::load(*checkpoint);
    }
    /// Three sets; the newest is "root/3". Each has pages that the next ones do not.
    Loaded chain(const char *oldestParent = "") const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

namespace
{

constexpr uint64_t page = 4096;
constexpr uint64_t top = std::numeric_limits<uint64_t>::max();

/// "0x1000+4096 present, 0x2000+8192 not mapped", with only the first words of each name.
QString text(const std::vector<AddressPiece> &pieces)
{
    QStringList all;
    for (const AddressPiece &piece : pieces) {
        const QString name = QString::fromLatin1(presenceText(piece.presence).data());
        all << QStringLiteral("%1+%2 %3")
                   .arg(piece.address, 0, 16)
                   .arg(piece.length, 0, 16)
                   .arg(name.section(u':', 0, 0));
    }
    return all.join(QStringLiteral(", "));
}

/// That pieces cover the range without gaps, and do not go on in each other.
void checkCover(const std::vector<AddressPiece> &pieces, ByteRange range)
{
    uint64_t at = range.offset;
    for (size_t i = 0; i < pieces.size(); ++i) {
        QCOMPARE(pieces[i].address, at);
        QVERIFY(pieces[i].length > 0);
        at = pieces[i].end();
        QCOMPARE(pieces[i].presence == Presence::Present, pieces[i].extent.member != noMember);
        if (pieces[i].presence == Presence::Present)
            QCOMPARE(pieces[i].extent.length, pieces[i].length);
        if (i > 0 && pieces[i].presence != Presence::Present)
            QVERIFY(pieces[i].presence != pieces[i - 1].presence);
    }
    QCOMPARE(at, range.end());
}

std::string readText(const AddressSpace &space, uint64_t address, size_t length)
{
    std::string out(length, '?');
    const auto absent = space.read(address, std::as_writable_bytes(std::span(out.data(), out.size())));
    return absent ? out : absent.error().describe();
}

} // namespace

void TestAddressSpace::presenceHasNames()
{
    QStringList names;
    for (const Presence presence :
         {Presence::Present, Presence::NotMapped, Presence::NotDumped, Presence::Untouched,
          Presence::ParentMissing, Presence::ParentHole, Presence::Lazy, Presence::Damaged}) {
        const QString name = QString::fromLatin1(presenceText(presence).data());
        QVERIFY(!name.isEmpty() && !names.contains(name) && name != QStringLiteral("unknown"));
        names << name;
    }
}

void TestAddressSpace::withoutPages_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("presence");
    const auto row = [](const char *name, VmaKind kind, Presence presence) {
        QTest::newRow(name) << static_cast<int>(kind) << static_cast<int>(presence);
    };
    row("anonymous", VmaKind::Anonymous, Presence::Untouched);
    row("heap", VmaKind::Heap, Presence::Untouched);
    row("vdso", VmaKind::Vdso, Presence::NotDumped);
    row("private file", VmaKind::FilePrivate, Presence::NotDumped);
    row("shared file", VmaKind::FileShared, Presence::NotDumped);
    row("shared anonymous", VmaKind::SharedAnonymous, Presence::Untouched);
    row("guard", VmaKind::Guard, Presence::NotMapped);
}

void TestAddressSpace::withoutPages()
{
    QFETCH(int, kind);
    QFETCH(int, presence);
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(0x10000, 0x14000, static_cast<VmaKind>(kind), {.object = builder.file("/lib/x")});
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QVERIFY(space.ok());
    const auto pieces = space->pieces({0x10000, 0x4000});
    checkCover(pieces, {0x10000, 0x4000});
    QCOMPARE(pieces.size(), size_t{1});
    QCOMPARE(static_cast<int>(pieces.front().presence), presence);
    const auto extents = space->extents(0x11000, 4);
    QVERIFY(!extents.ok());
    QCOMPARE(extents.error().code, ErrorCode::NotFound);
    QCOMPARE(extents.error().offset, std::optional<uint64_t>(0x11000));
    QVERIFY(extents.error().message.find(presenceText(static_cast<Presence>(presence))) != std::string::npos);
    QCOMPARE(readText(*space, 0x10000, 4), std::string("????")); // absent bytes are no zeros
}

void TestAddressSpace::overBorders()
{
    for (const uint64_t maxRun : {uint64_t{1}, uint64_t{2}, uint64_t{256}}) {
        m_folder = std::make_unique<QTemporaryDir>();
        CheckpointBuilder builder;
        builder.maxRun(maxRun);
        auto &task = builder.task(100, "prog");
        task.exe(builder.file("/bin/prog"));
        // Two VMAs side by side, a hole, another one; a page without content between.
        task.vma(0x10000, 0x12000).vma(0x12000, 0x15000, VmaKind::Heap).vma(0x20000, 0x21000);
        task.page(0x10ffc, "over page border").page(0x11ffa, "over VMA border").page(0x14000, "apart");
        task.page(0x20000, "third");
        const Loaded memory = load(builder);
        const auto space = memory->addressSpace(100);
        QVERIFY(space.ok());
        const auto pieces = space->pieces({0xf000, 0x13000});
        checkCover(pieces, {0xf000, 0x13000});
        QCOMPARE(text(pieces),
                 QStringLiteral("f000+1000 not mapped, 10000+3000 present, 13000+1000 not stored, "
                                "14000+1000 present, 15000+b000 not mapped, 20000+1000 present, 21000+1000 "
                                "not mapped"));
        QCOMPARE(readText(*space, 0x10ffc, 16), std::string("over page border"));
        QCOMPARE(readText(*space, 0x11ffa, 15), std::string("over VMA border"));
        QCOMPARE(readText(*space, 0x13ffe, 6), std::string("??apar"));
        QCOMPARE(space->extents(0x10ff0, 0x1010)->size(), size_t{1}); // stored side by side
        const std::vector<ByteRange> runs{{0x10000, 0x3000}, {0x14000, 0x1000}, {0x20000, 0x1000}};
        QVERIFY(space->presentRuns() == runs);
        const std::vector<ByteRange> mapped{{0x10000, 0x2000}, {0x12000, 0x3000}, {0x20000, 0x1000}};
        QVERIFY(space->mapped() == mapped);
        QCOMPARE(space->vmaAt(0x11fff)->end, uint64_t{0x12000});
        QCOMPARE(space->vmaAt(0x12000)->start, uint64_t{0x12000});
        QVERIFY(space->vmaAt(0x15000) == nullptr && space->vmaAt(0) == nullptr &&
                space->vmaAt(top) == nullptr);
    }
}

void TestAddressSpace::lazyAndParentMissing()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    task.page(0x10000, "here").lazy(0x11000, 2).inParent(0x13000).page(0x14000, "there");
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(
        text(space->pieces({0x10000, 0x6000})),
        QStringLiteral("10000+1000 present, 11000+2000 left to be fetched lazily, never stored, 13000+1000 "
                       "in a parent set that is not here, 14000+1000 present, 15000+1000 not stored"));
    bool named = false;
    for (const Problem &problem : memory->problems())
        named = named || problem.error.file == "pagemap-100.img";
    QVERIFY(named);
}

void TestAddressSpace::pagesFileTooShort()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x20000)
        .page(0x10000, "a")
        .page(0x11000, "b")
        .page(0x15000, "c");
    // Cut within the second page.
    builder.member(builder.pagesFileOfTask(100),
                   builder.members().at(builder.pagesFileOfTask(100)).substr(0, page + 100));
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(
        text(space->pieces({0x10000, 0x6000})),
        QStringLiteral("10000+1064 present, 11064+f9c damaged, 12000+3000 not stored, 15000+1000 damaged"));
    QCOMPARE(readText(*space, 0x11000, 4), std::string("b\0\0\0", 4));
    QCOMPARE(readText(*space, 0x15000, 2), std::string("??"));
    QCOMPARE(memory->problems().size(), size_t{1});
    QCOMPARE(memory->problems().front().error.file, std::string("pages-1.img"));
    QCOMPARE(memory->problems().front().error.offset, std::optional<uint64_t>(page + 100));
}

void TestAddressSpace::pagesFileMissing()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "a");
    builder.without(builder.pagesFileOfTask(100));
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(text(space->pieces({0x10000, 0x1000})), QStringLiteral("10000+1000 damaged"));
    QCOMPARE(memory->problems().size(), size_t{1});
    QCOMPARE(memory->problems().front().error.file, std::string("pages-1.img"));
    QVERIFY(space->presentRuns().empty());
}

void TestAddressSpace::damagedPagemap()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "a").page(0x12000, "b");
    const std::string whole = builder.members().at("pagemap-100.img");
    builder.member("pagemap-100.img", whole.substr(0, whole.size() - 3));
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, 0x10000, 1), std::string("a")); // the entry before
    bool named = false;
    for (const Problem &problem : memory->problems())
        named = named || (problem.error.file == "pagemap-100.img" && problem.error.offset);
    QVERIFY(named);
    // The page that no entry names any more is not lost to searches.
    bool unreferenced = false;
    for (const Extent &extent : memory->unreferenced())
        unreferenced = unreferenced || (extent.offset == page && extent.length == page);
    QVERIFY(unreferenced);
    QFile(m_folder->filePath(QStringLiteral("set/pagemap-100.img"))).remove();
    const Loaded without = open(QStringLiteral("set"));
    QVERIFY(!without->problems().empty());
    QVERIFY(without->addressSpace(100)->presentRuns().empty());
}

TestAddressSpace::Loaded TestAddressSpace::chain(const char *oldestParent) const
{
    const QString root = m_folder->filePath(QStringLiteral("root"));
    const auto write = [&root](int number, const char *parent, const auto &fill) {
        CheckpointBuilder builder;
        auto &task = builder.task(100, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
        fill(task);
        if (number < 3)
            builder.without("pstree.img"); // a pre-dump
        if (*parent != '\0')
            builder.parent(parent);
        builder.writeTo((root + QStringLiteral("/%1").arg(number)).toStdString());
    };
    write(1, oldestParent, [](TaskBuilder &task) {
        for (uint64_t i = 0; i < 6; ++i)
            task.page(0x10000 + i * page, "first " + std::to_string(i));
    });
    write(2, "../1", [](TaskBuilder &task) {
        task.inParent(0x10000).page(0x11000, "second 1").inParent(0x12000, 2).page(0x14000, "second 4");
    });
    write(3, "../2",
          [](TaskBuilder &task) { task.inParent(0x10000, 3).page(0x13000, "third 3").inParent(0x14000, 2); });
    return open(QStringLiteral("root"));
}

void TestAddressSpace::parents()
{
    const Loaded memory = chain();
    QCOMPARE(memory->checkpoint().imagePrefix(), std::string("3/"));
    const auto space = memory->addressSpace(100);
    QVERIFY(space.ok());
    const auto pieces = space->pieces({0x10000, 0x6000});
    // 0x15000: the newest says "in the parent", which does not have it.
    checkCover(pieces, {0x10000, 0x6000});
    QCOMPARE(readText(*space, 0x10000, 7), std::string("first 0"));
    QCOMPARE(readText(*space, 0x11000, 8), std::string("second 1"));
    QCOMPARE(readText(*space, 0x12000, 7), std::string("first 2"));
    QCOMPARE(readText(*space, 0x13000, 7), std::string("third 3"));
    QCOMPARE(readText(*space, 0x14000, 8), std::string("second 4"));
    QVERIFY(pieces.back().address == 0x15000 && pieces.back().presence == Presence::ParentMissing);
    // Over the borders of three sets: each part where it is stored.
    const auto extents = space->extents(0x10ff0, 0x3020);
    QVERIFY(extents.ok());
    QStringList files;
    for (const Extent &extent : *extents)
        files << QString::fromStdString(memory->checkpoint().archive().member(extent.member).path);
    QCOMPARE(files.join(u' '),
             QStringLiteral("1/pages-1.img 2/pages-1.img 1/pages-1.img 3/pages-1.img 2/pages-1.img"));
    const std::vector<ByteRange> run{{0x10000, 0x5000}};
    QVERIFY(space->presentRuns() == run);
    // Pages that a later set has again are seen by nobody, and searched as bytes.
    QStringList unseen;
    for (const Extent &extent : memory->unreferenced())
        unseen << QStringLiteral("%1+%2+%3")
                      .arg(QString::fromStdString(memory->checkpoint().archive().member(extent.member).path))
                      .arg(extent.offset / page)
                      .arg(extent.length / page);
    unseen.sort();
    QCOMPARE(unseen.join(u' '), QStringLiteral("1/pages-1.img+1+1 1/pages-1.img+3+3"));
}

void TestAddressSpace::parentsInACircle()
{
    const Loaded memory = chain("../3");
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, 0x10000, 7), std::string("first 0"));
    bool named = false;
    for (const Problem &problem : memory->problems())
        named = named || problem.error.file == "1/parent";
    QVERIFY(named);
}

void TestAddressSpace::sharedObjects()
{
    CheckpointBuilder builder;
    builder.sharedObject(77).write(0, "zero").write(2 * page, "two");
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(0x10000, 0x14000, VmaKind::SharedAnonymous, {.object = 77});
    const Loaded memory = load(builder);
    QVERIFY(memory->sharedObjects() == std::vector<uint64_t>{77});
    const auto object = memory->sharedObject(77);
    QVERIFY(object.ok());
    QVERIFY(object->task() == nullptr);
    QCOMPARE(object->sharedId(), uint64_t{77});
    QVERIFY(object->vmaAt(0) == nullptr);
    QCOMPARE(text(object->pieces({0, 4 * page})),
             QStringLiteral("0+1000 present, 1000+1000 not stored, 2000+1000 present, 3000+1000 not stored"));
    const auto space = memory->addressSpace(100);
    QCOMPARE(text(space->pieces({0x10000, 4 * page})),
             QStringLiteral("10000+1000 present, 11000+1000 not stored, 12000+1000 present, 13000+1000 not "
                            "stored"));
    QCOMPARE(readText(*space, 0x12000, 3), std::string("two"));
    QVERIFY(space->extents(0x12000, 3).value() == object->extents(2 * page, 3).value());
}

void TestAddressSpace::mapsOfOneObject()
{
    // Two tasks, three maps, at different offsets; a memfd too.
    CheckpointBuilder builder;
    builder.sharedObject(77).write(0, std::string(page, 'a')).write(page, "bbbb");
    builder.sharedObject(88).write(page, "memfd");
    auto &first = builder.task(100, "one");
    first.exe(builder.file("/bin/one"));
    first.vma(0x10000, 0x12000, VmaKind::SharedAnonymous, {.object = 77});
    first.vma(0x20000, 0x21000, VmaKind::SharedAnonymous, {.object = 77, .offset = page});
    auto &second = builder.task(200, "two");
    second.exe(builder.file("/bin/two"));
    second.vma(0x7f0000000000, 0x7f0000002000, VmaKind::SharedAnonymous, {.object = 77});
    second.vma(0x7f0000010000, 0x7f0000012000, VmaKind::Memfd, {.object = builder.memfd("m", 88, 2 * page)});
    const Loaded memory = load(builder);
    const auto extent = memory->sharedObject(77)->extents(page + 1, 2);
    QVERIFY(extent.ok());
    QStringList places;
    for (const MemoryPlace &place : memory->places(extent->front()))
        places << QStringLiteral("%1:%2:%3").arg(place.pid).arg(place.address, 0, 16).arg(place.sharedId);
    places.sort();
    QCOMPARE(places.join(u' '), QStringLiteral("100:11001:77 100:20001:77 200:7f0000001001:77"));
    QCOMPARE(readText(*memory->addressSpace(200), 0x7f0000011000, 5), std::string("memfd"));
    // What nobody maps is at its offset in the object.
    builder.sharedObject(99).write(0, "alone");
    m_folder = std::make_unique<QTemporaryDir>();
    const Loaded more = load(builder);
    const auto alone = more->places(more->sharedObject(99)->extents(3, 1)->front());
    QCOMPARE(alone.size(), size_t{1});
    QVERIFY(alone[0].pid == 0 && alone[0].sharedId == 99 && alone[0].address == 3 && alone[0].vma == nullptr);
}

void TestAddressSpace::edges()
{
    // The first page, and the last one whose end is an address.
    const uint64_t last = top - 2 * page + 1;
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0, page).vma(last, last + page);
    task.page(0, "null page").page(last, "last page");
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, 0, 9), std::string("null page"));
    QCOMPARE(readText(*space, last, 9), std::string("last page"));
    for (const ByteRange range : {ByteRange{0, top}, ByteRange{0, 1}, ByteRange{last + page, page - 1},
                                  ByteRange{top, 0}, ByteRange{last - 1, page + 2}, ByteRange{5, 0}})
        checkCover(space->pieces(range), range);
    // Ranges that would wrap are cut.
    const auto cut = space->pieces({last, top});
    checkCover(cut, {last, top - last});
    QVERIFY(space->pieces({top, 5}).empty());
    std::string out(64, '?');
    QVERIFY(space->read(top - 10, std::as_writable_bytes(std::span(out.data(), out.size()))).ok());
    QVERIFY(!space->extents(top - 10, 64).ok());
    QVERIFY(!space->extents(last + page - 1, top).ok());
    QVERIFY(!space->extents(top, 1).ok());
    QCOMPARE(space->vmaAt(last + page - 1)->start, last);
    QVERIFY(space->vmaAt(last + page) == nullptr);
    const std::vector<ByteRange> runs{{0, page}, {last, page}};
    QVERIFY(space->presentRuns() == runs);
}

void TestAddressSpace::pagesOutsideOfVmas()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x11000, 0x12000);
    task.page(0x10000, "before").page(0x11000, "within").page(0x12000, "after").page(0x30000, "far");
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    QCOMPARE(readText(*space, 0x12000, 5), std::string("after"));
    QCOMPARE(readText(*space, 0x30000, 3), std::string("far"));
    const std::vector<ByteRange> mapped{
        {0x10000, 0x1000}, {0x11000, 0x1000}, {0x12000, 0x1000}, {0x30000, 0x1000}};
    QVERIFY(space->mapped() == mapped);
}

void TestAddressSpace::overlappingVmas()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"));
    task.vma(0x14000, 0x18000).vma(0x10000, 0x16000, VmaKind::Heap).vma(0x11000, 0x12000, VmaKind::Guard);
    task.vma(0x10000, 0x11000).page(0x15000, "both");
    const Loaded memory = load(builder);
    const auto space = memory->addressSpace(100);
    checkCover(space->pieces({0, 0x20000}), {0, 0x20000});
    uint64_t end = 0;
    for (const ByteRange &range : space->mapped()) {
        QVERIFY(range.offset >= end && !range.empty());
        end = range.end();
    }
    QCOMPARE(end, uint64_t{0x18000});
    QCOMPARE(readText(*space, 0x15000, 4), std::string("both"));
}

void TestAddressSpace::placesBothWays_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 6; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestAddressSpace::placesBothWays()
{
    QFETCH(unsigned, seed);
    std::mt19937_64 random(seed);
    CheckpointBuilder builder;
    builder.maxRun(1 + random() % 5);
    for (uint64_t i = 0; i < 8; ++i) {
        if (random() % 2 != 0)
            builder.sharedObject(7).write(i * page, std::string(page, static_cast<char>('A' + i)));
    }
    builder.sharedObject(7).write(0, "s");
    for (const uint32_t pid : {100u, 200u}) {
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog"));
        uint64_t address = 0x10000;
        for (int i = 0; i < 12; ++i) {
            const uint64_t pages = 1 + random() % 6;
            const bool shared = random() % 3 == 0;
            task.vma(address, address + pages * page, shared ? VmaKind::SharedAnonymous : VmaKind::Anonymous,
                     {.object = shared ? 7u : 0u, .offset = shared ? random() % 4 * page : 0});
            for (uint64_t p = 0; p < pages && !shared; ++p) {
                if (random() % 2 != 0)
                    task.page(address + p * page, std::string(page, static_cast<char>(random())));
            }
            address += (pages + random() % 2) * page;
        }
    }
    const Loaded memory = load(builder);
    const Archive &archive = memory->checkpoint().archive();
    // From addresses to bytes and back.
    size_t checked = 0;
    for (const uint32_t pid : {100u, 200u}) {
        const auto space = memory->addressSpace(pid);
        for (const ByteRange &run : space->presentRuns()) {
            for (int i = 0; i < 20; ++i) {
                const uint64_t address = run.offset + random() % run.length;
                const uint64_t length = 1 + random() % std::min<uint64_t>(run.end() - address, 2 * page);
                const auto extents = space->extents(address, length);
                QVERIFY(extents.ok());
                const auto joined = readExtents(archive, *extents);
                QVERIFY(joined.ok());
                QVERIFY(std::string(asText(*joined)) == readText(*space, address, length));
                uint64_t at = address;
                for (const Extent &extent : *extents) {
                    bool found = false;
                    for (const MemoryPlace &place : memory->places(extent))
                        found = found ||
                                (place.pid == pid && place.address == at && place.vma == space->vmaAt(at));
                    QVERIFY(found);
                    at += extent.length;
                    ++checked;
                }
            }
        }
    }
    QVERIFY(checked > 100);
    // From bytes to addresses and back.
    for (const Member &member : archive.members()) {
        if (!member.content || !memory->isPagesFile(member.id))
            continue;
        for (uint64_t offset = 0; offset < member.content->size(); offset += 1001) {
            const Extent extent{member.id, offset, 1};
            for (const MemoryPlace &place : memory->places(extent)) {
                const auto space =
                    place.pid != 0 ? memory->addressSpace(place.pid) : memory->sharedObject(place.sharedId);
                QVERIFY(space->extents(place.address, 1).value() == std::vector<Extent>{extent});
            }
        }
    }
}

void TestAddressSpace::runsHoldEachByte()
{
    CheckpointBuilder builder;
    builder.sharedObject(7).write(0, "shared").write(3 * page, "more");
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x20000)
        .vma(0x30000, 0x34000, VmaKind::SharedAnonymous, {.object = 7});
    task.page(0x10000, "a").page(0x11000, "b").page(0x18000, "c");
    task.fd(3, builder.pipe(1, "in a pipe"));
    builder.member("pages-1.img",
                   builder.members().at("pages-1.img") + std::string(page, 'u')); // and one more
    const Loaded memory = load(builder);
    const Archive &archive = memory->checkpoint().archive();
    std::map<MemberId, std::vector<bool>> seen;
    for (const MemberId id : archive.canonicalMembers())
        seen[id].resize(archive.member(id).content->size());
    bool order = true;
    int last = -1;
    for (const Run &run : allRuns(*memory)) {
        order = order && static_cast<int>(run.kind) >= last;
        last = static_cast<int>(run.kind);
        const auto extents = runExtents(*memory, run, 0, run.length);
        QVERIFY(extents.ok());
        for (const Extent &extent : *extents) {
            for (uint64_t i = extent.offset; i < extent.end(); ++i)
                seen.at(extent.member)[i] = true;
        }
    }
    QVERIFY(order);
    for (const auto &[id, bytes] : seen)
        QVERIFY2(std::find(bytes.begin(), bytes.end(), false) == bytes.end(),
                 archive.member(id).path.c_str());
}

void TestAddressSpace::readingRuns()
{
    CheckpointBuilder builder;
    builder.sharedObject(7).write(page, "shared");
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "abcdef");
    const Loaded memory = load(builder);
    for (const Run &run : allRuns(*memory)) {
        std::vector<std::byte> bytes(run.length);
        QVERIFY(readRun(*memory, run, 0, bytes).ok());
        QVERIFY(readRun(*memory, run, run.length, {}).ok());
        std::byte one{};
        QVERIFY(!readRun(*memory, run, run.length, {&one, 1}).ok());
        QVERIFY(!readRun(*memory, run, top, {&one, 1}).ok());
        QVERIFY(!runExtents(*memory, run, 1, run.length).ok());
        QVERIFY(!runExtents(*memory, run, top, 2).ok());
        const auto extents = runExtents(*memory, run, 0, run.length);
        QVERIFY(extents.ok());
        QVERIFY(*readExtents(memory->checkpoint().archive(), *extents) == bytes);
    }
}

void TestAddressSpace::joinedExtents()
{
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog"));
    builder.member("notes", "0123456789");
    const Loaded memory = load(builder);
    const Archive &archive = memory->checkpoint().archive();
    const MemberId notes = archive.find("notes")->id;
    const std::vector<Extent> parts{{notes, 7, 3}, {notes, 0, 2}, {notes, 5, 0}};
    QCOMPARE(std::string(asText(*readExtents(archive, parts))), std::string("78901"));
    QVERIFY(readExtents(archive, parts, 5).ok());
    QCOMPARE(readExtents(archive, parts, 4).error().code, ErrorCode::Unsupported);
    const std::vector<Extent> wraps{{notes, 0, 5}, {notes, 0, top}};
    QVERIFY(!readExtents(archive, wraps, top).ok());
    const std::vector<Extent> beyond{{notes, 8, 3}};
    QVERIFY(!readExtents(archive, beyond).ok());
    QVERIFY(readExtents(archive, {})->empty());
}

void TestAddressSpace::notThere()
{
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog"));
    builder.task(101, "dead").state(6);
    const Loaded memory = load(builder);
    QCOMPARE(memory->addressSpace(5).error().code, ErrorCode::NotFound);
    QCOMPARE(memory->sharedObject(5).error().code, ErrorCode::NotFound);
    const auto zombie = memory->addressSpace(101); // a task without memory
    QVERIFY(zombie.ok());
    QCOMPARE(text(zombie->pieces({0, page})), QStringLiteral("0+1000 not mapped"));
    QVERIFY(zombie->mapped().empty() && zombie->presentRuns().empty());
    QVERIFY(memory->pageMap(101) == nullptr && memory->pageMap(100) != nullptr);
    QVERIFY(memory->places({0, 0, 1}).empty() || memory->isPagesFile(0));
}

CRYOSCOPE_TEST(TestAddressSpace)

} // namespace tst_addressspace

#include "tst_addressspace.moc"
