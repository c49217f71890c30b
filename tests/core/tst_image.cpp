// SPDX-License-Identifier: Apache-2.0
#include "core/image/image.h"
#include "core/image/payload.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

namespace tst_image
{


using namespace cryoscope;
using namespace cryoscope::test;


namespace
{

Result<Image> openImage(std::string bytes)
{
    return Image::open(sourceOf(std::move(bytes)), testSchema());
}

MessageBuilder pipeData(uint32_t pipeId, size_t bytes)
{
    return MessageBuilder("pipe_data_entry").set("pipe_id", pipeId).set("bytes", bytes);
}

MessageBuilder ipcEntry(const char *type)
{
    return MessageBuilder(type).set("desc", MessageBuilder("ipc_desc_entry").set("id", 5).fillRequired());
}

MessageBuilder tcpStream(size_t input, size_t output)
{
    return MessageBuilder("tcp_stream_entry").set("inq_len", input).set("outq_len", output).fillRequired();
}

std::string textOf(const Image &image, const ByteRange &range)
{
    const auto bytes = image.source()->readAll(range.offset, range.length);
    return bytes ? std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size()) : "unreadable";
}

/// Parts of a payload as "name:length".
QStringList partNames(const Image &image, const Record &record)
{
    const auto parts = payloadParts(image, record);
    if (!parts)
        return {QString::fromStdString(parts.error().describe())};
    QStringList names;
    uint64_t end = record.payload.offset;
    for (const PayloadPart &part : *parts) {
        names << QString::fromUtf8(part.name.data(), static_cast<qsizetype>(part.name.size())) + u':' +
                     QString::number(part.range.length);
        if (part.range.offset != end)
            names << QStringLiteral("(not adjacent)");
        end = part.range.end();
    }
    if (end != record.payload.end())
        names << QStringLiteral("(not the whole payload)");
    return names;
}

/// One image with each layout; all have at least one record with a payload and one record after it.
std::vector<std::pair<const char *, std::string>> allLayouts(ByteOrder order)
{
    using MB = MessageBuilder;
    std::vector<std::pair<const char *, std::string>> all;
    all.emplace_back("none", ImageBuilder("PSTREE", order)
                                 .record(MB("pstree_entry").set("pid", 1).fillRequired())
                                 .record(MB("pstree_entry").set("pid", 2).fillRequired())
                                 .bytes());
    all.emplace_back("pagemap", ImageBuilder("PAGEMAP", order)
                                    .record(MB("pagemap_head").set("pages_id", 1))
                                    .record(MB("pagemap_entry").set("vaddr", 4096).set("compat_nr_pages", 1))
                                    .bytes());
    all.emplace_back("pipe", ImageBuilder("PIPES_DATA", order)
                                 .record(pipeData(1, 5), "hello")
                                 .record(pipeData(2, 0))
                                 .record(pipeData(3, 1), "!")
                                 .bytes());
    all.emplace_back("socket", ImageBuilder("SK_QUEUES", order)
                                   .record(MB("sk_packet_entry").set("id_for", 1).set("length", 3), "abc")
                                   .record(MB("sk_packet_entry").set("id_for", 1).set("length", 2), "de")
                                   .bytes());
    all.emplace_back("tcp", ImageBuilder("TCP_STREAM", order).record(tcpStream(4, 6), "in__output").bytes());
    all.emplace_back("ghost",
                     ImageBuilder("GHOST_FILE", order)
                         .record(MB("ghost_file_entry").set("mode", 0100600).fillRequired(), "all the rest")
                         .bytes());
    all.emplace_back("ghost chunks",
                     ImageBuilder("GHOST_FILE", order)
                         .record(MB("ghost_file_entry").set("chunks", true).set("size", 20000).fillRequired())
                         .record(MB("ghost_chunk_entry").set("len", 3).set("off", 0), "one")
                         .record(MB("ghost_chunk_entry").set("len", 4).set("off", 12288), "four")
                         .bytes());
    all.emplace_back("semaphores",
                     ImageBuilder("IPCNS_SEM", order)
                         .record(ipcEntry("ipc_sem_entry").set("nsems", 3), semaphores({1, 2, 300}, order))
                         .record(ipcEntry("ipc_sem_entry").set("nsems", 4), semaphores({1, 2, 3, 4}, order))
                         .bytes());
    all.emplace_back("messages", ImageBuilder("IPCNS_MSG", order)
                                     .record(ipcEntry("ipc_msg_entry").set("qbytes", 11).set("qnum", 2),
                                             ipcMessages({{7, "abc"}, {8, "12345678"}}, order))
                                     .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 0))
                                     .bytes());
    all.emplace_back("shared memory",
                     ImageBuilder("IPCNS_SHM", order)
                         .record(ipcEntry("ipc_shm_entry").set("size", 6), padded("shared", 4))
                         .record(ipcEntry("ipc_shm_entry").set("size", 4096).set("in_pagemaps", true))
                         .bytes());
    all.emplace_back("bpf map", ImageBuilder("BPFMAP_DATA", order)
                                    .record(MB("bpfmap_data_entry")
                                                .set("map_id", 1)
                                                .set("keys_bytes", 4)
                                                .set("values_bytes", 8)
                                                .set("count", 1),
                                            "keyyvaluevvv")
                                    .bytes());
    return all;
}

} // namespace

class TestImage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void headMagics();
    void everyTypeInBothOrders();
    void layouts_data();
    void layouts();
    void everyByteIsExplained_data();
    void everyByteIsExplained();
    void truncationAtEachByte_data();
    void truncationAtEachByte();
    void everyLengthWrong_data();
    void everyLengthWrong();
    void problemsHaveOffsets();
    void notAnImage_data();
    void notAnImage();
    void unknownLayouts();
    void rawMembersAreTold();
    void unreadableSource();
    void manyRecords();
    void zerosTakeNoMemory();
    void longMessage();
    void obsoletePages();
};

void TestImage::headMagics()
{
    const MessageBuilder entry = MessageBuilder("inventory_entry").set("img_version", 2);
    const auto inventory = openImage(ImageBuilder("INVENTORY").record(entry).bytes());
    QVERIFY(inventory.ok());
    QVERIFY(!inventory->headMagic());
    QCOMPARE(inventory->records().at(0).frameOffset, uint64_t{4});
    QCOMPARE(inventory->message(inventory->records().at(0))->number("img_version"), uint64_t{2});

    const MessageBuilder stats = MessageBuilder("stats_entry");
    const auto service = openImage(ImageBuilder("STATS").record(stats).bytes());
    QVERIFY(service.ok());
    QCOMPARE(service->headMagic(), std::optional<uint32_t>(serviceMagic));
    QCOMPARE(service->records().size(), size_t{1}); // an empty message is right where nothing is required
    QVERIFY(!service->problem());

    const MessageBuilder fs = MessageBuilder("fs_entry").set("cwd_id", 1).set("root_id", 2);
    const auto current = openImage(ImageBuilder("FS").record(fs).bytes());
    const auto old = openImage(ImageBuilder("FS").headMagic(std::nullopt).record(fs).bytes());
    QVERIFY(current.ok() && old.ok());
    QCOMPARE(current->headMagic(), std::optional<uint32_t>(commonMagic));
    QVERIFY(!old->headMagic());
    QCOMPARE(current->records().at(0).frameOffset, uint64_t{8});
    QCOMPARE(old->records().at(0).frameOffset, uint64_t{4});
    QCOMPARE(old->message(old->records().at(0))->number("root_id"), uint64_t{2});
}

void TestImage::everyTypeInBothOrders()
{
    for (const ImageType &type : imageTypes()) {
        for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
            const auto image = openImage(ImageBuilder(type.name, order).bytes());
            QVERIFY2(image.ok(), type.name.data());
            QCOMPARE(image->type().name, type.name);
            QVERIFY(image->byteOrder() == order);
            QVERIFY(image->records().empty());
        }
    }
}

void TestImage::layouts_data()
{
    QTest::addColumn<ByteOrder>("order");
    QTest::newRow("little-endian") << ByteOrder::Little;
    QTest::newRow("big-endian") << ByteOrder::Big;
}

void TestImage::layouts()
{
    QFETCH(ByteOrder, order);
    std::map<std::string, std::string> files;
    for (auto &[name, bytes] : allLayouts(order))
        files[name] = bytes;
    const auto open = [&files](const char *name) { return openImage(files.at(name)); };
    const auto payloadText = [](const Image &image, size_t record) {
        return textOf(image, image.records().at(record).payload);
    };

    const auto pagemap = open("pagemap");
    QCOMPARE(pagemap->records().at(0).type->name, std::string("pagemap_head"));
    QCOMPARE(pagemap->records().at(1).type->name, std::string("pagemap_entry"));

    const auto pipe = open("pipe");
    QCOMPARE(pipe->records().size(), size_t{3});
    QCOMPARE(payloadText(*pipe, 0), std::string("hello"));
    QCOMPARE(payloadText(*pipe, 1), std::string());
    QCOMPARE(payloadText(*pipe, 2), std::string("!"));
    QCOMPARE(partNames(*pipe, pipe->records()[0]), QStringList{"data:5"});

    const auto socket = open("socket");
    QCOMPARE(payloadText(*socket, 0), std::string("abc"));
    QCOMPARE(payloadText(*socket, 1), std::string("de"));

    const auto tcp = open("tcp");
    QCOMPARE(payloadText(*tcp, 0), std::string("in__output"));
    QCOMPARE(partNames(*tcp, tcp->records()[0]), (QStringList{"inq:4", "outq:6"}));

    const auto ghost = open("ghost");
    QCOMPARE(payloadText(*ghost, 0), std::string("all the rest"));
    QCOMPARE(partNames(*ghost, ghost->records()[0]), QStringList{"content:12"});

    const auto chunks = open("ghost chunks");
    QCOMPARE(chunks->records().size(), size_t{3});
    QCOMPARE(chunks->records()[0].type->name, std::string("ghost_file_entry"));
    QCOMPARE(chunks->records()[2].type->name, std::string("ghost_chunk_entry"));
    QVERIFY(chunks->records()[0].payload.empty());
    QCOMPARE(payloadText(*chunks, 1), std::string("one"));
    QCOMPARE(payloadText(*chunks, 2), std::string("four"));

    const auto sets = open("semaphores");
    QCOMPARE(partNames(*sets, sets->records().at(0)), (QStringList{"semaphores:6", "padding:2"}));
    QCOMPARE(partNames(*sets, sets->records().at(1)), QStringList{"semaphores:8"});

    const auto queue = open("messages");
    QCOMPARE(queue->records().size(), size_t{2});
    QCOMPARE(partNames(*queue, queue->records()[0]),
             (QStringList{"size:4", "message:4", "data:3", "padding:5", "size:4", "message:4", "data:8"}));
    QVERIFY(queue->records()[1].payload.empty());

    const auto segment = open("shared memory");
    QCOMPARE(segment->records().size(), size_t{2});
    QCOMPARE(partNames(*segment, segment->records()[0]), (QStringList{"content:6", "padding:2"}));
    QVERIFY(segment->records()[1].payload.empty());

    const auto bpf = open("bpf map");
    QCOMPARE(partNames(*bpf, bpf->records().at(0)), (QStringList{"keys:4", "values:8"}));
}

void TestImage::everyByteIsExplained_data()
{
    layouts_data();
}

void TestImage::everyByteIsExplained()
{
    QFETCH(ByteOrder, order);
    for (const auto &[name, bytes] : allLayouts(order)) {
        const auto image = openImage(bytes);
        QVERIFY2(image.ok(), name);
        QVERIFY2(!image->problem(), name);
        uint64_t end = 8; // the magics
        for (const Record &record : image->records()) {
            QCOMPARE(record.frameOffset, end);
            QCOMPARE(record.message.offset, end + 4);
            QCOMPARE(record.payload.offset, record.message.end());
            QVERIFY2(image->message(record).ok(), name);
            end = record.payload.end();
        }
        QCOMPARE(end, uint64_t{bytes.size()});
    }
}

void TestImage::truncationAtEachByte_data()
{
    layouts_data();
}

void TestImage::truncationAtEachByte()
{
    QFETCH(ByteOrder, order);
    for (const auto &[name, bytes] : allLayouts(order)) {
        const auto whole = openImage(bytes);
        const bool takesTheRest = std::string_view(name) == "ghost";
        for (size_t length = 0; length < bytes.size(); ++length) {
            const auto image = openImage(bytes.substr(0, length));
            QCOMPARE(image.ok(), length >= 8);
            if (!image) {
                QVERIFY(image.error().code == ErrorCode::InputMalformed);
                QVERIFY(*image.error().offset <= length);
                continue;
            }
            // The records that end within the cut file are there and the same; the rest is a problem at its
            // first frame.
            size_t complete = 0;
            uint64_t end = 8;
            for (const Record &record : whole->records()) {
                const uint64_t needed = takesTheRest ? record.message.end() : record.payload.end();
                if (needed > length)
                    break;
                ++complete;
                end = needed;
            }
            QCOMPARE(image->records().size(), complete);
            if (complete > 0)
                QCOMPARE(image->records().back().message, whole->records()[complete - 1].message);
            const bool atBorder = end == length || (takesTheRest && complete == 1);
            QCOMPARE(image->problem().has_value(), !atBorder);
            if (image->problem()) {
                QVERIFY(image->problem()->code == ErrorCode::InputMalformed);
                QCOMPARE(image->problem()->file, std::string("test.img"));
                QVERIFY2(*image->problem()->offset >= end && *image->problem()->offset <= length, name);
            }
        }
    }
}

void TestImage::everyLengthWrong_data()
{
    layouts_data();
}

void TestImage::everyLengthWrong()
{
    QFETCH(ByteOrder, order);
    using MB = MessageBuilder;
    const uint64_t huge = 0xfffffff0;
    const std::string intact = "intact";
    // Each: a good record, then one whose length says more than there is.
    const std::vector<std::pair<const char *, std::string>> cases{
        {"record size",
         ImageBuilder("PIPES_DATA", order).record(pipeData(1, 6), intact).record(0xffffffff, "xx").bytes()},
        {"pipe", ImageBuilder("PIPES_DATA", order)
                     .record(pipeData(1, 6), intact)
                     .record(pipeData(2, huge), "x")
                     .bytes()},
        {"socket", ImageBuilder("SK_QUEUES", order)
                       .record(MB("sk_packet_entry").set("id_for", 1).set("length", 6), intact)
                       .record(MB("sk_packet_entry").set("id_for", 1).set("length", huge), "x")
                       .bytes()},
        {"tcp in", ImageBuilder("TCP_STREAM", order)
                       .record(tcpStream(6, 0), intact)
                       .record(tcpStream(huge, 0), "x")
                       .bytes()},
        {"tcp out", ImageBuilder("TCP_STREAM", order)
                        .record(tcpStream(6, 0), intact)
                        .record(tcpStream(1, huge), "x")
                        .bytes()},
        {"ghost chunk", ImageBuilder("GHOST_FILE", order)
                            .record(MB("ghost_file_entry").set("chunks", true).fillRequired())
                            .record(MB("ghost_chunk_entry").set("len", ~uint64_t{0}).set("off", 0), "x")
                            .bytes()},
        {"semaphores", ImageBuilder("IPCNS_SEM", order)
                           .record(ipcEntry("ipc_sem_entry").set("nsems", 4), semaphores({1, 2, 3, 4}, order))
                           .record(ipcEntry("ipc_sem_entry").set("nsems", 0xffffffff), "x")
                           .bytes()},
        {"message count", ImageBuilder("IPCNS_MSG", order)
                              .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 0))
                              .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 0xffffffff),
                                      ipcMessages({{1, "a"}}, order))
                              .bytes()},
        {"message head size", ImageBuilder("IPCNS_MSG", order)
                                  .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 0))
                                  .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 1),
                                          number(0xffffffff, 4, order) + "xx")
                                  .bytes()},
        {"message size",
         ImageBuilder("IPCNS_MSG", order)
             .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 0))
             .record(ipcEntry("ipc_msg_entry").set("qbytes", 0).set("qnum", 1),
                     number(8, 4, order) + MB("ipc_msg").set("mtype", 1).set("msize", huge).encode())
             .bytes()},
        {"segment", ImageBuilder("IPCNS_SHM", order)
                        .record(ipcEntry("ipc_shm_entry").set("size", 4), "abcd")
                        .record(ipcEntry("ipc_shm_entry").set("size", ~uint64_t{0} - 1), "x")
                        .bytes()},
        {"bpf keys",
         ImageBuilder("BPFMAP_DATA", order)
             .record(MB("bpfmap_data_entry").set("keys_bytes", 1).set("values_bytes", 1), "ab")
             .record(MB("bpfmap_data_entry").set("keys_bytes", huge).set("values_bytes", huge), "x")
             .bytes()},
        {"bpf values",
         ImageBuilder("BPFMAP_DATA", order)
             .record(MB("bpfmap_data_entry").set("keys_bytes", 1).set("values_bytes", 1), "ab")
             .record(MB("bpfmap_data_entry").set("keys_bytes", 1).set("values_bytes", huge), "x")
             .bytes()},
    };
    for (const auto &[name, bytes] : cases) {
        const auto image = openImage(bytes);
        QVERIFY2(image.ok(), name);
        QVERIFY2(image->records().size() == 1, name);
        QVERIFY2(image->problem().has_value(), name);
        QVERIFY2(image->problem()->code == ErrorCode::InputMalformed, name);
        QVERIFY2(image->problem()->offset.has_value(), name);
        QVERIFY2(*image->problem()->offset >= image->records()[0].payload.end(), name);
        QVERIFY2(*image->problem()->offset <= bytes.size(), name);
    }
}

void TestImage::problemsHaveOffsets()
{
    // The frame that does not fit, to the byte.
    const std::string good = ImageBuilder("PIPES_DATA").record(pipeData(1, 3), "abc").bytes();
    const auto size = openImage(good + number(1000, 4) + "x");
    QCOMPARE(size->problem()->offset, std::optional<uint64_t>(good.size()));
    const auto cut = openImage(good + "xyz");
    QCOMPARE(cut->problem()->offset, std::optional<uint64_t>(good.size()));
    // The payload, and a message that cannot be parsed.
    const std::string message = pipeData(2, 9).encode();
    const auto payload = openImage(good + number(message.size(), 4) + message + "short");
    QCOMPARE(payload->problem()->offset, std::optional<uint64_t>(good.size() + 4 + message.size()));
    const auto broken = openImage(good + number(2, 4) + "\x08\x80");
    QCOMPARE(broken->problem()->offset, std::optional<uint64_t>(good.size() + 5));
    // A length that is not there.
    const auto missing = openImage(good + number(2, 4) + "\x08\x01");
    QCOMPARE(missing->problem()->offset, std::optional<uint64_t>(good.size() + 4));
    QVERIFY(missing->problem()->message.find("pipe_data_entry.bytes") != std::string::npos);
    // Where no payload is to follow, only frames matter: a message that does not parse is told when it is
    // asked for.
    const auto pstree = openImage(ImageBuilder("PSTREE").record(2, "\x08\x80").bytes());
    QVERIFY(!pstree->problem());
    const auto bad = pstree->message(pstree->records().at(0));
    QVERIFY(!bad.ok());
    QCOMPARE(bad.error().offset, std::optional<uint64_t>(13));
}

void TestImage::notAnImage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("offset");
    QTest::newRow("empty") << QByteArray() << 0;
    QTest::newRow("three bytes") << QByteArray("\x19\x43\x56") << 0;
    QTest::newRow("text") << QByteArray("# Generated by iptables-save") << 0;
    QTest::newRow("zeros") << QByteArray(4096, '\0') << 0;
    QTest::newRow("head magic alone") << QByteArray("\x19\x43\x56\x54") << 4;
    QTest::newRow("head magic and half a type") << QByteArray("\x19\x43\x56\x54\x01\x02") << 4;
    QTest::newRow("head magic and unknown type") << QByteArray("\x19\x43\x56\x54\x01\x02\x03\x04") << 4;
    QTest::newRow("two head magics") << QByteArray("\x19\x43\x56\x54\x19\x43\x56\x54") << 4;
    // Magics in different byte orders do not belong together.
    QTest::newRow("mixed order") << QByteArray("\x19\x43\x56\x54\x50\x27\x30\x30") << 4;
}

void TestImage::notAnImage()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, offset);
    const auto image = openImage(bytes.toStdString());
    QVERIFY(!image.ok());
    QVERIFY(image.error().code == ErrorCode::InputMalformed);
    QCOMPARE(image.error().file, std::string("test.img"));
    QCOMPARE(image.error().offset, std::optional<uint64_t>(static_cast<uint64_t>(offset)));
}

void TestImage::unknownLayouts()
{
    for (const char *name : {"KDAT", "CIPHER"}) {
        const auto image = openImage(ImageBuilder(name).raw("whatever follows").bytes());
        QVERIFY(image.ok());
        QVERIFY(image->records().empty());
        QVERIFY(image->problem().has_value());
        QVERIFY(image->problem()->code == ErrorCode::Unsupported);
        QCOMPARE(image->problem()->offset, std::optional<uint64_t>(8));
    }
}

void TestImage::rawMembersAreTold()
{
    const auto looks = [](std::string bytes) { return Image::looksLikeImage(*sourceOf(std::move(bytes))); };
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        for (const ImageType &type : imageTypes()) {
            QVERIFY2(looks(ImageBuilder(type.name, order).bytes()), type.name.data());
            QVERIFY2(looks(ImageBuilder(type.name, order).headMagic(std::nullopt).bytes()), type.name.data());
        }
        QVERIFY(looks(number(commonMagic, 4, order) + "new!")); // open() tells what is wrong with it
    }
    QVERIFY(!looks(""));
    QVERIFY(!looks("abc"));
    QVERIFY(!looks(std::string(4096, '\0')));
    QVERIFY(!looks("\x1f\x8b\x08\x00 gzip"));
    QVERIFY(!looks(number(0x47361222, 4) + std::string(32, 'x'))); // ifaddr: iproute2's own magic
    QVERIFY(!looks("*filter\n:INPUT ACCEPT"));
    QVERIFY(!looks("\x7f"
                   "ELF\x02\x01\x01"));
}

void TestImage::unreadableSource()
{
    const std::string bytes = ImageBuilder("PIPES_DATA")
                                  .record(pipeData(1, 70000), std::string(70000, 'a'))
                                  .record(pipeData(2, 1), "b")
                                  .bytes();
    auto source = std::make_shared<StringSource>(bytes);
    source->failFrom(bytes.size() - 3);
    const auto image = Image::open(source, testSchema());
    QVERIFY(image.ok());
    QVERIFY(image->problem().has_value());
    QVERIFY(image->problem()->code == ErrorCode::InputUnreadable);
    source->failFrom(0);
    const auto none = Image::open(source, testSchema());
    QVERIFY(!none.ok());
    QVERIFY(none.error().code == ErrorCode::InputUnreadable);
    QVERIFY(!Image::looksLikeImage(*source));
}

void TestImage::manyRecords()
{
    // More than the window holds, so that records lie across its borders in all ways.
    ImageBuilder builder("PIPES_DATA");
    constexpr uint32_t count = 20000;
    for (uint32_t i = 0; i < count; ++i)
        builder.record(pipeData(i, i % 23), std::string(i % 23, 'x'));
    const auto image = openImage(builder.bytes());
    QVERIFY(image.ok());
    QVERIFY(!image->problem());
    QCOMPARE(image->records().size(), size_t{count});
    for (const uint32_t i : {0u, 1u, 7777u, count - 1}) {
        const Record &record = image->records()[i];
        QCOMPARE(image->message(record)->number("pipe_id"), uint64_t{i});
        QCOMPARE(record.payload.length, uint64_t{i % 23});
    }
}

void TestImage::zerosTakeNoMemory()
{
    const auto image = openImage(ImageBuilder("FILES").raw(std::string(1 << 20, '\0')).bytes());
    QVERIFY(image.ok());
    QVERIFY(image->records().empty());
    QCOMPARE(image->problem()->offset, std::optional<uint64_t>(8));
}

void TestImage::longMessage()
{
    // The frame is known, the message is not copied into memory.
    const uint64_t length = Image::maxMessage + 1;
    const auto image =
        openImage(ImageBuilder("MM")
                      .record(static_cast<uint32_t>(length), std::string(static_cast<size_t>(length), '\0'))
                      .bytes());
    QVERIFY(image.ok());
    QCOMPARE(image->records().size(), size_t{1});
    const auto message = image->message(image->records()[0]);
    QVERIFY(!message.ok());
    QVERIFY(message.error().code == ErrorCode::Unsupported);
}

void TestImage::obsoletePages()
{
    // Before CRIU 1.1 pages stood in files with the magic of pagemaps: {u64 address, page}. That is no
    // framing.
    const auto image = openImage(ImageBuilder("PAGEMAP")
                                     .headMagic(std::nullopt)
                                     .raw(number(0x400000, 8) + std::string(4096, 'p'))
                                     .bytes());
    QVERIFY(image.ok());
    QVERIFY(image->records().empty());
    QVERIFY(image->problem().has_value());
}

CRYOSCOPE_TEST(TestImage)

} // namespace tst_image

#include "tst_image.moc"
