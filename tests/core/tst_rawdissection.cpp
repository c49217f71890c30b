// SPDX-License-Identifier: Apache-2.0
// Members that are no framed images, explained byte by byte.
#include "core/image/rawdissection.h"
#include "tests/support/dissectionflaw.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

#include <random>

namespace tst_rawdissection
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace std::string_literals;

namespace
{

using NodeKind = DissectionNode::Kind;
using Maker = std::unique_ptr<Dissection> (*)(std::shared_ptr<const ByteSource>);

std::string attribute(uint16_t type, const std::string &value, ByteOrder order = ByteOrder::Little)
{
    const auto length = 4 + value.size();
    return number(length, 2, order) + number(type, 2, order) + padded(value, 4);
}

std::string netlink(uint16_t type, const std::string &body, ByteOrder order = ByteOrder::Little)
{
    return number(16 + body.size(), 4, order) + number(type, 2, order) + number(2, 2, order) +
           number(7, 4, order) + number(0, 4, order) + body;
}

std::string addresses(ByteOrder order = ByteOrder::Little)
{
    const std::string body = "\x02\x08\x80\xfe"s + number(1, 4, order) +
                             attribute(1, "\x7f\0\0\x01"s, order) + attribute(3, "lo\0"s, order) +
                             attribute(6,
                                       number(0xffffffff, 4, order) + number(100, 4, order) +
                                           number(7, 4, order) + number(8, 4, order) + "more",
                                       order);
    return number(0x47361222, 4, order) + netlink(20, body, order);
}

std::string connections()
{
    const std::string ip = attribute(1, "\x0a\0\0\x02"s) + attribute(2, "\x5d\xb8\xd8\x22"s);
    const std::string protocol =
        attribute(1, "\x06"s) + attribute(2, "\x30\x39"s) + attribute(3, "\x01\xbb"s);
    const std::string tuple = attribute(0x8001, ip) + attribute(0x8002, protocol);
    std::string body = "\x02\0\0\0"s + attribute(0x8001, tuple) + attribute(3, "\0\0\x01\x8e"s);
    body += "x"; // an odd length: the next message follows at once
    return netlink(256, body.substr(0, body.size() - 1)) + netlink(256, "\x0a\0\0\0"s);
}

std::string tarHeader(const std::string &name, size_t size, char type = '0')
{
    std::string block(512, '\0');
    const auto put = [&block](size_t at, const std::string &text) { block.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    char octal[16];
    std::snprintf(octal, sizeof octal, "%011zo", size);
    put(124, octal);
    put(136, "00000000000");
    block[156] = type;
    put(257, "ustar\000"s + "00");
    put(148, "        ");
    unsigned sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    std::snprintf(octal, sizeof octal, "%06o", sum);
    put(148, octal + "\0 "s);
    return block;
}

std::string tar()
{
    return tarHeader("./a", 5) + padded("hello", 512) + tarHeader("./d/", 0, '5') +
           tarHeader("PaxHeader", 15, 'x') + padded("15 path=./long\n", 512) + tarHeader("./l", 600) +
           padded(std::string(600, 'x'), 512) + std::string(1024, '\0');
}

const std::string json = "  {\"a\": [1, {\"b\" : null} , []],\n \"\\u00e9\": \"x\\n\", \"c\":{}}\n";

std::vector<std::tuple<std::string, std::string, Maker>> samples()
{
    return {
        {"addresses", addresses(),
         [](auto source) { return dissectNetlink(source, NetlinkContent::Addresses); }},
        {"addresses, big", addresses(ByteOrder::Big),
         [](auto source) { return dissectNetlink(source, NetlinkContent::Addresses); }},
        {"connections", connections(),
         [](auto source) { return dissectNetlink(source, NetlinkContent::Connections); }},
        {"iptables", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n# end",
         [](auto source) { return dissectText(source, TextForm::Iptables); }},
        {"log", "(00.000123) first\n\nsecond",
         [](auto source) { return dissectText(source, TextForm::Log); }},
        {"json", json, [](auto source) { return dissectJson(source); }},
        {"tar", tar(), [](auto source) { return dissectTar(source); }},
        {"old pages",
         number(0x54564319, 4) + number(0x56084025, 4) + number(0x400000, 8) + std::string(4096, 'p') +
             number(0x7fff0000, 8) + std::string(4096, 'q') + number(0, 8),
         [](auto source) { return dissectOldPages(source, 4096, 7); }},
        {"plugin", MessageBuilder("criu_render_node").fillRequired().encode(),
         [](auto source) { return dissectBareMessage(source, testSchema()->message("criu_render_node")); }},
        {"whole", "bytes",
         [](auto source) { return dissectWhole(source, NodeKind::Data, "content", "Content."); }},
        {"gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03"s + "deflated" + number(0xdeadbeef, 4) + number(100, 4),
         [](auto source) { return dissectCompressed(source, 1, 100); }},
        {"gzip with a name",
         "\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0"s + "deflated" + number(1, 4) + number(2, 4),
         [](auto source) { return dissectCompressed(source, 1, 2); }},
        {"zstd", "\x28\xb5\x2f\xfd whatever", [](auto source) { return dissectCompressed(source, 1, 9); }}};
}

struct Nodes {
    std::vector<std::pair<DissectionNode, unsigned>> all;

    [[nodiscard]] const DissectionNode *find(const std::string &name) const
    {
        for (const auto &[node, depth] : all) {
            if (node.name == name)
                return &node;
        }
        return nullptr;
    }
    [[nodiscard]] QString value(const std::string &name) const
    {
        const DissectionNode *node = find(name);
        return node != nullptr ? QString::fromStdString(node->value) : QStringLiteral("no such node");
    }
    [[nodiscard]] QString meaning(const std::string &name) const
    {
        const DissectionNode *node = find(name);
        return node != nullptr ? QString::fromStdString(node->meaning) : QStringLiteral("no such node");
    }
};

Nodes nodesOf(const Dissection &dissection)
{
    Nodes nodes;
    const auto done = dissection.walkAll([&nodes](const DissectionNode &node, unsigned depth) {
        nodes.all.emplace_back(node, depth);
        return Dissection::Step::Into;
    });
    if (!done)
        qFatal("%s", done.error().describe().c_str());
    return nodes;
}

} // namespace

class TestRawDissection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void explainEveryByte();
    void changedAndCutBytes();
    void pathsAgreeWithTheTree();
    void netlink();
    void text();
    void jsonTree();
    void jsonThatBreaksOff();
    void tarMembers();
    void dirtyPadding();
    void oldPages();
    void readErrors();
};

void TestRawDissection::explainEveryByte()
{
    for (const auto &[name, bytes, make] : samples()) {
        const auto dissection = make(sourceOf(bytes));
        const std::string wrong = dissectionFlaw(*dissection);
        QVERIFY2(wrong.empty(), (name + ": " + wrong).c_str());
        const auto coverage = dissection->coverage();
        QVERIFY(coverage.ok());
        QVERIFY2(coverage->unknown.empty(), name.c_str());
        QCOMPARE(coverage->explained, uint64_t{bytes.size()});
    }
}

/// Whatever is changed or cut off, the tree covers all bytes, and nothing else happens.
void TestRawDissection::changedAndCutBytes()
{
    std::mt19937 random(11);
    for (const auto &[name, bytes, make] : samples()) {
        for (int round = 0; round < 200; ++round) {
            std::string changed = bytes;
            for (int i = 0; i < 2; ++i)
                changed[random() % changed.size()] = static_cast<char>(random());
            if (round % 3 == 0)
                changed.resize(random() % changed.size() + 1);
            const std::string wrong = dissectionFlaw(*make(sourceOf(changed)));
            QVERIFY2(wrong.empty(), (name + ": " + wrong).c_str());
        }
    }
}

void TestRawDissection::pathsAgreeWithTheTree()
{
    for (const auto &[name, bytes, make] : samples()) {
        const auto dissection = make(sourceOf(bytes));
        const Nodes nodes = nodesOf(*dissection);
        const size_t step = bytes.size() / 97 + 1;
        for (uint64_t offset = 0; offset < bytes.size(); offset += step) {
            std::vector<ByteRange> expected;
            for (const auto &[node, depth] : nodes.all) {
                if (node.range.contains(offset))
                    expected.push_back(node.range);
            }
            const auto path = dissection->pathAt(offset);
            QVERIFY(path.ok());
            QVERIFY2(path->size() == expected.size(), (name + " at " + std::to_string(offset)).c_str());
            for (size_t i = 0; i < expected.size(); ++i)
                QVERIFY((*path)[i].range == expected[i]);
        }
        QVERIFY(dissection->pathAt(bytes.size()).error().code == ErrorCode::NotFound);
    }
}

void TestRawDissection::netlink()
{
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        const auto nodes = nodesOf(*dissectNetlink(sourceOf(addresses(order)), NetlinkContent::Addresses));
        QCOMPARE(nodes.value("magic"), QStringLiteral("0x47361222"));
        QCOMPARE(nodes.meaning("family"), QStringLiteral("IPv4"));
        QCOMPARE(nodes.meaning("scope"), QStringLiteral("host"));
        QCOMPARE(nodes.value("interface"), QStringLiteral("1"));
        QCOMPARE(nodes.value("address"), QStringLiteral("127.0.0.1"));
        QCOMPARE(nodes.value("label"), QStringLiteral("lo"));
        QVERIFY(std::any_of(nodes.all.begin(), nodes.all.end(), [](const auto &each) {
            return each.first.name == "flags" && each.first.meaning == "permanent";
        }));
        QCOMPARE(nodes.meaning("preferred lifetime"), QStringLiteral("for ever"));
        QCOMPARE(nodes.value("valid lifetime"), QStringLiteral("100"));
        QVERIFY(nodes.find("rest") != nullptr); // of a newer kernel
    }
    const auto nodes = nodesOf(*dissectNetlink(sourceOf(connections()), NetlinkContent::Connections));
    QCOMPARE(nodes.value("IPv4 source"), QStringLiteral("10.0.0.2"));
    QCOMPARE(nodes.value("IPv4 destination"), QStringLiteral("93.184.216.34"));
    QCOMPARE(nodes.value("source port"), QStringLiteral("12345"));
    QCOMPARE(nodes.value("destination port"), QStringLiteral("443"));
    QCOMPARE(nodes.meaning("status"),
             QStringLiteral(
                 "reply seen, assured, confirmed, source translation done, destination translation done"));
    QVERIFY(nodes.find("connection 1") != nullptr);
    // CRIU writes the same to the file of expectations.
    const auto twice = nodesOf(*dissectNetlink(sourceOf(connections()), NetlinkContent::Expectations));
    QCOMPARE(twice.value("IPv4 source"), QStringLiteral("10.0.0.2"));
    // An attribute that is not known is said to be so.
    const auto unknown = dissectNetlink(
        sourceOf(number(0x45311224, 4) + tst_rawdissection::netlink(24, std::string(12, '\2') + attribute(99, "abcd"))),
        NetlinkContent::Routes);
    const auto coverage = unknown->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{1});
    QCOMPARE(coverage->unknown.front().name, std::string("attribute 99"));
    QCOMPARE(coverage->unknown.front().range, (ByteRange{32, 8}));
}

void TestRawDissection::text()
{
    const auto rules = nodesOf(
        *dissectText(sourceOf("*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j LOG\nCOMMIT\n"), TextForm::Iptables));
    QCOMPARE(rules.meaning("line 1"), QStringLiteral("Table nat begins."));
    QCOMPARE(rules.meaning("line 3"), QStringLiteral("A rule at the end of chain OUTPUT."));
    QCOMPARE(rules.value("line 3"), QStringLiteral("-A OUTPUT -j LOG"));
    QCOMPARE(rules.meaning("line 4"), QStringLiteral("The table ends."));
    const auto log = nodesOf(*dissectText(sourceOf("(00.000123) x\nno time\n"), TextForm::Log));
    QCOMPARE(log.meaning("line 1"), QStringLiteral("Written 00.000123 seconds after the start."));
    QCOMPARE(log.meaning("line 2"), QString());
    // A line longer than what is read at once.
    const std::string longLine(200000, 'a');
    const auto nodes = nodesOf(*dissectText(sourceOf(longLine + "\nb"), TextForm::Plain));
    QCOMPARE(nodes.all.size(), size_t{2});
    QCOMPARE(nodes.all.front().first.range, (ByteRange{0, longLine.size() + 1}));
    QVERIFY(nodes.all.front().first.value.size() < 1000);
}

void TestRawDissection::jsonTree()
{
    const auto nodes = nodesOf(*dissectJson(sourceOf(json)));
    const DissectionNode *a = nodes.find("a");
    QVERIFY(a != nullptr && a->kind == NodeKind::Field);
    QCOMPARE(json.substr(a->range.offset, 4), std::string("\"a\":"));
    QCOMPARE(nodes.value("element 0"), QStringLiteral("1"));
    QCOMPARE(nodes.value("b"), QStringLiteral("null"));
    QVERIFY(nodes.find("\\u00e9") != nullptr);
    QVERIFY(nodes.find("c") != nullptr);
    const auto scalar = nodesOf(*dissectJson(sourceOf("null")));
    QCOMPARE(scalar.all.size(), size_t{1});
    QCOMPARE(scalar.value("value"), QStringLiteral("null"));
}

void TestRawDissection::jsonThatBreaksOff()
{
    const std::string bad = "{\"a\": [1, 2,, 3]}";
    const auto dissection = dissectJson(sourceOf(bad, "config.dump"));
    QVERIFY(dissectionFlaw(*dissection).empty());
    const auto coverage = dissection->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{1});
    QCOMPARE(coverage->unknown.front().range.offset, uint64_t{12});
    QVERIFY(coverage->unknown.front().meaning.find("config.dump at offset 12") != std::string::npos);
    const std::string deep(100000, '[');
    QVERIFY(dissectionFlaw(*dissectJson(sourceOf(deep))).empty());
}

void TestRawDissection::tarMembers()
{
    const auto nodes = nodesOf(*dissectTar(sourceOf(tar())));
    const DissectionNode *file = nodes.find("./a");
    QVERIFY(file != nullptr);
    QCOMPARE(file->range, (ByteRange{0, 1024}));
    QVERIFY(nodes.find("extended header") != nullptr);
    QCOMPARE(nodes.value("mode"), QStringLiteral("0000600"));
    QVERIFY(nodes.find("padding") != nullptr);
}

void TestRawDissection::dirtyPadding()
{
    std::string bytes = tar();
    bytes[512 + 20] = 'S'; // after "hello"
    bytes.back() = 'T';
    const auto coverage = dissectTar(sourceOf(bytes))->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{2});
    QCOMPARE(coverage->unknown.front().range, (ByteRange{517, 507}));
}

void TestRawDissection::oldPages()
{
    const std::string bytes = number(0x56084025, 4) + number(0x400000, 8) + std::string(4096, 'p') +
                              number(0x401000, 8) + std::string(100, 'q');
    const auto dissection = dissectOldPages(sourceOf(bytes), 4096, 42);
    const auto nodes = nodesOf(*dissection);
    QVERIFY(nodes.find("page 0x400000") != nullptr);
    const DissectionNode *address = nodes.find("address");
    QVERIFY(address != nullptr && address->link);
    QCOMPARE(address->link->pid, 42u);
    QCOMPARE(address->link->address, uint64_t{0x400000});
    const auto coverage = dissection->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{1});
    QCOMPARE(coverage->unknown.front().range, (ByteRange{4 + 8 + 4096 + 8, 100}));
}

void TestRawDissection::readErrors()
{
    for (const auto &[name, bytes, make] : samples()) {
        if (name == "whole" || name == "zstd")
            continue; // nothing is read, or the first bytes only
        auto source = std::make_shared<StringSource>(bytes);
        source->failFrom(0);
        const auto done =
            make(source)->walkAll([](const DissectionNode &, unsigned) { return Dissection::Step::Into; });
        QVERIFY2(!done.ok(), name.c_str());
        QVERIFY(done.error().code == ErrorCode::InputUnreadable);
        QCOMPARE(done.error().file, std::string("test.img"));
    }
}

CRYOSCOPE_TEST(TestRawDissection)

} // namespace tst_rawdissection

#include "tst_rawdissection.moc"
