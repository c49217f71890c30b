// SPDX-License-Identifier: Apache-2.0
// Where findings are marked: in every task that sees them, in the member that holds them, in an archive's
// files.
#include "core/memory/run.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "ui/review/markindex.h"

#include <QTemporaryDir>

namespace tst_marks
{

using namespace cryoscope;
using namespace cryoscope::ui;

namespace
{

HexMarks shown(HexMarks::List list)
{
    return HexMarks(std::move(list), [](qint64) { return MarkState::Undecided; }, {});
}

std::vector<std::pair<uint64_t, uint64_t>> rangesOf(const HexMarks::List &list)
{
    std::vector<std::pair<uint64_t, uint64_t>> out;
    if (list) {
        for (const HexMark &mark : *list)
            out.emplace_back(mark.start, mark.length);
    }
    return out;
}

using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;

std::vector<MarkSource> sourcesOf(const std::vector<std::pair<FindingId, std::vector<Extent>>> &findings)
{
    std::vector<MarkSource> out;
    for (const auto &[id, parts] : findings) {
        for (const Extent &part : parts)
            out.push_back({id, part});
    }
    return out;
}

} // namespace

class tst_marks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void overlapsAreFound();
    void longOnesDoNotHideBehindShortOnes();
    void hiddenOnesAreLeftOut();
    void placesOfFindings();
    void changedOnesMove();
    void filesInAnArchive();
};

void tst_marks::overlapsAreFound()
{
    const HexMarks marks =
        shown(HexMarks::make({{100, 10, 1, 0}, {105, 10, 2, 0}, {200, 4, 3, 0}, {0, 0, 9, 0}}));
    QCOMPARE(marks.size(), size_t{3});
    const auto over = [&](uint64_t begin, uint64_t end) {
        std::vector<qint64> ids;
        marks.over(begin, end, [&](const HexMark &mark, MarkState) { ids.push_back(mark.id); });
        return ids;
    };
    QCOMPARE(over(0, 100), std::vector<qint64>{});
    QCOMPARE(over(0, 101), std::vector<qint64>{1});
    QCOMPARE(over(109, 110), (std::vector<qint64>{1, 2}));
    QCOMPARE(over(110, 111), std::vector<qint64>{2});
    QCOMPARE(over(115, 200), std::vector<qint64>{});
    QCOMPARE(over(203, 204), std::vector<qint64>{3});
    QCOMPARE(over(204, 1000), std::vector<qint64>{});
}

void tst_marks::longOnesDoNotHideBehindShortOnes()
{
    std::vector<HexMark> list{{10, 100000, 1, 0}};
    for (uint64_t i = 0; i < 1000; ++i)
        list.push_back({20 + i * 50, 1, static_cast<qint64>(i + 2), 0});
    const HexMarks marks = shown(HexMarks::make(std::move(list)));
    std::vector<qint64> ids;
    marks.over(90000, 90016, [&](const HexMark &mark, MarkState) { ids.push_back(mark.id); });
    QCOMPARE(ids, std::vector<qint64>{1});
}

void tst_marks::hiddenOnesAreLeftOut()
{
    const HexMarks marks(
        HexMarks::make({{0, 4, 1, 0}, {4, 4, 2, 0}}),
        [](qint64 id) { return id == 2 ? std::optional(MarkState::Accepted) : std::nullopt; }, {});
    std::vector<std::pair<qint64, MarkState>> seen;
    marks.over(0, 16, [&](const HexMark &mark, MarkState state) { seen.emplace_back(mark.id, state); });
    QCOMPARE(seen.size(), size_t{1});
    QCOMPARE(seen.front().first, qint64{2});
    QVERIFY(seen.front().second == MarkState::Accepted);
}

void tst_marks::placesOfFindings()
{
    QTemporaryDir folder;
    test::CheckpointBuilder builder;
    builder.maxRun(1);
    builder.sharedObject(7).write(0x1ff0, "in shared memory, over a border");
    for (const uint32_t pid : {100u, 101u}) {
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
        task.vma(pid == 100 ? 0x700000 : 0x800000, pid == 100 ? 0x703000 : 0x803000,
                 test::VmaKind::SharedAnonymous, {7, 0, -1, 0});
        if (pid == 100) {
            // Neighbours in the pages file, far apart in memory.
            task.page(0x10ff0, "end of the page:");
            task.page(0x15000, "start of another");
        }
    }
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    const auto space = memory->addressSpace(100);
    const auto end = space->extents(0x10ff0, 16);
    QVERIFY(end.ok());
    // One extent that goes on into the next stored page.
    Extent both = end->front();
    both.length = 32;
    const auto shared = space->extents(0x701ff0, 31);
    QVERIFY(shared.ok());
    const std::vector<MarkSource> sources = sourcesOf({{1, {both}}, {2, *shared}});
    const auto index = MarkIndex::make(*memory, sources);
    QCOMPARE(rangesOf(index->of(*memory, {ByteTarget::Kind::Task, 100, 0, noMember})),
             (Ranges{{0x10ff0, 16}, {0x15000, 16}, {0x701ff0, 31}}));
    QCOMPARE(rangesOf(index->of(*memory, {ByteTarget::Kind::Task, 101, 0, noMember})),
             (Ranges{{0x801ff0, 31}}));
    QCOMPARE(rangesOf(index->of(*memory, {ByteTarget::Kind::Member, 0, 0, both.member})),
             (Ranges{{both.offset, 32}}));
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(!MarkIndex::make(*memory, sources, stop.get_token()));
}

void tst_marks::changedOnesMove()
{
    QTemporaryDir folder;
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "some bytes that are there");
    builder.writeTo(folder.path().toStdString());
    const auto memory = *Memory::load(*Checkpoint::open(folder.path().toStdString()));
    const auto at = [&](uint64_t address, uint64_t length) {
        return *memory->addressSpace(100)->extents(address, length);
    };
    const ByteTarget target{ByteTarget::Kind::Task, 100, 0, noMember};
    const std::vector<MarkSource> sources = sourcesOf({{1, at(0x10000, 4)}, {2, at(0x10010, 4)}});
    const auto index = MarkIndex::make(*memory, sources);
    const std::vector<MarkSource> moved = sourcesOf({{1, at(0x10002, 8)}});
    const auto next = index->with(*memory, moved);
    QCOMPARE(rangesOf(next->of(*memory, target)), (Ranges{{0x10002, 8}, {0x10010, 4}}));
    QCOMPARE(rangesOf(index->of(*memory, target)), (Ranges{{0x10000, 4}, {0x10010, 4}})); // that one stays
    const std::vector<MarkSource> gone{{2, {}}}; // a part of no length
    QCOMPARE(rangesOf(next->with(*memory, gone)->of(*memory, target)), (Ranges{{0x10002, 8}}));
}

void tst_marks::filesInAnArchive()
{
    const auto checkpoint = Checkpoint::open(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst");
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    const Archive &archive = memory->checkpoint().archive();
    size_t tried = 0;
    for (const Member &member : archive.members()) {
        if (!member.content || member.content->size() < 16)
            continue;
        const Extent whole = archive.canonical({member.id, 0, member.content->size()});
        if (whole.member == member.id)
            continue;
        ++tried;
        // One mark within, one that begins before it.
        const std::vector<MarkSource> sources{
            {1, {whole.member, whole.offset + 3, 5}},
            {2, {whole.member, whole.offset - std::min<uint64_t>(whole.offset, 4), 6}}};
        const auto index = MarkIndex::make(*memory, sources);
        const Ranges wanted = whole.offset >= 4 ? Ranges{{0, 2}, {3, 5}} : Ranges{{0, 6}, {3, 5}};
        QCOMPARE(rangesOf(index->of(*memory, {ByteTarget::Kind::Member, 0, 0, member.id})), wanted);
    }
    QVERIFY(tried > 0);
}

CRYOSCOPE_TEST(tst_marks)

} // namespace tst_marks

#include "tst_marks.moc"
