// SPDX-License-Identifier: Apache-2.0
// Sets as CRIU 1.0 wrote them: explained to the last byte, with links, and redacted like current ones, of
// both byte orders.
#include "core/export/exporter.h"
#include "core/memory/memberexplainer.h"
#include "core/review/copies.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/dissectionflaw.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <set>

namespace tst_obsolete
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

constexpr uint64_t page = 4096;
constexpr uint64_t base = 0x100000;
const std::string secret = "Qv7xT2mNp9kLs4Wz";

CheckpointBuilder content(ByteOrder order)
{
    CheckpointBuilder builder;
    builder.layout(SetLayout::Version10).pagemapForm(PagemapForm::Old).imageVersion(1).byteOrder(order);
    builder.sharedObject(77).write(page + 10, "shared " + secret);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .cwd(builder.file("/home"))
        .vma(base, base + 8 * page)
        .page(base + page - 6, secret + " over a border of pages")
        .page(base + 5 * page, "far")
        .vma(base + 16 * page, base + 20 * page, VmaKind::SharedAnonymous, {.object = 77})
        .arguments({"prog"})
        .environment({"TOKEN=" + secret});
    task.fd(3, builder.pipe(7, "queued " + secret));
    task.fd(4, builder.unixSocket(11, 12, "/run/sock"));
    task.fd(5, builder.tcpSocket(13, "in", "out"));
    ImageBuilder actions("SIGACT", order);
    actions.headMagic(std::nullopt);
    for (int i = 0; i < 62; ++i)
        actions.record(MessageBuilder("sa_entry").set("sigaction", base).fillRequired());
    ImageBuilder timers("ITIMERS", order);
    timers.headMagic(std::nullopt);
    for (int i = 0; i < 3; ++i)
        timers.record(MessageBuilder("itimer_entry").fillRequired());
    builder.member("sigacts-100.img", actions.bytes()).member("itimers-100.img", timers.bytes());
    return builder;
}

std::string readText(const AddressSpace &space, uint64_t address, size_t length)
{
    std::string bytes(length, '?');
    if (!space.read(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
        return "unreadable";
    return bytes;
}

} // namespace

class TestObsolete : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void explained_data() { orders(); }
    void explained();
    void redacted_data() { orders(); }
    void redacted();
    void damagedPages();

private:
    static void orders()
    {
        QTest::addColumn<bool>("big");
        QTest::newRow("little-endian") << false;
        QTest::newRow("big-endian") << true;
    }
    std::shared_ptr<const Memory> load(const CheckpointBuilder &builder)
    {
        const std::string path = m_folder->filePath(QStringLiteral("images")).toStdString();
        builder.writeTo(path);
        const auto checkpoint = Checkpoint::open(path);
        if (!checkpoint)
            qFatal("%s", checkpoint.error().describe().c_str());
        return *Memory::load(*checkpoint);
    }
    std::shared_ptr<const Memory> load(bool big)
    {
        return load(content(big ? ByteOrder::Big : ByteOrder::Little));
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestObsolete::explained()
{
    QFETCH(bool, big);
    const auto memory = load(big);
    const MemberExplainer explainer(memory);
    std::set<std::string> links;
    std::set<std::string> meanings;
    for (const Member &member : memory->checkpoint().archive().members()) {
        const auto dissection = explainer.explain(member.id);
        QVERIFY(dissection.ok());
        QVERIFY2(dissectionFlaw(**dissection).empty(), member.path.c_str());
        const auto coverage = (*dissection)->coverage();
        QVERIFY(coverage.ok());
        for (const auto &unknown : coverage->unknown)
            QFAIL((member.path + ": " + unknown.name + ": " + unknown.meaning).c_str());
        const auto done = (*dissection)->walkAll([&](const DissectionNode &node, unsigned) {
            if (node.link)
                links.insert(member.path + " " + node.name + " -> " + node.link->text);
            if (node.kind == DissectionNode::Kind::Record)
                meanings.insert(member.path + " " + node.name + ": " + node.meaning);
            return Dissection::Step::Into;
        });
        QVERIFY(done.ok());
    }
    for (const char *wanted :
         {"fs-100.img cwd_id -> reg-files.img record", "ids-100.img files_id -> fdinfo-100.img",
          "fdinfo-100.img id -> pipes.img record 0", "vmas-100.img shmid -> pages-shmem-77.img",
          "vmas-100.img start -> memory of process 100", "sigacts-100.img sigaction -> memory of process 100",
          "pages-100.img address -> memory of process 100", "pipes.img pipe_id -> pipes-data.img record 0",
          "mm-100.img exe_file_id -> reg-files.img record", "inetsk.img ino -> tcp-stream-d.img"}) {
        const bool found = std::any_of(links.begin(), links.end(),
                                       [&](const std::string &link) { return link.starts_with(wanted); });
        QVERIFY2(found, wanted);
    }
    for (const char *wanted :
         {"sigacts-100.img record 0: SIGHUP", "sigacts-100.img record 8: SIGUSR1",
          "sigacts-100.img record 17: SIGTSTP", "itimers-100.img record 1: timer of the task"}) {
        const bool found = std::any_of(meanings.begin(), meanings.end(),
                                       [&](const std::string &text) { return text.starts_with(wanted); });
        QVERIFY2(found, wanted);
    }
}

void TestObsolete::redacted()
{
    QFETCH(bool, big);
    const auto memory = load(big);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok());
    QCOMPARE(found->found.size(), size_t{4}); // over the border, environment, shared object, pipe
    auto kept = Case::create({}, *memory);
    QVERIFY((*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*kept)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY(plan.ok());
    const std::string out = m_folder->filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, findings, out);
    QVERIFY2(proof.ok() && proof->passed(), proof.ok() ? "" : proof.error().describe().c_str());
    const auto made = *Memory::load(*Checkpoint::open(out));
    QVERIFY(readText(*made->addressSpace(100), base + page - 6, secret.size()) != secret);
    QCOMPARE(readText(*made->addressSpace(100), base + 5 * page, 3), std::string("far"));
}

void TestObsolete::damagedPages()
{
    const CheckpointBuilder good = content(ByteOrder::Little);
    const std::string pages = good.members().at("pages-100.img");
    const auto problemOf = [&](const std::string &bytes) {
        CheckpointBuilder builder = content(ByteOrder::Little);
        builder.member("pages-100.img", bytes);
        const auto memory = load(builder);
        std::string text;
        for (const Problem &problem : memory->problems())
            text += problem.error.describe() + "\n";
        const Member *member = memory->checkpoint().archive().find("pages-100.img");
        const auto dissection = MemberExplainer(memory).explain(member->id);
        return dissection && dissectionFlaw(**dissection).empty() ? text : "no sound dissection";
    };
    QCOMPARE(problemOf(pages + std::string(8, '\0')), std::string()); // a closing address
    QVERIFY(problemOf(pages.substr(0, pages.size() - 1)).find("pages-100.img at offset") !=
            std::string::npos);
    QVERIFY(problemOf(pages + "abc").find("an address is cut off") != std::string::npos);
    QVERIFY(problemOf(pages + pages.substr(4, 8 + page)).find("out of order") != std::string::npos);
}

CRYOSCOPE_TEST(TestObsolete)

} // namespace tst_obsolete

#include "tst_obsolete.moc"
