// SPDX-License-Identifier: Apache-2.0
#include "core/archive/tarindex.h"

#include "core/archive/tarheader.h"
#include "tests/program/testprogram.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarwriter.h"

#include <random>

namespace tst_tarindex
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestTarIndex : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ustar();
    void kinds_data();
    void kinds();
    void fullFields();
    void gnuLongNames();
    void paxOverridesTheHeader();
    void paxIsAboutTheNextEntryOnly();
    void globalPax();
    void emptyPaxValueDeletes();
    void damagedPax_data();
    void damagedPax();
    void sizes_data();
    void sizes();
    void numbers();
    void beforePosix();
    void checksums();
    void damagedHeader();
    void sparseMembers_data();
    void sparseMembers();
    void damagedSparseMaps();
    void hardLinks();
    void strangePathsStayAsTheyAre();
    void duplicates();
    void everyByteHasAPlace();
    void ends_data();
    void ends();
    void cutAtEveryByte();
    void everyByteDamaged();
    void longExtendedHeaders();
    void unreadable();
    void cancelled();
    void looksLikeTar();
    void setSize();
};

namespace
{

using Source = std::shared_ptr<const ByteSource>;

TarIndex index(const std::string &tar)
{
    auto found = indexTar(sourceOf(tar, "a.tar"), "a.tar!");
    if (!found)
        qFatal("%s", found.error().describe().c_str());
    return std::move(*found);
}

std::string text(const Member &member)
{
    const auto bytes = member.content->readWhole(1 << 20);
    return bytes ? std::string(asText(*bytes)) : std::string("(error)");
}

/// The path of the only member; that there is one, and nothing wrong.
std::string onlyPath(const TarIndex &found)
{
    return found.members.size() == 1 && found.problems.empty() ? found.members.front().path
                                                               : std::string("(not one)");
}

/// Headers of all kinds, members of many sizes.
std::string mixed()
{
    TarWriter tar;
    tar.directory("d").file("d/small", "abc").file("empty", "").file("block", std::string(512, 'b'));
    tar.longName(std::string(300, 'n')).longLink(std::string(400, 'l')).symlink("cut", "cut");
    tar.globalPax({{"comment", "none"}}).pax({{"path", "pax/path"}, {"mtime", "12.5"}}).file("cut", "paxed");
    tar.hardLink("hard", "d/small");
    tar.add({.name = "device", .type = '3', .deviceMajor = 5, .deviceMinor = 1});
    tar.file("last", std::string(1000, 'z'));
    return tar.bytes();
}

} // namespace

void TestTarIndex::ustar()
{
    const auto found = index(TarWriter()
                                 .directory("checkpoint")
                                 .add({.name = "core-1.img",
                                       .data = "content",
                                       .prefix = "checkpoint/deep",
                                       .mode = 04755,
                                       .uid = 1000,
                                       .gid = 100,
                                       .mtime = 1700000000})
                                 .bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{2});
    const Member &folder = found.members[0];
    QCOMPARE(folder.path, std::string("checkpoint"));
    QVERIFY(folder.kind == MemberKind::Directory);
    QVERIFY(!folder.content);
    QCOMPARE(folder.mode, 0755u);
    const Member &file = found.members[1];
    QCOMPARE(file.path, std::string("checkpoint/deep/core-1.img"));
    QVERIFY(file.kind == MemberKind::File);
    QCOMPARE(file.mode, 04755u);
    QCOMPARE(file.uid, uint64_t{1000});
    QCOMPARE(file.gid, uint64_t{100});
    QCOMPARE(file.mtime, int64_t{1700000000});
    QCOMPARE(file.offsetInParent, uint64_t{1024});
    QCOMPARE(text(file), std::string("content"));
    QCOMPARE(file.content->name(), std::string("a.tar!checkpoint/deep/core-1.img"));
}

void TestTarIndex::kinds_data()
{
    QTest::addColumn<char>("type");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("hasContent");
    const auto row = [](const char *name, char type, MemberKind kind, bool hasContent) {
        QTest::newRow(name) << type << static_cast<int>(kind) << hasContent;
    };
    row("file", '0', MemberKind::File, true);
    row("old file", '\0', MemberKind::File, true);
    row("contiguous file", '7', MemberKind::File, true);
    row("hard link", '1', MemberKind::Hardlink, false);
    row("symlink", '2', MemberKind::Symlink, false);
    row("character device", '3', MemberKind::CharacterDevice, false);
    row("block device", '4', MemberKind::BlockDevice, false);
    row("directory", '5', MemberKind::Directory, false);
    row("fifo", '6', MemberKind::Fifo, false);
    row("anything else", 'Z', MemberKind::Other, true);
}

void TestTarIndex::kinds()
{
    QFETCH(char, type);
    QFETCH(int, kind);
    QFETCH(bool, hasContent);
    const TarEntry entry{.name = "x", .type = type, .link = "target", .deviceMajor = 8, .deviceMinor = 17};
    const auto found = index(TarWriter().add(entry).file("after", "a").bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{2});
    QCOMPARE(static_cast<int>(found.members[0].kind), kind);
    QCOMPARE(found.members[0].content != nullptr, hasContent);
    QCOMPARE(found.members[0].linkTarget, std::string("target"));
    QCOMPARE(found.members[0].deviceMajor, uint64_t{8});
    QCOMPARE(found.members[0].deviceMinor, uint64_t{17});
    QCOMPARE(text(found.members[1]), std::string("a"));
}

void TestTarIndex::fullFields()
{
    // Without room for a NUL.
    const std::string name(100, 'n');
    const std::string prefix(155, 'p');
    const std::string link(100, 'l');
    const auto found =
        index(TarWriter().add({.name = name, .type = '2', .link = link, .prefix = prefix}).bytes());
    QCOMPARE(onlyPath(found), prefix + "/" + name);
    QCOMPARE(found.members.front().linkTarget, link);
    // GNU keeps other things where POSIX has the prefix.
    QCOMPARE(onlyPath(index(
                 TarWriter().add({.name = name, .prefix = "not a prefix", .magic = TarMagic::Gnu}).bytes())),
             name);
}

void TestTarIndex::gnuLongNames()
{
    const std::string name = "n/" + std::string(5000, 'n');
    const std::string target(600, 't');
    const auto found = index(TarWriter()
                                 .longLink(target)
                                 .longName(name)
                                 .add({.name = "cut", .type = '2', .link = "cut", .magic = TarMagic::Gnu})
                                 .longName(name + "2")
                                 .file("cut", "abc")
                                 .symlink("short", "to")
                                 .bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{3});
    QCOMPARE(found.members[0].path, name);
    QCOMPARE(found.members[0].linkTarget, target);
    QCOMPARE(found.members[1].path, name + "2");
    QCOMPARE(text(found.members[1]), std::string("abc"));
    QCOMPARE(found.members[2].path, std::string("short"));
    QCOMPARE(found.members[2].linkTarget, std::string("to"));
}

void TestTarIndex::paxOverridesTheHeader()
{
    const std::string name = "path/" + std::string(300, 'x') + " = with\nodd bytes\xff";
    const auto found = index(TarWriter()
                                 .pax({{"path", name},
                                       {"linkpath", "target"},
                                       {"size", "5"},
                                       {"uid", "4294967295"},
                                       {"gid", "77"},
                                       {"mtime", "-3.999"},
                                       {"SCHILY.xattr.user.note", std::string("a\0b\n", 4)}})
                                 .add({.name = "cut", .data = "12345", .uid = 1, .mtime = 9, .size = 0})
                                 .file("after", "x")
                                 .bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{2});
    const Member &member = found.members.front();
    QCOMPARE(member.path, name);
    QCOMPARE(member.linkTarget, std::string("target"));
    QCOMPARE(text(member), std::string("12345"));
    QCOMPARE(member.uid, uint64_t{4294967295});
    QCOMPARE(member.gid, uint64_t{77});
    QCOMPARE(member.mtime, int64_t{-3});
}

void TestTarIndex::paxIsAboutTheNextEntryOnly()
{
    const auto found =
        index(TarWriter().pax({{"path", "other"}, {"uid", "5"}}).file("a", "").file("b", "").bytes());
    QCOMPARE(found.members.size(), size_t{2});
    QCOMPARE(found.members[0].path, std::string("other"));
    QCOMPARE(found.members[1].path, std::string("b"));
    QCOMPARE(found.members[1].uid, uint64_t{0});
    // Of several before one entry, the last that names a key counts.
    QCOMPARE(
        onlyPath(index(
            TarWriter().pax({{"path", "one"}, {"path", "two"}}).pax({{"uid", "1"}}).file("a", "").bytes())),
        std::string("two"));
}

void TestTarIndex::globalPax()
{
    const auto found = index(TarWriter()
                                 .globalPax({{"uid", "7"}, {"comment", "x"}})
                                 .file("a", "")
                                 .pax({{"uid", "8"}})
                                 .file("b", "")
                                 .file("c", "")
                                 .globalPax({{"uid", "9"}})
                                 .file("d", "")
                                 .bytes());
    QCOMPARE(found.members.size(), size_t{4});
    QCOMPARE(found.members[0].uid, uint64_t{7});
    QCOMPARE(found.members[1].uid, uint64_t{8});
    QCOMPARE(found.members[2].uid, uint64_t{7});
    QCOMPARE(found.members[3].uid, uint64_t{9});
    // What is global must not be paid for by each entry: 20,000 records over 20,000 entries.
    TarWriter::Records many;
    for (int i = 0; i < 20000; ++i)
        many.emplace_back("key." + std::to_string(i), "value");
    TarWriter tar;
    tar.globalPax(many);
    for (int i = 0; i < 20000; ++i)
        tar.file("f", "");
    QCOMPARE(index(tar.bytes()).members.size(), size_t{20000}); // 400 million copies would end in a timeout
}

void TestTarIndex::emptyPaxValueDeletes()
{
    // POSIX: a value of no bytes takes back what was said before, be it global or in the header's place.
    QCOMPARE(onlyPath(index(TarWriter().pax({{"path", ""}}).file("name", "").bytes())), std::string("name"));
    const auto found = index(TarWriter()
                                 .globalPax({{"uid", "7"}})
                                 .pax({{"uid", ""}})
                                 .add({.name = "a", .uid = 3})
                                 .file("b", "")
                                 .bytes());
    QCOMPARE(found.members.size(), size_t{2});
    QCOMPARE(found.members[0].uid, uint64_t{3});
    QCOMPARE(found.members[1].uid, uint64_t{7});
}

void TestTarIndex::damagedPax_data()
{
    QTest::addColumn<QByteArray>("records");
    QTest::newRow("no length") << QByteArray("path=x\n");
    QTest::newRow("length 0") << QByteArray("0 path=x\n");
    QTest::newRow("negative length") << QByteArray("-9 path=x\n");
    QTest::newRow("length too long") << QByteArray("99 path=x\n");
    QTest::newRow("length that wraps") << QByteArray("18446744073709551617 path=x\n");
    QTest::newRow("length too short") << QByteArray("5 path=x\n");
    QTest::newRow("digits alone") << QByteArray("9");
    QTest::newRow("no newline") << QByteArray("9 path=xx");
    QTest::newRow("no equals sign") << QByteArray("9 path-x\n");
    QTest::newRow("no space") << QByteArray("9_path=x\n");
    QTest::newRow("second record") << QByteArray("9 path=x\n7 y=\n");
}

void TestTarIndex::damagedPax()
{
    QFETCH(QByteArray, records);
    TarWriter tar;
    tar.file("before", "b");
    const uint64_t at = tar.size();
    tar.pax('x', records.toStdString()).file("after", "a");
    const auto found = index(tar.bytes());
    QCOMPARE(found.members.size(), size_t{1});
    QCOMPARE(found.members.front().path, std::string("before"));
    QCOMPARE(found.problems.size(), size_t{1});
    QCOMPARE(found.problems.front().error.file, std::string("a.tar"));
    QCOMPARE(found.problems.front().error.offset, std::optional<uint64_t>(at));
    QCOMPARE(found.problems.front().error.code, ErrorCode::InputMalformed);
}

void TestTarIndex::sizes_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<quint64>("size");
    const auto row = [](const char *name, const std::string &field, std::optional<uint64_t> size) {
        QTest::newRow(name) << QByteArray::fromStdString(field) << size.has_value()
                            << quint64{size.value_or(0)};
    };
    using T = TarWriter;
    row("octal", T::octal(5, 12), 5);
    row("octal without a NUL", "000000000005", 5);
    row("octal, closed by a space", "00000000005 ", 5);
    row("octal after spaces", "          5 ", 5);
    row("nothing", std::string(12, '\0'), 0);
    row("spaces", std::string(12, ' '), 0);
    row("largest octal", "77777777777" + std::string(1, '\0'), 077777777777);
    row("twelve octal digits", "777777777777", 0777777777777);
    row("decimal digit", T::octal(5, 12).replace(3, 1, "8"), std::nullopt);
    row("letter", T::octal(5, 12).replace(10, 1, "x"), std::nullopt);
    row("digits after a space", "0005 0000005", std::nullopt);
    row("minus", "-0000000005" + std::string(1, '\0'), std::nullopt);
    row("base 256", T::base256(5, 12), 5);
    row("base 256, large", T::base256(int64_t{1} << 40, 12), uint64_t{1} << 40);
    row("base 256, largest", T::base256(INT64_MAX, 12), uint64_t{INT64_MAX});
    row("base 256, negative", T::base256(-5, 12), std::nullopt);
    row("base 256, too large", "\x80" + std::string(2, '\x01') + std::string(9, '\0'), std::nullopt);
    row("base 256, most negative", "\xff" + std::string("\0\0\0\0\0\0\0\0\0\0\0", 11), std::nullopt);
}

void TestTarIndex::sizes()
{
    QFETCH(QByteArray, field);
    QFETCH(bool, valid);
    QFETCH(quint64, size);
    std::string header = TarWriter::header({.name = "x"});
    header.replace(124, 12, field.toStdString());
    TarWriter::sign(header);
    const auto found = index(header + "12345" + std::string(507, '\0') + TarWriter().file("b", "").bytes());
    if (!valid) {
        QVERIFY(found.members.empty());
        QCOMPARE(found.problems.size(), size_t{1});
        QCOMPARE(found.problems.front().error.offset, std::optional<uint64_t>(0));
        return;
    }
    QVERIFY(!found.members.empty());
    const uint64_t held = std::min<uint64_t>(size, found.members.front().content->size());
    QCOMPARE(found.members.front().content->size(), held);
    if (size == 5) {
        QCOMPARE(text(found.members.front()), std::string("12345"));
        QCOMPARE(found.members.size(), size_t{2});
    } else if (size > 5) {
        // Beyond the end: what there is, and that it is not all.
        QCOMPARE(found.problems.size(), size_t{1});
        QVERIFY(found.problems.front().error.message.find(std::to_string(size)) != std::string::npos);
    }
}

void TestTarIndex::numbers()
{
    const auto found = index(
        TarWriter().add({.name = "a", .uid = uint64_t{1} << 40, .gid = 1 << 21, .mtime = -86400}).bytes());
    QCOMPARE(onlyPath(found), std::string("a"));
    QCOMPARE(found.members.front().uid, uint64_t{1} << 40);
    QCOMPARE(found.members.front().gid, uint64_t{1} << 21);
    QCOMPARE(found.members.front().mtime, int64_t{-86400});
    // Numbers that matter less than the content do not cost the member.
    std::string header = TarWriter::header({.name = "b", .data = "x"});
    header.replace(100, 8, "garbage!").replace(108, 8, "garbage!").replace(136, 12, "garbage!!!!!");
    TarWriter::sign(header);
    const auto odd = index(header + "x" + std::string(511, '\0') + std::string(1024, '\0'));
    QCOMPARE(onlyPath(odd), std::string("b"));
    QCOMPARE(text(odd.members.front()), std::string("x"));
}

void TestTarIndex::beforePosix()
{
    const auto found = index(TarWriter()
                                 .add({.name = "old", .type = '\0', .data = "x", .magic = TarMagic::None})
                                 .add({.name = "folder/", .type = '\0', .magic = TarMagic::None})
                                 .bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{2});
    QVERIFY(found.members[0].kind == MemberKind::File);
    QVERIFY(found.members[1].kind == MemberKind::Directory);
    QCOMPARE(found.members[1].path, std::string("folder"));
}

void TestTarIndex::checksums()
{
    std::string header = TarWriter::header({.name = "caf\xc3\xa9"});
    TarWriter::sign(header, true); // the sum of signed characters
    QCOMPARE(onlyPath(index(header + std::string(1024, '\0'))), std::string("caf\xc3\xa9"));
    // Six digits, space, NUL; leading spaces.
    header = TarWriter::header({.name = "x"});
    std::string stored = header.substr(148, 6);
    header.replace(148, 8, stored + std::string(" \0", 2));
    QCOMPARE(onlyPath(index(header + std::string(1024, '\0'))), std::string("x"));
    stored.replace(0, stored.find_first_not_of('0'), std::string(stored.find_first_not_of('0'), ' '));
    header.replace(148, 8, stored + std::string("\0 ", 2));
    QCOMPARE(onlyPath(index(header + std::string(1024, '\0'))), std::string("x"));
}

void TestTarIndex::damagedHeader()
{
    TarWriter tar;
    tar.file("good", "content");
    const uint64_t at = tar.size();
    std::string header = TarWriter::header({.name = "bad"});
    header[0] = 'B';
    tar.raw(header).file("after", "");
    const auto found = index(tar.bytes());
    QCOMPARE(found.members.size(), size_t{1});
    QCOMPARE(text(found.members.front()), std::string("content"));
    QCOMPARE(found.problems.size(), size_t{1});
    const Error &error = found.problems.front().error;
    QCOMPARE(error.file, std::string("a.tar"));
    QCOMPARE(error.offset, std::optional<uint64_t>(at));
    QCOMPARE(error.code, ErrorCode::InputMalformed);
}

void TestTarIndex::sparseMembers_data()
{
    QTest::addColumn<QByteArray>("tar");
    const std::string stored = "DATADATA";
    // GNU's first form: up to four ranges in the header, more in blocks of 21.
    std::string header =
        TarWriter::header({.name = "sparse", .type = 'S', .data = stored, .magic = TarMagic::Gnu});
    header.replace(386, 12, TarWriter::octal(4096, 12)).replace(398, 12, TarWriter::octal(8, 12));
    header.replace(483, 12, TarWriter::octal(8192, 12));
    TarWriter::sign(header);
    const std::string data = stored + std::string(512 - stored.size(), '\0');
    const std::string after = TarWriter().file("after", "x").bytes();
    QTest::newRow("old GNU") << QByteArray::fromStdString(header + data + after);
    // The range follows in the second of two blocks.
    header.replace(386, 24, 24, '\0');
    header[482] = 1;
    TarWriter::sign(header);
    std::string more(512, '\0');
    more[504] = 1;
    std::string last(512, '\0');
    last.replace(0, 12, TarWriter::octal(4096, 12)).replace(12, 12, TarWriter::octal(8, 12));
    QTest::newRow("old GNU, extended") << QByteArray::fromStdString(header + more + last + data + after);
    QTest::newRow("pax 0.0") << QByteArray::fromStdString(TarWriter()
                                                              .pax({{"GNU.sparse.size", "8192"},
                                                                    {"GNU.sparse.numblocks", "1"},
                                                                    {"GNU.sparse.offset", "4096"},
                                                                    {"GNU.sparse.numbytes", "8"}})
                                                              .file("sparse", stored)
                                                              .file("after", "x")
                                                              .bytes());
    QTest::newRow("pax 0.1") << QByteArray::fromStdString(TarWriter()
                                                              .pax({{"GNU.sparse.size", "8192"},
                                                                    {"GNU.sparse.numblocks", "1"},
                                                                    {"GNU.sparse.map", "4096,8"},
                                                                    {"GNU.sparse.name", "sparse"}})
                                                              .file("GNUSparseFile.1/sparse", stored)
                                                              .file("after", "x")
                                                              .bytes());
    std::string map = "1\n4096\n8\n";
    map.resize(512, '\0');
    QTest::newRow("pax 1.0") << QByteArray::fromStdString(TarWriter()
                                                              .pax({{"GNU.sparse.major", "1"},
                                                                    {"GNU.sparse.minor", "0"},
                                                                    {"GNU.sparse.realsize", "8192"},
                                                                    {"GNU.sparse.name", "sparse"}})
                                                              .file("GNUSparseFile.1/sparse", map + stored)
                                                              .file("after", "x")
                                                              .bytes());
}

void TestTarIndex::sparseMembers()
{
    QFETCH(QByteArray, tar);
    const auto found = index(tar.toStdString());
    QCOMPARE(found.members.size(), size_t{2});
    QCOMPARE(found.members[0].path, std::string("sparse"));
    QVERIFY(found.members[0].kind == MemberKind::File);
    QVERIFY(found.problems.empty());
    const std::string expected = std::string(4096, '\0') + "DATADATA" + std::string(4088, '\0');
    const Member &sparse = found.members[0];
    QCOMPARE(text(sparse), expected);
    QVERIFY(sparse.sparse != nullptr);
    QCOMPARE(sparse.sparse->storedSize(), uint64_t{8});
    QCOMPARE(tar.mid(static_cast<qsizetype>(sparse.offsetInParent), 8), QByteArray("DATADATA"));
    QCOMPARE(sparse.content->nextData(0), uint64_t{4096});
    QCOMPARE(sparse.content->nextHole(4096), uint64_t{4104});
    QCOMPARE(text(found.members[1]), std::string("x"));
    // Cut within each of its parts: nothing is made up. What has no whole map is shown as it is stored.
    for (qsizetype length = 0; length < tar.size(); length += 4) {
        for (const Member &member : index(tar.left(length).toStdString()).members) {
            if (!member.content || member.path == "after")
                continue;
            const std::string shown = text(member);
            QVERIFY(expected.starts_with(shown) || shown.size() <= static_cast<size_t>(length));
        }
    }
}

void TestTarIndex::damagedSparseMaps()
{
    const auto pax = [](const std::string &list, const std::string &size) {
        return TarWriter()
            .pax({{"GNU.sparse.size", size}, {"GNU.sparse.map", list}})
            .file("sparse", "DATADATA")
            .bytes();
    };
    const auto inData = [](std::string map, const std::string &size) {
        map.resize(512, '\0');
        return TarWriter()
            .pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.realsize", size}})
            .file("sparse", map + "DATADATA")
            .bytes();
    };
    QCOMPARE(text(index(pax("1,8", "9")).members[0]), std::string("\0DATADATA", 9));
    QCOMPARE(text(index(inData("1\n1\n8\n", "9")).members[0]), std::string("\0DATADATA", 9));
    for (const std::string &tar :
         {pax("1,8", "8"), pax("1,7", "9"), pax("1,9", "20"), pax("1,4,3,4", "20"), pax("4,4,0,4", "20"),
          pax("1", "9"), pax("x,8", "9"), pax("-1,8", "9"), pax("18446744073709551615,8", "9"),
          pax("1,8", "-9"), pax("1,8,", "9"), inData("2\n1\n8\n", "9"), inData("1\n1\n", "9"),
          inData("", "9"), inData("99999999999999999999\n", "9"), inData("1\n1\n8", "9"),
          inData("1\n1\n7\n", "9")}) {
        const auto found = index(tar);
        QCOMPARE(found.members.size(), size_t{1});
        QVERIFY(found.members[0].content != nullptr);
        const std::string shown = text(found.members[0]);
        QVERIFY(shown.ends_with("DATADATA"));
        QCOMPARE(found.problems.size(), size_t{1});
    }
}

void TestTarIndex::hardLinks()
{
    const auto found =
        index(TarWriter().file("first", "content").hardLink("second", "first").file("c", "c").bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), size_t{3});
    QVERIFY(found.members[1].kind == MemberKind::Hardlink);
    QCOMPARE(found.members[1].linkTarget, std::string("first"));
    QCOMPARE(text(found.members[2]), std::string("c"));
}

void TestTarIndex::strangePathsStayAsTheyAre()
{
    const std::vector<std::string> paths{
        "/etc/shadow", "../../outside", "./a",         "a//b",        ".", "..",
        "a/../b",      "\xff\xfe",      "line\nbreak", "back\\slash", " "};
    TarWriter tar;
    for (const auto &path : paths)
        tar.file(path, "x");
    tar.directory(""); // "/"
    const auto found = index(tar.bytes());
    QVERIFY(found.problems.empty());
    QCOMPARE(found.members.size(), paths.size() + 1);
    for (size_t i = 0; i < paths.size(); ++i)
        QCOMPARE(found.members[i].path, paths[i]);
    QCOMPARE(found.members.back().path, std::string("/"));
}

void TestTarIndex::duplicates()
{
    const auto found = index(TarWriter().file("a", "one").file("a", "two").bytes());
    QCOMPARE(found.members.size(), size_t{2});
    QCOMPARE(text(found.members[0]), std::string("one"));
    QCOMPARE(text(found.members[1]), std::string("two"));
}

void TestTarIndex::everyByteHasAPlace()
{
    const std::string tar = mixed() + std::string(9216, '\0'); // to a whole record, as writers do
    const auto found = index(tar);
    QVERIFY(found.problems.empty());
    std::vector<int> seen(tar.size(), 0);
    const auto mark = [&seen](uint64_t offset, uint64_t length) {
        for (uint64_t i = offset; i < offset + length; ++i)
            ++seen[i];
    };
    for (const Member &member : found.members) {
        QVERIFY(member.offsetInParent % 512 == 0);
        if (member.content)
            mark(member.offsetInParent, member.content->size());
    }
    uint64_t last = 0;
    for (const ByteRange &range : found.slack) {
        QVERIFY(range.offset >= last && !range.empty());
        last = range.end();
        mark(range.offset, range.length);
        for (uint64_t i = range.offset; i < range.end(); ++i)
            QVERIFY(tar[i] == '\0');
    }
    // The rest is headers: whole blocks, or what a header describes the next one with.
    size_t rest = 0;
    for (size_t i = 0; i < tar.size(); ++i) {
        QVERIFY(seen[i] <= 1);
        rest += seen[i] == 0 ? 1 : 0;
    }
    const size_t described = 301 + 401 + TarWriter::paxRecords({{"comment", "none"}}).size() +
                             TarWriter::paxRecords({{"path", "pax/path"}, {"mtime", "12.5"}}).size();
    QCOMPARE(rest, size_t{512} * (9 + 4 + 1) + described); // entries, descriptions, the closing block
}

void TestTarIndex::ends_data()
{
    QTest::addColumn<QByteArray>("tail");
    QTest::addColumn<bool>("regular");
    QTest::newRow("two blocks") << QByteArray(1024, '\0') << true;
    QTest::newRow("one block") << QByteArray(512, '\0') << true;
    QTest::newRow("a record") << QByteArray(10240, '\0') << true;
    QTest::newRow("something after it") << QByteArray(1024, '\0') + QByteArray("hidden") << true;
    QTest::newRow("none") << QByteArray() << false;
    QTest::newRow("half a block") << QByteArray(100, '\0') << false;
}

void TestTarIndex::ends()
{
    QFETCH(QByteArray, tail);
    QFETCH(bool, regular);
    const auto found = index(TarWriter().file("a", "x").open() + tail.toStdString());
    QCOMPARE(found.members.size(), size_t{1});
    QCOMPARE(found.problems.empty(), regular);
    if (tail.endsWith("hidden")) {
        QVERIFY(!found.slack.empty());
        QCOMPARE(found.slack.back().end(), uint64_t{1024 + 1024 + 6});
    }
}

void TestTarIndex::cutAtEveryByte()
{
    const std::string tar = mixed();
    const size_t all = index(tar).members.size();
    const size_t closing = tar.size() - 1024;
    for (size_t length = 0; length < tar.size(); ++length) {
        const auto found = index(tar.substr(0, length));
        QVERIFY(found.members.size() <= all);
        if (length < closing + 512) {
            QVERIFY(!found.problems.empty());
            const Error &error = found.problems.back().error;
            QCOMPARE(error.file, std::string("a.tar"));
            QVERIFY(error.offset && *error.offset <= length);
        }
        for (const Member &member : found.members) {
            if (member.content)
                QVERIFY(member.offsetInParent + member.content->size() <= length);
        }
    }
}

void TestTarIndex::everyByteDamaged()
{
    const std::string tar = mixed();
    std::mt19937 random(5);
    for (size_t at = 0; at < tar.size(); ++at) {
        std::string bad = tar;
        bad[at] = static_cast<char>(bad[at] ^ (1 + random() % 255));
        const auto found = index(bad);
        for (const Member &member : found.members) {
            if (member.content)
                QVERIFY(member.content->readWhole(1 << 20).ok());
        }
        for (const ByteRange &range : found.slack)
            QVERIFY(range.end() <= bad.size());
    }
}

void TestTarIndex::longExtendedHeaders()
{
    // Names and records of a megabyte are read, longer ones are named, before memory is taken for them.
    const auto longest = index(TarWriter().longName(std::string((1 << 20) - 1, 'n')).file("x", "").bytes());
    QCOMPARE(onlyPath(longest).size(), size_t{(1 << 20) - 1});
    for (const char type : {'L', 'K', 'x', 'g'}) {
        for (const uint64_t size : {uint64_t{(1 << 20) + 1}, uint64_t{1} << 40, uint64_t{INT64_MAX}}) {
            TarWriter tar;
            tar.add({.name = "long", .type = type, .size = size}).file("x", "");
            const auto found = index(tar.bytes());
            QVERIFY(found.members.empty());
            QCOMPARE(found.problems.size(), size_t{1});
            QCOMPARE(found.problems.front().error.offset, std::optional<uint64_t>(512));
        }
    }
}

void TestTarIndex::unreadable()
{
    const std::string tar = TarWriter().file("a", "x").file("b", "y").bytes();
    const auto disk = std::make_shared<StringSource>(tar, "a.tar");
    disk->failFrom(1024);
    const auto found = indexTar(disk, {});
    QVERIFY(found.ok());
    QCOMPARE(found->members.size(), size_t{1});
    QCOMPARE(found->problems.size(), size_t{1});
    QCOMPARE(found->problems.front().error.code, ErrorCode::InputUnreadable);
}

void TestTarIndex::cancelled()
{
    std::stop_source stop;
    stop.request_stop();
    const auto found = indexTar(sourceOf(mixed(), "a.tar"), {}, stop.get_token());
    QVERIFY(!found.ok());
    QCOMPARE(found.error().code, ErrorCode::Cancelled);
}

void TestTarIndex::looksLikeTar()
{
    QVERIFY(isTar(*sourceOf(mixed())));
    QVERIFY(isTar(*sourceOf(TarWriter::header({.name = "x", .magic = TarMagic::Gnu}))));
    QVERIFY(!isTar(*sourceOf(mixed().substr(0, 511))));
    QVERIFY(!isTar(*sourceOf(std::string(10240, '\0'))));
    QVERIFY(!isTar(*sourceOf({})));
    std::string bad = mixed();
    bad[10] = 'x';
    QVERIFY(!isTar(*sourceOf(bad)));
}

void TestTarIndex::setSize()
{
    for (const uint64_t size : {uint64_t{0}, uint64_t{5}, uint64_t{1} << 32, (uint64_t{1} << 33) - 1,
                                uint64_t{1} << 33, uint64_t{1} << 50, uint64_t{INT64_MAX}}) {
        const std::string text = TarWriter::header({.name = "x", .data = "abc", .mtime = 5});
        std::array<std::byte, tarBlock> block{};
        std::memcpy(block.data(), text.data(), block.size());
        setTarSize(block, size);
        const auto header = parseTarHeader(block);
        QVERIFY(header);
        QCOMPARE(header->size, size);
        QCOMPARE(header->mtime, int64_t{5});
        QVERIFY(tarChecksumFits(block));
    }
}

CRYOSCOPE_TEST(TestTarIndex)

} // namespace tst_tarindex

#include "tst_tarindex.moc"
