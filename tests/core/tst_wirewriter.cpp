// SPDX-License-Identifier: Apache-2.0
// Messages and images with single fields changed: all else stays to the byte.
#include "core/image/imageeditor.h"
#include "core/image/wirewriter.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

namespace tst_wirewriter
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace std::string_literals;

namespace
{

using Action = FieldEdit::Action;

std::vector<std::byte> bytesOf(std::string_view text)
{
    const auto bytes = asBytes(text);
    return {bytes.begin(), bytes.end()};
}

std::string textOf(std::span<const std::byte> bytes)
{
    return std::string(asText(bytes));
}

Message parse(const char *type, const std::string &wire, uint64_t offset = 0)
{
    auto message = Message::parse(testSchema()->message(type), bytesOf(wire), offset, "test.img");
    if (!message)
        qFatal("%s", message.error().describe().c_str());
    return std::move(*message);
}

Image openImage(const std::string &bytes)
{
    auto image = Image::open(sourceOf(bytes), testSchema());
    if (!image)
        qFatal("%s", image.error().describe().c_str());
    return std::move(*image);
}

std::string written(const Image &image, std::span<const RecordEdit> edits)
{
    std::string out;
    const auto done = writeEditedImage(image, edits, [&out](std::span<const std::byte> bytes) {
        out += asText(bytes);
        return Result<void>();
    });
    return done ? out : "error: " + done.error().describe();
}

/// A length written with a byte more than it needs.
const std::string longLength = "\x83\x00"s;

} // namespace

class TestWireWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbers();
    void nothingChanged();
    void replacesDeepInside();
    void lengthsGrow();
    void removesAndAppends();
    void severalEdits();
    void refusals();
    void image();
    void imageRefusals();
};

void TestWireWriter::numbers()
{
    const auto round = [](Kind kind, int64_t value) {
        return signedValue(kind, WireWriter::rawNumber(kind, value));
    };
    for (const int64_t value :
         {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{INT32_MAX}, int64_t{INT32_MIN}}) {
        for (const Kind kind : {Kind::Int32, Kind::SInt32, Kind::Int64, Kind::SInt64, Kind::Enum})
            QCOMPARE(round(kind, value), value);
    }
    QCOMPARE(round(Kind::SInt64, INT64_MIN), INT64_MIN);
    QCOMPARE(WireWriter::numberBytes(Kind::Int32, -1).size(), size_t{10});
    QCOMPARE(WireWriter::numberBytes(Kind::SInt32, -1).size(), size_t{1});
    QCOMPARE(WireWriter::numberBytes(Kind::Fixed32, 1).size(), size_t{4});
    QCOMPARE(WireWriter::numberBytes(Kind::Fixed64, 1).size(), size_t{8});
    for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{300}, ~uint64_t{0}}) {
        std::vector<std::byte> out;
        WireWriter::appendVarint(out, value);
        QCOMPARE(textOf(out), MessageBuilder::encodeVarint(value));
        QCOMPARE(WireWriter::varintSize(value), out.size());
    }
}

void TestWireWriter::nothingChanged()
{
    // Another order, an unknown field, a length and a number written longer than needed.
    const std::string wire = MessageBuilder().varint(2, 7).bytes(900, "new").encode() + "\x0a" + longLength +
                             "abc" + "\x10\x81\x00"s;
    const Message message = parse("reg_file_entry", wire);
    QCOMPARE(textOf(*editMessage(message, {})), wire);
}

void TestWireWriter::replacesDeepInside()
{
    // core_entry.tc (3), comm is found by its name.
    const MessageType *tc = testSchema()->message("task_core_entry");
    const FieldType *comm = tc->field("comm");
    const auto core = [&](const std::string &text) {
        return MessageBuilder()
            .bytes(900, "unknown")
            .message(3, MessageBuilder().varint(901, 1).bytes(comm->number, text).varint(902, 2))
            .varint(1, 1)
            .encode();
    };
    const Message message = parse("core_entry", core("old"), 100);
    const Message *inner = message.message("tc");
    QVERIFY(inner != nullptr);
    FieldEdit edit;
    edit.at = inner->find("comm")->whole.offset;
    edit.value = bytesOf("a longer name");
    const auto edited = editMessage(message, std::vector{edit});
    QVERIFY(edited.ok());
    QCOMPARE(textOf(*edited), core("a longer name"));
}

void TestWireWriter::lengthsGrow()
{
    // 127 bytes become 128: the length of the message around takes a byte more.
    const auto core = [](size_t size) {
        const FieldType *comm = testSchema()->message("task_core_entry")->field("comm");
        return MessageBuilder()
            .message(3, MessageBuilder().bytes(comm->number, std::string(size, 'c')))
            .encode();
    };
    const Message message = parse("core_entry", core(120));
    for (const size_t size :
         {size_t{0}, size_t{124}, size_t{125}, size_t{126}, size_t{127}, size_t{128}, size_t{70000}}) {
        FieldEdit edit;
        edit.at = message.message("tc")->find("comm")->whole.offset;
        edit.value = bytesOf(std::string(size, 'c'));
        QCOMPARE(textOf(*editMessage(message, std::vector{edit})), core(size));
    }
}

void TestWireWriter::removesAndAppends()
{
    const std::string wire = MessageBuilder().varint(1, 5).varint(900, 1).varint(2, 6).encode();
    const Message message = parse("fs_entry", wire);
    const auto edited = editMessage(
        message,
        std::vector{FieldEdit{Action::Remove, message.find("cwd_id")->whole.offset, false, {}},
                    FieldEdit{Action::Append, 0, true, bytesOf(MessageBuilder().varint(3, 9).encode())}});
    QVERIFY(edited.ok());
    QCOMPARE(textOf(*edited), MessageBuilder().varint(900, 1).varint(2, 6).varint(3, 9).encode());
    // Into a message within.
    const Message core =
        parse("core_entry", MessageBuilder().message(3, MessageBuilder().varint(901, 1)).encode());
    const auto inner =
        editMessage(core, std::vector{FieldEdit{Action::Append, core.find("tc")->whole.offset, false,
                                                bytesOf(MessageBuilder().varint(902, 2).encode())}});
    QCOMPARE(textOf(*inner),
             MessageBuilder().message(3, MessageBuilder().varint(901, 1).varint(902, 2)).encode());
}

void TestWireWriter::severalEdits()
{
    const Message message =
        parse("fs_entry", MessageBuilder().varint(1, 5).varint(2, 6).varint(3, 7).encode());
    const auto &fields = message.fields();
    const auto edited = editMessage(
        message, std::vector{FieldEdit{Action::Replace, fields[2].whole.offset, false, bytesOf("\x96\x01")},
                             FieldEdit{Action::Replace, fields[0].whole.offset, false, bytesOf("\x01")}});
    QCOMPARE(textOf(*edited), MessageBuilder().varint(1, 1).varint(2, 6).varint(3, 150).encode());
}

void TestWireWriter::refusals()
{
    const Message message =
        parse("core_entry", MessageBuilder().varint(1, 5).message(3, MessageBuilder().varint(1, 2)).encode());
    const auto &fields = message.fields();
    const uint64_t number = fields[0].whole.offset;
    const uint64_t nested = fields[1].whole.offset;
    const uint64_t inner = fields[1].message->fields()[0].whole.offset;
    const auto code = [&message](std::vector<FieldEdit> edits) {
        const auto edited = editMessage(message, edits);
        return edited ? ErrorCode::Internal : edited.error().code;
    };
    QVERIFY(code({{Action::Replace, number + 1, false, bytesOf("\x01")}}) == ErrorCode::NotFound);
    QVERIFY(code({{Action::Replace, 1000, false, bytesOf("\x01")}}) == ErrorCode::NotFound);
    QVERIFY(code({{Action::Remove, number, false, {}}, {Action::Remove, number, false, {}}}) ==
            ErrorCode::Usage);
    QVERIFY(code({{Action::Replace, number, false, {}}}) == ErrorCode::Usage);
    QVERIFY(code({{Action::Replace, number, false, bytesOf("\x80")}}) == ErrorCode::Usage);
    QVERIFY(code({{Action::Replace, number, false, bytesOf("\x01\x01")}}) == ErrorCode::Usage);
    QVERIFY(code({{Action::Append, number, false, {}}}) == ErrorCode::Usage);
    QVERIFY(code({{Action::Remove, nested, false, {}}, {Action::Remove, inner, false, {}}}) ==
            ErrorCode::NotFound);
}

void TestWireWriter::image()
{
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        const auto build = [order](const std::string &data, size_t records = 3) {
            ImageBuilder builder("PIPES_DATA", order);
            builder.record(
                MessageBuilder("pipe_data_entry").set("pipe_id", 1).set("bytes", 2).bytes(900, "u"), "ab");
            builder.record(
                MessageBuilder("pipe_data_entry").set("pipe_id", 2).set("bytes", data.size()).bytes(901, "u"),
                data);
            if (records > 2)
                builder.record(MessageBuilder("pipe_data_entry").set("pipe_id", 3).set("bytes", 0));
            return builder.bytes();
        };
        const Image image = openImage(build("secret"));
        QCOMPARE(written(image, {}), build("secret"));
        const Record &record = image.records()[1];
        const auto message = image.message(record);
        RecordEdit edit;
        edit.record = 1;
        edit.payload = bytesOf("much longer than before");
        edit.fields.push_back(
            {Action::Replace, message->find("bytes")->whole.offset, false,
             WireWriter::numberBytes(Kind::UInt32, static_cast<int64_t>(edit.payload->size()))});
        QCOMPARE(written(image, std::vector{edit}), build("much longer than before"));
        RecordEdit remove;
        remove.record = 2;
        remove.remove = true;
        QCOMPARE(written(image, std::vector{remove, edit}), build("much longer than before", 2));
        // What follows a damaged record stays too.
        const Image damaged = openImage(build("secret") + "tail");
        QCOMPARE(written(damaged, std::vector{edit}), build("much longer than before") + "tail");
    }
}

void TestWireWriter::imageRefusals()
{
    const Image image = openImage(
        ImageBuilder("FS").record(MessageBuilder("fs_entry").set("cwd_id", 1).set("root_id", 2)).bytes());
    RecordEdit edit;
    edit.record = 1;
    QVERIFY(written(image, std::vector{edit}).find("there is no record 1") != std::string::npos);
    edit.record = 0;
    QVERIFY(written(image, std::vector{edit, edit}).find("edited twice") != std::string::npos);
    edit.fields.push_back({Action::Remove, 5, false, {}});
    QVERIFY(written(image, std::vector{edit}).find("test.img at offset 5") != std::string::npos);
    const auto done = writeEditedImage(image, {}, [](std::span<const std::byte>) {
        return Result<void>(Error{ErrorCode::OutputUnwritable, "disk full", "out", std::nullopt});
    });
    QVERIFY(done.error().code == ErrorCode::OutputUnwritable);
}

CRYOSCOPE_TEST(TestWireWriter)

} // namespace tst_wirewriter

#include "tst_wirewriter.moc"
