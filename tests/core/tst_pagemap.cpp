// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagemap.h"

#include "tests/support/imagebuilder.h"
#include "tests/support/pagesbuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <limits>
#include <random>

namespace tst_pagemap
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestPageMap : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyForm_data();
    void everyForm();
    void counts_data();
    void counts();
    void flags_data();
    void flags();
    void offsetsOfStoredPages();
    void lookups();
    void pageSizes();
    void unknownFieldsAreSkipped();
    void wrongImages_data();
    void wrongImages();
    void damagedEntries_data();
    void damagedEntries();
    void cutAtEveryByte();
    void everyByteDamaged();
    void hugeCountsTakeNoMemory();
    void unreadable();
    void entriesOverWindows();

private:
    static PageMap read(const std::string &image, uint64_t pageSize = 4096)
    {
        auto map = PageMap::read(*sourceOf(image, "pagemap-1.img"), pageSize);
        if (!map)
            qFatal("%s", map.error().describe().c_str());
        return std::move(*map);
    }
};

namespace
{

constexpr uint64_t top = std::numeric_limits<uint64_t>::max();

ImageBuilder image()
{
    return std::move(ImageBuilder("PAGEMAP").record(MessageBuilder("pagemap_head").set("pages_id", 7)));
}

MessageBuilder entry(uint64_t address, uint64_t pages, uint32_t flags = PagePresent)
{
    return std::move(MessageBuilder("pagemap_entry")
                         .set("vaddr", address)
                         .set("compat_nr_pages", 0)
                         .set("flags", flags)
                         .set("nr_pages", pages));
}

} // namespace

void TestPageMap::everyForm_data()
{
    QTest::addColumn<int>("form");
    QTest::addColumn<bool>("bigEndian");
    QTest::addColumn<bool>("headMagic");
    for (const auto &[name, form] : {std::pair("current", PagemapForm::Current),
                                     {"flags", PagemapForm::Flags},
                                     {"old", PagemapForm::Old}}) {
        for (const bool big : {false, true}) {
            for (const bool head : {true, false})
                QTest::addRow("%s, %s, %s", name, big ? "big-endian" : "little-endian",
                              head ? "head magic" : "no head magic")
                    << static_cast<int>(form) << big << head;
        }
    }
}

void TestPageMap::everyForm()
{
    QFETCH(int, form);
    QFETCH(bool, bigEndian);
    QFETCH(bool, headMagic);
    PagesBuilder pages;
    pages.write(0x1000, "a").write(0x2000, "b").inParent(0x5000, 3).write(0x7fff12345000, "c");
    const auto order = bigEndian ? ByteOrder::Big : ByteOrder::Little;
    const PageMap map = read(pages.pagemap(7, static_cast<PagemapForm>(form), 256, order, headMagic));
    QVERIFY(!map.problem());
    QCOMPARE(map.pagesId(), uint64_t{7});
    QCOMPARE(map.storedBytes(), uint64_t{3 * 4096});
    QCOMPARE(map.entries().size(), size_t{3});
    const auto &entries = map.entries();
    QCOMPARE(entries[0].address, uint64_t{0x1000});
    QCOMPARE(entries[0].pages, uint64_t{2});
    QVERIFY(entries[0].present() && (entries[0].flags & PageInParent) == 0);
    QCOMPARE(entries[1].address, uint64_t{0x5000});
    QCOMPARE(entries[1].pages, uint64_t{3});
    QVERIFY(!entries[1].present() && (entries[1].flags & PageInParent) != 0);
    QCOMPARE(entries[2].address, uint64_t{0x7fff12345000});
    QCOMPARE(entries[2].fileOffset, uint64_t{2 * 4096});
}

void TestPageMap::counts_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<quint64>("pages");
    const auto row = [](const char *name, const MessageBuilder &message, uint64_t pages) {
        QTest::newRow(name) << QByteArray::fromStdString(message.encode()) << quint64{pages};
    };
    row("old field alone", MessageBuilder().varint(1, 0x1000).varint(2, 5), 5);
    row("new field alone", MessageBuilder().varint(1, 0x1000).varint(5, 6), 6);
    row("old field 0", MessageBuilder().varint(1, 0x1000).varint(2, 0).varint(5, 6), 6);
    row("both", MessageBuilder().varint(1, 0x1000).varint(2, 5).varint(5, 6), 6);
    row("both, the other way round", MessageBuilder().varint(5, 6).varint(2, 5).varint(1, 0x1000), 6);
    row("more than 32 bits", MessageBuilder().varint(1, 0x1000).varint(2, 0).varint(5, uint64_t{1} << 33),
        uint64_t{1} << 33);
    row("twice: the last counts", MessageBuilder().varint(1, 0x1000).varint(5, 6).varint(5, 8), 8);
    row("no pages", MessageBuilder().varint(1, 0x1000).varint(2, 0), 0);
    row("no pages by the new field", MessageBuilder().varint(1, 0x1000).varint(2, 3).varint(5, 0), 0);
}

void TestPageMap::counts()
{
    QFETCH(QByteArray, message);
    QFETCH(quint64, pages);
    const std::string text = message.toStdString();
    const PageMap map = read(image().record(static_cast<uint32_t>(text.size()), text).bytes());
    QVERIFY(!map.problem());
    QCOMPARE(map.entries().size(), size_t{pages != 0 ? 1u : 0u});
    if (pages != 0) {
        QCOMPARE(map.entries()[0].pages, uint64_t{pages});
        QCOMPARE(map.bytes(map.entries()[0]), uint64_t{pages * 4096});
    }
    QCOMPARE(map.storedBytes(), uint64_t{pages * 4096});
}

void TestPageMap::flags_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<uint>("flags");
    const auto row = [](const char *name, MessageBuilder message, uint32_t flags) {
        message.varint(1, 0x1000).varint(2, 1);
        QTest::newRow(name) << QByteArray::fromStdString(message.encode()) << uint{flags};
    };
    row("none said", MessageBuilder(), PagePresent);
    row("in_parent", MessageBuilder().varint(3, 1), PageInParent);
    row("in_parent false", MessageBuilder().varint(3, 0), PagePresent);
    row("present", MessageBuilder().varint(4, 4), PagePresent);
    row("lazy", MessageBuilder().varint(4, 2), PageLazy);
    row("lazy and present", MessageBuilder().varint(4, 6), PageLazy | PagePresent);
    row("parent", MessageBuilder().varint(4, 1), PageInParent);
    row("flags and in_parent", MessageBuilder().varint(4, 2).varint(3, 1), PageLazy | PageInParent);
    row("flags 0", MessageBuilder().varint(4, 0), 0);
}

void TestPageMap::flags()
{
    QFETCH(QByteArray, message);
    QFETCH(uint, flags);
    const std::string text = message.toStdString();
    const PageMap map = read(image().record(static_cast<uint32_t>(text.size()), text).bytes());
    QVERIFY(!map.problem());
    QCOMPARE(map.entries().size(), size_t{1});
    QCOMPARE(map.entries()[0].flags, uint32_t{flags});
    QCOMPARE(map.storedBytes(), uint64_t{(flags & PagePresent) != 0 ? 4096u : 0u});
}

void TestPageMap::offsetsOfStoredPages()
{
    // Only present pages take room in the pages file.
    const PageMap map = read(image()
                                 .record(entry(0x1000, 2))
                                 .record(entry(0x3000, 5, PageInParent))
                                 .record(entry(0x8000, 1, PageLazy))
                                 .record(entry(0x9000, 1, PagePresent | PageLazy))
                                 .record(entry(0xa000, 0))
                                 .record(entry(0x20000, 3))
                                 .bytes());
    QVERIFY(!map.problem());
    std::vector<uint64_t> offsets;
    for (const PagemapEntry &at : map.entries())
        offsets.push_back(at.fileOffset / 4096);
    QVERIFY((offsets == std::vector<uint64_t>{0, 2, 2, 2, 3}));
    QCOMPARE(map.storedBytes(), uint64_t{6 * 4096});
}

void TestPageMap::lookups()
{
    std::mt19937_64 random(6);
    ImageBuilder builder = image();
    uint64_t address = 0x1000;
    for (int i = 0; i < 200; ++i) {
        const uint64_t pages = 1 + random() % 4;
        const uint32_t kinds[] = {PagePresent, PagePresent, PageInParent, PageLazy};
        builder.record(entry(address, pages, kinds[random() % 4]));
        address += (pages + random() % 3) * 4096;
    }
    const PageMap map = read(builder.bytes());
    QVERIFY(!map.problem());
    QCOMPARE(map.entries().size(), size_t{200});
    const auto &entries = map.entries();
    for (uint64_t at = 0; at < address + 4096; at += 1024) {
        size_t expected = 0;
        while (expected < entries.size() && entries[expected].address + map.bytes(entries[expected]) <= at)
            ++expected;
        QCOMPARE(map.lowerBound(at), expected);
    }
    QCOMPARE(map.lowerBound(top), entries.size());
    for (uint64_t at = 0; at < map.storedBytes() + 8192; at += 1024) {
        const PagemapEntry *expected = nullptr;
        for (const PagemapEntry &candidate : entries) {
            if (candidate.present() && at >= candidate.fileOffset &&
                at < candidate.fileOffset + map.bytes(candidate))
                expected = &candidate;
        }
        QCOMPARE(map.entryAtFileOffset(at), expected);
    }
    QVERIFY(map.entryAtFileOffset(top) == nullptr);
    const PageMap empty = read(image().bytes());
    QVERIFY(!empty.problem());
    QCOMPARE(empty.lowerBound(0), size_t{0});
    QVERIFY(empty.entryAtFileOffset(0) == nullptr);
}

void TestPageMap::pageSizes()
{
    for (const uint64_t size : {uint64_t{4096}, uint64_t{16384}, uint64_t{65536}}) {
        PagesBuilder pages(size);
        pages.write(size, "a").write(2 * size, "b");
        const PageMap map = read(pages.pagemap(1), size);
        QVERIFY(!map.problem());
        QCOMPARE(map.pageSize(), size);
        QCOMPARE(map.storedBytes(), 2 * size);
        QCOMPARE(map.entries().size(), size_t{1});
    }
}

void TestPageMap::unknownFieldsAreSkipped()
{
    MessageBuilder known = entry(0x1000, 1);
    known.varint(99, 5).fixed32(100, 1).fixed64(101, 2).bytes(102, "text");
    MessageBuilder head("pagemap_head");
    head.bytes(50, "new").set("pages_id", 9).varint(51, 3);
    const PageMap map =
        read(ImageBuilder("PAGEMAP").record(head).record(known).record(entry(0x2000, 1)).bytes());
    QCOMPARE(map.pagesId(), uint64_t{9});
    // A field that says how pages are stored must not be passed over in silence; others may be.
    if (!map.problem()) {
        QCOMPARE(map.entries().size(), size_t{2});
    } else {
        QCOMPARE(map.problem()->code, ErrorCode::Unsupported);
        QVERIFY(map.problem()->offset);
    }
}

void TestPageMap::wrongImages_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<quint64>("offset");
    const auto row = [](const char *name, const std::string &content, uint64_t offset) {
        QTest::newRow(name) << QByteArray::fromStdString(content) << quint64{offset};
    };
    row("nothing", {}, 0);
    row("two bytes", "\x45\x53", 0);
    row("head magic alone", ImageBuilder("PAGEMAP").bytes().substr(0, 4), 4);
    row("half a type magic", ImageBuilder("PAGEMAP").bytes().substr(0, 6), 4);
    row("zeros", std::string(100, '\0'), 0);
    row("another image", ImageBuilder("CORE").bytes(), 4);
    row("another image without head magic", ImageBuilder("CORE").headMagic(std::nullopt).bytes(), 0);
    row("two head magics", ImageBuilder(0x54315345u).bytes(), 4);
}

void TestPageMap::wrongImages()
{
    QFETCH(QByteArray, content);
    QFETCH(quint64, offset);
    const auto map = PageMap::read(*sourceOf(content.toStdString(), "pagemap-1.img"), 4096);
    QVERIFY(!map.ok());
    QCOMPARE(map.error().code, ErrorCode::InputMalformed);
    QCOMPARE(map.error().file, std::string("pagemap-1.img"));
    QCOMPARE(map.error().offset, std::optional<uint64_t>(offset));
}

void TestPageMap::damagedEntries_data()
{
    QTest::addColumn<QByteArray>("record"); // frame and all
    const auto row = [](const char *name, const std::string &message, std::optional<uint32_t> size = {}) {
        const std::string frame = number(size.value_or(static_cast<uint32_t>(message.size())), 4);
        QTest::newRow(name) << QByteArray::fromStdString(frame + message);
    };
    const auto message = [](uint64_t address, uint64_t pages) { return entry(address, pages).encode(); };
    row("not aligned", message(0x5001, 1));
    row("overlaps", message(0x2000, 1));
    row("out of order", message(0, 1));
    row("same again", message(0x1000, 2));
    row("ends beyond all addresses", message(top - 4095, 2));
    row("count that wraps", message(0x10000, uint64_t{1} << 52));
    row("count that wraps to little", message(0x10000, (uint64_t{1} << 52) + 1));
    row("largest count", message(0x10000, top));
    row("address cut off", message(0x5000, 1).substr(0, 2));
    row("number without an end", std::string("\x08") + std::string(12, '\xff'));
    row("tag without an end", std::string(11, '\xff'));
    row("length beyond the message", std::string("\x9a\x06\x7f") + "short");
    row("length that wraps", std::string("\x9a\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") + "x");
    row("group", std::string("\x0b\x0c", 2));
    row("fixed number cut off", std::string("\x09") + "1234567");
    row("size beyond the end", message(0x5000, 1), 4000000000u);
    row("size one too large", message(0x5000, 1), static_cast<uint32_t>(message(0x5000, 1).size()) + 1);
    QTest::newRow("size cut off") << QByteArray("\x05\x00\x00", 3);
}

void TestPageMap::damagedEntries()
{
    QFETCH(QByteArray, record);
    const std::string before = image().record(entry(0x1000, 2)).bytes();
    const PageMap map = read(before + record.toStdString());
    QVERIFY(map.problem());
    QCOMPARE(map.problem()->code, ErrorCode::InputMalformed);
    QCOMPARE(map.problem()->file, std::string("pagemap-1.img"));
    QVERIFY(map.problem()->offset && *map.problem()->offset >= before.size());
    QVERIFY(*map.problem()->offset <= before.size() + static_cast<size_t>(record.size()));
    // What came before is there, and nothing else.
    QCOMPARE(map.entries().size(), size_t{1});
    QCOMPARE(map.storedBytes(), uint64_t{2 * 4096});
    // The head is held to the same.
    const auto noHead =
        PageMap::read(*sourceOf(ImageBuilder("PAGEMAP").bytes() + record.toStdString()), 4096);
    QVERIFY(noHead.ok());
    QVERIFY(noHead->entries().empty());
}

void TestPageMap::cutAtEveryByte()
{
    const std::string whole = image().record(entry(0x1000, 2)).record(entry(0x4000, 1)).bytes();
    const std::vector<size_t> borders{image().bytes().size(),
                                      image().record(entry(0x1000, 2)).bytes().size()};
    for (size_t length = 8; length < whole.size(); ++length) {
        const PageMap map = read(whole.substr(0, length));
        const bool atBorder = std::find(borders.begin(), borders.end(), length) != borders.end();
        QCOMPARE(map.problem().has_value(), !atBorder);
        if (map.problem())
            QVERIFY(map.problem()->offset && *map.problem()->offset <= length);
        QCOMPARE(map.entries().size(), size_t{length >= borders[1] ? 1u : 0u});
    }
    for (size_t length = 0; length < 8; ++length)
        QVERIFY(!PageMap::read(*sourceOf(whole.substr(0, length)), 4096).ok());
}

void TestPageMap::everyByteDamaged()
{
    const std::string whole = image().record(entry(0x1000, 2)).record(entry(0x4000, 1)).bytes();
    for (size_t at = 0; at < whole.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            std::string bad = whole;
            bad[at] = static_cast<char>(value);
            const auto map = PageMap::read(*sourceOf(bad), 4096);
            if (!map)
                continue;
            uint64_t last = 0;
            uint64_t stored = 0;
            for (const PagemapEntry &one : map->entries()) {
                QVERIFY(one.address >= last && one.address % 4096 == 0 && one.pages > 0);
                QVERIFY(one.pages <= (top - one.address) / 4096);
                last = one.address + map->bytes(one);
                QCOMPARE(one.fileOffset, stored);
                stored += one.present() ? map->bytes(one) : 0;
            }
            QCOMPARE(map->storedBytes(), stored);
        }
    }
}

void TestPageMap::hugeCountsTakeNoMemory()
{
    constexpr uint64_t pages = (uint64_t{1} << 51) - 1;
    const PageMap map = read(image().record(entry(0, pages)).record(entry(uint64_t{1} << 63, pages)).bytes());
    QVERIFY(!map.problem());
    QCOMPARE(map.entries().size(), size_t{2});
    QCOMPARE(map.storedBytes(), 2 * pages * 4096);
    QVERIFY(map.entryAtFileOffset(pages * 4096) == &map.entries()[1]);
    // A frame of four gigabytes, in a file of some bytes.
    const PageMap huge = read(image().record(0xfffffff0u, "x").bytes());
    QVERIFY(huge.problem());
}

void TestPageMap::unreadable()
{
    const std::string whole = image().record(entry(0x1000, 2)).bytes();
    StringSource disk(whole, "pagemap-1.img");
    disk.failFrom(2);
    const auto map = PageMap::read(disk, 4096);
    QVERIFY(!map.ok());
    QCOMPARE(map.error().code, ErrorCode::InputUnreadable);
}

void TestPageMap::entriesOverWindows()
{
    // Larger than what is read at once, so that records lie over the borders.
    ImageBuilder builder = image();
    constexpr uint64_t count = 200000;
    for (uint64_t i = 0; i < count; ++i)
        builder.record(entry(0x100000000 + i * 8192, 1));
    const std::string whole = builder.bytes();
    QVERIFY(whole.size() > 2 << 20);
    const PageMap map = read(whole);
    QVERIFY(!map.problem());
    QCOMPARE(map.entries().size(), size_t{count});
    QVERIFY(map.entries().capacity() < 2 * size_t{count}); // as many as are there, or nearly
    for (uint64_t i = 0; i < count; ++i)
        QVERIFY(map.entries()[i].address == 0x100000000 + i * 8192 &&
                map.entries()[i].fileOffset == i * 4096);
}

CRYOSCOPE_TEST(TestPageMap)

} // namespace tst_pagemap

#include "tst_pagemap.moc"
