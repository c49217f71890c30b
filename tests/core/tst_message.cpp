// SPDX-License-Identifier: Apache-2.0
#include "core/image/message.h"
#include "tests/support/messagebuilder.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

namespace tst_message
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

std::vector<std::byte> toBytes(std::string_view text)
{
    const auto *begin = reinterpret_cast<const std::byte *>(text.data());
    return {begin, begin + text.size()};
}

constexpr uint64_t base = 0x1000; // where the messages are said to stand

Result<Message> parse(std::string_view type, std::string_view wire)
{
    return Message::parse(testSchema()->message(type), toBytes(wire), base, "x.img");
}

/// Where parsing `wire` as vma_entry fails, from its start; nothing if it does not.
std::optional<uint64_t> failsAt(std::string_view wire, std::string_view type = "vma_entry")
{
    const auto message = parse(type, wire);
    if (message)
        return std::nullopt;
    if (message.error().code != ErrorCode::InputMalformed || message.error().file != "x.img")
        return 0xbad;
    return message.error().offset.value_or(0xbad0000) - base;
}

using namespace std::string_literals;

} // namespace

class TestMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void scalars();
    void ranges();
    void signedKinds();
    void nested();
    void unknownFieldsStay();
    void contradictingWireType();
    void packedAndNot();
    void lastCounts();
    void textIsNotValidated();
    void malformed_data();
    void malformed();
    void truncationAtEachByte();
    void malformedNestedMessageIsKeptAside();
    void depth();
    void offsetsThatWrap();
};

void TestMessage::scalars()
{
    const auto message = parse("vma_entry", MessageBuilder("vma_entry")
                                                .set("start", 0x7fff00000000)
                                                .set("end", ~uint64_t{0})
                                                .set("prot", 5)
                                                .encode());
    QVERIFY(message.ok());
    QCOMPARE(message->number("start"), uint64_t{0x7fff00000000});
    QCOMPARE(message->number("end"), ~uint64_t{0});
    QCOMPARE(message->number("prot"), uint64_t{5});
    QVERIFY(message->has("prot"));
    QVERIFY(!message->has("flags"));
    QCOMPARE(message->number("flags", 42), uint64_t{42});
    QVERIFY(!message->flag("flags"));
    QVERIFY(message->flag("prot"));
    QVERIFY(message->message("flags") == nullptr);
    QCOMPARE(message->type().name, std::string("vma_entry"));
    const auto empty = parse("vma_entry", "");
    QVERIFY(empty.ok());
    QVERIFY(empty->fields().empty());
}

void TestMessage::ranges()
{
    const std::string wire =
        MessageBuilder("reg_file_entry").set("id", 300).set("name", "/etc/motd").encode();
    const auto message = parse("reg_file_entry", wire);
    QVERIFY(message.ok());
    QCOMPARE(message->range(), (ByteRange{base, wire.size()}));
    QCOMPARE(message->fields().size(), size_t{2});
    const WireField &id = message->fields()[0];
    QCOMPARE(id.whole, (ByteRange{base, 3}));
    QCOMPARE(id.value, (ByteRange{base + 1, 2}));
    QCOMPARE(id.scalar, uint64_t{300});
    const WireField &name = message->fields()[1];
    QCOMPARE(name.whole, (ByteRange{base + 3, 11}));
    QCOMPARE(name.value, (ByteRange{base + 5, 9}));
    QCOMPARE(message->bytes(name).size(), size_t{9});
    QCOMPARE(message->text("name"), std::string_view("/etc/motd"));
}

void TestMessage::signedKinds()
{
    // sint64 (zigzag), sint32 (zigzag), int32 (ten bytes when negative)
    const auto vma = parse("vma_entry", MessageBuilder("vma_entry").set("fd", -1).encode());
    QVERIFY(vma.ok());
    QCOMPARE(vma->signedNumber("fd"), int64_t{-1});
    QCOMPARE(vma->find("fd")->scalar, uint64_t{1});
    const auto reg =
        parse("reg_file_entry", MessageBuilder("reg_file_entry").set("mnt_id", -2000000).encode());
    QVERIFY(reg.ok());
    QCOMPARE(reg->signedNumber("mnt_id"), int64_t{-2000000});
    const auto mm = parse("mm_entry", MessageBuilder("mm_entry").set("dumpable", -7).encode());
    QVERIFY(mm.ok());
    QCOMPARE(mm->find("dumpable")->value.length, uint64_t{10});
    QCOMPARE(mm->signedNumber("dumpable"), int64_t{-7});
    QCOMPARE(mm->signedNumber("thp_disabled", -3), int64_t{-3});

    QCOMPARE(signedValue(Kind::SInt64, ~uint64_t{0}), std::numeric_limits<int64_t>::min());
    QCOMPARE(signedValue(Kind::SInt32, 0xffffffff), int64_t{std::numeric_limits<int32_t>::min()});
    QCOMPARE(signedValue(Kind::UInt32, 0x1ffffffff), int64_t{0xffffffff});
    QCOMPARE(signedValue(Kind::Int32, 0x180000000), int64_t{std::numeric_limits<int32_t>::min()});
    QCOMPARE(signedValue(Kind::Bool, 12), int64_t{1});
}

void TestMessage::nested()
{
    MessageBuilder mm("mm_entry");
    mm.set("vmas", MessageBuilder("vma_entry").set("start", 1))
        .set("vmas", MessageBuilder("vma_entry").set("start", 2));
    const auto message = parse("mm_entry", mm.encode());
    QVERIFY(message.ok());
    QVERIFY(message->problem() == nullptr);
    const auto vmas = message->messages("vmas");
    QCOMPARE(vmas.size(), size_t{2});
    QCOMPARE(vmas[0]->number("start"), uint64_t{1});
    QCOMPARE(vmas[1]->number("start"), uint64_t{2});
    QCOMPARE(vmas[1]->range(), message->fields()[1].value);
    QCOMPARE(vmas[1]->fields()[0].value.offset, message->fields()[1].value.offset + 1);
    QCOMPARE(message->message("vmas"), vmas[1]);
    // A nested message lives on without the one around it.
    const auto shared = message->fields()[0].message;
    QCOMPARE(shared->number("start"), uint64_t{1});
}

void TestMessage::unknownFieldsStay()
{
    const std::string wire = MessageBuilder("vma_entry")
                                 .set("start", 1)
                                 .varint(500, 9)
                                 .bytes(501, "kept")
                                 .fixed32(502, 7)
                                 .fixed64(503, 8)
                                 .encode();
    const auto message = parse("vma_entry", wire);
    QVERIFY(message.ok());
    QCOMPARE(message->fields().size(), size_t{5});
    uint64_t end = base;
    for (const WireField &field : message->fields()) {
        QCOMPARE(field.whole.offset, end); // each byte is in a field
        end = field.whole.end();
    }
    QCOMPARE(end, base + wire.size());
    QVERIFY(message->fields()[1].type == nullptr);
    QCOMPARE(message->fields()[1].scalar, uint64_t{9});
    QCOMPARE(message->fields()[3].scalar, uint64_t{7});
    QCOMPARE(message->fields()[4].scalar, uint64_t{8});
    QCOMPARE(message->bytes(message->fields()[2]).size(), size_t{4});
}

void TestMessage::contradictingWireType()
{
    // start is a varint; as text it is not start.
    const auto message = parse("vma_entry", MessageBuilder().bytes(1, "abc").fixed32(2, 1).encode());
    QVERIFY(message.ok());
    QVERIFY(message->fields()[0].type == nullptr);
    QVERIFY(message->fields()[1].type == nullptr);
    QVERIFY(!message->has("start"));
    QCOMPARE(message->number("end", 3), uint64_t{3});
}

void TestMessage::packedAndNot()
{
    const std::vector<uint64_t> values{6, 4096, 0, ~uint64_t{0}};
    MessageBuilder mm("mm_entry");
    mm.packed("mm_saved_auxv", values).set("mm_saved_auxv", 33).packed("mm_saved_auxv", {});
    const auto message = parse("mm_entry", mm.encode());
    QVERIFY(message.ok());
    std::vector<uint64_t> expected = values;
    expected.push_back(33);
    QCOMPARE(message->numbers("mm_saved_auxv"), expected);
    QCOMPARE(message->findAll("mm_saved_auxv").size(), size_t{3});
    QVERIFY(message->numbers("dumpable").empty());

    const auto fixed =
        parse("sk_opts_entry", MessageBuilder("sk_opts_entry").packed("so_filter", {1, 2}).encode());
    QVERIFY(fixed.ok());
    QCOMPARE(fixed->numbers("so_filter"), (std::vector<uint64_t>{1, 2}));
}

void TestMessage::lastCounts()
{
    const auto message = parse("reg_file_entry", MessageBuilder("reg_file_entry")
                                                     .set("id", 1)
                                                     .set("name", "a")
                                                     .set("id", 2)
                                                     .set("name", "b")
                                                     .encode());
    QVERIFY(message.ok());
    QCOMPARE(message->number("id"), uint64_t{2});
    QCOMPARE(message->text("name"), std::string_view("b"));
}

void TestMessage::textIsNotValidated()
{
    const std::string name = "/tmp/caf\xe9\0x"s;
    const auto message = parse("reg_file_entry", MessageBuilder("reg_file_entry").set("name", name).encode());
    QVERIFY(message.ok());
    QCOMPARE(std::string(message->text("name")), name);
}

void TestMessage::malformed_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<int>("at");
    const auto row = [](const char *name, const std::string &wire, int at) {
        QTest::newRow(name) << QByteArray(wire.data(), static_cast<qsizetype>(wire.size())) << at;
    };
    const std::string good = "\x08\x01"; // start: 1
    row("tag cut off", good + "\x80", 2);
    row("tag too long", good + std::string(11, '\x80'), 2);
    row("tag beyond 32 bits", good + "\xf8\xff\xff\xff\x7f\x01", 2);
    row("field number 0", good + "\x00\x01"s, 2);
    row("number missing", good + "\x10", 3);
    row("number cut off", good + "\x10\xff", 3);
    row("number too long", good + "\x10" + std::string(10, '\xff') + "\x01", 3);
    row("length missing", good + "\x0a", 3);
    row("length cut off", good + "\x0a\x80", 3);
    row("length beyond the end", good + "\x0a\x03xy", 3);
    row("length beyond all", good + "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01xy", 3);
    row("fixed64 cut off", good + "\x09"s + "1234567", 3);
    row("fixed32 cut off", good + "\x0d"s + "123", 3);
    row("group", good + "\x0b", 2);
    row("end of group", good + "\x0c", 2);
    row("wire type 6", good + "\x0e\x01", 2);
    row("wire type 7", good + "\x0f\x01", 2);
}

void TestMessage::malformed()
{
    QFETCH(QByteArray, wire);
    QFETCH(int, at);
    const auto failure = failsAt({wire.constData(), static_cast<size_t>(wire.size())});
    QVERIFY(failure.has_value());
    QCOMPARE(*failure, static_cast<uint64_t>(at));
}

void TestMessage::truncationAtEachByte()
{
    MessageBuilder builder("reg_file_entry");
    builder.set("id", 70000).set("name", "/some/file").varint(900, 1).fixed64(901, 1).fixed32(902, 1);
    const std::string wire = builder.encode();
    const auto whole = parse("reg_file_entry", wire);
    QVERIFY(whole.ok());
    std::vector<uint64_t> borders{0};
    for (const WireField &field : whole->fields())
        borders.push_back(field.whole.end() - base);
    for (size_t length = 0; length <= wire.size(); ++length) {
        const bool atBorder = std::find(borders.begin(), borders.end(), length) != borders.end();
        const auto failure = failsAt(std::string_view(wire).substr(0, length), "reg_file_entry");
        QCOMPARE(failure.has_value(), !atBorder);
        if (failure)
            QVERIFY(*failure <= length);
    }
}

void TestMessage::malformedNestedMessageIsKeptAside()
{
    MessageBuilder core("core_entry");
    core.set("mtype", 1)
        .bytes(3, "\x08")
        .set("thread_core", MessageBuilder("thread_core_entry").set("comm", "x"));
    const auto message = parse("core_entry", core.encode());
    QVERIFY(message.ok());
    QCOMPARE(message->fields().size(), size_t{3});
    QVERIFY(message->message("tc") == nullptr);
    QVERIFY(message->has("tc"));
    QVERIFY(message->message("thread_core") != nullptr);
    QVERIFY(message->problem() != nullptr);
    QCOMPARE(message->problem()->offset,
             std::optional<uint64_t>(base + 5)); // after the tag in the nested message

    // A packed number that is cut off is no message of its own, so it fails where it stands.
    QCOMPARE(failsAt("\x6a\x02\x01\x80"s, "mm_entry"), std::optional<uint64_t>(3));
}

void TestMessage::depth()
{
    const auto nest = [](unsigned levels) {
        std::string wire = MessageBuilder("aa_namespace").set("name", "leaf").encode();
        for (unsigned i = 0; i < levels; ++i)
            wire = MessageBuilder("aa_namespace").bytes(3, wire).encode();
        return wire;
    };
    const auto fits = parse("aa_namespace", nest(Message::maxDepth - 1));
    QVERIFY(fits.ok());
    const Message *inner = &*fits;
    unsigned depth = 0;
    for (; inner->has("namespaces"); ++depth)
        inner = inner->message("namespaces");
    QCOMPARE(depth, Message::maxDepth - 1);
    QCOMPARE(inner->text("name"), std::string_view("leaf"));
    QVERIFY(failsAt(nest(Message::maxDepth), "aa_namespace").has_value());
    QVERIFY(failsAt(nest(5000), "aa_namespace").has_value()); // the stack is not at the input's mercy
}

void TestMessage::offsetsThatWrap()
{
    const auto message =
        Message::parse(testSchema()->message("vma_entry"), toBytes("\x08\x01"), ~uint64_t{0}, "x.img");
    QVERIFY(!message.ok());
    QVERIFY(message.error().code == ErrorCode::InputMalformed);
}

CRYOSCOPE_TEST(TestMessage)

} // namespace tst_message

#include "tst_message.moc"
