// SPDX-License-Identifier: Apache-2.0
// More files than may be open at once.
#include "core/bytes/filepool.h"

#include "core/archive/archive.h"
#include "core/bytes/filesource.h"
#include "core/memory/memory.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <sys/resource.h>
#include <thread>

namespace tst_filepool
{

using namespace cryoscope;

class TestFilePool : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void opensAgain();
    void anotherFile();
    void manyThreads();
    void directoryOfManyFiles();
    void directoriesOfManyFiles();

private:
    [[nodiscard]] QString put(const QString &name, const QByteArray &content) const
    {
        QFile file(m_folder->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
        return file.fileName();
    }
    static std::string text(const ByteSource &source)
    {
        const auto bytes = source.readWhole(1000);
        return bytes ? std::string(asText(*bytes)) : bytes.error().describe();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestFilePool::opensAgain()
{
    const auto pool = std::make_shared<FilePool>(3);
    std::vector<std::shared_ptr<const FileSource>> files;
    for (int i = 0; i < 10; ++i) {
        files.push_back(
            *FileSource::open(put(QString::number(i), QByteArray::number(i * 1000)).toStdString(), {}, pool));
        QVERIFY(pool->openFiles() <= 3);
    }
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(text(*files[static_cast<size_t>(i)]), std::to_string(i * 1000));
            QCOMPARE(files[static_cast<size_t>(i)]->nextData(0), uint64_t{0});
            QVERIFY(pool->openFiles() <= 3);
        }
    }
    // A handle lives as long as it is held, whatever the pool closes.
    const auto handle = files[0]->handle();
    QVERIFY(handle);
    for (int i = 1; i < 10; ++i)
        QVERIFY(files[static_cast<size_t>(i)]->handle());
    char first = 0;
    QCOMPARE(::pread(handle->get(), &first, 1, 0), ssize_t{1});
    QCOMPARE(first, '0');
    files.clear();
    QCOMPARE(pool->openFiles(), size_t{0});
}

void TestFilePool::anotherFile()
{
    const auto pool = std::make_shared<FilePool>(1);
    const auto evidence =
        *FileSource::open(put(QStringLiteral("a"), "evidence").toStdString(), "a.img", pool);
    const auto other = *FileSource::open(put(QStringLiteral("b"), "other").toStdString(), "b.img", pool);
    (void)put(QStringLiteral("new"), "replaced");
    QCOMPARE(std::rename(m_folder->filePath(QStringLiteral("new")).toLocal8Bit().constData(),
                         m_folder->filePath(QStringLiteral("a")).toLocal8Bit().constData()),
             0);
    QVERIFY2(text(*evidence).find("a.img: is another file") == 0, text(*evidence).c_str());
    QVERIFY(!evidence->handle());
    QVERIFY(QFile::remove(m_folder->filePath(QStringLiteral("a"))));
    QVERIFY2(text(*evidence).find("a.img: ") == 0, text(*evidence).c_str());
    QCOMPARE(text(*other), std::string("other"));
}

void TestFilePool::manyThreads()
{
    const auto pool = std::make_shared<FilePool>(2);
    std::vector<std::shared_ptr<const FileSource>> files;
    for (int i = 0; i < 8; ++i)
        files.push_back(
            *FileSource::open(put(QString::number(i), QByteArray::number(i)).toStdString(), {}, pool));
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (size_t t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (size_t i = 0; i < 500; ++i) {
                    const size_t file = (i * (t + 1) + t) % files.size();
                    if (text(*files[file]) != std::to_string(file))
                        ++wrong;
                }
            });
    }
    QCOMPARE(wrong.load(), 0);
    QVERIFY(pool->openFiles() <= 2);
}

void TestFilePool::directoryOfManyFiles()
{
    test::CheckpointBuilder builder;
    const uint32_t exe = builder.file("/bin/prog");
    for (uint32_t pid = 100; pid < 160; ++pid)
        builder.task(pid, "prog")
            .exe(exe)
            .vma(0x10000, 0x12000)
            .page(0x10000, "page of " + std::to_string(pid));
    const QString path = m_folder->filePath(QStringLiteral("images"));
    builder.writeTo(path.toStdString());
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = few.rlim_max < 100 ? few.rlim_max : 100;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &few), 0);
    QVERIFY(QDir(path).entryList(QDir::Files).size() > 300);
    const auto checkpoint = Checkpoint::open(path.toStdString());
    const auto memory = checkpoint ? Memory::load(*checkpoint) : checkpoint.error();
    std::string wrong = memory ? std::string() : memory.error().describe();
    if (memory) {
        for (const Problem &problem : (*memory)->problems())
            wrong += problem.error.describe() + "\n";
        for (uint32_t pid = 100; pid < 160; ++pid) {
            std::array<std::byte, 11> bytes{};
            const auto space = (*memory)->addressSpace(pid);
            if (!space || !space->read(0x10000, bytes) || asText(bytes) != "page of " + std::to_string(pid))
                wrong += std::to_string(pid) + " reads otherwise\n";
        }
    }
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

void TestFilePool::directoriesOfManyFiles()
{
    // An export is read beside the evidence, and a chain beside both: each pool takes half of what may be
    // open, and the last one has to make do with what is left.
    constexpr int count = 200;
    for (int i = 0; i < count; ++i)
        (void)put(QStringLiteral("core-%1.img").arg(i), "image " + QByteArray::number(i));
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = few.rlim_max < 100 ? few.rlim_max : 100;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::string wrong;
    std::vector<std::shared_ptr<const Archive>> opened;
    for (int i = 0; i < 4 && wrong.empty(); ++i) {
        const auto archive = Archive::open(m_folder->path().toStdString(), {});
        if (!archive) {
            wrong = archive.error().describe();
            break;
        }
        for (const Problem &problem : (*archive)->problems())
            wrong += problem.error.describe() + "\n";
        opened.push_back(*archive);
        for (const auto &one : opened) {
            size_t files = 0;
            for (const Member &member : one->members())
                files += member.content && text(*member.content).starts_with("image ") ? 1 : 0;
            if (files != count)
                wrong += "only " + std::to_string(files) + " files can be read\n";
        }
    }
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

CRYOSCOPE_TEST(TestFilePool)

} // namespace tst_filepool

#include "tst_filepool.moc"
