// SPDX-License-Identifier: Apache-2.0
// Chains of parent sets: within what was opened and outside of it, broken ones, punched ones, and their
// export.
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/memory/run.h"
#include "core/review/copies.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <fcntl.h>
#include <unistd.h>

namespace tst_parents
{

using namespace cryoscope;

namespace
{

constexpr uint64_t base = 0x100000;
constexpr uint64_t page = 4096;
const std::string secret = "Zx9kQpL2vvT7mR4s";

std::shared_ptr<const Memory> load(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

std::string problemsOf(const Memory &memory, bool notes = false)
{
    std::string text;
    for (const Problem &problem : memory.problems()) {
        if ((problem.severity == Severity::Note) == notes)
            text += problem.error.describe() + "\n";
    }
    return text;
}

std::string readTask(const Memory &memory, uint64_t address, size_t length)
{
    std::string bytes(length, '?');
    const auto space = memory.addressSpace(100);
    if (!space || !space->read(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
        return "unreadable";
    return bytes;
}

Presence presenceAt(const Memory &memory, uint64_t address)
{
    return memory.addressSpace(100)->pieces({address, 1}).front().presence;
}

std::string fileText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// Name, kind and content of all that lies below a directory, times left out.
std::map<QString, std::string> tree(const QString &path)
{
    std::map<QString, std::string> all;
    for (const QFileInfo &entry :
         QDir(path).entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)) {
        if (entry.isSymLink())
            all[entry.fileName()] = "-> " + entry.symLinkTarget().toStdString();
        else if (entry.isDir())
            for (const auto &[name, content] : tree(entry.filePath()))
                all[entry.fileName() + u'/' + name] = content;
        else
            all[entry.fileName()] = fileText(entry.filePath());
    }
    return all;
}

} // namespace

class TestParents : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void outside_data();
    void outside();
    void deepChain();
    void insideTar();
    void directoryInPlaceOfALink();
    void namesThatAreTaken();
    void circles_data();
    void circles();
    void missing_data();
    void missing();
    void noSetIsFollowed();
    void pageThatNoParentHas();
    void punched();
    void supersededIsUnreferenced();
    void sharedObjectOfParent();
    void exported();

private:
    [[nodiscard]] QString at(const QString &name) const { return m_folder->filePath(name); }
    /// A pre-dump set: an inventory and pagemaps.
    void writePreDump(const QString &name, const test::PagesBuilder &pages,
                      const char *parent = nullptr) const
    {
        test::CheckpointBuilder empty;
        const auto members = empty.members();
        QDir().mkpath(at(name));
        const auto put = [&](const char *file, const std::string &content) {
            QFile out(at(name) + u'/' + QString::fromLatin1(file));
            if (!out.open(QIODevice::WriteOnly) ||
                out.write(QByteArray::fromStdString(content)) != static_cast<qint64>(content.size()))
                qFatal("cannot write");
        };
        put("inventory.img", members.at("inventory.img"));
        put("pagemap-100.img", pages.pagemap(1));
        put("pages-1.img", pages.pages());
        if (parent != nullptr &&
            !QFile::link(QString::fromLatin1(parent), at(name) + QStringLiteral("/parent")))
            qFatal("cannot link");
    }
    /// A checkpoint of three pages, the first its own, the second in its parent, the third in that one's.
    void writeChain(const QString &newest, const char *first, const QString &middle, const char *second,
                    const QString &oldest) const
    {
        writePreDump(oldest, test::PagesBuilder().write(base + 2 * page, "third " + secret));
        test::PagesBuilder inMiddle;
        inMiddle.write(base + page, "second").inParent(base + 2 * page);
        writePreDump(middle, inMiddle, second);
        builder().parent(first).writeTo(at(newest).toStdString());
    }
    static test::CheckpointBuilder builder()
    {
        test::CheckpointBuilder made;
        auto &task = made.task(100, "prog");
        task.exe(made.file("/bin/prog")).vma(base, base + 16 * page);
        task.page(base, "first").inParent(base + page, 2);
        return made;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestParents::outside_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("siblings") << "../pre-2"
                              << "../pre-1";
    QTest::newRow("absolute") << "%1/pre-2"
                              << "../pre-1";
    QTest::newRow("through a link") << "../link"
                                    << "../pre-1";
    QTest::newRow("with detours") << "../pre-1/../pre-2/"
                                  << ".././pre-1";
}

void TestParents::outside()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    if (first.contains(QStringLiteral("%1")))
        first = first.arg(m_folder->path());
    QVERIFY(QFile::link(QStringLiteral("pre-2"), at(QStringLiteral("link"))));
    writeChain(QStringLiteral("final"), first.toLatin1().constData(), "pre-2", second.toLatin1().constData(),
               "pre-1");
    const auto before = tree(m_folder->path());
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    QVERIFY(problemsOf(*memory, true).find(first.toStdString()) != std::string::npos);
    QCOMPARE(readTask(*memory, base, 5), std::string("first"));
    QCOMPARE(readTask(*memory, base + page, 6), std::string("second"));
    QCOMPARE(readTask(*memory, base + 2 * page, 6 + secret.size()), "third " + secret);
    const auto extents = memory->addressSpace(100)->extents(base + 2 * page, 1);
    QVERIFY(extents.ok());
    QCOMPARE(memory->checkpoint().archive().member(extents->front().member).path,
             std::string("parent-2/pages-1.img"));
    const auto places = memory->places(extents->front());
    QCOMPARE(places.size(), size_t{1});
    QCOMPARE(places.front().address, base + 2 * page);
    QVERIFY(tree(m_folder->path()) == before);
}

void TestParents::deepChain()
{
    constexpr int depth = 60;
    writePreDump(QStringLiteral("set-0"),
                 test::PagesBuilder().write(base + page, "deep").write(base + 2 * page, "down"));
    for (int i = 1; i < depth; ++i)
        writePreDump(QStringLiteral("set-%1").arg(i), test::PagesBuilder().inParent(base + page, 2),
                     QStringLiteral("../set-%1").arg(i - 1).toLatin1().constData());
    builder()
        .parent("../set-" + std::to_string(depth - 1))
        .writeTo(at(QStringLiteral("final")).toStdString());
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    QCOMPARE(readTask(*memory, base + page, 4), std::string("deep"));
    QCOMPARE(readTask(*memory, base + 2 * page, 4), std::string("down"));
}

void TestParents::insideTar()
{
    writeChain(QStringLiteral("d/checkpoint"), "../pre-checkpoint", "d/pre-checkpoint", "../older",
               "d/older");
    QProcess tar;
    tar.start(QStringLiteral("tar"),
              {"-C", at(QStringLiteral("d")), "-cf", at(QStringLiteral("c.tar")), "."});
    QVERIFY(tar.waitForFinished() && tar.exitCode() == 0);
    const auto memory = load(at(QStringLiteral("c.tar")));
    QCOMPARE(problemsOf(*memory), std::string());
    QCOMPARE(readTask(*memory, base + 2 * page, 5), std::string("third"));
    QCOMPARE(memory->checkpoint().imagePrefix(), std::string("checkpoint/"));
}

void TestParents::directoryInPlaceOfALink()
{
    // CRIU opens "parent", whatever it is.
    builder().writeTo(at(QStringLiteral("final")).toStdString());
    writePreDump(QStringLiteral("final/parent"),
                 test::PagesBuilder().write(base + page, "second").write(base + 2 * page, "x"));
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    QCOMPARE(readTask(*memory, base + page, 6), std::string("second"));
}

void TestParents::namesThatAreTaken()
{
    writeChain(QStringLiteral("final"), "../pre-2", "pre-2", "../pre-1", "pre-1");
    QVERIFY(QDir().mkpath(at(QStringLiteral("final/parent-1"))));
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    QCOMPARE(readTask(*memory, base + page, 6), std::string("second"));
    QVERIFY(memory->checkpoint().archive().find("parent-2/pages-1.img") != nullptr);
}

void TestParents::circles_data()
{
    QTest::addColumn<QString>("oldest"); // what the oldest set names
    QTest::newRow("to the newest") << "../final";
    QTest::newRow("to the middle") << "../pre-2";
    QTest::newRow("to itself") << ".";
}

void TestParents::circles()
{
    QFETCH(QString, oldest);
    writeChain(QStringLiteral("final"), "../pre-2", "pre-2", "../pre-1", "pre-1");
    QVERIFY(QFile::link(oldest, at(QStringLiteral("pre-1/parent"))));
    const auto memory = load(at(QStringLiteral("final")));
    const std::string problems = problemsOf(*memory);
    QVERIFY2(problems.find("parent-2/parent") != std::string::npos, problems.c_str());
    QVERIFY2(problems.find("form a circle") != std::string::npos, problems.c_str());
    QCOMPARE(readTask(*memory, base + 2 * page, 5), std::string("third")); // what is there is read
}

void TestParents::missing_data()
{
    QTest::addColumn<QString>("link");
    QTest::newRow("not there") << "../gone";
    QTest::newRow("no set") << "../empty";
    QTest::newRow("a file") << "../file";
    QTest::newRow("itself") << "parent";
}

void TestParents::missing()
{
    QFETCH(QString, link);
    QVERIFY(QDir().mkpath(at(QStringLiteral("empty"))));
    QFile file(at(QStringLiteral("file")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    builder().parent(link.toStdString()).writeTo(at(QStringLiteral("final")).toStdString());
    const auto memory = load(at(QStringLiteral("final")));
    const std::string problems = problemsOf(*memory);
    QVERIFY2(problems.find("\"" + link.toStdString() + "\" is not in the checkpoint") != std::string::npos,
             problems.c_str());
    QVERIFY2(problems.find("pagemap-100.img: names pages of a parent set") != std::string::npos,
             problems.c_str());
    QCOMPARE(presenceAt(*memory, base + page), Presence::ParentMissing);
    QCOMPARE(readTask(*memory, base, 5), std::string("first"));
}

void TestParents::noSetIsFollowed()
{
    // Only a link named "parent" to an image set leads out; nothing else of the machine gets into a
    // checkpoint.
    QVERIFY(QDir().mkpath(at(QStringLiteral("private"))));
    QFile file(at(QStringLiteral("private/notes")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") == 4);
    file.close();
    builder().parent("../private").writeTo(at(QStringLiteral("final")).toStdString());
    QVERIFY(QFile::link(QStringLiteral("../private"), at(QStringLiteral("final/other"))));
    const auto memory = load(at(QStringLiteral("final")));
    for (const Member &member : memory->checkpoint().archive().members())
        QVERIFY2(member.path.find("notes") == std::string::npos, member.path.c_str());
}

void TestParents::pageThatNoParentHas()
{
    writePreDump(QStringLiteral("pre"), test::PagesBuilder().write(base + page, "second"));
    builder().parent("../pre").writeTo(at(QStringLiteral("final")).toStdString());
    const auto memory = load(at(QStringLiteral("final")));
    const std::string problems = problemsOf(*memory);
    QVERIFY2(problems.find("memory of 100: 1 pages are in no parent set, the first of them at 0x102000") !=
                 std::string::npos,
             problems.c_str());
    QCOMPARE(presenceAt(*memory, base + page), Presence::Present);
    QCOMPARE(presenceAt(*memory, base + 2 * page), Presence::ParentMissing);
}

void TestParents::punched()
{
    constexpr uint64_t count = 64; // pages, more than a block of any usual file system
    test::PagesBuilder parent;
    for (uint64_t i = 1; i <= count; ++i)
        parent.write(base + i * page, std::string(page, 'p'));
    writePreDump(QStringLiteral("pre"), parent);
    test::CheckpointBuilder made;
    auto &task = made.task(100, "prog");
    task.exe(made.file("/bin/prog")).vma(base, base + 100 * page);
    task.page(base, "first").inParent(base + page, count);
    made.parent("../pre").writeTo(at(QStringLiteral("final")).toStdString());
    const int pages = ::open(at(QStringLiteral("pre/pages-1.img")).toLocal8Bit().constData(), O_RDWR);
    QVERIFY(pages >= 0);
    const bool can = ::fallocate(pages, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(16 * page), static_cast<off_t>(16 * page)) == 0;
    ::close(pages);
    if (!can)
        QSKIP("this file system punches no holes");
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    const auto pieces = memory->addressSpace(100)->pieces({base + page, count * page});
    QCOMPARE(pieces.size(), size_t{3});
    QCOMPARE(pieces[0].presence, Presence::Present);
    QCOMPARE(pieces[1].presence, Presence::ParentHole);
    QCOMPARE(pieces[1].address, base + 17 * page);
    QCOMPARE(pieces[1].length, 16 * page);
    QCOMPARE(pieces[2].presence, Presence::Present);
    QVERIFY(!memory->addressSpace(100)->extents(base + 17 * page, 1).ok());
    // A hole of the newest set is no page that was punched out.
    QCOMPARE(presenceAt(*memory, base), Presence::Present);
    for (const Extent &extent : memory->unreferenced())
        QVERIFY(!extent.overlaps(
            {memory->checkpoint().archive().find("parent-1/pages-1.img")->id, 16 * page, 16 * page}));
}

void TestParents::supersededIsUnreferenced()
{
    // The parent's first page was written again since; it is scanned as nobody's.
    writePreDump(QStringLiteral("pre"), test::PagesBuilder()
                                            .write(base, "old " + secret)
                                            .write(base + page, "second")
                                            .write(base + 2 * page, "third"));
    builder().parent("../pre").writeTo(at(QStringLiteral("final")).toStdString());
    const auto memory = load(at(QStringLiteral("final")));
    const MemberId old = memory->checkpoint().archive().find("parent-1/pages-1.img")->id;
    QVERIFY((memory->unreferenced() == std::vector<Extent>{{old, 0, page}}));
    QVERIFY(memory->places({old, 0, 1}).empty());
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->found.size(), size_t{1});
}

void TestParents::sharedObjectOfParent()
{
    test::PagesBuilder object;
    object.write(0, "shared " + secret);
    writePreDump(QStringLiteral("pre"),
                 test::PagesBuilder().write(base + page, "second").write(base + 2 * page, "third"));
    const auto put = [&](const QString &name, const std::string &content) {
        QFile out(at(name));
        QVERIFY(out.open(QIODevice::WriteOnly));
        QCOMPARE(out.write(QByteArray::fromStdString(content)), static_cast<qint64>(content.size()));
    };
    put("pre/pagemap-shmem-7.img", object.pagemap(2));
    put("pre/pages-2.img", object.pages());
    auto made = builder();
    auto &task = made.task(200, "other");
    task.exe(made.file("/bin/other"));
    task.vma(0x500000, 0x502000, test::VmaKind::SysV, {.object = 7});
    made.sharedObject(7).inParent(0).write(page, "own");
    made.parent("../pre").writeTo(at(QStringLiteral("final")).toStdString());
    const auto memory = load(at(QStringLiteral("final")));
    QCOMPARE(problemsOf(*memory), std::string());
    std::string bytes(6, '?');
    QVERIFY(memory->addressSpace(200)
                ->read(0x500000, std::as_writable_bytes(std::span(bytes.data(), bytes.size())))
                .ok());
    QCOMPARE(bytes, std::string("shared"));
    const auto extents = memory->addressSpace(200)->extents(0x500000 + 7, secret.size());
    QVERIFY(extents.ok());
    const auto places = memory->places(extents->front());
    QCOMPARE(places.size(), size_t{1});
    QCOMPARE(places.front().pid, 200u);
    QCOMPARE(places.front().sharedId, uint64_t{7});
}

void TestParents::exported()
{
    writeChain(QStringLiteral("final"), "../pre-2", "pre-2", "../pre-1", "pre-1");
    const auto before = tree(m_folder->path());
    const auto memory = load(at(QStringLiteral("final")));
    auto kept = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok() && (*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*kept)->findings();
    QCOMPARE(findings.size(), size_t{1});
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY(plan.ok());
    QVERIFY(QDir().mkpath(at(QStringLiteral("elsewhere"))));
    const QString out = at(QStringLiteral("elsewhere/out"));
    const auto proof = Exporter(memory).run(*plan, findings, out.toStdString());
    QVERIFY2(proof.ok(), proof.ok() ? "" : proof.error().describe().c_str());
    QVERIFY(proof->passed());

    // The export holds the chain, with links that lead within it; every set is as it was but for the value.
    QCOMPARE(QFile::symLinkTarget(out + QStringLiteral("/parent")), out + QStringLiteral("/parent-1"));
    QCOMPARE(QFile::symLinkTarget(out + QStringLiteral("/parent-1/parent")),
             out + QStringLiteral("/parent-2"));
    auto now = tree(out);
    QVERIFY(now["parent-2/pages-1.img"] != before.at(QStringLiteral("pre-1/pages-1.img")));
    QCOMPARE(now["parent-2/pages-1.img"].size(), before.at(QStringLiteral("pre-1/pages-1.img")).size());
    for (const auto &[name, content] : now) {
        QVERIFY2(content.find(secret) == std::string::npos, qPrintable(name));
        QString was = QStringLiteral("final/") + name;
        if (name.startsWith(QStringLiteral("parent-1/")))
            was = QStringLiteral("pre-2/") + name.mid(9);
        if (name.startsWith(QStringLiteral("parent-2/")))
            was = QStringLiteral("pre-1/") + name.mid(9);
        if (!name.endsWith(QStringLiteral("parent")) && name != QStringLiteral("parent-2/pages-1.img"))
            QVERIFY2(before.contains(was) && before.at(was) == content, qPrintable(name));
    }
    // Moved elsewhere it is whole, and it is proven against the evidence once more.
    QVERIFY(QDir().rename(out, at(QStringLiteral("moved"))));
    const auto again = load(at(QStringLiteral("moved")));
    QCOMPARE(problemsOf(*again), std::string());
    QCOMPARE(problemsOf(*again, true), std::string());
    QCOMPARE(readTask(*again, base + page, 6), std::string("second"));
    QCOMPARE(readTask(*again, base + 2 * page, 6), std::string("third "));
    VerifyInput input;
    input.evidence = memory.get();
    const auto verified = verifyExport(at(QStringLiteral("moved")).toStdString(), input);
    QVERIFY(verified.ok() && verified->passed());
    // The evidence, all sets of it, is the same.
    auto after = tree(m_folder->path());
    for (const auto &[name, content] : before)
        QVERIFY2(after[name] == content, qPrintable(name));
}

CRYOSCOPE_TEST(TestParents)

} // namespace tst_parents

#include "tst_parents.moc"
