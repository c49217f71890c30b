// SPDX-License-Identifier: Apache-2.0
// Exports of every form, with the secret in memory, in a nested tar and in a compressed one; and saboteurs,
// each of which the proof must catch by its own item.
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

namespace tst_exporter
{

using namespace cryoscope;

namespace
{

const std::string secret = "Zx9kQpL2vvT7mR4s";

bool shell(const QString &script, const QString &directory)
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-ec"), script});
    return process.waitForFinished(60000) && process.exitCode() == 0;
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write");
}

struct Review {
    std::shared_ptr<const Memory> memory;
    std::vector<CaseFinding> findings;
    std::optional<RedactionPlan> plan;
};

/// Opens a checkpoint and accepts every place of the secret.
Review review(const QString &path)
{
    Review made;
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    made.memory = *Memory::load(*checkpoint);
    auto kept = Case::create({}, *made.memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*made.memory, values);
    if (!found || !(*kept)->acceptExtents(*made.memory, Origin::ValueFile, found->found, "test"))
        qFatal("the secret cannot be accepted");
    made.findings = *(*kept)->findings();
    auto plan = RedactionPlan::make(*made.memory, made.findings, Replacement{});
    if (!plan)
        qFatal("%s", plan.error().describe().c_str());
    made.plan = std::move(*plan);
    return made;
}

} // namespace

class tst_exporter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void exportsAndProves_data();
    void exportsAndProves();
    void namesInNestedTars_data() { exportsAndProves_data(); }
    void namesInNestedTars();
    void outputThatExistsIsRefused();
    void cancelLeavesNothing();
    void saboteurs_data();
    void saboteurs();

private:
    /// The evidence in a form ("directory", "tar", "tar.gz", "tar.zst"); its path.
    [[nodiscard]] QString evidence(const QString &form);
    std::unique_ptr<QTemporaryDir> m_folder;
    bool m_names = false; ///< the secret is in names of nested tars too
};

void tst_exporter::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_names = false;
}

QString tst_exporter::evidence(const QString &form)
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000);
    task.page(0x11ff8, secret); // over a page border
    task.page(0x14000, "base64 of it follows: Wng5a1FwTDJ2dlQ3bVI0cw== no");
    builder.pipe(77, "queued " + secret);
    const QString directory = m_folder->filePath(QStringLiteral("images"));
    builder.writeTo(directory.toStdString());
    if (m_names &&
        !shell(QStringLiteral(
                   "mkdir -p 'n/%1'; echo content >'n/%1/file'; ln n/%1/file n/hard; ln -s 'to/%1' n/link;"
                   "long=$(printf 'l%.0s' $(seq 120)); echo x >\"n/$long-%1\";"
                   "tar --format=pax -cf images/volume.tar -C n .; tar --format=gnu -czf "
                   "images/tmpfs-dev-6.tar.gz.img -C n .; rm -r n")
                   .arg(QString::fromStdString(secret)),
               m_folder->path()))
        qFatal("no tar");
    if (!shell(QStringLiteral("mkdir d; printf 'x%1y' >d/shadow; tar -cf images/rootfs-diff.tar -C d .;"
                              "tar -czf images/tmpfs-dev-5.tar.gz.img -C d .; rm -r d")
                   .arg(QString::fromStdString(secret)),
               m_folder->path()))
        qFatal("no tar");
    if (form == QStringLiteral("directory"))
        return directory;
    const QString path = m_folder->filePath(QStringLiteral("evidence.") + form);
    const QString flag = form == QStringLiteral("tar.gz") ? QStringLiteral("z") : QString();
    const QString zstd = form == QStringLiteral("tar.zst") ? QStringLiteral("--zstd ") : QString();
    if (!shell(QStringLiteral("tar %1-c%2f '%3' -C images .").arg(zstd, flag, path), m_folder->path()))
        qFatal("no tar");
    return path;
}

void tst_exporter::exportsAndProves_data()
{
    QTest::addColumn<QString>("form");
    for (const char *form : {"directory", "tar", "tar.gz", "tar.zst"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

void tst_exporter::exportsAndProves()
{
    QFETCH(QString, form);
    const QString path = evidence(form);
    const QByteArray before = form == QStringLiteral("directory")
                                  ? readFile(path + QStringLiteral("/pages-1.img"))
                                  : readFile(path);
    const Review made = review(path);
    QVERIFY(made.findings.size() >= 4);
    QCOMPARE(made.plan->rewrittenMembers(made.memory->checkpoint().archive()).size(), size_t{1});
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(made.memory).run(*made.plan, made.findings, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    QCOMPARE(form == QStringLiteral("directory") ? readFile(path + QStringLiteral("/pages-1.img"))
                                                 : readFile(path),
             before);
    // By other means: unpacked by tar and gzip, nothing of it is left, and what is beside it still stands.
    const QString images = m_folder->filePath(QStringLiteral("unpacked"));
    QVERIFY(QDir().mkpath(images));
    QVERIFY(shell(form == QStringLiteral("directory") ? QStringLiteral("cp -r out/. unpacked")
                                                      : QStringLiteral("tar -C unpacked -xf out"),
                  m_folder->path()));
    QVERIFY(shell(
        QStringLiteral(
            "mkdir a b; tar -C a -xf unpacked/rootfs-diff.tar; tar -C b -xzf unpacked/tmpfs-dev-5.tar.gz.img;"
            "test \"$(cat a/shadow)\" = xXx0xXxX0xxX0xX0xy; cmp a/shadow b/shadow; ! grep -raq '%1' unpacked "
            "a b")
            .arg(QString::fromStdString(secret)),
        m_folder->path()));
    VerifyInput alone;
    alone.evidence = made.memory.get();
    const auto again = verifyExport(out.toStdString(), alone);
    QVERIFY(again.ok() && again->passed());
}

/// Names of files, folders and links are redacted in headers, extended headers and long names, and a tar that
/// was so changed is one that tar reads.
void tst_exporter::namesInNestedTars()
{
    QFETCH(QString, form);
    m_names = true;
    const Review made = review(evidence(form));
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(made.memory).run(*made.plan, made.findings, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    QVERIFY(QDir().mkpath(m_folder->filePath(QStringLiteral("unpacked"))));
    QVERIFY(shell(form == QStringLiteral("directory") ? QStringLiteral("cp -r out/. unpacked")
                                                      : QStringLiteral("tar -C unpacked -xf out"),
                  m_folder->path()));
    QVERIFY(shell(
        QStringLiteral(
            "mkdir a b; tar -C a -xf unpacked/volume.tar; tar -C b -xzf unpacked/tmpfs-dev-6.tar.gz.img;"
            "for f in a b; do test \"$(cat $f/Xx0xXxX0xxX0xX0x/file)\" = content;"
            "test \"$(readlink $f/link)\" = to/Xx0xXxX0xxX0xX0x; test $f/hard -ef $f/Xx0*/file;"
            "ls $f | grep -q 'lll-Xx0xXxX0xxX0xX0x$'; done; ! ls -lR a b | grep -q '%1'")
            .arg(QString::fromStdString(secret)),
        m_folder->path()));
    VerifyInput alone;
    alone.evidence = made.memory.get();
    const auto again = verifyExport(out.toStdString(), alone);
    QVERIFY(again.ok() && again->passed());
}

void tst_exporter::outputThatExistsIsRefused()
{
    const Review made = review(evidence(QStringLiteral("tar")));
    const QString out = m_folder->filePath(QStringLiteral("out"));
    writeFile(out, "mine");
    const auto proof = Exporter(made.memory).run(*made.plan, made.findings, out.toStdString());
    QVERIFY(!proof.ok());
    QCOMPARE(proof.error().code, ErrorCode::OutputExists);
    QCOMPARE(readFile(out), QByteArray("mine"));
}

void tst_exporter::cancelLeavesNothing()
{
    const Review made = review(evidence(QStringLiteral("tar")));
    std::stop_source stop;
    stop.request_stop();
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof =
        Exporter(made.memory).run(*made.plan, made.findings, out.toStdString(), nullptr, stop.get_token());
    QVERIFY(!proof.ok());
    QCOMPARE(proof.error().code, ErrorCode::Cancelled);
    QVERIFY(!QFile::exists(out));
    QVERIFY(QDir(m_folder->path())
                .entryList({QStringLiteral(".out*")}, QDir::AllEntries | QDir::Hidden)
                .isEmpty());
}

void tst_exporter::saboteurs_data()
{
    QTest::addColumn<QString>("item");
    QTest::newRow("left copy") << "difference";
    QTest::newRow("extra byte") << "difference";
    QTest::newRow("secret elsewhere") << "values-absent";
    QTest::newRow("missing member") << "structure";
    QTest::newRow("slack") << "slack";
    QTest::newRow("header") << "structure";
    QTest::newRow("checksum") << "structure";
}

void tst_exporter::saboteurs()
{
    QFETCH(QString, item);
    const QString which = QString::fromLatin1(QTest::currentDataTag());
    const Review made = review(evidence(QStringLiteral("tar")));
    const QString out = m_folder->filePath(QStringLiteral("out.tar"));
    QVERIFY(Exporter(made.memory).run(*made.plan, made.findings, out.toStdString()).ok());
    const auto checkpoint = Checkpoint::open(out.toStdString());
    QVERIFY(checkpoint.ok());
    const Archive &archive = (*checkpoint)->archive();
    const Member *pages = archive.find("pages-1.img");
    QVERIFY(pages != nullptr);
    QByteArray bytes = readFile(out);
    const auto at = static_cast<qsizetype>(pages->offsetInParent);
    if (which == QStringLiteral("left copy")) {
        const auto original = readFile(m_folder->filePath(QStringLiteral("images/pages-1.img")));
        bytes.replace(at, original.size(), original);
    } else if (which == QStringLiteral("extra byte")) {
        bytes[at + 100] = static_cast<char>(bytes[at + 100] ^ 1);
    } else if (which == QStringLiteral("secret elsewhere")) {
        bytes.replace(at + 200, static_cast<qsizetype>(secret.size()), QByteArray::fromStdString(secret));
    } else if (which == QStringLiteral("missing member")) {
        QVERIFY(shell(QStringLiteral("tar --delete -f out.tar ./mm-100.img"), m_folder->path()));
        bytes = readFile(out);
    } else if (which == QStringLiteral("slack")) {
        QVERIFY(!archive.slack().empty());
        bytes[static_cast<qsizetype>(archive.slack().front().offset)] = 's';
    } else if (which == QStringLiteral("header")) {
        bytes[at - 512 + 300] =
            static_cast<char>(bytes[at - 512 + 300] ^ 1); // within the group's name; the sum is wrong too
    } else {
        bytes[at - 512 + 150] = bytes[at - 512 + 150] == '0' ? '1' : '0';
    }
    writeFile(out, bytes);
    VerifyInput input;
    input.evidence = made.memory.get();
    input.plan = &*made.plan;
    input.values = {secret};
    const auto proof = verifyExport(out.toStdString(), input);
    QVERIFY(proof.ok());
    QVERIFY(!proof->passed());
    QStringList failed;
    for (const ProofItem &entry : proof->items) {
        if (entry.state == ProofItem::State::Failed)
            failed << QString::fromStdString(entry.id);
        QVERIFY(entry.detail.find(secret) == std::string::npos);
    }
    QVERIFY2(failed.contains(item), qPrintable(failed.join(QLatin1Char(' '))));
}

CRYOSCOPE_TEST(tst_exporter)

} // namespace tst_exporter

#include "tst_exporter.moc"
