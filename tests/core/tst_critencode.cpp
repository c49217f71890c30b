// SPDX-License-Identifier: Apache-2.0
// JSON to images: as crit encodes, and back to the very bytes where crit loses some.
#include "core/image/critencode.h"
#include "core/image/critformat.h"
#include "core/image/critjson.h"
#include "core/image/critparse.h"
#include "tests/support/critcases.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarreader.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"
#include "tests/support/zoothemes.h"

#include <random>

namespace tst_critencode
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace std::string_literals;

namespace
{

Image openImage(const std::string &bytes)
{
    auto image = Image::open(sourceOf(bytes), testSchema());
    if (!image)
        qFatal("%s", image.error().describe().c_str());
    return std::move(*image);
}

CritOptions carrying(bool pretty)
{
    CritOptions options;
    options.pretty = pretty;
    options.asCrit = false;
    options.carry = true;
    return options;
}

std::string encoded(const std::string &json, const Image *like = nullptr)
{
    std::string out;
    CritEncodeOptions options;
    options.like = like;
    const auto done =
        critEncode(json, "test.json", *testSchema(), options, [&out](std::span<const std::byte> bytes) {
            out += asText(bytes);
            return Result<void>();
        });
    return done ? out : "error: " + done.error().describe();
}

std::string decoded(const std::string &bytes, const CritOptions &options)
{
    const auto text = critDecode(openImage(bytes), options);
    return text ? *text : "error: " + text.error().describe();
}

std::string replaced(std::string text, const std::string &from, const std::string &to)
{
    const auto at = text.find(from);
    if (at == std::string::npos)
        qFatal("\"%s\" is not in %s", from.c_str(), text.c_str());
    return text.replace(at, from.size(), to);
}

/// Images of kinds that crit's JSON cannot hold.
std::vector<std::pair<std::string, std::string>> lossyCases()
{
    using MB = MessageBuilder;
    const auto pipes = [](ByteOrder order) {
        return ImageBuilder("PIPES_DATA", order)
            .record(MB("pipe_data_entry").set("pipe_id", 1).set("bytes", 3), "abc")
            .bytes();
    };
    std::vector<std::pair<std::string, std::string>> all{
        {"big-endian", pipes(ByteOrder::Big)},
        {"big-endian sockets", ImageBuilder("INETSK", ByteOrder::Big)
                                   .record(MB("inet_sk_entry").set("src_addr", 0x7f000001).fillRequired())
                                   .bytes()},
        {"big-endian semaphores", ImageBuilder("IPCNS_SEM", ByteOrder::Big)
                                      .record(MB("ipc_sem_entry").set("nsems", 3).fillRequired(),
                                              semaphores({1, 2, 0xabcd}, ByteOrder::Big))
                                      .bytes()},
        {"big-endian messages",
         ImageBuilder("IPCNS_MSG", ByteOrder::Big)
             .record(MB("ipc_msg_entry").set("qbytes", 1).set("qnum", 2).fillRequired(),
                     ipcMessages({{1, "abc"}, {2, ""}}, ByteOrder::Big))
             .bytes()},
        {"v1.0", ImageBuilder("FS")
                     .headMagic(std::nullopt)
                     .record(MB("fs_entry").set("cwd_id", 1).set("root_id", 2))
                     .bytes()},
        {"another head", ImageBuilder("FS")
                             .headMagic(serviceMagic)
                             .record(MB("fs_entry").set("cwd_id", 1).set("root_id", 2))
                             .bytes()},
        {"unknown fields",
         ImageBuilder("FS")
             .record(MB("fs_entry").set("cwd_id", 1).set("root_id", 2).varint(77, 5).bytes(78, "x"))
             .bytes()},
        {"unknown fields inside",
         ImageBuilder("CORE")
             .record(MB("core_entry")
                         .set("mtype", 1)
                         .message(3, MB("task_core_entry").fillRequired().bytes(99, "in")))
             .bytes()},
        {"another order",
         ImageBuilder("FS").record(MB("fs_entry").set("root_id", 2).set("cwd_id", 1)).bytes()},
        {"twice", ImageBuilder("FS")
                      .record(MB("fs_entry").set("cwd_id", 1).set("cwd_id", 3).set("root_id", 2))
                      .bytes()},
        {"missing", ImageBuilder("FS").record(MB("fs_entry").set("cwd_id", 1)).bytes()},
        {"long numbers", ImageBuilder("FS").record(MB("fs_entry").raw("\x08\x81\x00\x10\x02"s)).bytes()},
        {"long lengths", ImageBuilder("REG_FILES")
                             .record(MB("reg_file_entry").set("id", 1).fillRequired().raw("\x42\x81\x00x"s))
                             .bytes()},
        {"no UTF-8", ImageBuilder("REG_FILES")
                         .record(MB("reg_file_entry").set("name", "caf\xe9").fillRequired())
                         .bytes()},
        {"packed",
         ImageBuilder("MM").record(MB("mm_entry").packed("mm_saved_auxv", {6, 4096}).fillRequired()).bytes()},
        {"enum without a name",
         ImageBuilder("FDINFO").record(MB("fdinfo_entry").set("type", 99).fillRequired()).bytes()},
        {"unreleased",
         ImageBuilder("INVENTORY").record(MB("inventory_entry").set("compress", 1).fillRequired()).bytes()},
        {"line ends",
         ImageBuilder("UNIXSK").record(MB("unix_sk_entry").set("name", "a\r\nb\nc").fillRequired()).bytes()},
        {"many words", ImageBuilder("INETSK")
                           .record(MB("inet_sk_entry")
                                       .set("src_addr", 1)
                                       .set("src_addr", 2)
                                       .set("src_addr", 3)
                                       .set("src_addr", 4)
                                       .set("src_addr", 5)
                                       .fillRequired())
                           .bytes()},
        {"segments",
         ImageBuilder("IPCNS_SHM")
             .record(MB("ipc_shm_entry").set("size", 8).set("in_pagemaps", true).fillRequired())
             .record(MB("ipc_shm_entry").set("size", 4096).set("in_pagemaps", true).fillRequired())
             .bytes()},
        {"old segments", ImageBuilder("IPCNS_SHM")
                             .record(MB("ipc_shm_entry").set("size", 6).fillRequired(), padded("shared", 4))
                             .bytes()},
        {"bpf", ImageBuilder("BPFMAP_DATA")
                    .record(MB("bpfmap_data_entry")
                                .set("map_id", 1)
                                .set("keys_bytes", 4)
                                .set("values_bytes", 2)
                                .fillRequired(),
                            "keyyva")
                    .bytes()},
    };
    std::string dirty = semaphores({1});
    dirty[5] = 'S';
    all.emplace_back(
        "padding",
        ImageBuilder("IPCNS_SEM").record(MB("ipc_sem_entry").set("nsems", 1).fillRequired(), dirty).bytes());
    return all;
}

} // namespace

class TestCritEncode : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordedCheckpoints_data();
    void recordedCheckpoints();
    void asCrit();
    void cases();
    void lossy();
    void carriesOnlyWhatIsNeeded();
    void changedBytes();
    void changedJson();
    void like();
    void keysInAnyOrder();
    void values();
    void refusals();
    void errors();
    void parsing();
};

void TestCritEncode::recordedCheckpoints_data()
{
    QTest::addColumn<QString>("archive");
    for (const char *name : {"process-tree", "podman", "chain", "zoo"})
        QTest::newRow(name) << QStringLiteral(CRYOSCOPE_TEST_DATA "/") + QLatin1String(name) +
                                   QStringLiteral(".tar.zst");
    QTest::newRow("sample") << QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst");
    for (const std::string &theme : zooThemes(CRYOSCOPE_TEST_DATA))
        QTest::newRow(theme.c_str()) << QString::fromStdString(CRYOSCOPE_TEST_DATA "/zoo/" + theme + ".tar.zst");
}

/// What CRIU wrote comes back to the byte, from all forms, and nothing is carried for it.
void TestCritEncode::recordedCheckpoints()
{
    QFETCH(QString, archive);
    int images = 0;
    for (const auto &[name, bytes] : readTar(archive.toStdString())) {
        if (name.find("pages-") != std::string::npos || !Image::looksLikeImage(*sourceOf(bytes)))
            continue;
        for (const bool pretty : {false, true}) {
            const std::string json = decoded(bytes, carrying(pretty));
            QVERIFY2(json.find("\"cryoscope\"") == std::string::npos, name.c_str());
            QVERIFY2(encoded(json) == bytes, name.c_str());
        }
        ++images;
    }
    QVERIFY(images > 8);
}

/// JSON that crit made, of CRIU's images and of all cases, encodes to what crit makes of it.
void TestCritEncode::asCrit()
{
    int compared = 0;
    const auto golden = readTar(CRYOSCOPE_TEST_DATA "/critcases.golden.tar.zst");
    for (const auto &[name, image] : golden) {
        const std::string end = ".encoded.img";
        if (!name.ends_with(end))
            continue;
        const std::string base = name.substr(0, name.size() - end.size());
        const auto json = golden.find(base + ".json");
        QVERIFY2(json != golden.end(), base.c_str());
        const std::string ours = encoded(json->second);
        QVERIFY2(ours == image, (base + ": " + ours.substr(0, 200)).c_str());
        ++compared;
    }
    QVERIFY(compared > 200);
}

void TestCritEncode::cases()
{
    for (const auto &[name, bytes] : critCases()) {
        for (const bool pretty : {false, true})
            QVERIFY2(encoded(decoded(bytes, carrying(pretty))) == bytes, name.c_str());
    }
}

void TestCritEncode::lossy()
{
    for (const auto &[name, bytes] : lossyCases()) {
        for (const bool pretty : {false, true}) {
            const std::string json = decoded(bytes, carrying(pretty));
            QVERIFY2(!json.starts_with("error"), (name + ": " + json).c_str());
            const std::string again = encoded(json);
            QVERIFY2(again == bytes, (name + ": " + again.substr(0, 200) + "\n" + json).c_str());
        }
    }
}

void TestCritEncode::carriesOnlyWhatIsNeeded()
{
    const auto json = [](const std::string &name) {
        for (const auto &[each, bytes] : lossyCases()) {
            if (each == name)
                return QString::fromStdString(decoded(bytes, carrying(false)));
        }
        return QString();
    };
    QCOMPARE(json("v1.0"),
             QStringLiteral("{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2}], "
                            "\"cryoscope\": {\"head\": \"none\"}}"));
    QVERIFY(json("big-endian").endsWith("\"cryoscope\": {\"order\": \"big\"}}"));
    QVERIFY(json("unknown fields")
                .contains("\"root_id\": 2, \"cryoscope\": {\"message\": \"CAEQAugEBfIEAXg=\\n\"}}"));
    QVERIFY(json("padding").contains("\"extra\": [1], \"cryoscope\": {\"payload\": \""));
    for (const char *name : {"no UTF-8", "segments", "bpf", "enum without a name", "unreleased"})
        QVERIFY2(!json(name).contains("cryoscope"), name);
    // Left out on demand, and where it would be of no use.
    for (const auto &[name, bytes] : lossyCases()) {
        CritOptions options = carrying(true);
        options.nopl = true;
        QVERIFY(decoded(bytes, options).find("cryoscope") == std::string::npos);
        QVERIFY(decoded(bytes, {}).find("cryoscope") == std::string::npos);
    }
}

/// Whatever bytes are changed: if the image can be decoded, it comes back.
void TestCritEncode::changedBytes()
{
    std::mt19937 random(23);
    int compared = 0;
    for (const auto &[name, bytes] : critCases()) {
        for (int round = 0; round < 60 && bytes.size() > 8; ++round) {
            std::string changed = bytes;
            for (int i = 0; i < 2; ++i)
                changed[8 + random() % (changed.size() - 8)] = static_cast<char>(random());
            const auto image = Image::open(sourceOf(changed), testSchema());
            if (!image)
                continue;
            const auto json = critDecode(*image, carrying(round % 2 == 0));
            if (!json)
                continue;
            const std::string again = encoded(*json);
            QVERIFY2(again == changed, (name + ": " + again.substr(0, 200) + "\n" + *json).c_str());
            ++compared;
        }
    }
    QVERIFY2(compared > 500, std::to_string(compared).c_str());
}

/// Of a changed entry, what was not changed stays as it was.
void TestCritEncode::changedJson()
{
    using MB = MessageBuilder;
    const auto core = [](const std::string &comm, uint64_t personality) {
        const auto tc = MB().varint(901, 4).bytes(6, comm).varint(3, personality).bytes(902, "in");
        return ImageBuilder("CORE").record(MB().bytes(900, "new").varint(1, 1).message(3, tc)).bytes();
    };
    const FieldType *comm = testSchema()->message("task_core_entry")->field("comm");
    const FieldType *personality = testSchema()->message("task_core_entry")->field("personality");
    QCOMPARE(comm->number, 6u);
    QCOMPARE(personality->number, 3u);
    for (const bool pretty : {false, true}) {
        const std::string json = decoded(core("old", 7), carrying(pretty));
        QCOMPARE(encoded(replaced(json, "\"old\"", "\"renamed\"")), core("renamed", 7));
    }
    // A field more, a field less.
    const std::string fs = ImageBuilder("FS").record(MB().varint(2, 2).varint(77, 5).varint(1, 1)).bytes();
    const std::string json = decoded(fs, carrying(false));
    QCOMPARE(encoded(replaced(json, "\"root_id\": 2", "\"root_id\": 2, \"umask\": 18")),
             ImageBuilder("FS").record(MB().varint(2, 2).varint(77, 5).varint(1, 1).varint(3, 18)).bytes());
    QCOMPARE(encoded(replaced(json, "\"cwd_id\": 1, ", "")),
             ImageBuilder("FS").record(MB().varint(2, 2).varint(77, 5)).bytes());
    // A payload that was changed is padded anew.
    std::string dirty = semaphores({1});
    dirty[5] = 'S';
    const auto sem = [](const std::string &payload) {
        return ImageBuilder("IPCNS_SEM")
            .record(MB("ipc_sem_entry").set("nsems", 1).fillRequired(), payload)
            .bytes();
    };
    QCOMPARE(encoded(replaced(decoded(sem(dirty), carrying(false)), "\"extra\": [1]", "\"extra\": [9]")),
             sem(semaphores({9})));
}

/// crit's own JSON with the image it was made of.
void TestCritEncode::like()
{
    for (const auto &[name, bytes] : lossyCases()) {
        if (name == "segments")
            continue; // crit's JSON of it lacks entries
        const Image image = openImage(bytes);
        for (const bool pretty : {false, true}) {
            CritOptions options;
            options.pretty = pretty;
            QVERIFY2(encoded(decoded(bytes, options), &image) == bytes, name.c_str());
        }
    }
    const Image other = openImage(ImageBuilder("FS").bytes());
    QVERIFY(encoded(decoded(ImageBuilder("MM").bytes(), {}), &other).find("another type") !=
            std::string::npos);
}

void TestCritEncode::keysInAnyOrder()
{
    const std::string expected =
        ImageBuilder("FS").record(MessageBuilder("fs_entry").set("cwd_id", 1).set("root_id", 2)).bytes();
    QCOMPARE(
        encoded("{\"entries\":[{\"root_id\":2,\"cwd_id\":1,\"what\":{}}],\"other\":[1,{}],\"magic\":\"FS\"}"),
        expected);
    QCOMPARE(
        encoded(
            "\n { \"magic\" : \"FS\" , \"entries\" : [ { \"cwd_id\" : \"0x1\", \"root_id\" : \"2\" } ] } \n"),
        expected);
}

void TestCritEncode::values()
{
    const auto field = [](const std::string &magic, const std::string &entry) {
        return encoded("{\"magic\": \"" + magic + "\", \"entries\": [" + entry + "]}");
    };
    using MB = MessageBuilder;
    const auto vma = [](uint64_t prot, uint64_t status) {
        return ImageBuilder("VMAS")
            .record(MB("vma_entry").set("prot", prot).set("status", status).set("fd", -1).fillRequired())
            .bytes();
    };
    const std::string rest = "\"start\": 0, \"end\": 0, \"pgoff\": 0, \"shmid\": 0, \"flags\": 0, \"fd\": -1";
    QCOMPARE(
        field("VMAS", "{\"prot\": \"PROT_READ | 0x10\", \"status\": \"VMA_AREA_NONE | 2\", " + rest + "}"),
        vma(0x11, 2));
    QCOMPARE(field("VMAS", "{\"prot\": \"\", \"status\": 4, " + rest + "}"), vma(0, 4));
    QVERIFY(field("VMAS", "{\"prot\": \"PROT_SING\", \"status\": 4, " + rest + "}")
                .find("prot: this stands for no number") != std::string::npos);
    QVERIFY(field("VMAS", "{\"prot\": 4294967296, \"status\": 4, " + rest + "}").find("out of range") !=
            std::string::npos);
    QVERIFY(field("VMAS", "{\"prot\": -1, \"status\": 4, " + rest + "}").find("out of range") !=
            std::string::npos);
    QVERIFY(field("VMAS", "{\"prot\": 1.5, \"status\": 4, " + rest + "}").find("whole number") !=
            std::string::npos);
    QVERIFY(field("VMAS", "{\"prot\": null, \"status\": 4, " + rest + "}").find("whole number") !=
            std::string::npos);
}

void TestCritEncode::refusals()
{
    const auto image = [](const std::string &magic, const std::string &entry) {
        return encoded("{\"magic\": \"" + magic + "\", \"entries\": [" + entry + "]}");
    };
    const auto refused = [](const std::string &result, const char *why) {
        return result.starts_with("error: test.json at offset") && result.find(why) != std::string::npos;
    };
    QVERIFY(refused(image("PIPES_DATA", "{\"pipe_id\": 1, \"bytes\": 3, \"extra\": \"YWI=\\n\"}"),
                    "has 2 bytes, but its entry says 3"));
    QVERIFY(refused(image("PIPES_DATA", "{\"pipe_id\": 1, \"bytes\": 3}"), "has 0 bytes"));
    QVERIFY(
        refused(image("PIPES_DATA", "{\"pipe_id\": 1, \"bytes\": 3, \"extra\": \"... <3B>\"}"), "left out"));
    QVERIFY(refused(image("PIPES_DATA", "{\"pipe_id\": 1, \"bytes\": 3, \"extra\": \"YWI\"}"), "cut off"));
    const std::string desc =
        "\"desc\": {\"key\": 0, \"uid\": 0, \"gid\": 0, \"cuid\": 0, \"cgid\": 0, \"mode\": 0, \"id\": 0}";
    QVERIFY(refused(
        image("IPCNS_SHM", "{" + desc + ", \"size\": 4, \"in_pagemaps\": true, \"extra\": \"YWI=\\n\"}"),
        "they are lost"));
    QVERIFY(refused(image("IPCNS_SEM", "{" + desc + ", \"nsems\": 2, \"extra\": [1]}"),
                    "1 semaphores, but the entry says 2"));
    QVERIFY(refused(image("IPCNS_SEM", "{" + desc + ", \"nsems\": 1, \"extra\": [65536]}"),
                    "between 0 and 65535"));
    QVERIFY(refused(image("IPCNS_MSG", "{" + desc + ", \"qbytes\": 1, \"qnum\": 1, \"extra\": []}"),
                    "0 queued messages"));
    QVERIFY(refused(image("FS", "{\"cwd_id\": 1}"), "fs_entry.root_id is required and missing"));
}

void TestCritEncode::errors()
{
    for (const auto &[json, offset] : std::vector<std::pair<std::string, std::string>>{
             {"", "offset 0"},
             {"[]", "offset 0"},
             {"{\"magic\": \"FS\"}", "offset 15"},
             {"{\"magic\": \"FS\", \"entries\": {}}", "offset 27"},
             {"{\"magic\": \"NOT\", \"entries\": []}", "offset 10"},
             {"{\"magic\": \"FS\", \"entries\": [}", "offset 28"},
             {"{\"magic\": \"FS\", \"entries\": []} x", "offset 31"},
             {"{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": \"x\", \"root_id\": 2}]}", "offset 39"},
             {"{\"magic\": \"FS\", \"entries\": [[]]}", "offset 28"},
             {"{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": \"\\q\", \"root_id\": 2}]}", "offset 40"}}) {
        const std::string result = encoded(json);
        QVERIFY2(result.starts_with("error: test.json at " + offset), (json + " gives " + result).c_str());
    }
    QVERIFY(encoded("{\"entries\": " + std::string(5000, '[')).find("nested deeper") != std::string::npos);
}

void TestCritEncode::parsing()
{
    QCOMPARE(critNumber("0x10").value_or(0), uint64_t{16});
    QCOMPARE(critNumber(" -0x1 ").value_or(0), ~uint64_t{0});
    QCOMPARE(critNumber("0o17").value_or(0), uint64_t{15});
    QCOMPARE(critNumber("0b101").value_or(0), uint64_t{5});
    QCOMPARE(critNumber("18446744073709551615").value_or(0), ~uint64_t{0});
    QCOMPARE(critNumber("0").value_or(1), uint64_t{0});
    QCOMPARE(critNumber("00").value_or(1), uint64_t{0});
    for (const char *bad :
         {"", "010", "0x", "x", "1 2", "18446744073709551616", "-9223372036854775809", "--1"})
        QVERIFY2(!critNumber(bad), bad);
    QCOMPARE(critDeviceValue("8:1", false).value_or(0), uint64_t{8 << 20 | 1});
    for (const uint64_t device :
         {uint64_t{0x801}, uint64_t{0xfff00801}, ~uint64_t{0}, uint64_t{0x123456789abcdef0}})
        QCOMPARE(critDeviceValue(critDevice(device, true), true).value_or(0), device);
    QVERIFY(!critDeviceValue("8", false));
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        for (const std::vector<uint64_t> &words : {std::vector<uint64_t>{0x0100007f},
                                                   {0, 0, 0, 1},
                                                   {0xb80d0120, 0, 0, 0x01000000},
                                                   {0, 0, 0xffff0000, 0x0100007f}})
            QVERIFY(critAddressWords(*critAddress(words, order), order) == words);
    }
    for (const std::string &name :
         {""s, "\0abs=x"s, "trailing "s, "a\nb"s, std::string(200, 'x'), "\x80\xff"s})
        QCOMPARE(critUnquote(critQuotedPrintable(name)), name);
    for (size_t size = 0; size < 130; ++size) {
        std::string bytes;
        for (size_t i = 0; i < size; ++i)
            bytes.push_back(static_cast<char>(i * 37));
        std::string text;
        for (size_t at = 0; at < size; at += base64LineBytes)
            text += base64Line(asBytes(std::string_view(bytes).substr(at, base64LineBytes)));
        const auto back = base64Bytes(text);
        QVERIFY(back && asText(*back) == bytes);
    }
    QVERIFY(!base64Bytes("YWI"));
    QVERIFY(!base64Bytes("Y==="));
    QCOMPARE(base64Bytes("Y W!I=")->size(), size_t{2});
}

CRYOSCOPE_TEST(TestCritEncode)

} // namespace tst_critencode

#include "tst_critencode.moc"
