// SPDX-License-Identifier: Apache-2.0
// Real checkpoints, opened whole: the model says what crit says, and every stored page is seen at its
// address.
#include "core/checkpoint/crittext.h"
#include "core/memory/critrss.h"
#include "core/memory/run.h"
#include "core/memory/taskstrings.h"
#include "tests/support/tarreader.h"
#include "tests/program/testprogram.h"
#include "tests/support/zoothemes.h"

#include <fstream>
#include <map>

namespace tst_samples
{

using namespace cryoscope;

namespace
{

const std::string data = CRYOSCOPE_TEST_DATA;

struct Opened {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const Memory> memory;
};

Opened openPath(const std::string &path)
{
    Opened opened;
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        QTest::qFail(checkpoint.error().describe().c_str(), __FILE__, __LINE__);
        return opened;
    }
    opened.checkpoint = *checkpoint;
    const auto memory = Memory::load(*checkpoint);
    if (memory)
        opened.memory = *memory;
    return opened;
}

std::string pathOf(const QString &name)
{
    return name == "sample" ? CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst"
                            : data + "/" + name.toStdString();
}

} // namespace

class tst_samples : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void opensWithoutProblems_data();
    void opensWithoutProblems();
    void textIsCrits_data();
    void textIsCrits();
    void argumentsAndEnvironment();
    void everyPageHasAPlace_data() { opensWithoutProblems_data(); }
    void everyPageHasAPlace();
    void podmanNamesItsContainer();
    void membersOfNestedArchives();
};

void tst_samples::opensWithoutProblems_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<size_t>("tasks");
    QTest::newRow("process-tree") << "process-tree.tar.zst" << size_t{2};
    QTest::newRow("podman.gz") << "podman.tar.gz" << size_t{2};
    QTest::newRow("podman.zst") << "podman.tar.zst" << size_t{2};
    QTest::newRow("chain") << "chain.tar.zst" << size_t{2};
    QTest::newRow("zoo") << "zoo.tar.zst" << size_t{0};
    QTest::newRow("sample") << "sample" << size_t{0};
    for (const auto &theme : test::zooThemes(data))
        QTest::newRow(("zoo " + theme).c_str())
            << QString::fromStdString("zoo/" + theme + ".tar.zst") << size_t{0};
}

void tst_samples::opensWithoutProblems()
{
    QFETCH(QString, name);
    QFETCH(size_t, tasks);
    const auto opened = openPath(pathOf(name));
    QVERIFY(opened.memory);
    for (const auto &problem : opened.memory->problems()) {
        if (problem.severity != Severity::Note)
            QFAIL(problem.error.describe().c_str());
    }
    if (tasks > 0)
        QCOMPARE(opened.checkpoint->tasks().size(), tasks);
    QVERIFY(!opened.checkpoint->tasks().empty());
}

void tst_samples::textIsCrits_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("golden");
    for (const char *name : {"process-tree", "podman", "chain", "zoo"})
        QTest::newRow(name) << (name + QString(".tar.zst"))
                            << (data + "/" + name + ".golden.tar.zst").c_str();
    QTest::newRow("sample") << "sample" << (data + "/sample.golden.tar.zst").c_str();
    for (const auto &theme : test::zooThemes(data))
        QTest::newRow(("zoo " + theme).c_str()) << QString::fromStdString("zoo/" + theme + ".tar.zst")
                                                << (data + "/zoo/" + theme + ".golden.tar.zst").c_str();
}

void tst_samples::textIsCrits()
{
    QFETCH(QString, name);
    QFETCH(QString, golden);
    const auto opened = openPath(pathOf(name));
    QVERIFY(opened.memory);
    const auto texts = test::readTar(golden.toStdString());
    const std::map<std::string, std::string> ours{{"x/ps.txt", critPs(*opened.checkpoint)},
                                                  {"x/fds.txt", critFds(*opened.checkpoint)},
                                                  {"x/mems.txt", critMems(*opened.checkpoint)},
                                                  {"x/rss.txt", critRss(*opened.memory)}};
    size_t compared = 0;
    for (const auto &[file, text] : ours) {
        for (const auto &[path, content] : texts) {
            if (!path.ends_with(file))
                continue;
            QCOMPARE(QString::fromStdString(text), QString::fromStdString(content));
            ++compared;
        }
    }
    QVERIFY(compared >= 1);
}

void tst_samples::argumentsAndEnvironment()
{
    const auto opened = openPath(pathOf("process-tree.tar.zst"));
    QVERIFY(opened.memory);
    bool found = false;
    for (const auto &task : opened.checkpoint->tasks()) {
        for (const auto &entry : taskEnvironment(*opened.memory, task.pid)) {
            QVERIFY(entry.complete);
            found = found || entry.text == "API_KEY=env-secret-123";
        }
    }
    QVERIFY(found);
    const auto arguments = taskArguments(*opened.memory, opened.checkpoint->tasks().back().pid);
    QVERIFY(!arguments.empty());
    QVERIFY(arguments.front().text.find("python3") != std::string::npos);
}

void tst_samples::everyPageHasAPlace()
{
    QFETCH(QString, name);
    const auto opened = openPath(pathOf(name));
    QVERIFY(opened.memory);
    const Memory &memory = *opened.memory;
    for (const auto &run : allRuns(memory)) {
        if (run.kind != Run::Kind::TaskMemory)
            continue;
        for (const uint64_t offset : {uint64_t{0}, run.length / 2, run.length - 1}) {
            const auto parts = runExtents(memory, run, offset, 1);
            QVERIFY(parts.ok());
            bool found = false;
            for (const auto &place : memory.places(parts->front()))
                found = found || (place.pid == run.pid && place.address == run.start + offset);
            QVERIFY(found);
        }
    }
}

void tst_samples::podmanNamesItsContainer()
{
    const auto opened = openPath(pathOf("podman.tar.gz"));
    QVERIFY(opened.checkpoint);
    const auto &container = opened.checkpoint->container();
    QVERIFY(container.has_value());
    QCOMPARE(container->engine, std::string("Podman"));
    QVERIFY(!container->name.empty());
    QVERIFY(!container->id.empty());
}

void tst_samples::membersOfNestedArchives()
{
    const auto opened = openPath(pathOf("podman.tar.gz"));
    QVERIFY(opened.checkpoint);
    const Archive &archive = opened.checkpoint->archive();
    const Member *shadow = archive.find("rootfs-diff.tar!etc/shadow");
    QVERIFY(shadow != nullptr && shadow->content);
    const auto text = shadow->content->readWhole(4096);
    QVERIFY(text.ok());
    QVERIFY(asText(*text).starts_with("root:$6$"));
    const auto canonical = archive.canonical({shadow->id, 2, 3});
    QCOMPARE(archive.member(canonical.member).path, std::string("rootfs-diff.tar"));
    const auto back = archive.innermost(canonical);
    QCOMPARE(back.member, shadow->id);
    QCOMPARE(back.offset, uint64_t{2});
    bool decoded = false;
    for (const auto &member : archive.members())
        decoded = decoded || (member.storage == Storage::Decoded && member.content);
    QVERIFY(decoded);
}

CRYOSCOPE_TEST(tst_samples)

} // namespace tst_samples

#include "tst_samples.moc"
