// SPDX-License-Identifier: Apache-2.0
// Several checkpoints in one archive or directory: found at any depth, one shown, all searched and redacted.
#include "core/checkpoint/imagesets.h"
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarreader.h"
#include "tests/support/tarwriter.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace tst_imagesets
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

const std::string secret = "Zx9kQpL2vvT7mR4s";

std::map<std::string, std::string> images(uint32_t pid, const std::string &text)
{
    CheckpointBuilder builder;
    auto &task = builder.task(pid, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, text);
    return builder.members();
}

/// The checkpoint archive of one container.
std::string containerTar(uint32_t pid, const std::string &name, const std::string &text,
                         const std::string &lead = "")
{
    TarWriter tar;
    tar.directory(lead + "checkpoint");
    for (const auto &[file, content] : images(pid, text))
        tar.file(lead + "checkpoint/" + file, content);
    tar.file(lead + "config.dump", R"({"id":"0123456789abcdef","name":")" + name + R"("})");
    tar.file(lead + "spec.dump",
             R"({"process":{"env":["TOKEN=)" + text +
                 R"("]},"annotations":{"io.container.manager":"cri-o","io.kubernetes.pod.name":"shop",)"
                 R"("io.kubernetes.pod.namespace":"sales","io.kubernetes.cri-o.IP.0":"10.0.0.7"}})");
    return tar.bytes();
}

std::string podTar(const std::string &first, const std::string &second)
{
    return TarWriter()
        .file("pod.options", R"({"version":1,"containers":{"one":"1111","two":"2222"}})")
        .file("one.tar", containerTar(100, "one", first))
        .file("two.tar", containerTar(200, "two", second, "./"))
        .bytes();
}

std::shared_ptr<const Memory> load(const QString &path, std::optional<std::string> set = std::nullopt)
{
    Checkpoint::OpenOptions options;
    options.set = std::move(set);
    const auto checkpoint = Checkpoint::open(path.toStdString(), options);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

std::string problemsOf(const Memory &memory, Severity severity)
{
    std::string text;
    for (const Problem &problem : memory.problems()) {
        if (problem.severity == severity)
            text += problem.error.describe() + "\n";
    }
    return text;
}

std::string readTask(const Memory &memory, uint32_t pid, size_t length)
{
    std::string bytes(length, '?');
    const auto space = memory.addressSpace(pid);
    if (!space || !space->read(0x11000, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
        return "unreadable";
    return bytes;
}

} // namespace

class TestImageSets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void listed();
    void chosen_data();
    void chosen();
    void unknownSet();
    void setsOfADirectory();
    void parentsWithinTheNest_data();
    void parentsWithinTheNest();
    void redactsAll_data();
    void redactsAll();
    void noMemoryEmptiesAll();
    void bugReportKeepsTheFormOfAll();
    void containers_data();
    void containers();
    void commandLine();

private:
    QString write(const std::string &content)
    {
        const QString path = m_folder->filePath(QStringLiteral("evidence.tar"));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::fromStdString(content)) < 0)
            qFatal("cannot write");
        return path;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestImageSets::listed()
{
    const auto memory = load(write(podTar("first text", "second text")));
    const Checkpoint &checkpoint = memory->checkpoint();
    QCOMPARE(checkpoint.layout(), Layout::Pod);
    const auto &sets = checkpoint.imageSets();
    QCOMPARE(sets.size(), size_t{2});
    QCOMPARE(sets[0].prefix, std::string("one.tar!checkpoint/"));
    QCOMPARE(sets[1].prefix, std::string("two.tar!./checkpoint/"));
    QVERIFY(sets[0].tree && sets[1].tree);
    QCOMPARE(sets[0].container->name, std::string("one"));
    QCOMPARE(sets[1].container->name, std::string("two"));
    QCOMPARE(checkpoint.container()->pod, std::string("shop"));
    QCOMPARE(checkpoint.container()->podNamespace, std::string("sales"));
    QCOMPARE(checkpoint.container()->engine, std::string("CRI-O"));
    QCOMPARE(checkpoint.container()->network, std::vector<std::string>{"10.0.0.7"});
    QCOMPARE(problemsOf(*memory, Severity::Warning), std::string());
    QVERIFY(problemsOf(*memory, Severity::Note).find("two.tar!./checkpoint/inventory.img") !=
            std::string::npos);
}

void TestImageSets::chosen_data()
{
    QTest::addColumn<QString>("set");
    QTest::addColumn<int>("pid");
    QTest::newRow("default") << QString() << 100;
    QTest::newRow("first") << "one.tar!checkpoint/" << 100;
    QTest::newRow("second") << "two.tar!./checkpoint/" << 200;
    QTest::newRow("without slash") << "two.tar!./checkpoint" << 200;
}

void TestImageSets::chosen()
{
    QFETCH(QString, set);
    QFETCH(int, pid);
    const auto memory = load(write(podTar("first text", "other text")),
                             set.isEmpty() ? std::nullopt : std::optional(set.toStdString()));
    const Checkpoint &checkpoint = memory->checkpoint();
    QCOMPARE(checkpoint.tasks().size(), size_t{1});
    QCOMPARE(checkpoint.tasks().front().pid, static_cast<uint32_t>(pid));
    QCOMPARE(checkpoint.container()->name, std::string(pid == 100 ? "one" : "two"));
    QCOMPARE(readTask(*memory, static_cast<uint32_t>(pid), 10),
             std::string(pid == 100 ? "first text" : "other text"));
}

void TestImageSets::unknownSet()
{
    const QString path = write(podTar("a", "b"));
    for (const char *name : {"three.tar!checkpoint", ".", "one.tar", "checkpoint/"}) {
        Checkpoint::OpenOptions options;
        options.set = name;
        const auto checkpoint = Checkpoint::open(path.toStdString(), options);
        QVERIFY2(!checkpoint.ok(), name);
        QCOMPARE(checkpoint.error().code, ErrorCode::NotFound);
        QVERIFY(checkpoint.error().message.find("one.tar!checkpoint/") != std::string::npos);
    }
}

void TestImageSets::setsOfADirectory()
{
    const QString path = m_folder->filePath(QStringLiteral("both"));
    for (const uint32_t pid : {100u, 200u}) {
        const QString folder = path + QStringLiteral("/%1").arg(pid);
        QDir().mkpath(folder);
        for (const auto &[name, content] : images(pid, "text")) {
            QFile file(folder + QLatin1Char('/') + QString::fromStdString(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray::fromStdString(content));
        }
    }
    QCOMPARE(load(path)->checkpoint().layout(), Layout::Several);
    QCOMPARE(load(path)->checkpoint().tasks().front().pid, 100u);
    QCOMPARE(load(path, "200")->checkpoint().tasks().front().pid, 200u);
}

void TestImageSets::parentsWithinTheNest_data()
{
    QTest::addColumn<QString>("lead");
    QTest::newRow("plain") << "";
    QTest::newRow("with dots") << "./";
}

/// A link to a parent set leads within the tar that holds it, not to a set of the same name elsewhere.
void TestImageSets::parentsWithinTheNest()
{
    QFETCH(QString, lead);
    const std::string dots = lead.toStdString();
    const auto set = [](TarWriter &tar, const std::string &prefix, uint64_t address, const std::string &text,
                        bool child) {
        CheckpointBuilder builder;
        auto &task = builder.task(100, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(address, text);
        if (child)
            task.inParent(0x11000);
        for (const auto &[file, content] : builder.members()) {
            if (child || file != "pstree.img")
                tar.file(prefix + file, content);
        }
    };
    TarWriter inner;
    set(inner, dots + "checkpoint/", 0x12000, "newest", true);
    inner.symlink(dots + "checkpoint/parent", "../pre-checkpoint");
    set(inner, dots + "pre-checkpoint/", 0x11000, "right parent", false);
    TarWriter outer;
    outer.file("one.tar", inner.bytes());
    set(outer, "pre-checkpoint/", 0x11000, "wrong parent", false);
    const auto memory = load(write(outer.bytes()));
    QCOMPARE(memory->parentSets(), std::vector<std::string>{"one.tar!" + dots + "pre-checkpoint/"});
    QCOMPARE(readTask(*memory, 100, 12), std::string("right parent"));
    QCOMPARE(problemsOf(*memory, Severity::Warning), std::string());
}

void TestImageSets::redactsAll_data()
{
    QTest::addColumn<QString>("set");
    QTest::newRow("first shown") << QString();
    QTest::newRow("second shown") << "two.tar!./checkpoint";
}

void TestImageSets::redactsAll()
{
    QFETCH(QString, set);
    const QString path = write(podTar(secret, "and " + secret));
    const auto memory = load(path, set.isEmpty() ? std::nullopt : std::optional(set.toStdString()));
    auto review = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->found.size(), size_t{4}); // two in memory, two in spec.dump
    QVERIFY((*review)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*review)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    const QString out = m_folder->filePath(QStringLiteral("out.tar"));
    const auto proof = Exporter(memory).run(*plan, findings, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    for (const auto &[name, content] : readTar(out.toStdString()))
        QVERIFY2(content.find(secret) == std::string::npos, name.c_str());
    QCOMPARE(readTask(*load(out, "one.tar!checkpoint"), 100, 16), std::string("Xx0xXxX0xxX0xX0x"));
    QCOMPARE(readTask(*load(out, "two.tar!./checkpoint"), 200, 20), std::string("and Xx0xXxX0xxX0xX0x"));
    VerifyInput alone;
    alone.evidence = memory.get();
    const auto again = verifyExport(out.toStdString(), alone);
    QVERIFY(again.ok() && again->passed());
}

void TestImageSets::noMemoryEmptiesAll()
{
    const auto memory = load(write(podTar("first text", "other text")));
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{}, *Profile::parse("no-memory"), "key");
    QVERIFY(plan.ok());
    const QString out = m_folder->filePath(QStringLiteral("out.tar"));
    const auto proof = Exporter(memory).run(*plan, {}, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QCOMPARE(readTask(*load(out, "one.tar!checkpoint"), 100, 10), std::string(10, '\0'));
    QCOMPARE(readTask(*load(out, "two.tar!./checkpoint"), 200, 10), std::string(10, '\0'));
}

/// Images of all sets are redacted as images: each still decodes, and no name is left.
void TestImageSets::bugReportKeepsTheFormOfAll()
{
    const auto memory = load(write(podTar("first text", "other text")));
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{}, *Profile::parse("bug-report"), "key");
    QVERIFY(plan.ok());
    const QString out = m_folder->filePath(QStringLiteral("out.tar"));
    const auto proof = Exporter(memory).run(*plan, {}, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    for (const auto &[set, pid] : {std::pair("one.tar!checkpoint", 100u), {"two.tar!./checkpoint", 200u}}) {
        const auto now = load(out, set);
        QCOMPARE(problemsOf(*now, Severity::Warning), std::string());
        QCOMPARE(now->checkpoint().tasks().size(), size_t{1});
        QCOMPARE(now->checkpoint().tasks().front().pid, pid);
        QVERIFY(now->checkpoint().tasks().front().comm != "prog");
        QVERIFY(now->checkpoint().container()->name != "one" && now->checkpoint().container()->name != "two");
    }
    for (const auto &[name, content] : readTar(out.toStdString())) {
        for (const char *text : {"first text", "other text", "\"shop\"", "\"sales\""})
            QVERIFY2(content.find(text) == std::string::npos, name.c_str());
    }
}

void TestImageSets::containers_data()
{
    QTest::addColumn<QStringList>("files"); // name, content, name, content …
    QTest::addColumn<QString>("engine");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("layout");
    const auto row = [](const char *title, const QStringList &files, const char *engine, const char *name,
                        Layout layout) {
        QTest::newRow(title) << files << QString::fromLatin1(engine) << QString::fromLatin1(name)
                             << static_cast<int>(layout);
    };
    row("none", {}, "", "", Layout::Images);
    row("Podman",
        {"config.dump", R"({"name":"c"})", "spec.dump",
         R"({"annotations":{"io.container.manager":"libpod"}})", "network.status", "null"},
        "Podman", "c", Layout::Container);
    row("CRI-O",
        {"spec.dump", R"({"annotations":{"io.kubernetes.cri-o.Metadata":"{\"name\":\"c\",\"attempt\":1}"}})"},
        "CRI-O", "c", Layout::Container);
    row("containerd",
        {"spec.dump", R"({"annotations":{"io.kubernetes.cri.container-name":"c"}})", "status", "{}"},
        "containerd", "c", Layout::Container);
    row("Docker",
        {"checkpoint/descriptors.json", "[]", "checkpoint/config.json", R"({"name":"c","created":"2026"})"},
        "Docker", "c", Layout::Docker);
    row("runc", {"checkpoint/descriptors.json", "[]"}, "", "", Layout::Images);
}

void TestImageSets::containers()
{
    QFETCH(QStringList, files);
    QFETCH(QString, engine);
    QFETCH(QString, name);
    QFETCH(int, layout);
    TarWriter tar;
    for (const auto &[file, content] : images(100, "text"))
        tar.file("checkpoint/" + file, content);
    for (qsizetype i = 0; i < files.size(); i += 2)
        tar.file(files[i].toStdString(), files[i + 1].toStdString());
    const auto memory = load(write(tar.bytes()));
    QCOMPARE(problemsOf(*memory, Severity::Warning), std::string());
    QCOMPARE(static_cast<int>(memory->checkpoint().layout()), layout);
    const auto &container = memory->checkpoint().container();
    QCOMPARE(container.has_value(), !engine.isEmpty());
    if (container) {
        QCOMPARE(QString::fromStdString(container->engine), engine);
        QCOMPARE(QString::fromStdString(container->name), name);
    }
}

/// --set stands before or behind a command, and info lists what it takes.
void TestImageSets::commandLine()
{
    const QString path = write(podTar("first text", "other text"));
    const auto run = [](const QStringList &arguments, int code) {
        QProcess process;
        process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"), arguments);
        if (!process.waitForFinished(60000) || process.exitCode() != code)
            return QStringLiteral("exit %1").arg(process.exitCode());
        return QString::fromUtf8(process.readAllStandardOutput());
    };
    const QString info = run({"info", path}, 0);
    for (const char *part :
         {"pod checkpoint", "one.tar!checkpoint/", "two.tar!./checkpoint/ two", "TOKEN", "sales"})
        QVERIFY2(info.contains(QLatin1String(part)), part);
    QVERIFY(!info.contains(QStringLiteral("first text"))); // of variables the names
    const QString set = QStringLiteral("two.tar!./checkpoint");
    QVERIFY(run({"info", path}, 0).contains(QStringLiteral("100 prog")));
    QVERIFY(run({"info", path, "--set", set}, 0).contains(QStringLiteral("200 prog")));
    QVERIFY(run({"--set", set, "info", "--json", path}, 0).contains(QStringLiteral("\"pid\": 200")));
    QVERIFY(run({"ps", "--set", set, path}, 0).contains(QStringLiteral("200")));
    QCOMPARE(run({"ps", "--set", "three.tar!", path}, 3), QString());
    QCOMPARE(run({"info", path, path}, 2), QString());
}

CRYOSCOPE_TEST(TestImageSets)

} // namespace tst_imagesets

#include "tst_imagesets.moc"
