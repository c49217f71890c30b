// SPDX-License-Identifier: Apache-2.0
// Regular expressions over everything, and lists of values one a line.
#include "core/base/wipe.h"
#include "core/detect/patternsearch.h"
#include "core/review/copies.h"
#include "core/review/valuelist.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QFile>
#include <QTemporaryDir>

#include <set>

namespace tst_patternsearch
{

using namespace cryoscope;

class tst_patternsearch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void matchesOverBorders();
    void longMatchesEndSomewhere();
    void wrongPattern();
    void cancelled();
    void valueLists();
    void placesOfEachValue();

private:
    [[nodiscard]] std::shared_ptr<const Memory> open(test::CheckpointBuilder &builder) const;
    std::unique_ptr<QTemporaryDir> m_folder;
};

void tst_patternsearch::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

std::shared_ptr<const Memory> tst_patternsearch::open(test::CheckpointBuilder &builder) const
{
    builder.writeTo(m_folder->path().toStdString());
    const auto checkpoint = Checkpoint::open(m_folder->path().toStdString());
    return checkpoint ? *Memory::load(*checkpoint) : nullptr;
}

void tst_patternsearch::matchesOverBorders()
{
    test::CheckpointBuilder builder;
    builder.maxRun(1); // one page an entry
    for (const uint32_t pid : {100u, 101u}) {
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x40000);
        task.page(0x11ffe, "id=4711;"); // over a page border
        task.page(0x20000, "id=1;id=22;");
    }
    const auto memory = open(builder);
    std::set<std::tuple<uint32_t, uint64_t, uint64_t>> found;
    const auto done = findPattern(*memory, "id=[0-9]+", [&](std::vector<PatternHit> &&batch) {
        for (const PatternHit &hit : batch) {
            uint64_t length = 0;
            for (const Extent &part : hit.parts)
                length += part.length;
            QVERIFY2(found.emplace(hit.pid, hit.address, length).second, "reported twice");
        }
    });
    QVERIFY(done.ok());
    const decltype(found) wanted{{100, 0x11ffe, 7}, {100, 0x20000, 4}, {100, 0x20005, 5},
                                 {101, 0x11ffe, 7}, {101, 0x20000, 4}, {101, 0x20005, 5}};
    QCOMPARE(found, wanted);
}

void tst_patternsearch::longMatchesEndSomewhere()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x100000, 0x300000);
    task.page(0x100000, std::string(1 << 20, 'a')); // several windows long
    const auto memory = open(builder);
    uint64_t covered = 0;
    const auto done = findPattern(
        *memory, "a+",
        [&](std::vector<PatternHit> &&batch) {
            for (const PatternHit &hit : batch) {
                for (const Extent &part : hit.parts)
                    covered += part.length;
            }
        },
        nullptr, {}, 1);
    QVERIFY(done.ok());
    QVERIFY(covered >= uint64_t{1} << 20); // cut, but nothing left out
}

void tst_patternsearch::wrongPattern()
{
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    const auto memory = open(builder);
    const auto done = findPattern(*memory, "(unclosed", [](std::vector<PatternHit> &&) {});
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Usage);
}

void tst_patternsearch::cancelled()
{
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "text");
    const auto memory = open(builder);
    std::stop_source stop;
    stop.request_stop();
    const auto done = findPattern(
        *memory, "t", [](std::vector<PatternHit> &&) {}, nullptr, stop.get_token());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
}

void tst_patternsearch::valueLists()
{
    using Strings = std::vector<std::string>;
    QCOMPARE(splitValues(""), Strings{});
    QCOMPARE(splitValues("\n\r\n\n"), Strings{});
    QCOMPARE(splitValues("one"), Strings{"one"});
    QCOMPARE(splitValues("one\r\n\n two \nthree"), (Strings{"one", " two ", "three"}));
    const QString path = m_folder->filePath(QStringLiteral("values"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("a b\nc\n") == 6);
    file.close();
    auto values = readValues(path.toStdString());
    QVERIFY(values.ok());
    QCOMPARE(*values, (Strings{"a b", "c"}));
    wipe(*values);
    QVERIFY(values->empty());
    const auto none = readValues(path.toStdString() + ".not");
    QVERIFY(!none.ok());
    QCOMPARE(none.error().code, ErrorCode::InputUnreadable);
}

void tst_patternsearch::placesOfEachValue()
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x40000);
    task.page(0x11000, "zebra-value and apple-value, then zebra-value; 7a656272612d76616c7565");
    const auto memory = open(builder);
    const std::vector<std::string> values{"zebra-value", "nowhere-value", "apple-value", "ab"};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->places, (std::vector<uint64_t>{3, 0, 1, 0})); // the hexadecimal one too
    QCOMPARE(found->tooShort, uint64_t{1});
    QCOMPARE(found->found.size(), size_t{4});
}

CRYOSCOPE_TEST(tst_patternsearch)

} // namespace tst_patternsearch

#include "tst_patternsearch.moc"
