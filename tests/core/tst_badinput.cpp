// SPDX-License-Identifier: Apache-2.0
// Damaged input by the command line: an error that names file and offset, exit code 3, and the rest stays
// usable.
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <unistd.h>

namespace tst_badinput
{

using namespace cryoscope;

namespace
{

struct Outcome {
    int code = -1;
    QString out;
    QString err;
};

Outcome run(const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"), arguments);
    if (!process.waitForFinished(60000) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

test::CheckpointBuilder checkpoint()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x30000)
        .page(0x11000, "DB_PASSWORD=Zx9kQpL2vv")
        .page(0x12000, "more");
    return builder;
}

} // namespace

class tst_badinput : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void truncatedImage();
    void pagemapBeyondItsPages();
    void tarCutShort();
    void streamCutShort();
    void noCheckpoint();
    void notThere();
    void noPermission();
    void redactRefuses();

private:
    [[nodiscard]] QString write(const test::CheckpointBuilder &builder) const
    {
        const QString path = m_folder->filePath(QStringLiteral("images"));
        builder.writeTo(path.toStdString());
        return path;
    }
    /// The first `bytes` bytes of a recorded archive.
    [[nodiscard]] QString cut(const QString &name, qint64 bytes) const
    {
        QFile from(QStringLiteral(CRYOSCOPE_TEST_DATA "/") + name);
        QFile to(m_folder->filePath(QStringLiteral("cut")));
        if (from.open(QIODevice::ReadOnly) && to.open(QIODevice::WriteOnly))
            to.write(from.read(bytes));
        return to.fileName();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void tst_badinput::truncatedImage()
{
    auto builder = checkpoint();
    std::string files = builder.members().at("files.img");
    files.resize(files.size() - 3);
    builder.member("files.img", files);
    const QString path = write(builder);
    for (const char *command : {"info", "ps", "mems", "scan"}) {
        const Outcome outcome = run({QString::fromLatin1(command), path});
        QCOMPARE(outcome.code, 3);
        QVERIFY2(outcome.err.contains(QStringLiteral("files.img at offset ")), qPrintable(outcome.err));
        QVERIFY2(!outcome.out.isEmpty(), command); // the rest is usable
    }
}

void tst_badinput::pagemapBeyondItsPages()
{
    auto builder = checkpoint();
    builder.member(builder.pagesFileOfTask(100),
                   builder.members().at(builder.pagesFileOfTask(100)).substr(0, 4096));
    const QString path = write(builder);
    const Outcome outcome = run({QStringLiteral("scan"), path});
    QCOMPARE(outcome.code, 3);
    QVERIFY2(outcome.err.contains(QStringLiteral("pages-1.img at offset 4096")), qPrintable(outcome.err));
    QVERIFY2(outcome.out.contains(QStringLiteral("DB_PASSWORD")),
             qPrintable(outcome.out)); // the page that is there was scanned
    const Outcome bytes = run({QStringLiteral("bytes"), path, QStringLiteral("--pid"), QStringLiteral("100"),
                               QStringLiteral("--at"), QStringLiteral("0x12000"), QStringLiteral("--len"),
                               QStringLiteral("16")});
    QCOMPARE(bytes.code, 3);
    QVERIFY2(bytes.out.contains(QStringLiteral("damaged")), qPrintable(bytes.out));
    QVERIFY(!bytes.out.contains(QStringLiteral("00 00 00")));
}

void tst_badinput::tarCutShort()
{
    // An uncompressed tar, cut within a member.
    const QString whole = m_folder->filePath(QStringLiteral("whole.tar"));
    QProcess tar;
    const QString images = write(checkpoint());
    tar.start(QStringLiteral("tar"),
              {QStringLiteral("-C"), images, QStringLiteral("-cf"), whole, QStringLiteral(".")});
    QVERIFY(tar.waitForFinished() && tar.exitCode() == 0);
    QFile file(whole);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qint64 size = 9 * 1024;
    QVERIFY(file.size() > size && file.resize(size));
    file.close();
    const Outcome outcome = run({QStringLiteral("info"), whole});
    QCOMPARE(outcome.code, 3);
    QVERIFY2(outcome.err.contains(QStringLiteral("whole.tar at offset 9216")), qPrintable(outcome.err));
    QVERIFY2(outcome.err.contains(QStringLiteral("cut short")), qPrintable(outcome.err));
}

void tst_badinput::streamCutShort()
{
    const Outcome gzip = run({QStringLiteral("info"), cut(QStringLiteral("podman.tar.gz"), 20000)});
    QCOMPARE(gzip.code, 3);
    QVERIFY2(gzip.err.contains(QStringLiteral("at offset ")) && gzip.err.contains(QStringLiteral("cut")),
             qPrintable(gzip.err));
}

void tst_badinput::noCheckpoint()
{
    const QString path = m_folder->filePath(QStringLiteral("empty"));
    QVERIFY(QDir().mkpath(path));
    const Outcome outcome = run({QStringLiteral("info"), path});
    QCOMPARE(outcome.code, 3);
    QVERIFY2(outcome.err.contains(path) && outcome.err.contains(QStringLiteral("no checkpoint")),
             qPrintable(outcome.err));
    QFile file(m_folder->filePath(QStringLiteral("text")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("not an archive") > 0);
    file.close();
    const Outcome text = run({QStringLiteral("info"), file.fileName()});
    QCOMPARE(text.code, 3);
    QVERIFY2(text.err.contains(QStringLiteral("at offset 0")), qPrintable(text.err));
}

void tst_badinput::notThere()
{
    const Outcome outcome = run({QStringLiteral("scan"), m_folder->filePath(QStringLiteral("nothing"))});
    QCOMPARE(outcome.code, 3);
    QVERIFY2(outcome.err.contains(QStringLiteral("nothing")), qPrintable(outcome.err));
    QCOMPARE(run({QStringLiteral("no-such-command")}).code, 2);
}

void tst_badinput::noPermission()
{
    // Root reads everything, whatever the mode: a name that is no file stands for it then.
    const QString path = write(checkpoint());
    const QString file = path + QStringLiteral("/core-100.img");
    if (::geteuid() == 0) {
        QVERIFY(QFile::remove(file) && QDir().mkpath(file));
    } else {
        QVERIFY(QFile::setPermissions(file, {}));
    }
    const Outcome outcome = run({QStringLiteral("ps"), path});
    QCOMPARE(outcome.code, 3);
    QVERIFY2(outcome.err.contains(QStringLiteral("core-100.img")), qPrintable(outcome.err));
    QVERIFY(outcome.out.contains(QStringLiteral("100")));
    if (::geteuid() != 0)
        QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner);
}

void tst_badinput::redactRefuses()
{
    auto builder = checkpoint();
    builder.member(builder.pagesFileOfTask(100), std::string());
    const QString path = write(builder);
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const Outcome outcome = run({QStringLiteral("redact"), path, QStringLiteral("-o"), out,
                                 QStringLiteral("--accept"), QStringLiteral("high")});
    QCOMPARE(outcome.code, 3);
    QVERIFY(!QFile::exists(out));
    QVERIFY2(outcome.err.contains(QStringLiteral("--despite-problems")), qPrintable(outcome.err));
}

CRYOSCOPE_TEST(tst_badinput)

} // namespace tst_badinput

#include "tst_badinput.moc"
