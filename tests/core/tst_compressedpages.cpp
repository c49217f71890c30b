// SPDX-License-Identifier: Apache-2.0
// Pages that are stored as LZ4 blocks: read, scanned and redacted like any others, and refused by name where
// their layout is not certain.
#include "core/detect/runwalker.h"
#include "core/detect/valuesearch.h"
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/image/decodedpages.h"
#include "core/image/lz4block.h"
#include "core/memory/run.h"
#include "core/review/copies.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/compressedpages.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>

namespace tst_compressedpages
{

using namespace cryoscope;
using test::CompressedPages;

namespace
{

constexpr uint64_t base = 0x100000;
const std::string secret = "Zx9kQpL2vvT7mR4s";

/// A page of text that compresses well, different for each `seed`.
std::string textPage(unsigned seed, uint64_t pageSize = 4096)
{
    std::string page;
    while (page.size() < pageSize)
        page += "line " + std::to_string(seed) + " of a text that says the same again and again; ";
    page.resize(pageSize);
    return page;
}

/// A page that no encoder makes shorter.
std::string noisePage(unsigned seed, uint64_t pageSize = 4096)
{
    std::mt19937_64 random(seed);
    std::string page(pageSize, '\0');
    for (char &byte : page)
        byte = static_cast<char>(random());
    return page;
}

std::string zeroPages(size_t count, uint64_t pageSize = 4096)
{
    return std::string(count * pageSize, '\0');
}

/// A set with one task whose memory is `pages`.
test::CheckpointBuilder setOf(const CompressedPages &pages, uint32_t mode, std::optional<uint32_t> region,
                              uint64_t pageSize = 4096)
{
    test::CheckpointBuilder builder(pageSize);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(base, base + 4096 * pageSize).page(base, "replaced below");
    builder.member("pagemap-100.img", pages.pagemap(1)).member("pages-1.img", pages.pages());
    builder.member("inventory.img", CompressedPages::inventory(mode, region));
    return builder;
}

std::shared_ptr<const Memory> load(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

std::string allProblems(const Memory &memory)
{
    std::string text;
    for (const Problem &problem : memory.problems()) {
        if (problem.severity != Severity::Note)
            text += problem.error.describe() + "\n";
    }
    return text;
}

/// The memory of the task as it reads, absent bytes as '?'.
std::string readTask(const Memory &memory, uint64_t address, size_t length)
{
    std::string bytes(length, '?');
    const auto space = memory.addressSpace(100);
    if (!space || !space->read(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
        return "unreadable";
    return bytes;
}

std::span<const std::byte> bytesOf(const std::string &text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

bool shell(const QString &script, const QString &directory)
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-ec"), script});
    return process.waitForFinished(60000) && process.exitCode() == 0;
}

std::string fileText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace

class TestCompressedPages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void blocksOfLiblz4();
    void damagedBlocks_data();
    void damagedBlocks();
    void layouts_data();
    void layouts();
    void boundedCache();
    void damagedBlockIsNamed();
    void damagedBlockHidesNothing();
    void refusals_data();
    void refusals();
    void encryptedIsNotRead();
    void parentsMix();
    void sharedObject();
    void scanned();
    void redacted_data();
    void redacted();
    void verifyWithoutCase();
    void nothingFoundNothingChanged();
    void becomesZero();
    void sabotage();

private:
    [[nodiscard]] QString write(const test::CheckpointBuilder &builder, const char *name = "images") const
    {
        const QString path = m_folder->filePath(QString::fromLatin1(name));
        builder.writeTo(path.toStdString());
        return path;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCompressedPages::blocksOfLiblz4()
{
    // As liblz4 1.9.4 writes 4096 times "a": one literal, a match of offset 1, five literals.
    const std::string vector =
        std::string("\x1f\x61\x01\x00", 4) + std::string(15, '\xff') + std::string("\xf6\x50") + "aaaaa";
    std::vector<std::byte> out(4096);
    const auto wrong = decodeLz4Block(bytesOf(vector), out);
    QVERIFY2(!wrong, wrong ? std::string(*wrong).c_str() : "");
    QVERIFY(std::all_of(out.begin(), out.end(), [](std::byte b) { return b == std::byte{'a'}; }));
    for (const std::string &content : {textPage(1), textPage(2, 65536), std::string(1, 'x'), noisePage(3),
                                       zeroPages(1), textPage(4) + noisePage(5) + zeroPages(2)}) {
        const std::string block = CompressedPages::lz4(content);
        out.assign(content.size(), std::byte{1});
        QVERIFY(!decodeLz4Block(bytesOf(block), out));
        QVERIFY(asText(out) == content);
    }
}

void TestCompressedPages::damagedBlocks_data()
{
    QTest::addColumn<QByteArray>("block");
    QTest::addColumn<int>("length");
    const std::string good = CompressedPages::lz4(textPage(1));
    const auto row = [](const char *name, const std::string &block, int length = 4096) {
        QTest::newRow(name) << QByteArray::fromStdString(block) << length;
    };
    row("empty", {});
    row("cut short", good.substr(0, good.size() - 1));
    row("one byte more", good + '\0');
    row("target too short", good, 4095);
    row("target too long", good, 4097);
    row("offset before the start", std::string("\x10x\xff\x7f\x50yyyyy", 10), 10);
    // Literal "x", match of offset 0 and 4 bytes, then 12 literals: liblz4 takes it, others do not.
    row("match of offset 0", std::string("\x10x\x00\x00\xc0yyyyyyyyyyyy", 17), 17);
    row("match of offset 0 behind long literals",
        std::string("\xf0\x01") + std::string(16, 'l') + std::string("\x00\x00\xc0yyyyyyyyyyyy", 15), 32);
}

void TestCompressedPages::damagedBlocks()
{
    QFETCH(QByteArray, block);
    QFETCH(int, length);
    std::vector<std::byte> out(static_cast<size_t>(length));
    QVERIFY(decodeLz4Block(bytesOf(block.toStdString()), out).has_value());
}

void TestCompressedPages::layouts_data()
{
    QTest::addColumn<int>("perBlock");
    QTest::addColumn<int>("pageSize");
    for (const int pageSize : {4096, 16384, 65536}) {
        for (const int perBlock : {1, 3, 4, 64}) {
            if (perBlock * pageSize <= 4 << 20)
                QTest::addRow("%d pages of %d", perBlock, pageSize) << perBlock << pageSize;
        }
    }
}

void TestCompressedPages::layouts()
{
    QFETCH(int, perBlock);
    QFETCH(int, pageSize);
    const auto size = static_cast<uint64_t>(pageSize);
    const auto per = static_cast<uint32_t>(perBlock);
    CompressedPages pages(per, size);
    std::map<uint64_t, std::string> expected;
    uint64_t at = base;
    const auto add = [&](const std::string &content, auto &&write) {
        write(at, content);
        expected[at] = content;
        at += content.size() + size;
    };
    const auto blocks = [&](const std::string &content, bool aligned = false) {
        add(content, [&](uint64_t address, const std::string &c) { pages.blocks(address, c, aligned); });
    };
    blocks(textPage(1, size) + textPage(2, size) + noisePage(3, size));
    blocks(zeroPages(5, size)); // nothing is stored of it
    add(noisePage(4, size) + noisePage(5, size), [&](uint64_t address, const std::string &c) {
        pages.plain(address, c, true);
    }); // behind an odd offset
    std::string mixed;
    for (unsigned i = 0; i < 2 * per + 1; ++i) // a short last block unless it is a page
        mixed += i % 3 == 0 ? textPage(i, size) : i % 3 == 1 ? zeroPages(1, size) : noisePage(i, size);
    blocks(mixed, true);
    pages.absent(at, 2, 2); // lazy
    const uint64_t lazy = at;
    at += 3 * size;
    std::string many; // more blocks than lie between two kept offsets
    if (pageSize == 4096) {
        for (unsigned i = 0; i < 130 * std::min(per, 4u) + 2; ++i)
            many += i % 7 == 0 ? zeroPages(1, size) : textPage(i, size);
        blocks(many);
    }
    blocks(textPage(9, size));
    const auto memory = load(write(setOf(
        pages, per == 1 ? 1 : 2, per == 1 ? std::nullopt : std::optional(per * uint32_t(pageSize)), size)));
    QCOMPARE(allProblems(*memory), std::string());
    QCOMPARE(memory->checkpoint().pageSize(), size);
    const auto space = memory->addressSpace(100);
    for (const auto &[address, content] : expected) {
        // Pages that are stored as nothing are told as such, the others read as they were.
        std::string seen(content.size(), '\0');
        const auto absent = space->read(address, std::as_writable_bytes(std::span(seen.data(), seen.size())));
        QVERIFY2(absent.ok(), absent.ok() ? "" : absent.error().describe().c_str());
        QVERIFY(seen == content);
        for (const AddressPiece &piece : *absent)
            QCOMPARE(piece.presence, Presence::Untouched);
        // Page by page, and over the borders of pages.
        for (uint64_t from = 0; from + 100 < content.size(); from += size - 50) {
            std::string part(100, '\0');
            QVERIFY(space->read(address + from, std::as_writable_bytes(std::span(part.data(), 100))).ok());
            QVERIFY(part == content.substr(from, 100));
        }
    }
    QCOMPARE(space->pieces({lazy, size}).front().presence, Presence::Lazy);
    // The way back.
    for (const auto &[address, content] : expected) {
        for (uint64_t from = 0; from < content.size(); from += size) {
            if (content.compare(from, size, zeroPages(1, size)) == 0)
                continue;
            const auto extents = space->extents(address + from + 7, 1);
            QVERIFY(extents.ok());
            const auto places = memory->places(extents->front());
            QCOMPARE(places.size(), size_t{1});
            QCOMPARE(places.front().address, address + from + 7);
        }
    }
}

void TestCompressedPages::boundedCache()
{
    constexpr uint32_t per = 1024; // the largest region
    CompressedPages pages(per);
    std::string content;
    for (unsigned i = 0; i < 8 * per; ++i)
        content += textPage(i);
    pages.blocks(base, content);
    const auto memory = load(write(setOf(pages, 2, per * 4096)));
    QCOMPARE(allProblems(*memory), std::string());
    const Member *decoded = memory->checkpoint().archive().find("pages-1.img!");
    QVERIFY(decoded != nullptr);
    const auto *source = dynamic_cast<const DecodedPages *>(decoded->content.get());
    QVERIFY(source != nullptr);
    for (uint64_t at = 0; at + 5000 < content.size(); at += 1'000'003) {
        std::vector<std::byte> part(5000);
        QVERIFY(source->read(at, part).ok());
        QVERIFY(asText(part) == std::string_view(content).substr(at, 5000));
        QVERIFY(source->cached() <= DecodedPages::cacheSize);
    }
    QVERIFY(source->cached() > 0);
}

void TestCompressedPages::damagedBlockIsNamed()
{
    CompressedPages pages;
    pages.blocks(base, textPage(1) + textPage(2) + textPage(3));
    const uint64_t second = pages.entry(0).sizes[0];
    pages.entry(0).payload[second + 3] = '\0'; // somewhere in the tokens
    pages.entry(0).payload.replace(second, 4, std::string("\xff\xff\xff\xff"));
    const auto memory = load(write(setOf(pages, 1, {})));
    const auto space = memory->addressSpace(100);
    std::vector<std::byte> page(4096);
    QVERIFY(space->read(base, page).ok()); // the others are readable
    QVERIFY(space->read(base + 8192, page).ok());
    const auto wrong = space->read(base + 4096, page);
    QVERIFY(!wrong.ok());
    QCOMPARE(wrong.error().code, ErrorCode::InputMalformed);
    QCOMPARE(wrong.error().file, std::string("pages-1.img"));
    QCOMPARE(wrong.error().offset, std::optional(second));
}

void TestCompressedPages::damagedBlockHidesNothing()
{
    std::string content = textPage(1) + textPage(2) + textPage(3) + textPage(4);
    content.replace(100, secret.size(), secret);
    content.replace(2 * 4096, secret.size(), secret); // right behind the damaged block
    content.replace(4 * 4096 - 8, 8, secret.substr(0, 8));
    CompressedPages pages;
    pages.blocks(base, content + secret.substr(8) + textPage(5).substr(secret.size() - 8));
    const uint64_t second = pages.entry(0).sizes[0];
    pages.entry(0).payload.replace(second, 4, std::string("\xff\xff\xff\xff"));
    const auto memory = load(write(setOf(pages, 1, {})));
    for (const uint64_t unit : {uint64_t{256} << 10, uint64_t{5000}, uint64_t{100}}) {
        std::set<uint64_t> found;
        std::vector<Problem> unread;
        std::mutex mutex;
        RunWalkOptions options;
        options.unitBytes = unit;
        options.after = 64;
        const std::vector<Run> all = allRuns(*memory);
        std::vector<Run> runs;
        std::copy_if(all.begin(), all.end(), std::back_inserter(runs),
                     [](const Run &run) { return run.kind == Run::Kind::TaskMemory; });
        const auto done = walkRuns(
            *memory, runs, options,
            [&](const RunWindow &window, size_t) {
                const std::lock_guard lock(mutex);
                for (size_t at = window.bytes.find(secret, window.ownBegin); at < window.ownEnd;
                     at = window.bytes.find(secret, at + 1))
                    found.insert(window.run->start + window.start + at);
            },
            unread);
        QVERIFY(done.ok());
        const std::set<uint64_t> expected{base + 100, base + 2 * 4096, base + 4 * 4096 - 8};
        if (unit > 4096)
            QVERIFY(found == expected);
        QVERIFY(!unread.empty());
        for (const Problem &problem : unread) {
            QCOMPARE(problem.error.file, std::string("pages-1.img"));
            QCOMPARE(problem.error.offset, std::optional(second));
        }
    }
}

void TestCompressedPages::refusals_data()
{
    QTest::addColumn<QByteArray>("inventory");
    QTest::addColumn<QByteArray>("pagemap");
    QTest::addColumn<QByteArray>("pages");
    QTest::addColumn<QString>("said");
    using Change = std::function<void(CompressedPages &)>;
    const auto row = [](const char *name, const char *said, const Change &change,
                        const std::string &inventory = CompressedPages::inventory(2, 4 * 4096),
                        int fileChange = 0) {
        CompressedPages pages(4);
        pages.blocks(base, textPage(1) + textPage(2) + textPage(3) + textPage(4) + textPage(5));
        pages.plain(base + 0x10000, noisePage(6), true);
        change(pages);
        std::string file = pages.pages();
        if (fileChange < 0)
            file.pop_back();
        else
            file.append(static_cast<size_t>(fileChange), '\0');
        QTest::newRow(name) << QByteArray::fromStdString(inventory)
                            << QByteArray::fromStdString(pages.pagemap(1)) << QByteArray::fromStdString(file)
                            << QString::fromLatin1(said);
    };
    const Change none = [](CompressedPages &) {};
    row("a block too few", "1 compressed blocks instead of 2", [](CompressedPages &p) {
        p.entry(0).sizes.pop_back();
        p.entry(0).total = p.entry(0).sizes[0];
    });
    row("a block too many", "3 compressed blocks instead of 2",
        [](CompressedPages &p) { p.entry(0).sizes.push_back(0); });
    row("wrong total", "compressed blocks have", [](CompressedPages &p) { ++*p.entry(0).total; });
    row("last block too large", "is longer than its pages", [](CompressedPages &p) {
        p.entry(0).total = *p.entry(0).total - p.entry(0).sizes[1] + 4097;
        p.entry(0).sizes[1] = 4097;
    });
    row("total without sizes", "without their sizes", [](CompressedPages &p) { p.entry(0).sizes.clear(); });
    row("aligned but not present", "pages that are not stored",
        [](CompressedPages &p) { p.absent(base + 0x20000, 1, 2 | 8); });
    row("present and in the parent", "here and in the parent",
        [](CompressedPages &p) { p.absent(base + 0x20000, 1, 1 | 4); });
    row("unknown flag", "unsupported layout", [](CompressedPages &p) { p.entry(0).flags |= 16; });
    row("no pages", "has no pages", [](CompressedPages &p) { p.entry(1).pages = 0; });
    row("2^52 pages", "impossible address or count",
        [](CompressedPages &p) { p.entry(1).pages = uint64_t{1} << 52; });
    row("2^40 pages of blocks", "instead of", [](CompressedPages &p) {
        p.entry(0).pages = uint64_t{1} << 40;
        p.entry(1).address = uint64_t{1} << 60;
    });
    row("region that is not the set's", "the inventory says", none, CompressedPages::inventory(2, 8192));
    row("regions page by page", "page by page", none, CompressedPages::inventory(1, {}));
    row("region of 0", "regions of 0 bytes", none, CompressedPages::inventory(2, 0));
    row("region of 4097", "regions of 4097 bytes", none, CompressedPages::inventory(2, 4097));
    row("region over 4 MiB", "regions of", none, CompressedPages::inventory(2, (4 << 20) + 4096));
    row("mode 3", "mode 3 is not known", none, CompressedPages::inventory(3, {}));
    row("version 2", "image version 2", none, CompressedPages::inventory(2, 4 * 4096, 2));
    row("not compressed", "cannot be inspected", none, CompressedPages::inventory(0, {}));
    row("file one byte short", "of the pages file", none, CompressedPages::inventory(2, 4 * 4096), -1);
    row("file one byte long", "of the pages file", none, CompressedPages::inventory(2, 4 * 4096), 1);
    row("nested sizes", "unsupported layout", [](CompressedPages &p) {
        // block_sizes, pages_per_block, total_payload_size in a message of number 6
        p.entry(0).sizes = {0x08, 16, 0x10, 4, 0x18, 32};
        p.entry(0).total.reset();
        p.entry(0).region.reset();
    });
}

void TestCompressedPages::refusals()
{
    QFETCH(QByteArray, inventory);
    QFETCH(QByteArray, pagemap);
    QFETCH(QByteArray, pages);
    QFETCH(QString, said);
    auto builder = setOf(CompressedPages(), 1, {});
    builder.member("inventory.img", inventory.toStdString());
    builder.member("pagemap-100.img", pagemap.toStdString()).member("pages-1.img", pages.toStdString());
    const auto memory = load(write(builder));
    const std::string problems = allProblems(*memory);
    QVERIFY2(problems.find(said.toStdString()) != std::string::npos, problems.c_str());
    // Nothing of the pages is taken for what it might not be.
    QVERIFY(memory->checkpoint().archive().find("pages-1.img!") == nullptr);
    const auto pieces = memory->addressSpace(100)->pieces({base, 5 * 4096});
    QVERIFY(std::none_of(pieces.begin(), pieces.end(),
                         [](const AddressPiece &piece) { return piece.presence == Presence::Present; }));
}

void TestCompressedPages::encryptedIsNotRead()
{
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(base, base + 0x2000).page(base, "cipher");
    builder.member("cipher.img", "anything");
    const auto memory = load(write(builder));
    QVERIFY2(allProblems(*memory).find("encrypted") != std::string::npos, allProblems(*memory).c_str());
    const auto pieces = memory->addressSpace(100)->pieces({base, 4096});
    QCOMPARE(pieces.size(), size_t{1});
    QCOMPARE(pieces.front().presence, Presence::Damaged);
}

void TestCompressedPages::parentsMix()
{
    // Each layer has a form of its own; the oldest is plain, the next by page, the newest by region.
    CompressedPages newest(4);
    newest.blocks(base, textPage(1)).absent(base + 4096, 2, 1).blocks(base + 3 * 4096, textPage(4));
    CompressedPages middle;
    middle.blocks(base + 4096, textPage(2)).absent(base + 2 * 4096, 1, 1);
    auto builder = setOf(newest, 2, 4 * 4096);
    builder.member("middle/inventory.img", CompressedPages::inventory(1, {}));
    builder.member("middle/pagemap-100.img", middle.pagemap(1)).member("middle/pages-1.img", middle.pages());
    test::PagesBuilder oldest;
    oldest.write(base + 2 * 4096, textPage(3));
    builder.member("oldest/inventory.img", CompressedPages::inventory(0, {}, 2));
    builder.member("oldest/pagemap-100.img", oldest.pagemap(1)).member("oldest/pages-1.img", oldest.pages());
    builder.parent("middle");
    const QString path = write(builder);
    QVERIFY(QFile::link(QStringLiteral("../oldest"), path + QStringLiteral("/middle/parent")));
    const auto memory = load(path);
    QCOMPARE(allProblems(*memory), std::string());
    QVERIFY(readTask(*memory, base, 4 * 4096) == textPage(1) + textPage(2) + textPage(3) + textPage(4));
}

void TestCompressedPages::sharedObject()
{
    CompressedPages object(4);
    object.blocks(0, textPage(1) + textPage(2));
    auto builder = setOf(CompressedPages(), 2, 4 * 4096);
    CompressedPages own(4);
    own.blocks(base, textPage(9));
    builder.member("pagemap-100.img", own.pagemap(1)).member("pages-1.img", own.pages());
    builder.member("pagemap-shmem-7.img", object.pagemap(5)).member("pages-5.img", object.pages());
    auto &other = builder.task(200, "other");
    other.exe(builder.file("/bin/other"));
    other.vma(0x500000, 0x502000, test::VmaKind::SharedAnonymous, {.object = 7});
    const auto memory = load(write(builder));
    const auto space = memory->addressSpace(200);
    std::vector<std::byte> bytes(8192);
    QVERIFY(space->read(0x500000, bytes).ok());
    QVERIFY(asText(bytes) == textPage(1) + textPage(2));
    const auto extents = space->extents(0x501010, 1);
    QVERIFY(extents.ok());
    const auto places = memory->places(extents->front());
    QCOMPARE(places.size(), size_t{1});
    QCOMPARE(places.front().pid, 200u);
    QCOMPARE(places.front().address, uint64_t{0x501010});
}

namespace
{

/// Pages with the secret over the border of two blocks, over that of two entries, in an LZ4 block, in a plain
/// entry and in what aligns one.
CompressedPages withSecrets()
{
    CompressedPages pages(2);
    std::string border = textPage(1) + textPage(2) + textPage(3) + textPage(4);
    border.replace(2 * 4096 - 5, secret.size(), secret);
    border.replace(100, secret.size(), secret);
    std::string end = textPage(5) + textPage(6);
    end.replace(end.size() - 3, 3, secret.substr(0, 3));
    std::string begin = noisePage(7);
    begin.replace(0, secret.size() - 3, secret.substr(3));
    begin.replace(2000, secret.size(), secret);
    pages.blocks(base, border);
    pages.blocks(base + 0x10000, end);
    pages.plain(base + 0x12000, begin, true);
    pages.blocks(base + 0x20000, textPage(8) + textPage(9) + zeroPages(4) + textPage(10));
    pages.plain(base + 0x40000, noisePage(11), true);
    pages.filler('p');
    return pages;
}

std::shared_ptr<const Memory> review(const QString &path, std::vector<CaseFinding> &findings,
                                     std::optional<RedactionPlan> &plan, const Replacement &replacement = {})
{
    auto memory = load(path);
    auto kept = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    if (!found || !(*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test"))
        qFatal("the secret cannot be accepted");
    findings = *(*kept)->findings();
    auto made = RedactionPlan::make(*memory, findings, replacement);
    if (!made)
        qFatal("%s", made.error().describe().c_str());
    plan = std::move(*made);
    return memory;
}

std::string itemsOf(const Proof &proof)
{
    std::string text;
    for (const ProofItem &item : proof.items) {
        if (item.state != ProofItem::State::Passed)
            text += item.id + ": " + item.detail + "\n";
    }
    return text;
}

} // namespace

void TestCompressedPages::scanned()
{
    const auto memory = load(write(setOf(withSecrets(), 2, 8192)));
    QCOMPARE(allProblems(*memory), std::string());
    const std::vector<SearchValue> values{{secret, 1}};
    std::set<uint64_t> addresses;
    QVERIFY(findValues(*memory, values, [&](std::vector<ValueHit> &&hits) {
                for (const ValueHit &hit : hits) {
                    addresses.insert(hit.address);
                    QCOMPARE(hit.pid, 100u);
                }
            }).ok());
    const std::set<uint64_t> expected{base + 100, base + 2 * 4096 - 5, base + 0x12000 - 3,
                                      base + 0x12000 + 2000};
    QCOMPARE(addresses, expected);
    // Each stored byte lies in a run: blocks decoded, what aligns them as it stands.
    uint64_t gaps = 0;
    const Member *stored = memory->checkpoint().archive().find("pages-1.img");
    for (const Run &run : allRuns(*memory)) {
        if (run.kind == Run::Kind::Member && run.member == stored->id)
            gaps += run.length;
    }
    const auto *decoded = dynamic_cast<const DecodedPages *>(
        memory->checkpoint().archive().find("pages-1.img!")->content.get());
    uint64_t expectedGaps = 0;
    for (const ByteRange &gap : decoded->gaps())
        expectedGaps += gap.length;
    QVERIFY(expectedGaps > 0);
    QCOMPARE(gaps, expectedGaps);
}

void TestCompressedPages::redacted_data()
{
    QTest::addColumn<QString>("form");
    for (const char *form : {"directory", "tar", "tar.gz", "nested"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

void TestCompressedPages::redacted()
{
    QFETCH(QString, form);
    const CompressedPages pages = withSecrets();
    const auto builder = setOf(pages, 2, 8192);
    QString path = write(builder);
    const QString archive = m_folder->filePath(QStringLiteral("evidence.tar"));
    QString prefix;
    if (form == QStringLiteral("tar"))
        QVERIFY(shell(QStringLiteral("tar -cf '%1' -C images .").arg(archive), m_folder->path()));
    else if (form == QStringLiteral("tar.gz"))
        QVERIFY(shell(QStringLiteral("tar -czf '%1' -C images .").arg(archive), m_folder->path()));
    else if (form == QStringLiteral("nested")) {
        QVERIFY(shell(
            QStringLiteral("mkdir d; tar -cf d/inner.tar -C images .; tar -cf '%1' -C d .").arg(archive),
            m_folder->path()));
        prefix = QStringLiteral("inner.tar!./");
    }
    if (form != QStringLiteral("directory"))
        path = archive;

    std::vector<CaseFinding> findings;
    std::optional<RedactionPlan> plan;
    const auto memory = review(path, findings, plan);
    QCOMPARE(findings.size(), size_t{4});
    const Archive &before = memory->checkpoint().archive();
    std::set<std::string> rewritten;
    for (const MemberId id : plan->rewrittenMembers(before))
        rewritten.insert(before.member(id).path);
    const std::string at = prefix.toStdString();
    QVERIFY(rewritten.contains(at + "pages-1.img") && rewritten.contains(at + "pagemap-100.img"));

    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(memory).run(*plan, findings, out.toStdString());
    QVERIFY2(proof.ok(), proof.ok() ? "" : proof.error().describe().c_str());
    QVERIFY2(proof->passed(), itemsOf(*proof).c_str());

    const auto made = load(out);
    QCOMPARE(allProblems(*made), std::string());
    const Archive &after = made->checkpoint().archive();
    const auto content = [](const Archive &in, const std::string &name) {
        return std::string(asText(*in.find(name)->content->readWhole(1 << 30)));
    };
    // The pages are as they were but for the value, and what they are stored in holds it no more.
    std::string expected = pages.decoded();
    const std::string now = content(after, at + "pages-1.img!");
    QCOMPARE(now.size(), expected.size());
    const auto shape = Replacement{}.apply(bytesOf(secret), Encoding::Raw);
    for (size_t found = expected.find(secret); found != std::string::npos; found = expected.find(secret))
        expected.replace(found, secret.size(), asText(shape));
    // (Those of two entries are neighbours in memory and in the decoded form alike.)
    QVERIFY(now == expected);
    const std::string stored = content(after, at + "pages-1.img");
    QVERIFY(stored.find(secret) == std::string::npos);
    // What aligned payloads is zero now.
    const auto *decoded = dynamic_cast<const DecodedPages *>(after.find(at + "pages-1.img!")->content.get());
    for (const ByteRange &gap : decoded->gaps())
        QVERIFY(stored.substr(gap.offset, gap.length) == std::string(gap.length, '\0'));
    // The blocks of an entry without a hit are the same bytes, at another place.
    const std::string untouched = CompressedPages(2)
                                      .blocks(0, textPage(8) + textPage(9) + zeroPages(4) + textPage(10))
                                      .entry(0)
                                      .payload;
    QVERIFY(stored.find(untouched) != std::string::npos);
    // All other members are the same.
    for (const Member &member : before.members()) {
        const bool changes = member.path.find("pages-1.img") != std::string::npos ||
                             member.path.ends_with("pagemap-100.img") || member.path.ends_with("inner.tar");
        if (member.content && !changes)
            QVERIFY2(content(after, member.path) == content(before, member.path), member.path.c_str());
    }
}

void TestCompressedPages::verifyWithoutCase()
{
    const QString path = write(setOf(withSecrets(), 2, 8192));
    std::vector<CaseFinding> findings;
    std::optional<RedactionPlan> plan;
    const auto memory = review(path, findings, plan);
    const QString out = m_folder->filePath(QStringLiteral("out"));
    QVERIFY(Exporter(memory).run(*plan, findings, out.toStdString()).ok());
    VerifyInput input;
    input.evidence = memory.get();
    const auto proof = verifyExport(out.toStdString(), input);
    QVERIFY(proof.ok());
    QVERIFY2(proof->passed(), itemsOf(*proof).c_str());
    QVERIFY(proof->valuesChecked > 0);
}

void TestCompressedPages::nothingFoundNothingChanged()
{
    const QString path = write(setOf(withSecrets(), 2, 8192));
    const auto memory = load(path);
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{});
    QVERIFY(plan.ok());
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(memory).run(*plan, {}, out.toStdString());
    QVERIFY2(proof.ok(), proof.ok() ? "" : proof.error().describe().c_str());
    for (const QString &name : QDir(path).entryList(QDir::Files))
        QVERIFY2(fileText(path + u'/' + name) == fileText(out + u'/' + name), qPrintable(name));
}

void TestCompressedPages::becomesZero()
{
    // A block that is nothing but the value becomes nothing at all when it is zeroed.
    CompressedPages pages;
    pages.blocks(base, textPage(1) + secret + std::string(4096 - secret.size(), '\0') + textPage(2));
    const QString path = write(setOf(pages, 1, {}));
    std::vector<CaseFinding> findings;
    std::optional<RedactionPlan> plan;
    Replacement zero;
    zero.kind = Replacement::Kind::Zero;
    const auto memory = review(path, findings, plan, zero);
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(memory).run(*plan, findings, out.toStdString());
    QVERIFY2(proof.ok(), proof.ok() ? "" : proof.error().describe().c_str());
    const auto made = load(out);
    QCOMPARE(allProblems(*made), std::string());
    const auto pieces = made->addressSpace(100)->pieces({base + 4096, 4096});
    QCOMPARE(pieces.size(), size_t{1});
    QCOMPARE(pieces.front().presence, Presence::Untouched);
    QVERIFY(fileText(out + QStringLiteral("/pages-1.img")) ==
            CompressedPages::lz4(textPage(1)) + CompressedPages::lz4(textPage(2)));
}

void TestCompressedPages::sabotage()
{
    // An export with another change in a block, made well in all else, must not pass.
    const CompressedPages pages = withSecrets();
    const QString path = write(setOf(pages, 2, 8192));
    std::vector<CaseFinding> findings;
    std::optional<RedactionPlan> plan;
    const auto memory = review(path, findings, plan);
    const QString out = m_folder->filePath(QStringLiteral("out"));
    QVERIFY(Exporter(memory).run(*plan, findings, out.toStdString()).ok());
    std::string stored = fileText(out + QStringLiteral("/pages-1.img"));
    stored[stored.size() - 1] = static_cast<char>(stored.back() ^ 1); // in the plain entry at the end
    QFile file(out + QStringLiteral("/pages-1.img"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray::fromStdString(stored)) > 0);
    file.close();
    VerifyInput input;
    input.evidence = memory.get();
    input.plan = &*plan;
    input.values = {secret};
    const auto proof = verifyExport(out.toStdString(), input);
    QVERIFY(proof.ok());
    QVERIFY(!proof->passed());
    QVERIFY2(itemsOf(*proof).find("difference") != std::string::npos, itemsOf(*proof).c_str());
}

CRYOSCOPE_TEST(TestCompressedPages)

} // namespace tst_compressedpages

#include "tst_compressedpages.moc"
