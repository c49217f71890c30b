// SPDX-License-Identifier: Apache-2.0
// What of a plan stands in the way of restoring the export: each kind of place is named, content is not.
#include "core/redact/plan.h"
#include "core/redact/restorerisks.h"
#include "tests/program/testprogram.h"
#include "tests/support/completeset.h"

#include <QProcess>
#include <QTemporaryDir>

namespace tst_restorerisks
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

constexpr auto stops = RestoreSeverity::Stops;
constexpr auto mayStop = RestoreSeverity::MayStop;

std::string allOf(const std::vector<RestoreFinding> &findings)
{
    std::string text = std::to_string(findings.size()) + " findings";
    for (const RestoreFinding &finding : findings)
        text += "\n" + std::string(restoreSeverityName(finding.severity)) + ": " + finding.describe();
    return text;
}

/// Where the value of the field at `path` begins, in the first record of an image that has it.
std::optional<ByteRange> valueOf(const Image &image, const std::vector<std::string> &path)
{
    for (const Record &record : image.records()) {
        const auto parsed = image.message(record);
        const Message *message = parsed ? &*parsed : nullptr;
        for (size_t i = 0; message != nullptr && i + 1 < path.size(); ++i)
            message = message->message(path[i]);
        const WireField *field = message != nullptr ? message->find(path.back()) : nullptr;
        if (field != nullptr)
            return field->value;
    }
    return std::nullopt;
}

} // namespace

class tst_restorerisks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void memory_data();
    void memory();
    void fields_data();
    void fields();
    void payloads();
    void otherMembers();
    void registersAreOneRisk();
    void emptiedMemory();
    void plan();
    void commandLine();

private:
    void open();
    [[nodiscard]] const Member &member(const std::string &name) const
    {
        return *m_memory->checkpoint().archive().find(name);
    }
    /// The risks of a patch.
    [[nodiscard]] std::vector<RestoreFinding> risksOf(MemberId id, ByteRange range) const
    {
        const std::vector<std::byte> bytes(range.length, std::byte{0x11});
        const auto risks = findRestoreRisks(*m_memory, {{id, {Patch{range.offset, bytes, 0}}}});
        if (!risks)
            qFatal("%s", risks.error().describe().c_str());
        return *risks;
    }
    [[nodiscard]] Extent extentOf(uint64_t address, uint64_t length) const
    {
        const auto space = m_memory->addressSpace(100);
        const auto extents = space->extents(address, length);
        if (!extents || extents->size() != 1)
            qFatal("not stored in one piece");
        return extents->front();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<CompleteSet> m_set;
    std::shared_ptr<const Memory> m_memory;
};

void tst_restorerisks::init()
{
    m_memory.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_set = std::make_unique<CompleteSet>();
    // A pointer into the heap, and a text.
    m_set->task.page(CompleteSet::heap + 0x800, number(CompleteSet::heap + 0x40, 8))
        .page(CompleteSet::heap + 0x900, "API_KEY=made-up-value");
    m_set->builder.member("route-1.img", std::string("\x24\x31\x22\x45", 4) + std::string(60, '\0'));
    m_set->builder.member("stats-dump", "x");
    m_set->builder.member(
        "utsns-1.img",
        m_set->image(
            "UTSNS",
            MessageBuilder("utsns_entry").set("nodename", "host.example").set("domainname", "example")));
    m_set->builder.fileEntry(1, "reg",
                             MessageBuilder("reg_file_entry")
                                 .set("name", "/etc/made-up")
                                 .set("size", 700)
                                 .set("mode", 0100644)
                                 .set("build_id", 0x12345678));
    open();
}

void tst_restorerisks::open()
{
    const std::string path = m_folder->filePath(QStringLiteral("images")).toStdString();
    m_set->builder.writeTo(path);
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    m_memory = *Memory::load(*checkpoint);
}

void tst_restorerisks::memory_data()
{
    QTest::addColumn<quint64>("address");
    QTest::addColumn<quint64>("length");
    QTest::addColumn<int>("severity"); // -1: no risk
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *name, uint64_t address, uint64_t length, RestoreSeverity severity,
                        const char *reason) {
        QTest::newRow(name) << quint64{address} << quint64{length} << static_cast<int>(severity)
                            << QString::fromLatin1(reason);
    };
    row("vdso", CompleteSet::vdso + 0x10, 8, stops, "provided by the kernel");
    row("code", CompleteSet::code + 0x10, 8, mayStop, "is code");
    row("pointer", CompleteSet::heap + 0x800, 8, mayStop, "look like pointers");
    row("part of a pointer", CompleteSet::heap + 0x7f0, 0x11, mayStop, "look like pointers");
    row("AT_RANDOM", CompleteSet::random + 15, 1, mayStop, "AT_RANDOM");
    row("thread block", CompleteSet::threadBlock + 0x28, 8, mayStop, "control block");
    row("rseq", CompleteSet::rseq + 4, 4, mayStop, "rseq");
    QTest::newRow("text") << quint64{CompleteSet::heap + 0x908} << quint64{13} << -1 << QString();
    QTest::newRow("before AT_RANDOM") << quint64{CompleteSet::random - 8} << quint64{8} << -1 << QString();
    QTest::newRow("before the pointer")
        << quint64{CompleteSet::heap + 0x7f0} << quint64{0x10} << -1 << QString();
    QTest::newRow("environment") << quint64{CompleteSet().task.addressOf("HOME=/root")} << quint64{10} << -1
                                 << QString();
}

void tst_restorerisks::memory()
{
    QFETCH(quint64, address);
    QFETCH(quint64, length);
    QFETCH(int, severity);
    QFETCH(QString, reason);
    const Extent extent = extentOf(address, length);
    const auto risks = risksOf(extent.member, extent.range());
    QVERIFY2(risks.size() == (severity < 0 ? 0 : 1), allOf(risks).c_str());
    if (severity < 0)
        return;
    const RestoreFinding &risk = risks.front();
    QCOMPARE(static_cast<int>(risk.severity), severity);
    QCOMPARE(risk.member, std::string("pages-1.img"));
    QVERIFY(risk.offset == extent.offset);
    QVERIFY2(risk.field.starts_with("pid 100 "), risk.field.c_str());
    QVERIFY2(risk.reason.find(reason.toStdString()) != std::string::npos, risk.reason.c_str());
}

void tst_restorerisks::fields_data()
{
    QTest::addColumn<QString>("image");
    QTest::addColumn<QStringList>("path");
    QTest::addColumn<int>("severity"); // -1: no risk
    QTest::addColumn<QString>("field");
    const auto row = [](const char *image, const char *path, int severity, const char *field) {
        QTest::addRow("%s %s", image, path)
            << QString::fromLatin1(image) << QString::fromLatin1(path).split(QLatin1Char('.')) << severity
            << QString::fromLatin1(field);
    };
    const int stop = static_cast<int>(stops);
    const int may = static_cast<int>(mayStop);
    row("files.img", "reg.name", may, "reg_file_entry.name");
    row("files.img", "reg.size", stop, "reg_file_entry.size");
    row("files.img", "reg.mode", stop, "reg_file_entry.mode");
    row("files.img", "reg.build_id", stop, "reg_file_entry.build_id");
    row("files.img", "reg.pos", may, "reg_file_entry.pos");
    row("files.img", "reg.id", stop, "reg_file_entry.id");
    row("files.img", "id", stop, "file_entry.id");
    row("files.img", "usk.peer", stop, "unix_sk_entry.peer");
    row("files.img", "usk.name", may, "unix_sk_entry.name");
    row("fdinfo-1.img", "id", stop, "fdinfo_entry.id");
    row("mm-100.img", "mm_arg_start", may, "mm_entry.mm_arg_start");
    row("mm-100.img", "exe_file_id", stop, "mm_entry.exe_file_id");
    row("mm-100.img", "vmas.start", may, "vma_entry.start");
    row("pipes-data.img", "bytes", stop, "pipe_data_entry.bytes");
    row("core-100.img", "thread_info.gpregs.ip", may, "user_x86_regs_entry.ip");
    row("core-100.img", "tc.exit_code", may, "task_core_entry.exit_code");
    row("core-100.img", "tc.comm", -1, "");
    row("memfd.img", "name", -1, "");
    row("utsns-1.img", "nodename", -1, "");
    row("pagemap-100.img", "pages_id", stop, "pagemap_head.pages_id");
}

void tst_restorerisks::fields()
{
    QFETCH(QString, image);
    QFETCH(QStringList, path);
    QFETCH(int, severity);
    QFETCH(QString, field);
    const Member &found = member(image.toStdString());
    const auto opened = m_memory->checkpoint().openImage(found.id);
    QVERIFY(opened.ok());
    std::vector<std::string> names;
    for (const QString &name : path)
        names.push_back(name.toStdString());
    const auto value = valueOf(*opened, names);
    QVERIFY(value.has_value());
    const auto risks = risksOf(found.id, *value);
    QVERIFY2(risks.size() == (severity < 0 ? 0 : 1), allOf(risks).c_str());
    if (severity < 0)
        return;
    QCOMPARE(static_cast<int>(risks.front().severity), severity);
    QCOMPARE(risks.front().member, image.toStdString());
    QCOMPARE(risks.front().field, field.toStdString());
    QVERIFY(risks.front().offset && *risks.front().offset < value->offset);
    QVERIFY(!risks.front().reason.empty());
}

void tst_restorerisks::payloads()
{
    // What waits in a pipe may change; the length of a message in a queue may not.
    const Member &pipes = member("pipes-data.img");
    const auto image = m_memory->checkpoint().openImage(pipes.id);
    QVERIFY(image.ok() && !image->records().front().payload.empty());
    const auto risks = risksOf(pipes.id, image->records().front().payload);
    QVERIFY2(risks.empty(), allOf(risks).c_str());

    MessageBuilder queue("ipc_msg_entry");
    queue.set("qnum", 1).fillRequired();
    const std::string bytes = ImageBuilder("IPCNS_MSG").record(queue, ipcMessages({{1, "content"}})).bytes();
    m_set->builder.member("ipcns-msg-1.img", bytes);
    open();
    const Member &messages = member("ipcns-msg-1.img");
    const uint64_t content = bytes.find("content");
    QVERIFY(risksOf(messages.id, {content, 7}).empty());
    const auto opened = m_memory->checkpoint().openImage(messages.id);
    const auto framed = risksOf(messages.id, {opened->records().front().payload.offset, 4});
    QVERIFY2(framed.size() == 1 && framed.front().severity == stops, allOf(framed).c_str());
}

void tst_restorerisks::otherMembers()
{
    const auto risks = risksOf(member("route-1.img").id, {8, 4});
    QVERIFY2(risks.size() == 1 && risks.front().severity == mayStop, allOf(risks).c_str());
    QVERIFY(risks.front().reason.find("network namespace") != std::string::npos);
    QVERIFY(risksOf(member("stats-dump").id, {0, 1}).empty());
}

/// A value takes many words of them; who reads the warnings wants to know of the thread.
void tst_restorerisks::registersAreOneRisk()
{
    const Member &core = member("core-100.img");
    const auto image = m_memory->checkpoint().openImage(core.id);
    QVERIFY(image.ok());
    std::vector<Patch> patches;
    for (const char *name : {"bx", "cx", "ip"}) {
        const auto range = valueOf(*image, {"thread_info", "gpregs", name});
        QVERIFY(range);
        patches.push_back({range->offset, std::vector<std::byte>(range->length), 0});
    }
    std::sort(patches.begin(), patches.end(),
              [](const Patch &a, const Patch &b) { return a.offset < b.offset; });
    const uint64_t first = patches.front().offset;
    const auto risks = findRestoreRisks(*m_memory, {{core.id, patches}});
    QVERIFY(risks.ok());
    QVERIFY2(risks->size() == 1, allOf(*risks).c_str());
    const RestoreFinding &risk = risks->front();
    QVERIFY(risk.severity == mayStop);
    QCOMPARE(risk.member, std::string("core-100.img"));
    QVERIFY(risk.offset && *risk.offset <= first && first - *risk.offset < 8);
    QVERIFY2(risk.reason.find("register") != std::string::npos &&
                 risk.reason.find("(3 words of its registers in all)") != std::string::npos,
             risk.reason.c_str());
}

void tst_restorerisks::emptiedMemory()
{
    // A hundred patches of code are a kind: they are counted, not listed.
    std::vector<Patch> patches;
    const Extent extent = extentOf(CompleteSet::code, 0x1000);
    for (uint64_t i = 0; i < 100; ++i)
        patches.push_back(Patch{extent.offset + i * 40, {std::byte{1}}, 0});
    const auto risks = findRestoreRisks(*m_memory, {{extent.member, patches}});
    QVERIFY(risks.ok());
    QCOMPARE(risks->size(), RestoreFindings::maxAlike);
    QVERIFY(risks->back().reason.ends_with("(and 50 more like it)"));
    // All of the task's pages at once: each kind of place is among them.
    const Member &pages = member("pages-1.img");
    const auto all = findRestoreRisks(*m_memory, {{pages.id, {Patch{0, {}, pages.content->size()}}}});
    QVERIFY(all.ok());
    std::string text = allOf(*all);
    for (const char *reason : {"provided by the kernel", "is code", "pointers to arguments", "AT_RANDOM"})
        QVERIFY2(text.find(reason) != std::string::npos, text.c_str());
}

void tst_restorerisks::plan()
{
    // The profile that is for restoring tells of them, also widened; those for reading do not.
    const auto plain = RedactionPlan::make(*m_memory, {}, Replacement{});
    QVERIFY(plain.ok() && plain->restoreRisks().empty());
    const auto wide =
        RedactionPlan::make(*m_memory, {}, Replacement{}, *Profile::parse("restorable,+registers"), "key");
    QVERIFY(wide.ok() && wide->patchCount() > 0);
    const auto &risks = wide->restoreRisks();
    QVERIFY2(std::any_of(risks.begin(), risks.end(),
                         [](const RestoreFinding &risk) { return risk.field == "user_x86_regs_entry.ip"; }),
             allOf(risks).c_str());
    const auto report =
        RedactionPlan::make(*m_memory, {}, Replacement{}, *Profile::parse("bug-report"), "key");
    QVERIFY(report.ok() && report->patchCount() > 0 && report->restoreRisks().empty());
}

void tst_restorerisks::commandLine()
{
    const QString path = m_folder->filePath(QStringLiteral("images"));
    const QString range =
        QStringLiteral("pages-1.img:%1:8").arg(extentOf(CompleteSet::vdso + 0x10, 8).offset);
    QProcess process;
    process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"),
                  {QStringLiteral("redact"), path, QStringLiteral("-o"),
                   m_folder->filePath(QStringLiteral("out")), QStringLiteral("--range"), range,
                   QStringLiteral("--json"), QStringLiteral("--despite-problems")});
    QVERIFY(process.waitForFinished(60000));
    const QString err = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(err.contains(QStringLiteral("warning: restoring the export: stops: pages-1.img at offset")),
             qPrintable(err));
    const QString out = QString::fromUtf8(process.readAllStandardOutput());
    QVERIFY2(out.contains(QStringLiteral("\"restoreRisks\": [")) &&
                 out.contains(QStringLiteral("\"severity\": \"stops\"")),
             qPrintable(out));
}

CRYOSCOPE_TEST(tst_restorerisks)

} // namespace tst_restorerisks

#include "tst_restorerisks.moc"
