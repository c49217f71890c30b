// SPDX-License-Identifier: Apache-2.0
#include "core/image/critformat.h"
#include "core/image/critjson.h"
#include "tests/support/critcases.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarreader.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"
#include "tests/support/zoothemes.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <random>

namespace tst_critjson
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace std::string_literals;

namespace
{

Image openImage(std::string bytes, std::string name = "test.img")
{
    auto image = Image::open(sourceOf(std::move(bytes), std::move(name)), testSchema());
    if (!image)
        qFatal("%s", image.error().describe().c_str());
    return std::move(*image);
}

std::string decode(const Image &image, const CritOptions &options = {})
{
    auto text = critDecode(image, options);
    return text ? std::move(*text) : "error: " + text.error().describe();
}

std::string decode(const ImageBuilder &builder, const CritOptions &options = {})
{
    return decode(openImage(builder.bytes()), options);
}

constexpr CritOptions pretty{.pretty = true};
constexpr CritOptions prettyNoPayload{.pretty = true, .nopl = true};

/// Where two texts begin to differ, with what stands there.
QByteArray difference(const std::string &actual, const std::string &expected)
{
    const auto at = static_cast<size_t>(
        std::mismatch(actual.begin(), actual.end(), expected.begin(), expected.end()).first - actual.begin());
    const size_t from = at < 60 ? 0 : at - 60;
    return QByteArray("at ") + QByteArray::number(static_cast<qulonglong>(at)) +
           "\nactual:   " + QByteArray::fromStdString(actual.substr(from, 120)) +
           "\nexpected: " + QByteArray::fromStdString(expected.substr(from, 120));
}

#define COMPARE_TEXT(actual, expected, name)                                                                 \
    do {                                                                                                     \
        const std::string actualText = (actual);                                                             \
        const std::string expectedText = (expected);                                                         \
        QVERIFY2(actualText == expectedText,                                                                 \
                 (QByteArray(name) + " " + difference(actualText, expectedText)).constData());               \
    } while (false)

} // namespace

class TestCritJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordedOutput_data();
    void recordedOutput();
    void recordedCases();
    void strings();
    void enumsWithoutName();
    void mergedMessages();
    void packedNumbers();
    void bigEndian();
    void unreleasedFields();
    void segmentsAsTheyAre();
    void damage();
    void changedBytes();
    void streamed();
    void flags();
    void devices();
    void addresses();
    void quotedPrintable();
    void sizes();
};

void TestCritJson::recordedOutput_data()
{
    QTest::addColumn<QString>("archive");
    QTest::addColumn<QString>("golden");
    const QString data = QStringLiteral(CRYOSCOPE_TEST_DATA "/");
    for (const char *name : {"process-tree", "podman", "chain", "zoo"})
        QTest::newRow(name) << data + QLatin1String(name) + QStringLiteral(".tar.zst")
                            << data + QLatin1String(name) + QStringLiteral(".golden.tar.zst");
    QTest::newRow("sample") << QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst")
                            << data + QStringLiteral("sample.golden.tar.zst");
    for (const auto &theme : zooThemes(CRYOSCOPE_TEST_DATA)) {
        const QString name = QString::fromStdString("zoo/" + theme);
        QTest::newRow(qPrintable(name))
            << data + name + QStringLiteral(".tar.zst") << data + name + QStringLiteral(".golden.tar.zst");
    }
}

void TestCritJson::recordedOutput()
{
    QFETCH(QString, archive);
    QFETCH(QString, golden);
    const auto members = readTar(archive.toStdString());
    const auto recorded = readTar(golden.toStdString());
    std::string prefix;
    for (const auto &[name, content] : members) {
        if (name.ends_with("pstree.img"))
            prefix = name.substr(0, name.size() - 10);
    }
    int compared = 0;
    for (const auto &[path, text] : recorded) {
        const bool isPretty = path.starts_with("pretty/");
        if (!isPretty && !path.starts_with("decode/"))
            continue;
        std::string name = path.substr(7, path.size() - 7 - 5); // without the folder and .json
        std::replace(name.begin(), name.end(), '%', '/');
        const Image image = openImage(members.at(prefix + name), name);
        COMPARE_TEXT(decode(image, {.pretty = isPretty}) + "\n", text, path.c_str());
        ++compared;
    }
    QVERIFY(compared > 20);
}

/// Images that no recorded checkpoint has, with what crit printed about them (tests/real/makecritcases.sh).
void TestCritJson::recordedCases()
{
    const auto recorded = readTar(CRYOSCOPE_TEST_DATA "/critcases.golden.tar.zst");
    for (const auto &[name, bytes] : critCases()) {
        QVERIFY2(recorded.at(name + ".img") == bytes, name.c_str()); // else the recording is of another image
        const Image image = openImage(bytes, name);
        COMPARE_TEXT(decode(image) + "\n", recorded.at(name + ".json"), name.c_str());
        COMPARE_TEXT(decode(image, pretty) + "\n", recorded.at(name + ".pretty.json"), name.c_str());
        const auto nopl = recorded.find(name + ".nopl.json"); // crit fails with some
        if (nopl != recorded.end())
            COMPARE_TEXT(decode(image, prettyNoPayload) + "\n", nopl->second, name.c_str());
    }
}

void TestCritJson::strings()
{
    const auto name = [](std::string_view text) {
        const std::string all =
            decode(ImageBuilder("REG_FILES").record(MessageBuilder("reg_file_entry").set("name", text)));
        const std::string before = R"({"magic": "REG_FILES", "entries": [{"name": )";
        return all.substr(before.size(), all.size() - before.size() - 3);
    };
    QCOMPARE(name(""), R"("")"s);
    QCOMPARE(name("a\"b\\c/d\n\r\t\b\f"), R"("a\"b\\c/d\n\r\t\b\f")"s);
    QCOMPARE(name("\x01\x1f\x7f\0z"s), R"("\u0001\u001f\u007f\u0000z")"s);
    QCOMPARE(name("caf\xc3\xa9"), R"("caf\u00e9")"s);
    QCOMPARE(name("\xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"),
             R"("\u20ac \ud83d\ude00 \udbff\udfff")"s);
    // What is no UTF-8: Latin-1, cut off, overlong, surrogates, beyond Unicode, stray continuation bytes.
    QCOMPARE(name("caf\xe9"), R"("caf\udce9")"s);
    QCOMPARE(name("\xe2\x82x"), R"("\udce2\udc82x")"s);
    QCOMPARE(name("\xc0\xaf"), R"("\udcc0\udcaf")"s);
    QCOMPARE(name("\xe0\x80\x80"), R"("\udce0\udc80\udc80")"s);
    QCOMPARE(name("\xed\xa0\x80"), R"("\udced\udca0\udc80")"s);
    QCOMPARE(name("\xf4\x90\x80\x80"), R"("\udcf4\udc90\udc80\udc80")"s);
    QCOMPARE(name("\x80\xff"), R"("\udc80\udcff")"s);
}

void TestCritJson::enumsWithoutName()
{
    const ImageBuilder image =
        ImageBuilder("FDINFO").record(MessageBuilder("fdinfo_entry").set("id", 1).set("type", 99));
    QCOMPARE(decode(image), R"({"magic": "FDINFO", "entries": [{"id": 1, "type": 99}]})"s);
}

void TestCritJson::mergedMessages()
{
    // The parts of one message: what stands in both counts as it stands last.
    MessageBuilder core("core_entry");
    core.set("tc", MessageBuilder("task_core_entry").set("task_state", 1).set("comm", "first"));
    core.set("tc", MessageBuilder("task_core_entry").set("comm", "second").set("exit_code", 5));
    QCOMPARE(
        decode(ImageBuilder("CORE").record(core)),
        R"({"magic": "CORE", "entries": [{"tc": {"task_state": 1, "exit_code": 5, "comm": "second"}}]})"s);
}

void TestCritJson::packedNumbers()
{
    MessageBuilder mm("mm_entry");
    mm.packed("mm_saved_auxv", {6, 4096}).set("mm_saved_auxv", ~uint64_t{0}).packed("mm_saved_auxv", {});
    QCOMPARE(decode(ImageBuilder("MM").record(mm)),
             R"({"magic": "MM", "entries": [{"mm_saved_auxv": [6, 4096, 18446744073709551615]}]})"s);
    QCOMPARE(decode(ImageBuilder("MM").record(
                 MessageBuilder("mm_entry").packed("mm_saved_auxv", {}).set("dumpable", 1))),
             R"({"magic": "MM", "entries": [{"dumpable": 1}]})"s);
}

void TestCritJson::bigEndian()
{
    const auto sems =
        ImageBuilder("IPCNS_SEM", ByteOrder::Big)
            .record(MessageBuilder("ipc_sem_entry").set("nsems", 2), semaphores({1, 515}, ByteOrder::Big));
    QCOMPARE(decode(sems), R"({"magic": "IPCNS_SEM", "entries": [{"nsems": 2, "extra": [1, 515]}]})"s);
    const auto socket = ImageBuilder("INETSK", ByteOrder::Big)
                            .record(MessageBuilder("inet_sk_entry").set("src_addr", 0x7f000001));
    QVERIFY(decode(socket, pretty).find("\"127.0.0.1\"") != std::string::npos);
}

void TestCritJson::unreleasedFields()
{
    const auto image =
        ImageBuilder("INVENTORY")
            .record(MessageBuilder("inventory_entry").set("img_version", 3).set("compress", 1));
    QCOMPARE(decode(image), R"({"magic": "INVENTORY", "entries": [{"img_version": 3}]})"s);
    QCOMPARE(decode(image, {.asCrit = false}),
             R"({"magic": "INVENTORY", "entries": [{"img_version": 3, "compress": 1}]})"s);
}

void TestCritJson::segmentsAsTheyAre()
{
    const MessageBuilder first = MessageBuilder("ipc_shm_entry").set("size", 4096).set("in_pagemaps", true);
    const MessageBuilder second = MessageBuilder("ipc_shm_entry").set("size", 3);
    const auto image = ImageBuilder("IPCNS_SHM").record(first).record(second, "abc\0"s);
    QCOMPARE(
        decode(image, {.asCrit = false}),
        R"({"magic": "IPCNS_SHM", "entries": [{"size": 4096, "in_pagemaps": true}, {"size": 3, "extra": "YWJj\n"}]})"s);
    // crit takes the second record for the memory of the first.
    QVERIFY(decode(image).starts_with(
        R"({"magic": "IPCNS_SHM", "entries": [{"size": 4096, "in_pagemaps": true, "extra": ")"));
    QVERIFY(decode(image).find("\"size\": 3") == std::string::npos);
}

void TestCritJson::damage()
{
    const std::string good =
        ImageBuilder("PIPES_DATA")
            .record(MessageBuilder("pipe_data_entry").set("pipe_id", 1).set("bytes", 1), "x")
            .bytes();
    const Image image = openImage(good + "\xff\xff\xff\x7f");
    const auto failed = critDecode(image);
    QVERIFY(!failed.ok());
    QCOMPARE(failed.error().offset, std::optional<uint64_t>(good.size()));
    QCOMPARE(decode(image, {.partial = true}),
             R"({"magic": "PIPES_DATA", "entries": [{"pipe_id": 1, "bytes": 1, "extra": "eA==\n"}]})"s);

    const Image nested = openImage(
        ImageBuilder("CORE").record(MessageBuilder("core_entry").set("mtype", 1).bytes(3, "\x08")).bytes());
    QVERIFY(!critDecode(nested).ok());
    QCOMPARE(decode(nested, {.partial = true}),
             R"({"magic": "CORE", "entries": [{"mtype": "X86_64", "tc": {}}]})"s);

    // A file that becomes unreadable after it was opened.
    auto source = std::make_shared<StringSource>(good);
    const auto opened = Image::open(source, testSchema());
    source->failFrom(0);
    QVERIFY(critDecode(*opened).error().code == ErrorCode::InputUnreadable);
}

/// Images with a few bytes changed: whatever they say, records lie in the file one after the other, and what
/// can be read is printed as JSON.
void TestCritJson::changedBytes()
{
    std::mt19937 random(20240613); // the same bytes each time
    for (const auto &[name, bytes] : critCases()) {
        for (int round = 0; round < 60; ++round) {
            std::string changed = bytes;
            for (unsigned i = random() % 4; i < 4 && changed.size() > 8; ++i)
                changed[8 + random() % (changed.size() - 8)] = static_cast<char>(random());
            if (random() % 4 == 0)
                changed.resize(random() % (changed.size() + 1));
            const auto image = Image::open(sourceOf(changed), testSchema());
            if (!image) {
                QVERIFY(image.error().offset.has_value());
                continue;
            }
            uint64_t end = 0;
            for (const Record &record : image->records()) {
                QVERIFY(record.frameOffset >= end);
                end = record.payload.end();
                QVERIFY(end <= changed.size());
            }
            const std::string text = decode(*image, {.pretty = round % 2 == 0, .partial = true});
            QJsonParseError problem;
            QJsonDocument::fromJson(QByteArray::fromStdString(text), &problem);
            QVERIFY2(problem.error == QJsonParseError::NoError, (name + " " + text).c_str());
        }
    }
}

void TestCritJson::streamed()
{
    // A payload larger than any buffer, in pieces that are not, and the same text.
    std::string content(3'000'000, 'x');
    for (size_t i = 0; i < content.size(); i += 7)
        content[i] = static_cast<char>(i);
    const Image image = openImage(ImageBuilder("GHOST_FILE")
                                      .record(MessageBuilder("ghost_file_entry").set("mode", 1), content)
                                      .bytes());
    std::string all;
    size_t longest = 0;
    const auto done = critDecode(image, {}, [&](std::string_view text) {
        longest = std::max(longest, text.size());
        all += text;
    });
    QVERIFY(done.ok());
    QVERIFY(longest < 200'000);
    COMPARE_TEXT(all, decode(image), "streamed");
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(all));
    const QString extra = document[QStringLiteral("entries")][0][QStringLiteral("extra")].toString();
    QVERIFY(QByteArray::fromBase64(extra.toLatin1()).toStdString() == content);
}

void TestCritJson::flags()
{
    QCOMPARE(critFlags("mmap.prot", 0), ""s);
    QCOMPARE(critFlags("mmap.prot", 7), "PROT_READ | PROT_WRITE | PROT_EXEC"s);
    QCOMPARE(critFlags("mmap.flags", 0x122), "MAP_PRIVATE | MAP_ANON | MAP_GROWSDOWN"s);
    QCOMPARE(critFlags("mmap.flags", 0x40002), "MAP_PRIVATE | 0x40000"s);
    QCOMPARE(critFlags("mmap.prot", 0x10), "0x10"s);
    QCOMPARE(critFlags("no.such", 3), "0x3"s);
    QCOMPARE(critHex(-1, true), "-0x1"s);
    QCOMPARE(critHex(-1, false), "0xffffffffffffffff"s);
    QCOMPARE(critHex(std::numeric_limits<int64_t>::min(), true), "-0x8000000000000000"s);
    QVERIFY(critDict("gen", "task_state", 3) == std::optional<std::string_view>("Zombie"));
    QVERIFY(!critDict("gen", "task_state", 2));
    QVERIFY(!critDict("sk", "task_state", 1));
}

void TestCritJson::devices()
{
    QCOMPARE(critDevice(254u << 20 | 3, false), "254:3"s);
    QCOMPARE(critDevice(0x8801, true), "136:1"s);
    QCOMPARE(critDevice(0x100000 | 0x801, true), "8:257"s);
}

void TestCritJson::addresses()
{
    const auto v6 = [](std::vector<uint64_t> words) { return *critAddress(words, ByteOrder::Big); };
    QCOMPARE(v6({0, 0, 0, 1}), "::1"s);
    QCOMPARE(v6({0, 0, 0, 0}), "::"s);
    QCOMPARE(v6({0x20010db8, 0, 0, 0x1}), "2001:db8::1"s);
    QCOMPARE(v6({0x20010db8, 0x00000001, 0x00000000, 0x00000001}), "2001:db8:0:1::1"s);
    QCOMPARE(v6({0xfe800000, 0, 0x0a00270f, 0xfe000000}), "fe80::a00:270f:fe00:0"s);
    QCOMPARE(v6({0x00010000, 0x00020003, 0x00040005, 0x00060007}), "1:0:2:3:4:5:6:7"s);
    QCOMPARE(v6({0, 0, 0x0000ffff, 0x7f000001}), "::ffff:127.0.0.1"s);
    QCOMPARE(v6({0x00010002, 0x00030004, 0x00050006, 0}), "1:2:3:4:5:6::"s);
    QCOMPARE(*critAddress(std::vector<uint64_t>{0x0100007f}, ByteOrder::Little), "127.0.0.1"s);
    QVERIFY(!critAddress(std::vector<uint64_t>{1, 2}, ByteOrder::Little));
}

void TestCritJson::quotedPrintable()
{
    QCOMPARE(critQuotedPrintable("\0abs=x"s), "=00abs=3Dx"s);
    QCOMPARE(critQuotedPrintable("/run/s.sock\0"s), "/run/s.sock=00"s);
    QCOMPARE(critQuotedPrintable("a b "), "a b=20"s);
    QCOMPARE(critQuotedPrintable("a\t\nb"), "a=09\nb"s);
    QCOMPARE(critQuotedPrintable("\xc3\xa9"), "=C3=A9"s);
    QCOMPARE(critQuotedPrintable(""), ""s);
    const std::string wide = critQuotedPrintable(std::string(100, 'w'));
    QCOMPARE(wide, std::string(75, 'w') + "=\n" + std::string(25, 'w'));
}

void TestCritJson::sizes()
{
    QCOMPARE(critNoPayload(0), "... <0B>"s);
    QCOMPARE(critNoPayload(68), "... <68B>"s);
    QCOMPARE(critNoPayload(1023), "... <1023B>"s);
    QCOMPARE(critNoPayload(12288), "... <12KB>"s);
    QCOMPARE(critNoPayload(1536), "... <1.5KB>"s);
    QCOMPARE(critNoPayload(3 << 20), "... <3MB>"s);
    QCOMPARE(base64Line({}), ""s);
}

CRYOSCOPE_TEST(TestCritJson)

} // namespace tst_critjson

#include "tst_critjson.moc"
