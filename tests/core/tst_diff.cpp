// SPDX-License-Identifier: Apache-2.0
// How two checkpoints differ: members, fields and pages are each named, and values only if asked for.
#include "core/export/checkpointdifference.h"
#include "tests/program/testprogram.h"
#include "tests/support/completeset.h"

#include <QProcess>
#include <QTemporaryDir>

namespace tst_diff
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

std::shared_ptr<const Memory> opened(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    const auto memory = Memory::load(*checkpoint);
    if (!memory)
        qFatal("%s", memory.error().describe().c_str());
    return *memory;
}

const MemberDifference *memberOf(const CheckpointDifference &difference, std::string_view path)
{
    for (const MemberDifference &member : difference.members) {
        if (member.path == path)
            return &member;
    }
    return nullptr;
}

} // namespace

class tst_diff : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void same();
    void archiveOfTheSame();
    void members();
    void fields();
    void records();
    void payload();
    void pages();
    void sharedPages();
    void places();
    void otherWayRound();
    void valuesLater();
    void progressInBytes();
    void commandLine();

private:
    [[nodiscard]] QString before() const { return m_folder->filePath(QStringLiteral("before")); }
    [[nodiscard]] QString after() const { return m_folder->filePath(QStringLiteral("after")); }
    /// The difference after a change of the second set.
    [[nodiscard]] CheckpointDifference difference(bool withValues = false) const
    {
        m_after->builder.writeTo(after().toStdString());
        auto found = compareCheckpoints(*opened(before()), *opened(after()), withValues);
        if (!found)
            qFatal("%s", found.error().describe().c_str());
        return std::move(*found);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<CompleteSet> m_after;
};

void tst_diff::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_after = std::make_unique<CompleteSet>();
    CompleteSet().builder.writeTo(before().toStdString());
}

void tst_diff::same()
{
    const auto found = difference();
    QVERIFY(found.same());
    QVERIFY(found.members.empty() && found.memory.empty());
}

void tst_diff::archiveOfTheSame()
{
    QProcess tar;
    const QString archive = m_folder->filePath(QStringLiteral("before.tar"));
    tar.start(QStringLiteral("tar"), {QStringLiteral("-C"), m_folder->path(), QStringLiteral("-cf"), archive,
                                      QStringLiteral("before")});
    QVERIFY(tar.waitForFinished() && tar.exitCode() == 0);
    const auto found = compareCheckpoints(*opened(before()), *opened(archive), false);
    QVERIFY(found.ok());
    QVERIFY2(found->same(), found->members.empty() ? "memory" : found->members.front().path.c_str());
}

void tst_diff::members()
{
    m_after->builder.member("extra.json", "{}").without("tcp-stream-1234.img");
    const auto found = difference();
    QCOMPARE(found.members.size(), size_t{2});
    const MemberDifference *added = memberOf(found, "extra.json");
    QVERIFY(added != nullptr && added->change == Change::Added);
    QCOMPARE(added->sizeAfter, uint64_t{2});
    const MemberDifference *removed = memberOf(found, "tcp-stream-1234.img");
    QVERIFY(removed != nullptr && removed->change == Change::Removed && removed->sizeBefore > 0);
    QVERIFY(found.memory.empty());
}

void tst_diff::fields()
{
    m_after->task.cwd(m_after->exe).auxv(26, 1);
    const auto found = difference(true);
    const MemberDifference *fs = memberOf(found, "fs-100.img");
    QVERIFY(fs != nullptr && fs->change == Change::Changed && fs->image);
    QCOMPARE(fs->changedBytes, uint64_t{1});
    QCOMPARE(fs->image->fields.size(), size_t{1});
    const FieldDifference &field = fs->image->fields.front();
    QCOMPARE(field.path, std::string("record 0 fs_entry.cwd_id"));
    QCOMPARE(field.kind, std::string("number"));
    QCOMPARE(field.before, std::to_string(m_after->directory));
    QCOMPARE(field.after, std::to_string(m_after->exe));
    // One more key and value of the auxiliary vector, by their places in it.
    const MemberDifference *mm = memberOf(found, "mm-100.img");
    QVERIFY(mm != nullptr && mm->image);
    size_t added = 0;
    for (const FieldDifference &each : mm->image->fields) {
        if (each.change == Change::Added) {
            ++added;
            QVERIFY2(each.path == "record 0 mm_entry.mm_saved_auxv[4]" ||
                         each.path == "record 0 mm_entry.mm_saved_auxv[5]",
                     each.path.c_str());
        }
    }
    QCOMPARE(added, size_t{2});
    // Values are there only if they were asked for.
    const auto without = difference();
    size_t seen = 0;
    for (const MemberDifference &member : without.members) {
        if (!member.image)
            continue; // pages
        for (const FieldDifference &each : member.image->fields) {
            ++seen;
            QVERIFY(each.before.empty() && each.after.empty());
            QVERIFY2(each.lengthBefore + each.lengthAfter > 0, each.path.c_str());
        }
    }
    QVERIFY(seen >= 3);
}

void tst_diff::records()
{
    // A record before the others moves them, and is the only one that differs.
    std::string packets =
        ImageBuilder("SK_QUEUES")
            .record(MessageBuilder("sk_packet_entry").set("id_for", m_after->socket).set("length", 5),
                    "first")
            .record(MessageBuilder("sk_packet_entry").set("id_for", m_after->socket).set("length", 8),
                    "a packet")
            .bytes();
    m_after->builder.member("sk-queues.img", packets);
    const auto found = difference();
    QCOMPARE(found.members.size(), size_t{1});
    QVERIFY(found.members.front().image);
    const auto &fields = found.members.front().image->fields;
    QCOMPARE(fields.size(), size_t{1});
    QVERIFY(fields.front().change == Change::Added);
    QCOMPARE(fields.front().path, std::string("record 0 sk_packet_entry"));
    QCOMPARE(fields.front().kind, std::string("record"));
}

void tst_diff::payload()
{
    std::string pipes = m_after->builder.members().at("pipes-data.img");
    pipes.replace(pipes.find("queued"), 6, "QUEUED");
    m_after->builder.member("pipes-data.img", pipes);
    const auto found = difference(true);
    QCOMPARE(found.members.size(), size_t{1});
    QCOMPARE(found.members.front().changedBytes, uint64_t{6});
    const auto &fields = found.members.front().image->fields;
    QCOMPARE(fields.size(), size_t{1});
    QCOMPARE(fields.front().path, std::string("record 0 pipe_data_entry payload"));
    QCOMPARE(fields.front().after, std::string("QUEUED in the pipe"));
}

void tst_diff::pages()
{
    m_after->task.page(CompleteSet::heap + 0x10, "XY")
        .page(CompleteSet::heap + 0x1010, "Z")
        .page(CompleteSet::heap + 0x3010, "Z")
        .page(CompleteSet::code + 0x1000, "new");
    const auto found = difference();
    QCOMPARE(found.memory.size(), size_t{1});
    const MemoryDifference &memory = found.memory.front();
    QVERIFY(memory.pid == 100u);
    QCOMPARE(memory.changedPages, uint64_t{3});
    QCOMPARE(memory.changedBytes, uint64_t{4});
    QCOMPARE(memory.addedPages, uint64_t{1});
    QCOMPARE(memory.removedPages, uint64_t{0});
    QCOMPARE(memory.ranges.size(), size_t{3});
    QVERIFY(memory.ranges[0].change == Change::Added);
    QCOMPARE(memory.ranges[0].address, CompleteSet::code + 0x1000);
    QCOMPARE(memory.ranges[0].area, std::string("/bin/prog"));
    QVERIFY(memory.ranges[1].change == Change::Changed);
    QCOMPARE(memory.ranges[1].address, CompleteSet::heap);
    QCOMPARE(memory.ranges[1].pages, uint64_t{2});
    QCOMPARE(memory.ranges[1].changedBytes, uint64_t{3});
    QCOMPARE(memory.ranges[1].area, std::string("[heap]"));
    QCOMPARE(memory.ranges[2].address, CompleteSet::heap + 0x3000);
    const MemberDifference *pages = memberOf(found, "pages-1.img");
    QVERIFY(pages != nullptr && pages->pages && !pages->image);
}

void tst_diff::sharedPages()
{
    m_after->builder.sharedObject(CompleteSet::sharedId).write(0, "S");
    const auto found = difference();
    QCOMPARE(found.memory.size(), size_t{2}); // as the task sees it, and by itself
    QVERIFY(found.memory[0].pid == 100u && !found.memory[1].pid);
    QCOMPARE(found.memory[1].sharedId, CompleteSet::sharedId);
    QCOMPARE(found.memory[1].changedBytes, uint64_t{1});
}

void tst_diff::places()
{
    m_after->task.cwd(m_after->exe).auxv(26, 1);
    m_after->builder.member("extra.json", "{}").without("tcp-stream-1234.img");
    m_after->builder.writeTo(after().toStdString());
    const auto one = opened(before());
    const auto other = opened(after());
    const auto found = compareCheckpoints(*one, *other, false);
    QVERIFY(found.ok());
    QVERIFY(found->comparedMembers > 10 && found->comparedBytes > 4096 && found->comparedSpaces >= 4);
    const MemberDifference *fs = memberOf(*found, "fs-100.img");
    QCOMPARE(fs->before, one->checkpoint().imageMember("fs-100.img")->id);
    QCOMPARE(fs->after, other->checkpoint().imageMember("fs-100.img")->id);
    const FieldDifference &field = fs->image->fields.front();
    QVERIFY(field.placeBefore == field.placeAfter && !field.placeBefore.empty());
    QVERIFY(fs->firstChange.has_value() && field.placeBefore.contains(*fs->firstChange));
    const MemberDifference *added = memberOf(*found, "extra.json");
    QVERIFY(added->before == noMember && added->after != noMember && !added->firstChange);
    const MemberDifference *removed = memberOf(*found, "tcp-stream-1234.img");
    QVERIFY(removed->before != noMember && removed->after == noMember);
    for (const FieldDifference &each : memberOf(*found, "mm-100.img")->image->fields) {
        QVERIFY(each.placeBefore.empty() == (each.change == Change::Added));
        QCOMPARE(each.offset(), each.placeAfter.offset);
    }
}

void tst_diff::otherWayRound()
{
    m_after->task.cwd(m_after->exe)
        .auxv(26, 1)
        .page(CompleteSet::heap, "X")
        .page(CompleteSet::code + 0x1000, "new");
    m_after->builder.member("extra.json", "{}").without("tcp-stream-1234.img");
    m_after->builder.writeTo(after().toStdString());
    const auto forth = compareCheckpoints(*opened(before()), *opened(after()), true);
    const auto back = compareCheckpoints(*opened(after()), *opened(before()), true);
    QVERIFY(forth.ok() && back.ok());
    const CheckpointDifference turned = reversed(*forth);
    QCOMPARE(turned.members.size(), back->members.size());
    for (size_t i = 0; i < turned.members.size(); ++i) {
        const MemberDifference &a = turned.members[i];
        const MemberDifference &b = back->members[i];
        QCOMPARE(a.path, b.path);
        QVERIFY(a.change == b.change && a.before == b.before && a.after == b.after);
        QVERIFY(a.sizeBefore == b.sizeBefore && a.sizeAfter == b.sizeAfter);
        QCOMPARE(a.image.has_value(), b.image.has_value());
        QCOMPARE(a.image ? a.image->fields.size() : 0, b.image ? b.image->fields.size() : 0);
        for (size_t k = 0; a.image && k < a.image->fields.size(); ++k) {
            const FieldDifference &x = a.image->fields[k];
            const FieldDifference &y = b.image->fields[k];
            QCOMPARE(x.path, y.path);
            QVERIFY(x.change == y.change && x.before == y.before && x.after == y.after);
            QVERIFY(x.placeBefore == y.placeBefore && x.placeAfter == y.placeAfter &&
                    x.offset() == y.offset());
            QVERIFY(x.lengthBefore == y.lengthBefore && x.lengthAfter == y.lengthAfter);
        }
    }
    QCOMPARE(turned.memory.size(), back->memory.size());
    QCOMPARE(turned.memory[0].removedPages, uint64_t{1});
    QCOMPARE(turned.memory[0].removedPages, back->memory[0].removedPages);
    QCOMPARE(turned.memory[0].addedPages, back->memory[0].addedPages);
    for (size_t i = 0; i < turned.memory[0].ranges.size(); ++i)
        QVERIFY(turned.memory[0].ranges[i].change == back->memory[0].ranges[i].change);
}

void tst_diff::valuesLater()
{
    m_after->task.cwd(m_after->exe);
    m_after->builder.writeTo(after().toStdString());
    const auto one = opened(before());
    const auto other = opened(after());
    auto found = compareCheckpoints(*one, *other, false);
    QVERIFY(found.ok());
    const auto field = [&]() -> const FieldDifference & {
        return memberOf(*found, "fs-100.img")->image->fields.front();
    };
    QVERIFY(field().before.empty() && field().after.empty());
    QVERIFY(addValues(*one, *other, *found).ok());
    QCOMPARE(field().before, std::to_string(m_after->directory));
    QCOMPARE(field().after, std::to_string(m_after->exe));
    dropValues(*found);
    QVERIFY(field().before.empty() && field().after.empty());
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = addValues(*one, *other, *found, stop.get_token());
    QVERIFY(!stopped && stopped.error().code == ErrorCode::Cancelled);
}

void tst_diff::progressInBytes()
{
    m_after->builder.writeTo(after().toStdString());
    const auto one = opened(before());
    const auto other = opened(after());
    Progress progress;
    QVERIFY(compareCheckpoints(*one, *other, false, &progress).ok());
    QCOMPARE(progress.phase(), std::string("compare memory"));
    uint64_t stored = 0;
    for (const uint32_t pid : {100u, 101u, 103u}) {
        for (const ByteRange &range : one->addressSpace(pid)->presentRuns())
            stored += range.length;
    }
    for (const uint64_t id : one->sharedObjects()) {
        for (const ByteRange &range : one->sharedObject(id)->presentRuns())
            stored += range.length;
    }
    QVERIFY(stored > 0);
    QCOMPARE(progress.total(), stored);
    QCOMPARE(progress.done(), stored);
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled = compareCheckpoints(*one, *other, false, &progress, stop.get_token());
    QVERIFY(!cancelled && cancelled.error().code == ErrorCode::Cancelled);
}

void tst_diff::commandLine()
{
    struct Outcome {
        int code = -1;
        QString out;
    };
    const auto run = [this](const QStringList &more) -> Outcome {
        QProcess process;
        process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"),
                      QStringList{QStringLiteral("diff"), before(), after()} + more);
        if (!process.waitForFinished(60000))
            return {};
        return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput())};
    };
    (void)difference();
    const Outcome same = run({});
    QCOMPARE(same.code, 0);
    QCOMPARE(same.out, QString());
    std::string pipes = m_after->builder.members().at("pipes-data.img");
    pipes.replace(pipes.find("queued"), 6, "QUEUED");
    m_after->builder.member("pipes-data.img", pipes);
    m_after->task.page(CompleteSet::heap + 0x10, "XY");
    (void)difference();
    const Outcome text = run({});
    QCOMPARE(text.code, 1);
    for (const char *part : {"changed: pipes-data.img (6 bytes differ)",
                             "    changed: record 0 pipe_data_entry payload (payload, 18 bytes)\n",
                             "memory of pid 100: 1 page changed (2 bytes), 0 added, 0 removed",
                             "    changed: 0x600000, 1 page, 2 bytes differ, [heap]"})
        QVERIFY2(text.out.contains(QString::fromLatin1(part)), qPrintable(text.out));
    QVERIFY(!text.out.contains(QStringLiteral("QUEUED")));
    const Outcome values = run({QStringLiteral("--values")});
    QVERIFY2(values.out.contains(QStringLiteral(": queued in the pipe -> QUEUED in the pipe")),
             qPrintable(values.out));
    const Outcome json = run({QStringLiteral("--json")});
    QCOMPARE(json.code, 1);
    QVERIFY2(json.out.contains(QStringLiteral("\"same\": false")) &&
                 json.out.contains(QStringLiteral("\"address\": \"0x600000\"")) &&
                 !json.out.contains(QStringLiteral("QUEUED")),
             qPrintable(json.out));
}

CRYOSCOPE_TEST(tst_diff)

} // namespace tst_diff

#include "tst_diff.moc"
