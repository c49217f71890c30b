// SPDX-License-Identifier: Apache-2.0
#include "core/archive/archive.h"
#include "core/archive/encoder.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarwriter.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <random>

#include <sys/stat.h>
#include <unistd.h>

namespace tst_archive
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestArchive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void directory();
    void directoryWithoutPermission();
    void forms_data();
    void forms();
    void outermostPaths();
    void duplicates();
    void pathsThatLeadOutside();
    void nested();
    void nestedTooDeep();
    void pagesAreNoArchives();
    void damagedNestedStream();
    void filesThatBeginLikeArchives();
    void decodeLimitIsForAllTogether();
    void canonicalAndInnermost();
    void canonicalMembersHoldEachByteOnce();
    void slackOfTheOutermostTar();
    void cutStream_data();
    void cutStream();
    void errors_data();
    void errors();
    void cancelled();

private:
    using Opened = std::shared_ptr<const Archive>;

    QString write(const QString &name, const std::string &content) const
    {
        QFile file(m_folder->filePath(name));
        if (!file.open(QIODevice::WriteOnly) ||
            file.write(content.data(), static_cast<qint64>(content.size())) !=
                static_cast<qint64>(content.size()))
            qFatal("cannot write");
        return file.fileName();
    }
    static Opened open(const QString &path, uint64_t decodeLimit = uint64_t{1} << 30)
    {
        auto archive = Archive::open(path.toStdString(), {decodeLimit});
        if (!archive)
            qFatal("%s", archive.error().describe().c_str());
        return *archive;
    }
    Opened openBytes(const std::string &content, uint64_t decodeLimit = uint64_t{1} << 30) const
    {
        return open(write(QStringLiteral("a"), content), decodeLimit);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

namespace
{

std::string packed(const std::string &content, Codec codec)
{
    std::string out;
    const auto done = encodeStream(*sourceOf(content), codec, [&out](std::span<const std::byte> piece) {
        out += asText(piece);
        return Result<void>();
    });
    if (!done)
        qFatal("%s", done.error().describe().c_str());
    return out;
}

std::string text(const Archive &archive, std::string_view path)
{
    const Member *member = archive.find(path);
    if (member == nullptr || !member->content)
        return "(none)";
    const auto bytes = member->content->readWhole(1 << 24);
    return bytes ? std::string(asText(*bytes)) : "(" + bytes.error().describe() + ")";
}

QStringList paths(const Archive &archive)
{
    QStringList all;
    for (const Member &member : archive.members())
        all << QString::fromStdString(member.path);
    return all;
}

/// Tars within tars, plain and compressed, with something before and after each.
std::string nestedTar()
{
    const std::string innermost = TarWriter()
                                      .file("deep", "the deepest")
                                      .file("empty", "")
                                      .file("deep2", std::string(700, 'q'))
                                      .bytes();
    const std::string middle =
        TarWriter().file("before", "bb").file("inner.tar", innermost).file("after", "aa").bytes();
    return TarWriter()
        .directory(".")
        .file("./first", "1st")
        .file("./rootfs-diff.tar", middle)
        .file("./dev.tar.gz", packed(middle, Codec::Gzip))
        .file("./last", "end")
        .bytes();
}

} // namespace

void TestArchive::directory()
{
    QDir root(m_folder->path());
    QVERIFY(root.mkpath(QStringLiteral("b/c")) && root.mkpath(QStringLiteral("empty")));
    write(QStringLiteral("b/c/deep"), "deep");
    write(QStringLiteral("a"), "aa");
    write(QStringLiteral("nothing"), {});
    QVERIFY(QFile::link(QStringLiteral("../outside"), root.filePath(QStringLiteral("parent"))));
    QVERIFY(QFile::link(QStringLiteral("."), root.filePath(QStringLiteral("loop"))));
    QCOMPARE(::mkfifo(root.filePath(QStringLiteral("fifo")).toLocal8Bit().constData(), 0600), 0);
    const auto archive = open(m_folder->path());
    QVERIFY(archive->form() == ArchiveForm::Directory);
    QVERIFY(archive->problems().empty());
    QVERIFY(!archive->stream() && !archive->file() && archive->slack().empty());
    QCOMPARE(paths(*archive).join(u' '), QStringLiteral("a b b/c b/c/deep empty fifo loop nothing parent"));
    QCOMPARE(text(*archive, "b/c/deep"), std::string("deep"));
    QCOMPARE(text(*archive, "nothing"), std::string());
    QVERIFY(archive->find("b")->kind == MemberKind::Directory);
    QVERIFY(archive->find("fifo")->kind == MemberKind::Fifo && !archive->find("fifo")->content);
    QVERIFY(archive->find("parent")->kind == MemberKind::Symlink && !archive->find("parent")->content);
    QCOMPARE(archive->find("parent")->linkTarget, std::string("../outside"));
    QVERIFY(archive->find("no such member") == nullptr);
    for (const Member &member : archive->members()) {
        QVERIFY(&archive->member(member.id) == &member);
        QVERIFY(member.parent == noMember && member.storage == Storage::Own);
        if (member.content)
            QCOMPARE(member.content->name(), member.path);
    }
}

void TestArchive::directoryWithoutPermission()
{
    if (::geteuid() == 0)
        QSKIP("root reads everything");
    write(QStringLiteral("a"), "aa");
    write(QStringLiteral("b"), "bb");
    QFile::setPermissions(m_folder->filePath(QStringLiteral("a")), {});
    const auto archive = open(m_folder->path());
    QCOMPARE(archive->problems().size(), size_t{1});
    QCOMPARE(archive->problems().front().error.file, std::string("a"));
    QVERIFY(archive->find("a") != nullptr && !archive->find("a")->content);
    QCOMPARE(text(*archive, "b"), std::string("bb"));
}

void TestArchive::forms_data()
{
    QTest::addColumn<int>("codec");
    QTest::addColumn<int>("form");
    QTest::addColumn<QString>("name");
    const auto row = [](Codec codec, ArchiveForm form, const char *name) {
        QTest::newRow(name) << static_cast<int>(codec) << static_cast<int>(form) << QString::fromLatin1(name);
    };
    row(Codec::None, ArchiveForm::Tar, "tar");
    row(Codec::Gzip, ArchiveForm::TarGzip, "tar.gz");
    row(Codec::Zstd, ArchiveForm::TarZstd, "tar.zst");
    row(Codec::Xz, ArchiveForm::TarXz, "tar.xz");
    row(Codec::Bzip2, ArchiveForm::TarBzip2, "tar.bz2");
}

void TestArchive::forms()
{
    QFETCH(int, codec);
    QFETCH(int, form);
    QFETCH(QString, name);
    const std::string tar = nestedTar();
    const std::string stored = packed(tar, static_cast<Codec>(codec));
    const auto archive = openBytes(stored);
    QCOMPARE(static_cast<int>(archive->form()), form);
    QCOMPARE(QString::fromLatin1(archiveFormName(archive->form()).data()), name);
    QVERIFY(archive->problems().empty());
    QVERIFY(asText(*archive->stream()->readWhole(1 << 24)) == tar);
    QVERIFY(asText(*archive->file()->readWhole(1 << 24)) == stored);
    QCOMPARE(text(*archive, "first"), std::string("1st"));
    QCOMPARE(text(*archive, "rootfs-diff.tar!inner.tar!deep"), std::string("the deepest"));
}

void TestArchive::outermostPaths()
{
    const auto archive =
        openBytes(TarWriter().directory(".").file("./a", "1").file("././b", "2").file("c", "3").bytes());
    QCOMPARE(paths(*archive).join(u' '), QStringLiteral(". a ./b c"));
}

void TestArchive::duplicates()
{
    const auto archive = openBytes(TarWriter().file("a", "one").file("./a", "two").bytes());
    QCOMPARE(archive->members().size(), size_t{2});
    QCOMPARE(text(*archive, "a"), std::string("two"));       // as tar extracts
    QCOMPARE(archive->canonicalMembers().size(), size_t{2}); // and the other is searched all the same
}

void TestArchive::pathsThatLeadOutside()
{
    const QString outside = QDir(m_folder->path()).filePath(QStringLiteral("outside"));
    const std::string absolute = outside.toStdString();
    const auto archive =
        openBytes(TarWriter().file("../outside", "1").file(absolute, "2").symlink("l", "../..").bytes());
    QCOMPARE(text(*archive, "../outside"), std::string("1"));
    QCOMPARE(text(*archive, absolute), std::string("2"));
    QVERIFY(!QFile::exists(outside)); // nothing is unpacked
}

void TestArchive::nested()
{
    const auto archive = openBytes(nestedTar());
    QVERIFY(archive->problems().empty());
    for (const char *prefix : {"rootfs-diff.tar!", "dev.tar.gz!"}) {
        const std::string in(prefix);
        QCOMPARE(text(*archive, in + "before"), std::string("bb"));
        QCOMPARE(text(*archive, in + "inner.tar!deep"), std::string("the deepest"));
        QCOMPARE(text(*archive, in + "inner.tar!deep2"), std::string(700, 'q'));
    }
    const Member *plain = archive->find("rootfs-diff.tar!before");
    QVERIFY(plain->storage == Storage::InPlace);
    QCOMPARE(archive->member(plain->parent).path, std::string("rootfs-diff.tar"));
    const Member *stream = archive->find("dev.tar.gz!");
    QVERIFY(stream->storage == Storage::Decoded);
    QCOMPARE(archive->member(stream->parent).path, std::string("dev.tar.gz"));
    QVERIFY(archive->find("dev.tar.gz!before")->storage == Storage::InPlace);
    QVERIFY(archive->find("dev.tar.gz!before")->parent == stream->id);
}

void TestArchive::nestedTooDeep()
{
    std::string tar = TarWriter().file("bottom", "x").bytes();
    for (int i = 0; i < 12; ++i)
        tar = TarWriter().file("t", i % 3 == 0 ? packed(tar, Codec::Gzip) : tar).bytes();
    const auto archive = openBytes(tar);
    QCOMPARE(archive->problems().size(), size_t{1});
    const Error &error = archive->problems().front().error;
    QCOMPARE(error.code, ErrorCode::Unsupported);
    QVERIFY(archive->find(error.file) != nullptr);
    QVERIFY(archive->members().size() < 20);
}

void TestArchive::pagesAreNoArchives()
{
    const std::string inner = TarWriter().file("x", "x").bytes();
    const auto archive = openBytes(TarWriter()
                                       .file("checkpoint/pages-1.img", inner)
                                       .file("pages-2.img", packed(inner, Codec::Gzip))
                                       .file("tmpfs-dev-5.tar.gz.img", packed(inner, Codec::Gzip))
                                       .bytes());
    QCOMPARE(paths(*archive).join(u' '),
             QStringLiteral("checkpoint/pages-1.img pages-2.img tmpfs-dev-5.tar.gz.img "
                            "tmpfs-dev-5.tar.gz.img! tmpfs-dev-5.tar.gz.img!x"));
}

void TestArchive::damagedNestedStream()
{
    const std::string stored =
        packed(TarWriter().file("x", std::string(100000, 'x')).file("y", "y").bytes(), Codec::Gzip);
    const auto archive =
        openBytes(TarWriter().file("cut.gz", stored.substr(0, stored.size() / 2)).file("after", "a").bytes());
    QCOMPARE(text(*archive, "after"), std::string("a"));
    QVERIFY(archive->problems().size() >= 1);
    QCOMPARE(archive->problems().front().error.file, std::string("cut.gz"));
    QVERIFY(archive->problems().front().error.offset);
    QVERIFY(archive->find("cut.gz!x") != nullptr); // what could be read is there
}

void TestArchive::filesThatBeginLikeArchives()
{
    const auto archive = openBytes(TarWriter()
                                       .file("gz", std::string("\x1f\x8b\x08", 3) + "no stream")
                                       .file("zst", "\x28\xb5\x2f\xfd no stream")
                                       .file("bz", "BZh9 no stream")
                                       .bytes());
    QCOMPARE(paths(*archive).join(u' '), QStringLiteral("gz zst bz"));
    QVERIFY(archive->problems().empty());
}

void TestArchive::decodeLimitIsForAllTogether()
{
    const std::string content(600000, 'x');
    const std::string stored = packed(content, Codec::Gzip);
    TarWriter tar;
    for (int i = 0; i < 4; ++i)
        tar.file("f" + std::to_string(i) + ".gz", stored);
    const auto archive = openBytes(tar.bytes(), 1500000);
    QVERIFY(archive->find("f0.gz!") != nullptr && archive->find("f1.gz!") != nullptr);
    QVERIFY(archive->find("f2.gz!") == nullptr && archive->find("f3.gz!") == nullptr);
    QCOMPARE(archive->problems().size(), size_t{2});
    for (const Problem &problem : archive->problems())
        QCOMPARE(problem.error.code, ErrorCode::Unsupported);
    // The outermost stream counts too, and is an error of the whole.
    const auto whole =
        Archive::open(write(QStringLiteral("b"), packed(tar.bytes(), Codec::Zstd)).toStdString(), {1000});
    QVERIFY(!whole.ok());
    QCOMPARE(whole.error().code, ErrorCode::Unsupported);
}

void TestArchive::canonicalAndInnermost()
{
    const auto archive = openBytes(nestedTar());
    std::mt19937_64 random(9);
    for (const Member &member : archive->members()) {
        if (!member.content)
            continue;
        for (int i = 0; i < 200; ++i) {
            const uint64_t size = member.content->size();
            const uint64_t offset = random() % (size + 1);
            const Extent extent{member.id, offset, random() % (size - offset + 1)};
            const Extent canonical = archive->canonical(extent);
            const Member &holder = archive->member(canonical.member);
            QVERIFY(holder.storage != Storage::InPlace);
            QCOMPARE(canonical.length, extent.length);
            QVERIFY(archive->canonical(canonical) == canonical);
            const auto here = member.content->readAll(extent.offset, extent.length);
            const auto there = holder.content->readAll(canonical.offset, canonical.length);
            QVERIFY(here.ok() && there.ok() && *here == *there);
            // The innermost is this member, or one within it.
            const Extent inner = archive->innermost(canonical);
            QVERIFY(archive->canonical(inner) == canonical);
            if (extent.length == 0)
                continue;
            bool within = false;
            for (MemberId id = inner.member; id != noMember; id = archive->member(id).parent)
                within = within || id == member.id;
            QVERIFY(within);
            // None of its children holds it all.
            for (const Member &child : archive->members()) {
                if (child.parent == inner.member && child.storage == Storage::InPlace && child.content)
                    QVERIFY(
                        (!ByteRange{child.offsetInParent, child.content->size()}.contains(inner.range())));
            }
        }
    }
    // Bytes of a header within a nested tar belong to the tar.
    const Member *tar = archive->find("rootfs-diff.tar");
    const Extent header{tar->id, 0, 100};
    QVERIFY(archive->innermost(archive->canonical(header)) == header);
}

void TestArchive::canonicalMembersHoldEachByteOnce()
{
    const auto archive = openBytes(nestedTar());
    QStringList canonical;
    for (const MemberId id : archive->canonicalMembers())
        canonical << QString::fromStdString(archive->member(id).path);
    QCOMPARE(canonical.join(u' '), QStringLiteral("first rootfs-diff.tar dev.tar.gz last dev.tar.gz!"));
}

void TestArchive::slackOfTheOutermostTar()
{
    const std::string tar = TarWriter().file("a", "x").bytes() + "hidden behind the end";
    const auto archive = openBytes(tar);
    const std::vector<ByteRange> expected{{513, 511}, {1536, 512 + 21}};
    QVERIFY(std::vector<ByteRange>(archive->slack().begin(), archive->slack().end()) == expected);
}

void TestArchive::cutStream_data()
{
    forms_data();
}

void TestArchive::cutStream()
{
    QFETCH(int, codec);
    std::mt19937 random(4);
    std::string noise(300000, '\0');
    for (char &c : noise)
        c = static_cast<char>(random());
    const std::string stored =
        packed(TarWriter().file("a", noise).file("b", noise).bytes(), static_cast<Codec>(codec));
    const QString path = write(QStringLiteral("whole"), stored);
    const size_t end =
        static_cast<Codec>(codec) == Codec::None ? 1024 : 1; // a closing block is enough for a tar
    for (const size_t length :
         {stored.size() - end, stored.size() / 2, size_t{600}, size_t{100}, size_t{10}}) {
        QFile::remove(path);
        write(QStringLiteral("whole"), stored.substr(0, length));
        const auto archive = Archive::open(path.toStdString(), {});
        const Error *error = nullptr;
        if (!archive)
            error = &archive.error();
        else if (!(*archive)->problems().empty())
            error = &(*archive)->problems().front().error;
        QVERIFY2(error != nullptr, std::to_string(length).c_str());
        QCOMPARE(error->file, path.toStdString());
        QVERIFY(error->offset && *error->offset <= stored.size());
        if (archive && length > stored.size() / 2)
            QVERIFY(text(**archive, "a") == noise);
    }
}

void TestArchive::errors_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("text") << QByteArray("not an archive");
    QTest::newRow("zeros") << QByteArray(20000, '\0');
    QTest::newRow("an image") << QByteArray("\x45\x53\x31\x54\x32\x10\x22\x75", 8);
    QTest::newRow("compressed text") << QByteArray::fromStdString(packed("text", Codec::Gzip));
    QTest::newRow("compressed nothing") << QByteArray::fromStdString(packed("", Codec::Zstd));
    QTest::newRow("no stream") << QByteArray("\x1f\x8b\x08garbage that is no stream");
}

void TestArchive::errors()
{
    QFETCH(QByteArray, content);
    const QString path = write(QStringLiteral("a"), content.toStdString());
    const auto archive = Archive::open(path.toStdString(), {});
    QVERIFY(!archive.ok());
    QCOMPARE(archive.error().code, ErrorCode::InputMalformed);
    QCOMPARE(archive.error().file, path.toStdString());
    QVERIFY(archive.error().offset);
}

void TestArchive::cancelled()
{
    const QString path = write(QStringLiteral("a"), packed(nestedTar(), Codec::Gzip));
    std::stop_source stop;
    stop.request_stop();
    for (const QString &input : {path, m_folder->path()}) {
        const auto archive = Archive::open(input.toStdString(), {}, nullptr, stop.get_token());
        QVERIFY(!archive.ok());
        QCOMPARE(archive.error().code, ErrorCode::Cancelled);
    }
    const auto missing = Archive::open(m_folder->filePath(QStringLiteral("missing")).toStdString(), {});
    QVERIFY(!missing.ok());
    QCOMPARE(missing.error().code, ErrorCode::InputUnreadable);
    const QString fifo = m_folder->filePath(QStringLiteral("fifo"));
    QCOMPARE(::mkfifo(fifo.toLocal8Bit().constData(), 0600), 0);
    QVERIFY(!Archive::open(fifo.toStdString(), {}).ok());
}

CRYOSCOPE_TEST(TestArchive)

} // namespace tst_archive

#include "tst_archive.moc"
