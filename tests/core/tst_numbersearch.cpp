// SPDX-License-Identifier: Apache-2.0
// Values in what images hold as numbers.
#include "core/detect/numbersearch.h"

#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QTemporaryDir>
#include <set>

namespace tst_numbersearch
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

const std::string secret = "Zx9kQpL2vvT7";

/// How vector registers are stored.
enum class Words { Apart, Packed };

std::vector<uint64_t> wordsOf(const std::string &bytes, ByteOrder order)
{
    std::vector<uint64_t> words;
    for (size_t at = 0; at < bytes.size(); at += 4)
        words.push_back(loadInteger(asBytes(bytes).subspan(at, 4), order));
    return words;
}

/// The core image of a task whose first vector registers hold these bytes (a multiple of four).
std::string coreImage(const std::string &bytes, ByteOrder order, Words how)
{
    MessageBuilder vectors("user_x86_fpregs_entry");
    if (how == Words::Packed)
        vectors.packed("xmm_space", wordsOf(bytes, order));
    for (const uint64_t word : how == Words::Packed ? std::vector<uint64_t>() : wordsOf(bytes, order))
        vectors.set("xmm_space", word);
    MessageBuilder info("thread_info_x86");
    info.set("fpregs", vectors.fillRequired());
    MessageBuilder core("core_entry");
    core.set("mtype", 1)
        .set("thread_info", info.fillRequired())
        .set("tc", MessageBuilder("task_core_entry").set("task_state", 1).set("comm", "prog").fillRequired())
        .set("thread_core", MessageBuilder("thread_core_entry").set("comm", "prog").fillRequired());
    return ImageBuilder("CORE", order).record(core.fillRequired()).bytes();
}

std::shared_ptr<const Memory> loaded(const CheckpointBuilder &builder, const QTemporaryDir &folder)
{
    const std::string images = folder.filePath(QStringLiteral("images")).toStdString();
    builder.writeTo(images);
    const auto checkpoint = Checkpoint::open(images);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

std::vector<NumberHit> search(const Memory &memory, const std::string &value)
{
    const std::vector<SearchValue> values{{value, 7}};
    const auto hits = findInNumbers(memory, values);
    if (!hits)
        qFatal("%s", hits.error().describe().c_str());
    return *hits;
}

} // namespace

class tst_numbersearch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void registers_data();
    void registers();
    void otherImages_data();
    void otherImages();
    void manyNumbers();
    void cancelled();
};

void tst_numbersearch::registers_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("at"); // in the registers, bytes; -1: it is not there
    QTest::addColumn<int>("order");
    QTest::addColumn<int>("how");
    for (const auto order : {ByteOrder::Little, ByteOrder::Big}) {
        for (const auto how : {Words::Apart, Words::Packed}) {
            const auto row = [&](const char *name, const std::string &value, int at) {
                QTest::addRow("%s%s, %s", how == Words::Packed ? "packed, " : "",
                              order == ByteOrder::Big ? "big-endian" : "little-endian", name)
                    << QByteArray::fromStdString(value) << at << static_cast<int>(order)
                    << static_cast<int>(how);
            };
            row("a value", secret, 21);
            row("of four bytes", "Qz7x", 16);
            row("of five bytes over two words", "Qz7xk", 30);
            row("another", "Zx9kQpL2vvT8", -1);
            row("of three bytes", "Qz7", -1);
        }
    }
}

/// Each word that holds a part of it, and nothing else.
void tst_numbersearch::registers()
{
    QFETCH(QByteArray, value);
    QFETCH(int, at);
    QFETCH(int, order);
    QFETCH(int, how);
    std::string bytes(256, '\0');
    const std::string stored = at < 0 ? secret + "Qz" : value.toStdString();
    bytes.replace(static_cast<size_t>(std::max(at, 8)), stored.size(), stored);
    QTemporaryDir folder;
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    builder.member("core-100.img", coreImage(bytes, static_cast<ByteOrder>(order), static_cast<Words>(how)));
    const auto memory = loaded(builder, folder);
    const auto hits = search(*memory, value.toStdString());
    QCOMPARE(hits.size(), size_t{at < 0 ? 0u : 1u});
    if (at < 0)
        return;
    const NumberHit &hit = hits.front();
    QCOMPARE(hit.valueId, uint64_t{7});
    QVERIFY2(hit.field.ends_with("xmm_space"), hit.field.c_str());
    const auto end = at + static_cast<int>(value.size());
    QCOMPARE(hit.parts.size(), static_cast<size_t>((end + 3) / 4 - at / 4));
    // What the places store, put together again.
    std::string found;
    for (const Extent &part : hit.parts) {
        const auto varint =
            memory->checkpoint().archive().member(part.member).content->readAll(part.offset, part.length);
        QVERIFY(varint.ok());
        uint64_t word = 0;
        for (size_t i = 0; i < varint->size(); ++i)
            word |= (std::to_integer<uint64_t>((*varint)[i]) & 0x7f) << (7 * i);
        found += number(word, 4, static_cast<ByteOrder>(order));
    }
    QCOMPARE(found.find(value.toStdString()), static_cast<size_t>(at % 4));
}

void tst_numbersearch::otherImages_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("found");
    QTest::newRow("eight bytes") << QByteArray("Zx9kQpL2") << true;
    QTest::newRow("another") << QByteArray("Zx9kQpL3") << false;
    QTest::newRow("seven bytes, as ids and sizes may have them") << QByteArray("x9kQpL2") << false;
}

/// What a program lets the kernel keep for it.
void tst_numbersearch::otherImages()
{
    QFETCH(QByteArray, value);
    QFETCH(bool, found);
    QTemporaryDir folder;
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).fd(3, 50);
    MessageBuilder watched("eventpoll_tfd_entry");
    watched.set("tfd", 4).set("data", loadInteger(asBytes(std::string("Zx9kQpL2")), ByteOrder::Little));
    MessageBuilder poll("eventpoll_file_entry");
    poll.set("id", 50).set("tfd", watched.fillRequired());
    builder.fileEntry(50, "epfd", poll.fillRequired());
    const auto memory = loaded(builder, folder);
    const auto hits = search(*memory, value.toStdString());
    QCOMPARE(hits.size(), size_t{found ? 1u : 0u});
    if (found) {
        QCOMPARE(memory->checkpoint().archive().member(hits.front().member).path, std::string("files.img"));
        QVERIFY2(hits.front().field.ends_with("tfd.data"), hits.front().field.c_str());
    }
}

/// More than are searched at once.
void tst_numbersearch::manyNumbers()
{
    QTemporaryDir folder;
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    std::string bytes(1 << 16, '\x01');
    constexpr int images = 90; // of 64 KiB of numbers each
    for (int i = 0; i < images; ++i) {
        std::string own = bytes;
        own.replace(static_cast<size_t>(1000 + i), secret.size(), secret);
        builder.member("core-" + std::to_string(1000 + i) + ".img",
                       coreImage(own, ByteOrder::Little, Words::Apart));
    }
    const auto memory = loaded(builder, folder);
    const auto hits = search(*memory, secret);
    QCOMPARE(hits.size(), size_t{images});
    std::set<MemberId> members;
    for (const NumberHit &hit : hits) {
        members.insert(hit.member);
        QVERIFY(hit.parts.size() == 3 || hit.parts.size() == 4);
    }
    QCOMPARE(members.size(), size_t{images});
}

void tst_numbersearch::cancelled()
{
    QTemporaryDir folder;
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    const auto memory = loaded(builder, folder);
    std::stop_source stop;
    stop.request_stop();
    const std::vector<SearchValue> values{{secret, 7}};
    const auto hits = findInNumbers(*memory, values, stop.get_token());
    QVERIFY(!hits.ok());
    QVERIFY(hits.error().code == ErrorCode::Cancelled);
}

CRYOSCOPE_TEST(tst_numbersearch)

} // namespace tst_numbersearch

#include "tst_numbersearch.moc"
