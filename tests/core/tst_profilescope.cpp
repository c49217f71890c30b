// SPDX-License-Identifier: Apache-2.0
// Profiles narrowed and widened by task, member and field.
#include "core/export/exporter.h"
#include "core/redact/profile.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarwriter.h"

#include <QTemporaryDir>

namespace tst_profilescope
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

constexpr uint64_t own = 0x10000;    ///< memory of each task
constexpr uint64_t shared = 0x40000; ///< that both see
constexpr uint64_t firstShared = 7;

/// Two tasks with a page each and one that they share, a file beside the images, a tar with two files, a log.
std::string build(const QTemporaryDir &folder)
{
    CheckpointBuilder builder;
    for (const uint32_t pid : {100u, 200u}) {
        auto &task = pid == 100 ? builder.task(pid, "first-prog") : builder.task(pid, "second-prog", 100);
        task.exe(builder.file("/srv/private/prog" + std::to_string(pid)))
            .vma(own, own + 0x2000)
            .page(own, "memory of " + std::to_string(pid))
            .vma(shared, shared + 0x1000, VmaKind::SharedAnonymous, {firstShared});
    }
    builder.sharedObject(firstShared).write(0, "memory of both");
    builder.member("rootfs-diff.tar",
                   TarWriter().file("etc/motd", "a greeting").file("etc/notes", "a note").bytes());
    builder.member("dump.log", "(00.1) second-prog opened /srv/private/prog200\n");
    const std::string images = folder.filePath(QStringLiteral("images")).toStdString();
    builder.writeTo(images);
    return images;
}

std::shared_ptr<const Memory> load(const std::string &path)
{
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

std::string memoryAt(const Memory &memory, uint32_t pid, uint64_t address)
{
    std::vector<std::byte> bytes(14);
    if (!memory.addressSpace(pid)->read(address, bytes))
        qFatal("cannot read");
    const std::string text(asText(bytes));
    return text.substr(0, text.find('\0'));
}

std::string contentOf(const Memory &memory, const std::string &path)
{
    const Member *member = memory.checkpoint().archive().find(path);
    if (member == nullptr)
        return "is not there";
    return std::string(asText(*member->content->readWhole(1 << 20)));
}

/// What is left of what is in the set, by name.
std::map<QString, bool> leftIn(const Memory &memory)
{
    const auto command = [&](uint32_t pid) { return memory.checkpoint().task(pid)->comm; };
    const FileEntry *file = memory.checkpoint().file(memory.checkpoint().task(100)->exeId);
    return {{QStringLiteral("memory of 100"), memoryAt(memory, 100, own) == "memory of 100"},
            {QStringLiteral("memory of 200"), memoryAt(memory, 200, own) == "memory of 200"},
            {QStringLiteral("memory of both"), memoryAt(memory, 100, shared) == "memory of both"},
            {QStringLiteral("name of 100"), command(100) == "first-prog"},
            {QStringLiteral("name of 200"), command(200) == "second-prog"},
            {QStringLiteral("path"), file != nullptr && file->path == "/srv/private/prog100"},
            {QStringLiteral("motd"), contentOf(memory, "rootfs-diff.tar!etc/motd") == "a greeting"},
            {QStringLiteral("notes"), contentOf(memory, "rootfs-diff.tar!etc/notes") == "a note"},
            {QStringLiteral("log"), contentOf(memory, "dump.log").find("/srv/private") != std::string::npos}};
}

} // namespace

class tst_profilescope : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void exported_data();
    void exported();
    void parsed();
    void notesWhatMeansNothing();
};

void tst_profilescope::exported_data()
{
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QStringList>("left");
    const QStringList all{QStringLiteral("log"),           QStringLiteral("memory of 100"),
                          QStringLiteral("memory of 200"), QStringLiteral("memory of both"),
                          QStringLiteral("motd"),          QStringLiteral("name of 100"),
                          QStringLiteral("name of 200"),   QStringLiteral("notes"),
                          QStringLiteral("path")};
    const auto row = [](const char *profile, const QStringList &left) {
        QTest::newRow(profile) << QString::fromLatin1(profile) << left;
    };
    const auto without = [&all](std::initializer_list<const char *> gone) {
        QStringList left = all;
        for (const char *name : gone)
            left.removeOne(QString::fromLatin1(name));
        return left;
    };
    row("restorable", all);
    row("bug-report", {});
    row("bug-report,-pid=200", {QStringLiteral("memory of 200"), QStringLiteral("name of 200")});
    row("bug-report,-member=**/etc/motd", {QStringLiteral("motd")});
    row("bug-report,-member=rootfs-diff.tar", {QStringLiteral("motd"), QStringLiteral("notes")});
    row("bug-report,-member=rootfs-diff.tar,+member=*notes", {QStringLiteral("motd")});
    row("bug-report,-member=dump.log", {QStringLiteral("log")});
    row("bug-report,-field=task_core_entry.comm",
        {QStringLiteral("name of 100"), QStringLiteral("name of 200")});
    row("bug-report,-field=task_core_entry.comm,+pid=200", {QStringLiteral("name of 100")});
    row("bug-report,-field=reg_file_entry", {QStringLiteral("path")});
    row("restorable,+pid=100", without({"memory of 100", "memory of both", "name of 100"}));
    row("restorable,+pid=100,-member=core-100.img", without({"memory of 100", "memory of both"}));
    row("restorable,+field=task_core_entry.comm", without({"name of 100", "name of 200"}));
    row("restorable,+member=*/motd", without({"motd"}));
    row("no-memory,-pid=100", without({"memory of 200", "memory of both"}));
    row("no-memory,-member=pages-3.img", without({"memory of 100", "memory of 200"}));
}

void tst_profilescope::exported()
{
    QFETCH(QString, profile);
    QFETCH(QStringList, left);
    QTemporaryDir folder;
    const auto before = load(build(folder));
    const auto there = leftIn(*before);
    for (const auto &[name, is] : there)
        QVERIFY2(is, qPrintable(name));
    const auto asked = Profile::parse(profile.toStdString());
    QVERIFY2(asked.ok(), asked ? "" : asked.error().describe().c_str());
    const auto plan = RedactionPlan::make(*before, {}, Replacement{}, *asked, std::string(32, 'k'));
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    const std::string out = folder.filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(before).run(*plan, {}, out);
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QStringList found;
    const auto after = leftIn(*load(out));
    for (const auto &[name, is] : after) {
        if (is)
            found.push_back(name);
    }
    left.sort();
    QCOMPARE(found, left);
    QCOMPARE(Profile::parse(asked->describe())->scope, asked->scope); // as a case keeps it
}

void tst_profilescope::parsed()
{
    for (const char *text : {"bug-report,-pid=7", "restorable,+member=a b/*", "no-memory,-field=mm_entry",
                             "bug-report,-paths,+field=mm_entry.mm_saved_auxv,-pid=1,+pid=1"})
        QCOMPARE(Profile::parse(text)->describe(), std::string(text));
    QVERIFY(Profile::parse("restorable,-pid=7")->isEmpty());
    QVERIFY(!Profile::parse("restorable,+pid=7")->isEmpty());
    for (const char *text :
         {"bug-report,pid=7", "bug-report,-pid=", "bug-report,-pid=x", "bug-report,-pid=7x",
          "bug-report,-pid=4294967296", "bug-report,-field=no_such", "bug-report,+=x",
          "bug-report,-field=mm_entry.no_such", "bug-report,-place=x", "bug-report,*member=x"}) {
        const auto wrong = Profile::parse(text);
        QVERIFY2(!wrong.ok(), text);
        QVERIFY(wrong.error().code == ErrorCode::Usage);
    }
}

/// Who mistypes a pid must not believe that it was done.
void tst_profilescope::notesWhatMeansNothing()
{
    QTemporaryDir folder;
    const auto memory = load(build(folder));
    const auto plan = RedactionPlan::make(
        *memory, {}, Replacement{},
        *Profile::parse("no-memory,-pid=300,-member=nothing*,-pid=100,-field=mm_entry"), "k");
    QVERIFY(plan.ok());
    const auto &notes = plan->profileSummary().notes;
    QCOMPARE(std::count(notes.begin(), notes.end(), "-pid=300 means nothing in this checkpoint"), 1);
    QCOMPARE(std::count(notes.begin(), notes.end(), "-member=nothing* means nothing in this checkpoint"), 1);
    QCOMPARE(notes.size(), size_t{2});
}

CRYOSCOPE_TEST(tst_profilescope)

} // namespace tst_profilescope

#include "tst_profilescope.moc"
