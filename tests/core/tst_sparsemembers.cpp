// SPDX-License-Identifier: Apache-2.0
// Sparse members and hard links of tars, as GNU tar writes them: shown as the files they are, redacted where
// they are stored, and stored as sparsely afterwards.
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/memory/run.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace tst_sparsemembers
{

using namespace cryoscope;

namespace
{

const std::string secret = "Zx9kQpL2vvT7mR4s";
constexpr qint64 hole = 1 << 20; // bytes

bool shell(const QString &script, const QString &directory)
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-ec"), script});
    return process.waitForFinished(60000) && process.exitCode() == 0;
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// "a SECRET", a hole, "b SECRET c", a hole.
void writeSparse(const QString &path)
{
    QFile file(path);
    const QByteArray value = QByteArray::fromStdString(secret);
    if (!file.open(QIODevice::WriteOnly) || file.write("a " + value) < 0 || !file.seek(hole) ||
        file.write("b " + value + " c") < 0 || !file.resize(2 * hole))
        qFatal("cannot write");
}

std::shared_ptr<const Memory> load(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

} // namespace

class TestSparseMembers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void shown_data() { forms(); }
    void shown();
    void exported_data() { forms(); }
    void exported();
    void unchanged_data() { forms(); }
    void unchanged();
    void sparsePages_data() { forms(); }
    void sparsePages();
    void holesAreNotSearched_data() { forms(); }
    void holesAreNotSearched();
    void redactionInAHole();
    void bugReport_data() { forms(); }
    void bugReport();

private:
    static void forms();
    [[nodiscard]] QString at(const char *name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    /// A checkpoint whose tar has a sparse member and a hard link to it, at its top or in a tar within it.
    QString evidence();
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSparseMembers::forms()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("kind"); // "outer", "nested", "nested.gz"
    for (const char *kind : {"outer", "nested", "nested.gz"}) {
        for (const char *options : {"--format=gnu", "--format=pax --sparse-version=0.0",
                                    "--format=pax --sparse-version=0.1", "--format=pax --sparse-version=1.0"})
            QTest::newRow((QByteArray(kind) + " " + options).constData())
                << QString::fromLatin1(options) << QString::fromLatin1(kind);
    }
}

QString TestSparseMembers::evidence()
{
    QFETCH(QString, options);
    QFETCH(QString, kind);
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "memory");
    builder.writeTo(at("images").toStdString());
    QDir().mkpath(at("files"));
    writeSparse(at("files/sparse"));
    // Zeros that were written are holes too for this tar, and the names' order is ours.
    const QString tar = QStringLiteral("tar -S --hole-detection=raw --sort=name %1 ").arg(options);
    if (!shell(QStringLiteral("cd files; ln sparse zlink; echo plain >plain"), m_folder->path()))
        qFatal("no files");
    const bool done =
        kind == QStringLiteral("outer")
            ? shell(tar + QStringLiteral("-cf evidence.tar -C images . -C ../files plain sparse zlink"),
                    m_folder->path())
            : shell(tar + QStringLiteral("-c%1f images/rootfs-diff.tar -C files plain sparse zlink; "
                                         "tar -cf evidence.tar -C images .")
                              .arg(kind.endsWith(QStringLiteral("gz")) ? QStringLiteral("z") : QString()),
                    m_folder->path());
    if (!done)
        qFatal("no tar");
    return at("evidence.tar");
}

namespace
{

const Member *memberOf(const Archive &archive, const std::string &name)
{
    for (const Member &member : archive.members()) {
        if (member.path == name || member.path.ends_with("!" + name))
            return &member;
    }
    qFatal("no such member");
    return nullptr;
}

} // namespace

void TestSparseMembers::shown()
{
    const auto memory = load(evidence());
    for (const Problem &problem : memory->problems())
        QVERIFY2(problem.severity == Severity::Note, problem.error.describe().c_str());
    const Archive &archive = memory->checkpoint().archive();
    const Member *sparse = memberOf(archive, "sparse");
    QCOMPARE(sparse->content->size(), static_cast<uint64_t>(2 * hole));
    const auto bytes = sparse->content->readWhole(4 * hole);
    QVERIFY(bytes.ok());
    QCOMPARE(QByteArray::fromStdString(std::string(asText(*bytes))), readFile(at("files/sparse")));
    QVERIFY(sparse->storage == Storage::Sparse);
    QVERIFY(sparse->storedSize() < 8192);
    const Member *link = memberOf(archive, "zlink");
    QVERIFY(link->kind == MemberKind::Hardlink);
    QVERIFY(link->content == sparse->content);
    QCOMPARE(archive.canonical({link->id, 5, 7}), (Extent{sparse->id, 5, 7}));
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QCOMPARE(found->found.size(), size_t{2}); // each once
    for (const Finding &finding : found->found)
        QCOMPARE(finding.parts.front().member, sparse->id);
}

void TestSparseMembers::exported()
{
    const auto memory = load(evidence());
    auto review = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    QVERIFY((*review)
                ->acceptExtents(*memory, Origin::ValueFile, findCopiesOf(*memory, values)->found, "test")
                .ok());
    const auto findings = *(*review)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY(plan.ok());
    const auto proof = Exporter(memory).run(*plan, findings, at("out.tar").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    QFETCH(QString, kind);
    if (kind != QStringLiteral("nested.gz")) {
        QCOMPARE(QFileInfo(at("out.tar")).size(), QFileInfo(at("evidence.tar")).size());
        QCOMPARE(proof->changedBytes, uint64_t{2 * 15});
    }
    QVERIFY(QDir().mkpath(at("unpacked")));
    QVERIFY(shell(
        QStringLiteral("tar -C unpacked -xf out.tar; cd unpacked; test -e sparse || tar -xf rootfs-diff.tar;"
                       "test sparse -ef zlink; test \"$(cat plain)\" = plain"),
        m_folder->path()));
    QByteArray expected = readFile(at("files/sparse"));
    expected.replace(QByteArray::fromStdString(secret), "Xx0xXxX0xxX0xX0x");
    QCOMPARE(readFile(at("unpacked/sparse")), expected);
    VerifyInput alone;
    alone.evidence = memory.get();
    const auto again = verifyExport(at("out.tar").toStdString(), alone);
    QVERIFY(again.ok());
    for (const ProofItem &item : again->items)
        QVERIFY2(item.state == ProofItem::State::Passed, (item.title + ": " + item.detail).c_str());
    // The proof sees a byte of it.
    if (kind == QStringLiteral("nested.gz"))
        return;
    QByteArray bad = readFile(at("out.tar"));
    bad.replace("b Xx0x", "B Xx0x");
    QFile file(at("bad.tar"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bad) == bad.size());
    file.close();
    VerifyInput input;
    input.evidence = memory.get();
    input.plan = &*plan;
    const auto caught = verifyExport(at("bad.tar").toStdString(), input);
    QVERIFY(caught.ok() && !caught->passed());
}

void TestSparseMembers::unchanged()
{
    const auto memory = load(evidence());
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{});
    const auto proof = Exporter(memory).run(*plan, {}, at("out.tar").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QCOMPARE(readFile(at("out.tar")), readFile(at("evidence.tar")));
}

/// Pages of a set whose files are stored sparsely are where they were.
void TestSparseMembers::sparsePages()
{
    QFETCH(QString, options);
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x90000);
    task.page(0x11000, std::string(0x40000, '\0')).page(0x60ff8, secret);
    builder.writeTo(at("images").toStdString());
    QVERIFY(shell(QStringLiteral("cp --sparse=always images/pages-1.img p; mv p images/pages-1.img;"
                                 "tar -S --hole-detection=raw %1 -cf evidence.tar -C images .")
                      .arg(options),
                  m_folder->path()));
    const auto memory = load(at("evidence.tar"));
    QVERIFY(memory->checkpoint().imageMember("pages-1.img")->storage == Storage::Sparse);
    std::string bytes(16, '?');
    const auto space = memory->addressSpace(100);
    QVERIFY(space->read(0x60ff8, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))).ok());
    QCOMPARE(bytes, secret);
    auto review = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QCOMPARE(found->found.size(), size_t{1});
    QVERIFY((*review)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*review)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    const auto proof = Exporter(memory).run(*plan, findings, at("out.tar").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(readFile(at("out.tar")).count("Xx0xXxX0xxX0xX0x") == 1);
}

/// A hole may be longer than any disk.
void TestSparseMembers::holesAreNotSearched()
{
    const auto memory = load(evidence());
    const Archive &archive = memory->checkpoint().archive();
    const Member *sparse = memberOf(archive, "sparse");
    std::map<MemberId, std::vector<ByteRange>> read;
    uint64_t bytes = 0;
    for (const Run &run : allRuns(*memory)) {
        if (run.kind != Run::Kind::Member)
            continue;
        bytes += run.member == sparse->id ? run.length : 0;
        read[run.member].push_back({run.start, run.length});
    }
    QVERIFY(bytes >= 40 && bytes < 16384);
    // What it stores is not read a second time as part of the tar.
    for (const Extent &data : archive.sparseData()) {
        for (const ByteRange &range : read[data.member])
            QVERIFY(!range.overlaps(data.range()));
    }
    QCOMPARE(archive.sparseData().size(), size_t{sparse->parent == noMember ? 0u : 1u});
}

void TestSparseMembers::redactionInAHole()
{
    QDir().mkpath(at("images"));
    test::CheckpointBuilder builder;
    builder.task(100, "prog");
    builder.writeTo(at("images").toStdString());
    writeSparse(at("images/sparse"));
    QVERIFY(shell(QStringLiteral("tar -S --format=gnu -cf evidence.tar -C images ."), m_folder->path()));
    const auto memory = load(at("evidence.tar"));
    const Member *sparse = memberOf(memory->checkpoint().archive(), "sparse");
    Finding finding;
    finding.rule = "manual";
    finding.kind = "Manual";
    finding.parts = {{sparse->id, 10, static_cast<uint64_t>(hole)}};
    CaseFinding entry;
    entry.finding = finding;
    entry.decision = Decision::Accepted;
    Replacement fill;
    fill.kind = Replacement::Kind::Fill;
    fill.fill = std::byte{'#'};
    const std::vector<CaseFinding> accepted{entry};
    const auto plan = RedactionPlan::make(*memory, accepted, fill);
    QVERIFY(plan.ok());
    QCOMPARE(plan->warnings().size(), size_t{1});
    QVERIFY(plan->patchedBytes() < 16384);
    const auto proof = Exporter(memory).run(*plan, {}, at("out.tar").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
}

/// A tar that is emptied as a whole is one that tar still reads.
void TestSparseMembers::bugReport()
{
    const auto memory = load(evidence());
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{}, *Profile::parse("bug-report"), "key");
    QVERIFY(plan.ok());
    const auto proof = Exporter(memory).run(*plan, {}, at("out.tar").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(QDir().mkpath(at("unpacked")));
    QVERIFY(shell(
        QStringLiteral("tar -C unpacked -xf out.tar; cd unpacked; test -e sparse || tar -tf rootfs-diff.tar;"
                       "! grep -rq '%1' .")
            .arg(QString::fromStdString(secret)),
        m_folder->path()));
}

CRYOSCOPE_TEST(TestSparseMembers)

} // namespace tst_sparsemembers

#include "tst_sparsemembers.moc"
