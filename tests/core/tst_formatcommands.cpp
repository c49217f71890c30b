// SPDX-License-Identifier: Apache-2.0
// explain, decode, encode, info of images, sk, threads, env, args, files, mounts and the JSON forms by the
// command line: output, exit codes, and errors that name file and offset.
#include "tests/support/checkpointbuilder.h"
#include "tests/support/imagebuilder.h"
#include "tests/program/testprogram.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace tst_formatcommands
{

using namespace cryoscope;
using test::ImageBuilder;
using test::MessageBuilder;
using namespace std::string_literals;

namespace
{

struct Outcome {
    int code = -1;
    QByteArray out;
    QByteArray err;
};

Outcome run(const QStringList &arguments, const QByteArray &input = {})
{
    QProcess process;
    process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"), arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QString data(const char *name)
{
    return QStringLiteral(CRYOSCOPE_TEST_DATA "/") + QLatin1String(name);
}

QJsonArray array(const Outcome &outcome)
{
    return QJsonDocument::fromJson(outcome.out).array();
}

test::CheckpointBuilder checkpoint()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/caf\xe9"))
        .vma(0x10000, 0x30000)
        .page(0x11000, "content")
        .arguments({"prog", "-v"})
        .environment({"HOME=/root", "TERM=x"});
    task.fd(3, builder.pipe(77, "queued"));
    task.fd(4, builder.unixSocket(11, 12, "\0abstract"s));
    task.fd(5, builder.tcpSocket(13, "in", "out"));
    return builder;
}

} // namespace

class TestFormatCommands : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void explainMember();
    void explainAt();
    void explainAll();
    void explainJson();
    void explainErrors();
    void decodeAndEncode();
    void encodeErrors();
    void imageInfo();
    void views();
    void goForms();

private:
    [[nodiscard]] QString write(const test::CheckpointBuilder &builder) const
    {
        const QString path = m_folder->filePath(QStringLiteral("images"));
        builder.writeTo(path.toStdString());
        return path;
    }
    [[nodiscard]] QString file(const QString &name, const std::string &content) const
    {
        QFile made(m_folder->filePath(name));
        if (made.open(QIODevice::WriteOnly))
            made.write(QByteArray::fromStdString(content));
        return made.fileName();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestFormatCommands::explainMember()
{
    const QString path = write(checkpoint());
    const Outcome outcome = run({"explain", path, "fdinfo-1.img"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QVERIFY(outcome.out.contains("-> files.img record"));
    QVERIFY(outcome.out.contains("PIPE (2)"));
    const auto lines = outcome.out.trimmed().split('\n');
    QVERIFY2(lines.last().endsWith("bytes explained"), lines.last().constData());
    const auto numbers = lines.last().split(' ');
    QCOMPARE(numbers[0], numbers[2]);
    // Pages by ranges, single ones on demand.
    const Outcome ranges = run({"explain", path, "pages-1.img"});
    QVERIFY(ranges.out.contains("process 100 = 0x11000-0x12000"));
    QVERIFY(!ranges.out.contains("page 0x11000"));
    QVERIFY(run({"explain", path, "pages-1.img", "--pages"}).out.contains("page 0x11000"));
}

void TestFormatCommands::explainAt()
{
    const QString path = write(checkpoint());
    const Outcome outcome = run({"explain", path, "inventory.img", "--at", "0x0"});
    QCOMPARE(outcome.code, 0);
    QVERIFY(outcome.out.contains("INVENTORY 0x58313116, little-endian"));
    QCOMPARE(outcome.out.count('\n'), 2);
    const Outcome page = run({"explain", path, "pages-1.img", "--at", "17"});
    QVERIFY(page.out.contains("page 0x11000"));
    const Outcome beyond = run({"explain", path, "inventory.img", "--at", "99999"});
    QCOMPARE(beyond.code, 3);
    QVERIFY2(beyond.err.contains("inventory.img at offset 99999"), beyond.err.constData());
    QCOMPARE(run({"explain", path, "inventory.img", "--at", "x"}).code, 2);
}

void TestFormatCommands::explainAll()
{
    const Outcome outcome = run({"explain", data("podman.tar.zst"), "--all"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QVERIFY(outcome.out.contains("config.dump  (JSON of the container engine)"));
    QVERIFY(outcome.out.contains("compressed stream"));
    const auto last = outcome.out.trimmed().split('\n').last().split(' ');
    QCOMPARE(last[0], last[2]);
    QVERIFY(last[0].toULongLong() > 250000);
    // What nobody knows is listed, with its place.
    auto builder = checkpoint();
    builder.member("mystery.img", "\x7f"
                                  "ELF whatever\x01"s);
    const Outcome unknown = run({"explain", write(builder)});
    QVERIFY(unknown.out.contains("mystery.img  (unknown content)"));
    QVERIFY(unknown.out.contains("not explained: 14 bytes at 0"));
}

void TestFormatCommands::explainJson()
{
    const Outcome outcome = run({"explain", data("podman.tar.zst"), "checkpoint/fs-1.img", "--json"});
    QCOMPARE(outcome.code, 0);
    bool linked = false;
    for (const QByteArray &line : outcome.out.trimmed().split('\n')) {
        QJsonParseError error{};
        const auto object = QJsonDocument::fromJson(line, &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, line.constData());
        if (object.value("name").toString() == "cwd_id") {
            const auto link = object.value("link").toObject();
            linked = link.value("member").toString() == "checkpoint/files.img" && link.contains("record") &&
                     link.contains("offset");
        }
    }
    QVERIFY(linked);
}

void TestFormatCommands::explainErrors()
{
    const QString path = write(checkpoint());
    const Outcome missing = run({"explain", path, "nothing.img"});
    QCOMPARE(missing.code, 3);
    QVERIFY(missing.err.contains("has no member \"nothing.img\""));
    // A truncated image: what is there is explained, the rest is named with its offset.
    auto builder = checkpoint();
    std::string files = builder.members().at("files.img");
    files.resize(files.size() - 3);
    builder.member("files.img", files);
    const Outcome cut = run({"explain", write(builder), "files.img"});
    QCOMPARE(cut.code, 3);
    QVERIFY2(cut.out.contains("(unexplained)") && cut.out.contains("reaches beyond the end"),
             cut.out.constData());
    QVERIFY(cut.out.contains("files.img at offset"));
}

void TestFormatCommands::decodeAndEncode()
{
    const std::string image =
        ImageBuilder("FS")
            .headMagic(std::nullopt)
            .record(MessageBuilder("fs_entry").set("root_id", 2).set("cwd_id", 1).varint(9, 9))
            .bytes();
    const QString path = file("fs-1.img", image);
    for (const QStringList &form : {QStringList{}, QStringList{"--pretty"}}) {
        const Outcome json = run(QStringList{"decode", path} + form);
        QCOMPARE(json.code, 0);
        const Outcome again = run({"encode", "-", "-o", "-"}, json.out);
        QVERIFY2(again.code == 0, again.err.constData());
        QCOMPARE(again.out, QByteArray::fromStdString(image));
    }
    const Outcome plain = run({"decode", path, "--as-crit"});
    QCOMPARE(plain.out, QByteArray("{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2}]}\n"));
    // To a new file, for its owner only.
    const QString json = file("fs.json", plain.out.toStdString());
    const QString made = m_folder->filePath("made.img");
    QCOMPARE(run({"encode", json, "-o", made, "--like", path}).code, 0);
    QFile written(made);
    QVERIFY(written.open(QIODevice::ReadOnly));
    QCOMPARE(written.readAll(), QByteArray::fromStdString(image));
    QCOMPARE(written.permissions() &
                 (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    const Outcome taken = run({"encode", json, "-o", made});
    QCOMPARE(taken.code, 4);
    QVERIFY(taken.err.contains("is there already"));
}

void TestFormatCommands::encodeErrors()
{
    const QString made = m_folder->filePath("made.img");
    const QString json = file("bad.json", "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": -1}]}");
    const Outcome bad = run({"encode", json, "-o", made});
    QCOMPARE(bad.code, 3);
    QVERIFY2(bad.err.contains("bad.json at offset 39") && bad.err.contains("cwd_id is out of range"),
             bad.err.constData());
    QVERIFY(!QFile::exists(made)); // nothing half made
    QCOMPARE(run({"encode", m_folder->filePath("none.json"), "-o", made}).code, 3);
    QCOMPARE(run({"encode", json}).code, 2);
    QCOMPARE(run({"encode", json, "-o", "/proc/none/made.img"}).code, 4);
    const Outcome cut = run({"decode", file("cut.img", ImageBuilder("FS").record(100, "abc").bytes())});
    QCOMPARE(cut.code, 3);
    QVERIFY(cut.err.contains("cut.img at offset 8"));
}

void TestFormatCommands::imageInfo()
{
    const QString path = write(checkpoint());
    QCOMPARE(run({"info", path + "/files.img"}).out,
             QByteArray("{\n    \"magic\": \"FILES\",\n    \"count\": 4\n}\n"));
    QCOMPARE(run({"info", path + "/pagemap-100.img"}).out.contains("\"magic\": \"PAGEMAP\""), true);
    QVERIFY(run({"info", path + "!pipes-data.img"}).out.contains("\"count\": 1"));
    QVERIFY(run({"info", path}).out.contains("prog"));
}

void TestFormatCommands::views()
{
    const QString path = write(checkpoint());
    QVERIFY(run({"env", path}).out.contains("100 prog\n\tHOME=/root\n\tTERM=x\n"));
    QVERIFY(run({"args", path}).out.contains("100 prog\n\tprog\n\t-v\n"));
    QVERIFY(run({"env", path, "--pid", "5"}).out.isEmpty());
    const auto env = array(run({"env", path, "--json"}));
    QCOMPARE(env.first().toObject().value("env").toArray().first().toObject().value("text").toString(),
             "HOME=/root");
    const Outcome sockets = run({"sk", path});
    QVERIFY2(sockets.out.contains("UNIX") && sockets.out.contains("TCP") &&
                 sockets.out.contains("\\x00abstract"),
             sockets.out.constData());
    const Outcome files = run({"files", path});
    QVERIFY(files.out.contains("100:3") && files.out.contains("PIPE") && files.out.contains("100:exe"));
    QCOMPARE(array(run({"files", path, "--json"})).size(), 4);
    QVERIFY(run({"threads", path}).out.contains("100"));
    QCOMPARE(array(run({"threads", data("process-tree.tar.zst"), "--json"})).size(), 2);
    const auto mounts = array(run({"mounts", data("podman.tar.zst"), "--json"}));
    QVERIFY(mounts.size() > 5);
    QVERIFY(run({"mounts", data("podman.tar.zst")}).out.contains("tmpfs"));
    for (const char *command : {"env", "sk", "files", "threads", "mounts", "args"})
        QCOMPARE(run({command, "/nowhere"}).code, 3);
}

void TestFormatCommands::goForms()
{
    for (const char *archive : {"zoo.tar.zst", "process-tree.tar.zst", "podman.tar.zst"}) {
        for (const char *what : {"ps", "fds", "mems", "rss", "sk"}) {
            const Outcome once = run({what, data(archive), "--json"});
            QCOMPARE(once.code, 0);
            QJsonParseError error{};
            const auto document = QJsonDocument::fromJson(once.out, &error);
            QVERIFY2(error.error == QJsonParseError::NoError, what);
            QVERIFY(document.isArray() || document.isObject());
            QCOMPARE(run({what, data(archive), "--json"}).out, once.out); // in the same order
        }
    }
    const auto rss = array(run({"rss", data("process-tree.tar.zst"), "--json"}));
    QCOMPARE(rss.size(), 2);
    const auto entry = rss.first().toObject().value("rss").toArray().first().toObject();
    QVERIFY(entry.value("phy_pages").toInt() > 0);
    QVERIFY(entry.value("vmas").toArray().first().toObject().contains("addr"));
    const auto sockets = array(run({"sk", data("zoo.tar.zst"), "--json"}));
    bool established = false;
    for (const auto &task : sockets) {
        for (const auto &socket : task.toObject().value("sockets").toArray()) {
            const auto object = socket.toObject();
            established =
                established || (object.value("state").toString() == "ESTABLISHED" &&
                                object.value("family").toString() == "IPV4" &&
                                object.value("src_addr").toString() == "127.0.0.1" &&
                                object.value("src_port").toInt() > 0 && object.contains("send_buf"));
        }
    }
    QVERIFY(established);
}

CRYOSCOPE_TEST(TestFormatCommands)

} // namespace tst_formatcommands

#include "tst_formatcommands.moc"
