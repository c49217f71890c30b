// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"
#include "core/export/directorywriter.h"
#include "core/export/temporaryoutput.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tst_directorywriter
{

using namespace cryoscope;
using namespace cryoscope::test;

/// What an export writes with, up to its final name.
class TestDirectoryWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void writesAndPatches();
    void clonesThroughDescriptors();
    void keepsHoles();
    void leavesEvidenceAlone();
    void refusesPathsOut_data();
    void refusesPathsOut();
    void refusesWhatItCannotWrite();
    void reportsUnreadableMembers();
    void cancels();
    void publishes();
    void neverReplaces();
    void removedUnlessPublished();
    void sparesRunningExports();
    void leftoversOfKilledExports();

private:
    [[nodiscard]] QStringList names() const
    {
        return QDir(m_directory->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }
    [[nodiscard]] std::string in(const char *name) const
    {
        return m_directory->filePath(QString::fromUtf8(name)).toStdString();
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

namespace
{

Member file(MemberId id, const char *path, std::string content)
{
    Member member;
    member.id = id;
    member.path = path;
    member.mtime = 1700000000 + id;
    member.mode = 0644;
    member.content = sourceOf(std::move(content), path);
    return member;
}

Member link(MemberId id, const char *path, const char *target)
{
    Member member;
    member.id = id;
    member.path = path;
    member.kind = MemberKind::Symlink;
    member.linkTarget = target;
    return member;
}

Patch patch(uint64_t offset, std::string_view text)
{
    const auto bytes = asBytes(text);
    return {offset, {bytes.begin(), bytes.end()}};
}

QByteArray contentOf(const std::string &path)
{
    QFile in(QString::fromStdString(path));
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray("(unreadable)");
}

mode_t modeOf(const std::string &path)
{
    struct stat status {
    };
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// All zero but for its last byte, and says so.
class HollowSource final : public ByteSource
{
public:
    uint64_t size() const override { return uint64_t{1} << 32; }
    const std::string &name() const override { return m_name; }
    uint64_t nextData(uint64_t offset) const override { return std::max(offset, size() - 1); }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override
    {
        std::fill(out.begin(), out.end(), std::byte{0});
        if (offset + out.size() == size())
            out.back() = std::byte{7};
        return {};
    }

private:
    std::string m_name = "hollow";
};

} // namespace

void TestDirectoryWriter::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
}

void TestDirectoryWriter::writesAndPatches()
{
    Member directory;
    directory.id = 1;
    directory.path = "empty";
    directory.kind = MemberKind::Directory;
    const std::string large(3'000'000, 'q');
    const std::vector members{file(0, "a.img", "0123456789"), directory, file(2, "sub/deep/b.img", large),
                              link(3, "parent", "../elsewhere"), file(4, "none.img", "")};
    Progress progress;
    const auto done =
        writeDirectory(members, {{0, {patch(0, "ab"), patch(9, "z")}}, {2, {patch(1048575, "AB")}}},
                       m_directory->path().toStdString(), {}, &progress);
    QVERIFY2(done.ok(), done.ok() ? "" : done.error().describe().c_str());
    QCOMPARE(contentOf(in("a.img")), QByteArray("ab2345678z"));
    QByteArray expected(3'000'000, 'q');
    expected.replace(1048575, 2, "AB");
    QCOMPARE(contentOf(in("sub/deep/b.img")), expected);
    QCOMPARE(contentOf(in("none.img")), QByteArray());
    QVERIFY(QFileInfo(QString::fromStdString(in("empty"))).isDir());
    char target[64] = {};
    QVERIFY(::readlink(in("parent").c_str(), target, sizeof target - 1) > 0);
    QCOMPARE(target, "../elsewhere");
    QCOMPARE(modeOf(in("a.img")), mode_t{0600});
    QCOMPARE(modeOf(in("sub")), mode_t{0700});
    QCOMPARE(modeOf(in("empty")), mode_t{0700});
    struct stat status {
    };
    QCOMPARE(::stat(in("a.img").c_str(), &status), 0);
    QCOMPARE(status.st_mtime, time_t{1700000000});
    QCOMPARE(progress.done(), uint64_t{3'000'010});
}

void TestDirectoryWriter::clonesThroughDescriptors()
{
    const QByteArray content(5'000'001, 'e');
    QFile evidence(QString::fromStdString(in("evidence")));
    QVERIFY(evidence.open(QIODevice::WriteOnly));
    evidence.write(content);
    evidence.close();
    QVERIFY(::mkdir(in("out").c_str(), 0700) == 0);
    const int descriptor = ::open(in("evidence").c_str(), O_RDONLY);
    Member member = file(0, "a.img", content.toStdString());
    int asked = 0;
    const auto done =
        writeDirectory({&member, 1}, {{0, {patch(5'000'000, "!")}}}, in("out"), [&](const ByteSource &) {
            ++asked;
            return descriptor;
        });
    QVERIFY(done.ok());
    QCOMPARE(asked, 1);
    QCOMPARE(contentOf(in("out/a.img")), content.chopped(1) + '!');
    QCOMPARE(contentOf(in("evidence")), content);
    // A descriptor of something of another size is not what the source holds.
    member = file(0, "b.img", "short");
    QVERIFY(writeDirectory({&member, 1}, {}, in("out"), [&](const ByteSource &) { return descriptor; }).ok());
    QCOMPARE(contentOf(in("out/b.img")), QByteArray("short"));
    ::close(descriptor);
}

void TestDirectoryWriter::keepsHoles()
{
    Member member;
    member.id = 0;
    member.path = "pages-1.img";
    member.content = std::make_shared<HollowSource>();
    QVERIFY(writeDirectory({&member, 1}, {}, m_directory->path().toStdString()).ok());
    struct stat status {
    };
    QCOMPARE(::stat(in("pages-1.img").c_str(), &status), 0);
    QCOMPARE(static_cast<uint64_t>(status.st_size), uint64_t{1} << 32);
    QVERIFY(static_cast<uint64_t>(status.st_blocks) * 512 < (uint64_t{1} << 20));
    QFile written(QString::fromStdString(in("pages-1.img")));
    QVERIFY(written.open(QIODevice::ReadOnly) && written.seek((qint64{1} << 32) - 1));
    QCOMPARE(written.readAll(), QByteArray("\x07"));
}

void TestDirectoryWriter::leavesEvidenceAlone()
{
    // A symlink of the evidence must not carry a later member out of the export.
    QVERIFY(::mkdir(in("evidence").c_str(), 0700) == 0);
    QVERIFY(::mkdir(in("out").c_str(), 0700) == 0);
    const std::vector members{link(0, "sub", "../evidence"), file(1, "sub/a.img", "abc")};
    QVERIFY(!writeDirectory(members, {}, in("out")).ok());
    QVERIFY(QDir(QString::fromStdString(in("evidence"))).isEmpty());
}

void TestDirectoryWriter::refusesPathsOut_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"", "/etc/x", "../x", "a/../../x", "a//b", "./a", "a/.."})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void TestDirectoryWriter::refusesPathsOut()
{
    QFETCH(QString, path);
    QVERIFY(::mkdir(in("out").c_str(), 0700) == 0);
    const Member member = file(0, path.toStdString().c_str(), "abc");
    const auto done = writeDirectory({&member, 1}, {}, in("out"));
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::InputMalformed);
    QCOMPARE(names(), QStringList{QStringLiteral("out")});
}

void TestDirectoryWriter::refusesWhatItCannotWrite()
{
    Member fifo;
    fifo.path = "fifo";
    fifo.kind = MemberKind::Fifo;
    QCOMPARE(writeDirectory({&fifo, 1}, {}, m_directory->path().toStdString()).error().code,
             ErrorCode::Unsupported);
    const Member member = file(0, "a.img", "abc");
    const auto outside =
        writeDirectory({&member, 1}, {{0, {patch(2, "xy")}}}, m_directory->path().toStdString());
    QVERIFY(!outside.ok());
    QCOMPARE(outside.error().code, ErrorCode::InputMalformed);
    QCOMPARE(outside.error().file, std::string("a.img"));
    const std::vector twice{file(0, "b.img", "abc"), file(1, "b.img", "def")};
    QCOMPARE(writeDirectory(twice, {}, m_directory->path().toStdString()).error().code,
             ErrorCode::OutputUnwritable);
}

void TestDirectoryWriter::reportsUnreadableMembers()
{
    auto source = std::make_shared<StringSource>(std::string(100, 'a'), "a.img");
    source->failFrom(50);
    Member member = file(0, "a.img", "");
    member.content = source;
    const auto done = writeDirectory({&member, 1}, {}, m_directory->path().toStdString());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(done.error().file, std::string("a.img"));
}

void TestDirectoryWriter::cancels()
{
    std::stop_source stop;
    stop.request_stop();
    const Member member = file(0, "a.img", "abc");
    const auto done =
        writeDirectory({&member, 1}, {}, m_directory->path().toStdString(), {}, nullptr, stop.get_token());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
}

void TestDirectoryWriter::publishes()
{
    for (const auto kind : {TemporaryOutput::Kind::Directory, TemporaryOutput::Kind::File}) {
        const std::string name = in(kind == TemporaryOutput::Kind::File ? "out.tar" : "out");
        const auto output = TemporaryOutput::make(name, kind);
        QVERIFY(output.ok());
        QCOMPARE(modeOf((*output)->path()),
                 kind == TemporaryOutput::Kind::File ? mode_t{0600} : mode_t{0700});
        QVERIFY(!QFileInfo::exists(QString::fromStdString(name)));
        QVERIFY((*output)->sync().ok());
        QVERIFY((*output)->publish().ok());
    }
    QCOMPARE(names(), (QStringList{QStringLiteral("out"), QStringLiteral("out.tar")}));
}

void TestDirectoryWriter::neverReplaces()
{
    {
        const auto output = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
        QVERIFY(output.ok());
        QVERIFY(::mkdir(in("out").c_str(), 0700) == 0); // someone was faster
        const auto published = (*output)->publish();
        QVERIFY(!published.ok());
        QCOMPARE(published.error().code, ErrorCode::OutputExists);
    }
    QCOMPARE(names(), QStringList{QStringLiteral("out")});
    QCOMPARE(TemporaryOutput::make(in("out"), TemporaryOutput::Kind::File).error().code,
             ErrorCode::OutputExists);
    QVERIFY(::symlink("nowhere", in("dangling").c_str()) == 0);
    QCOMPARE(TemporaryOutput::make(in("dangling"), TemporaryOutput::Kind::File).error().code,
             ErrorCode::OutputExists);
    QCOMPARE(TemporaryOutput::make(in("no/out"), TemporaryOutput::Kind::File).error().code,
             ErrorCode::OutputUnwritable);
}

void TestDirectoryWriter::removedUnlessPublished()
{
    {
        const auto output = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
        QVERIFY(output.ok());
        const std::vector members{file(0, "sub/a.img", "abc"), link(1, "l", "/")};
        QVERIFY(writeDirectory(members, {}, (*output)->path()).ok());
        QCOMPARE(names().size(), 1);
    }
    QCOMPARE(names(), QStringList());
}

void TestDirectoryWriter::sparesRunningExports()
{
    const auto first = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
    const auto second = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
    QVERIFY(first.ok() && second.ok());
    QVERIFY(QFileInfo::exists(QString::fromStdString((*first)->path())));
    QVERIFY((*second)->publish().ok());
    QCOMPARE((*first)->publish().error().code, ErrorCode::OutputExists);
}

void TestDirectoryWriter::leftoversOfKilledExports()
{
    int pipes[2];
    QCOMPARE(::pipe(pipes), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto output = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
        const Member first = file(1, "first.img", "abc");
        if (!output || !writeDirectory({&first, 1}, {}, (*output)->path()) || ::write(pipes[1], "w", 1) != 1)
            ::_exit(1);
        for (;;)
            ::pause(); // in the middle of an export, for all that others can tell
    }
    ::close(pipes[1]);
    char said = 0;
    QCOMPARE(::read(pipes[0], &said, 1), ssize_t{1});
    ::close(pipes[0]);
    ::kill(child, SIGKILL);
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status));
    QVERIFY(!QFileInfo::exists(QString::fromStdString(in("out"))));
    QCOMPARE(names().size(), 1);

    // Not ours: another name, and one that only looks alike.
    QVERIFY(::mkdir(in(".other.cryoscope-abcdef").c_str(), 0700) == 0);
    QVERIFY(::mkdir(in(".out.cryoscope-abcdefg").c_str(), 0700) == 0);
    {
        const auto output = TemporaryOutput::make(in("out"), TemporaryOutput::Kind::Directory);
        QVERIFY(output.ok());
        QVERIFY((*output)->publish().ok());
    }
    QCOMPARE(names(), (QStringList{QStringLiteral(".other.cryoscope-abcdef"),
                                   QStringLiteral(".out.cryoscope-abcdefg"), QStringLiteral("out")}));
}

CRYOSCOPE_TEST(TestDirectoryWriter)

} // namespace tst_directorywriter

#include "tst_directorywriter.moc"
