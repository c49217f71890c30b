// SPDX-License-Identifier: Apache-2.0
// What an export does with files: their contents emptied, the files taken out, or kept. The proof knows what
// was to go, and saboteurs, who take out more or less, are caught.
#include "core/detect/sensitivefiles.h"
#include "core/export/exporter.h"
#include "core/export/removalproof.h"
#include "core/export/verifier.h"
#include "core/redact/filedecisions.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarwriter.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

namespace tst_sensitivefiles
{

using namespace cryoscope;

namespace
{

const std::string hashes = "root:$6$saltsalt$Zx9kQpL2vvT7mR4sZx9kQpL2vvT7mR4s:19000:0:99999:7:::\n";
const std::string token = "behind it stands Qw8nV3bY7cX1zL5k\n";
const std::string tokenValue = "Qw8nV3bY7cX1zL5k";
const std::string ghostText = "ls -la; export A=1; psql -h db\n";

bool shell(const QString &script, const QString &directory)
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-ec"), script});
    return process.waitForFinished(60000) && process.exitCode() == 0;
}

FileTreatments treatments(std::initializer_list<const char *> rules,
                          std::optional<FileTreatment> sensitive = std::nullopt)
{
    FileTreatments out;
    out.sensitive = sensitive;
    for (const char *rule : rules)
        out.rules.push_back(*FileRule::parse(rule));
    return out;
}

/// A root file system with what can stand around a member: a header for all that follow in front of the file
/// that goes, long names, a hard link, a tar within.
std::string rootFileSystem()
{
    const std::string longPath = "srv/" + std::string(120, 'n') + "/kept";
    const auto inner =
        test::TarWriter().file("etc/shadow", hashes).file("inner.txt", "inner\n" + token).bytes();
    return test::TarWriter()
        .directory("etc")
        .globalPax({{"comment", "for all"}})
        .file("etc/shadow", hashes)
        .file("etc/hosts", "127.0.0.1 localhost\n")
        .longName("srv/" + std::string(120, 's') + "/.pgpass")
        .file("cut", "db:5432:*:me:Kp3vQ9sT6wZ2\n")
        .longName(longPath)
        .file("cut", "kept\n" + token)
        .file("backup.tar", inner)
        .file("var/data", token)
        .bytes();
}

} // namespace

class tst_sensitivefiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void treatmentsOfPaths();
    void settingsAreRemembered();
    void membersAreTakenOut_data();
    void membersAreTakenOut();
    void decisionsFollow();
    void namesChangeToo();
    void linksGoTogether();
    void whatMustStayIsRefused();
    void risksAreTold();
    void saboteurs_data();
    void saboteurs();
    void proofOfWhatIsLeft();

private:
    /// Writes the evidence in a form; its path.
    [[nodiscard]] QString evidence(const QString &form = QStringLiteral("directory"));
    [[nodiscard]] std::shared_ptr<const Memory> load(const QString &path);
    [[nodiscard]] QString path(const char *name) const { return m_folder->filePath(QLatin1String(name)); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::vector<CaseFinding> m_findings; ///< of the last plan
    /// Decides with `files` and the token, and plans.
    [[nodiscard]] Result<RedactionPlan> plan(const Memory &memory, const ExportSettings &settings);
};

QString tst_sensitivefiles::evidence(const QString &form)
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000);
    task.page(0x11ff8, token);
    task.fd(3, builder.file("/var/data", token.size()));
    task.fd(4, builder.ghostFile("/root/.bash_history", ghostText));
    builder.member("rootfs-diff.tar", rootFileSystem());
    builder.member("notes.txt", "a note\n" + token);
    builder.writeTo(path("images").toStdString());
    if (!shell(QStringLiteral("mkdir -p d/sub; printf '%1' >d/.pgpass; printf 'x%2y' >d/sub/other;"
                              "tar -czf images/tmpfs-dev-5.tar.gz.img -C d .; rm -r d")
                   .arg(QStringLiteral("host:1:2:3:Lk4jH8gF2dS6"), QString::fromStdString(tokenValue)),
               m_folder->path()))
        qFatal("no tar");
    if (form == QStringLiteral("directory"))
        return path("images");
    const QString archive = m_folder->filePath(QStringLiteral("evidence.") + form);
    if (!shell(QStringLiteral("tar -caf '%1' -C images .").arg(archive), m_folder->path()))
        qFatal("no tar");
    return archive;
}

std::shared_ptr<const Memory> tst_sensitivefiles::load(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

Result<RedactionPlan> tst_sensitivefiles::plan(const Memory &memory, const ExportSettings &settings)
{
    auto review = Case::create({}, memory);
    if (auto done = decideFiles(memory, **review, settings.files); !done)
        return done.error();
    const std::vector<std::string> values{tokenValue};
    const auto found = findCopiesOf(memory, values);
    if (!found || !(*review)->acceptExtents(memory, Origin::ValueFile, found->found, "test"))
        qFatal("the token cannot be accepted");
    m_findings = *(*review)->findings();
    return RedactionPlan::make(memory, m_findings, settings);
}

void tst_sensitivefiles::treatmentsOfPaths()
{
    const FileTreatments files =
        treatments({"/srv/*=remove", "*.log=content", "srv/keep/*=keep"}, FileTreatment::Content);
    QVERIFY(files.of("/srv/a") == FileTreatment::Remove);
    QVERIFY(files.of("rootfs-diff.tar!./srv/b/c.txt") == FileTreatment::Remove);
    QVERIFY(files.of("rootfs-diff.tar!srv/b.log") == FileTreatment::Content);
    QVERIFY(files.of("srv/keep/b.log") == FileTreatment::Keep);
    QVERIFY(files.of("/etc/shadow (deleted)") == FileTreatment::Content);
    QVERIFY(!files.of("/etc/hosts").has_value());
    const FileTreatments whole = treatments({"rootfs-diff.tar!etc/*=keep"}, FileTreatment::Remove);
    QVERIFY(whole.of("rootfs-diff.tar!etc/shadow") == FileTreatment::Keep);
    QVERIFY(whole.of("other.tar!etc/shadow") == FileTreatment::Remove);

    for (const char *anywhere : {"**/etc/shadow=keep", "*/etc/shadow=keep", "**etc/shadow=keep"}) {
        const FileTreatments rule = treatments({anywhere});
        for (const char *path : {"rootfs-diff.tar!etc/shadow", "a.tar!b.tar!./etc/shadow", "/etc/shadow",
                                 "/srv/root/etc/shadow"})
            QVERIFY2(rule.of(path) == FileTreatment::Keep, anywhere);
        QVERIFY(!rule.of("/etc/shadow-").has_value());
    }
    QVERIFY(!treatments({"**/etc/shadow=keep"}).of("/etcetc/shadow").has_value());

    FileTreatments exact;
    for (const char *path : {"a*b/[x]", "a?\\b", "plain", "line\nend"}) {
        exact.rules = {FileRule::forPath(path, FileTreatment::Remove)};
        QVERIFY(exact.of(path) == FileTreatment::Remove);
        QVERIFY(!exact.of("aXb/x").has_value());
        QVERIFY(*FileTreatments::parse(exact.describe()) == exact);
    }

    for (const FileTreatments &each : {files, whole, FileTreatments(), treatments({"a b = c=keep"})}) {
        const auto again = FileTreatments::parse(each.describe());
        QVERIFY(again.ok());
        QVERIFY(*again == each);
    }
    QCOMPARE(treatments({"a=b=keep"}).rules.front().glob, std::string("a=b"));
    for (const char *wrong : {"", "x", "=keep", "x=", "x=burn", "a\nb=keep"}) {
        QVERIFY(!FileRule::parse(wrong).ok());
        QCOMPARE(FileRule::parse(wrong).error().code, ErrorCode::Usage);
    }
    QVERIFY(!FileTreatments::parse("burn x\n").ok());
    QVERIFY(!parseFileTreatment("Remove").ok());
}

void tst_sensitivefiles::settingsAreRemembered()
{
    const auto memory = load(evidence());
    const auto review = Case::create(path("case").toStdString(), *memory);
    QVERIFY(review.ok());
    QVERIFY(ExportSettings::of(**review)->files.isEmpty());
    const ExportSettings settings{{}, {}, "key", treatments({"a b=keep", "*=remove"}, FileTreatment::Remove)};
    QVERIFY(settings.keepIn(**review).ok());
    QVERIFY(ExportSettings::of(**review)->files == settings.files);
    QVERIFY((*review)->setSetting("fileTreatments", "shred x\n").ok());
    QVERIFY(!ExportSettings::of(**review).ok());
}

void tst_sensitivefiles::membersAreTakenOut_data()
{
    QTest::addColumn<QString>("form");
    for (const char *form : {"directory", "tar", "tar.gz", "tar.zst"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

void tst_sensitivefiles::membersAreTakenOut()
{
    QFETCH(QString, form);
    const QString before = evidence(form);
    const auto memory = load(before);
    const ExportSettings settings{{}, {}, {}, treatments({"notes.txt=remove"}, FileTreatment::Remove)};
    const auto made = plan(*memory, settings);
    QVERIFY2(made.ok(), made ? "" : made.error().describe().c_str());
    QCOMPARE(made->removed().size(), size_t{5});
    const auto proof = Exporter(memory).run(*made, m_findings, path("out").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    QVERIFY(std::any_of(proof->items.begin(), proof->items.end(),
                        [](const ProofItem &item) { return item.id == "removed"; }));
    for (const MemberHash &member : proof->members) {
        const bool changed = member.path == "rootfs-diff.tar" || member.path == "notes.txt" ||
                             member.path == "tmpfs-dev-5.tar.gz.img" || member.path == "pages-1.img" ||
                             member.path == "ghost-file-1.img";
        QVERIFY2((member.before != member.after) == changed, member.path.c_str());
        QCOMPARE(member.after.empty(), member.path == "notes.txt");
    }

    // By other means: tar reads it, what is left is the same but for the token, in the same order.
    QVERIFY(QDir().mkpath(path("new")));
    QVERIFY(shell(form == QStringLiteral("directory") ? QStringLiteral("cp -r out/. new")
                                                      : QStringLiteral("tar -C new -xf out"),
                  m_folder->path()));
    QVERIFY(shell(
        QStringLiteral(
            "unpack() { mkdir -p $2/r $2/i $2/t; tar -C $2/r -xf $1/rootfs-diff.tar;"
            "tar -C $2/i -xf $2/r/backup.tar; rm $2/r/backup.tar; tar -C $2/t -xzf "
            "$1/tmpfs-dev-5.tar.gz.img; }\n"
            "unpack images a; unpack new b\n"
            "test -e a/r/etc/shadow; test -e a/i/etc/shadow; test -e a/t/.pgpass; ls a/r/srv/sss*/.pgpass\n"
            "rm a/r/etc/shadow a/t/.pgpass; rm -r a/i/etc a/r/srv/sss*\n"
            "! grep -raq '%1' new b; grep -rlZ '%1' a | xargs -0 sed -i 's/%1/Xx0xX0xX0xX0xX0x/'\n"
            "diff -r a b; ! ls new/notes.txt; ls new/mm-100.img\n"
            "tar -tf new/rootfs-diff.tar >n; tar -tf images/rootfs-diff.tar | grep -v 'etc/shadow\\|pgpass' "
            ">o\n"
            "cmp o n; grep -aq 'comment=for all' new/rootfs-diff.tar\n")
            .arg(QString::fromStdString(tokenValue)),
        m_folder->path()));

    // Proven again with the plan; without it members are missing, as far as anybody can tell.
    VerifyInput input;
    input.evidence = memory.get();
    input.plan = &*made;
    input.values = {tokenValue, hashes};
    const auto again = verifyExport(path("out").toStdString(), input);
    QVERIFY(again.ok() && again->passed());
    VerifyInput alone;
    alone.evidence = memory.get();
    const auto without = verifyExport(path("out").toStdString(), alone);
    QVERIFY(without.ok() && !without->passed());
}

/// What is to be done with files becomes decisions of the case.
void tst_sensitivefiles::decisionsFollow()
{
    const auto memory = load(evidence());
    auto review = Case::create({}, *memory);
    QVERIFY((*review)->replaceScan(*memory, findSensitiveFiles(*memory), "rules").ok());
    const auto decisionOf = [&](const std::string &label) {
        const auto found = *(*review)->findings();
        const auto entry = std::find_if(found.begin(), found.end(),
                                        [&](const CaseFinding &one) { return one.finding.label == label; });
        return entry == found.end() ? std::string("none") : decisionName(entry->decision);
    };
    QCOMPARE(decisionOf("rootfs-diff.tar!etc/shadow"), std::string("undecided"));
    QVERIFY(decideFiles(*memory, **review, {}).ok());
    QCOMPARE(decisionOf("rootfs-diff.tar!etc/shadow"), std::string("undecided"));
    const auto files =
        treatments({"etc/shadow=keep", "etc/hosts=content", "var/data=keep"}, FileTreatment::Content);
    auto before = *(*review)->findings();
    const auto wanted = fileDecisions(*memory, before, files);
    QVERIFY(!wanted.isEmpty());
    wanted.applyTo(before); // as they will be
    QVERIFY(fileDecisions(*memory, before, files).isEmpty());
    for (int i = 0; i < 2; ++i) { // the same again changes nothing
        QVERIFY(decideFiles(*memory, **review, files).ok());
        QCOMPARE(decisionOf("rootfs-diff.tar!etc/shadow"), std::string("rejected"));
        QCOMPARE(decisionOf("rootfs-diff.tar!etc/hosts"), std::string("accepted"));
        QCOMPARE(decisionOf("/root/.bash_history"), std::string("accepted"));
        QCOMPARE(decisionOf("tmpfs-dev-5.tar.gz.img!./.pgpass"), std::string("accepted"));
        QCOMPARE(decisionOf("rootfs-diff.tar!var/data"), std::string("none"));
    }
    QCOMPARE((*review)->findings()->size(), findSensitiveFiles(*memory).size() + 1);
    QCOMPARE(before.size(), (*review)->findings()->size());
}

/// A profile gives names pseudonyms, and members go: the headers fit both.
void tst_sensitivefiles::namesChangeToo()
{
    const auto memory = load(evidence(QStringLiteral("tar")));
    const ExportSettings settings{
        {}, *Profile::parse("bug-report"), std::string(32, 'k'), treatments({}, FileTreatment::Remove)};
    const auto made = plan(*memory, settings);
    QVERIFY2(made.ok(), made ? "" : made.error().describe().c_str());
    const auto proof = Exporter(memory).run(*made, m_findings, path("out").toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(proof->complete());
    QVERIFY(shell(QStringLiteral("mkdir n r; tar -C n -xf out; tar -C r -xf n/rootfs-diff.tar;"
                                 "test \"$(find r -type f | wc -l)\" = 4; ! ls r/etc/shadow"),
                  m_folder->path()));
}

void tst_sensitivefiles::linksGoTogether()
{
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "x");
    builder.member("rootfs-diff.tar", test::TarWriter()
                                          .file("a", "content of three names\n")
                                          .hardLink("home/.ssh/id_rsa", "a")
                                          .hardLink("b", "a")
                                          .file("c", "c\n")
                                          .bytes());
    builder.writeTo(path("images").toStdString());
    const auto memory = load(path("images"));
    const auto made =
        RedactionPlan::make(*memory, {}, ExportSettings{{}, {}, {}, treatments({"*/id_rsa=remove"})});
    QVERIFY(made.ok());
    QCOMPARE(made->removed().size(), size_t{3});
    QCOMPARE(made->warnings().size(), size_t{2});
    const auto proof = Exporter(memory).run(*made, {}, path("out").toStdString());
    QVERIFY2(proof.ok() && proof->complete(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(shell(QStringLiteral("test \"$(tar -tf out/rootfs-diff.tar)\" = c"), m_folder->path()));
    const auto torn = RedactionPlan::make(
        *memory, {}, ExportSettings{{}, {}, {}, treatments({"*/id_rsa=remove", "b=keep"})});
    QVERIFY(!torn.ok());
    QCOMPARE(torn.error().code, ErrorCode::Usage);
    QVERIFY(torn.error().describe().find("rootfs-diff.tar!b") != std::string::npos);
}

void tst_sensitivefiles::whatMustStayIsRefused()
{
    const auto memory = load(evidence(QStringLiteral("tar")));
    const auto refusal = [&](std::initializer_list<const char *> rules,
                             std::optional<FileTreatment> sensitive = std::nullopt) {
        const auto made =
            RedactionPlan::make(*memory, {}, ExportSettings{{}, {}, {}, treatments(rules, sensitive)});
        return made ? std::string() : made.error().describe();
    };
    QVERIFY(refusal({"pages-1.img=remove"}).find("pages-1.img: cannot be removed: it is an image") !=
            std::string::npos);
    QVERIFY(refusal({"tmpfs-dev-5.tar.gz.img=remove"}).find("it is an image") != std::string::npos);
    QVERIFY(refusal({"*=remove"}).find("it is an image") != std::string::npos);
    const std::string ghost = refusal({"*/.bash_history=remove"});
    QVERIFY(ghost.find("/root/.bash_history: cannot be removed: its content is in ghost-file-1.img") !=
            std::string::npos);
    QVERIFY(ghost.find("\"content\"") != std::string::npos);
    QVERIFY(refusal({"*/.bash_history=content"}, FileTreatment::Remove).empty());

    // Sensitive files at large: the ghost file is emptied, and that is said.
    const auto made = plan(*memory, ExportSettings{{}, {}, {}, treatments({}, FileTreatment::Remove)});
    QVERIFY(made.ok());
    QVERIFY(std::any_of(made->warnings().begin(), made->warnings().end(), [](const std::string &text) {
        return text.starts_with("/root/.bash_history:") && text.find("emptied") != std::string::npos;
    }));
    QVERIFY(Exporter(memory).run(*made, m_findings, path("out").toStdString()).ok());
    QVERIFY(shell(QStringLiteral("! grep -aq 'psql -h' out; grep -aq 'xx -xx' out"), m_folder->path()));
}

void tst_sensitivefiles::risksAreTold()
{
    const auto memory = load(evidence());
    const auto riskOf = [&](const char *rule) {
        const auto made = RedactionPlan::make(*memory, {}, ExportSettings{{}, {}, {}, treatments({rule})});
        return made && made->restoreRisks().size() == 1 ? made->restoreRisks().front() : RestoreFinding();
    };
    const RestoreFinding open = riskOf("var/data=remove");
    QCOMPARE(open.member, std::string("rootfs-diff.tar!var/data"));
    QVERIFY(open.severity == RestoreSeverity::MayStop);
    QVERIFY(open.reason.find("pid 100 has it open as descriptor 3") != std::string::npos);
    QVERIFY(riskOf("etc/hosts=remove").severity == RestoreSeverity::Note);
    QVERIFY(riskOf("notes.txt=remove").severity == RestoreSeverity::MayStop);
    // Who mistypes a path must not believe that it was done.
    for (const auto treatment : {"remove", "content", "keep"}) {
        const std::string wrong = std::string("etc/shadw=") + treatment;
        const auto made = RedactionPlan::make(
            *memory, {}, ExportSettings{{}, {}, {}, treatments({"notes.txt=content", wrong.c_str()})});
        QVERIFY(made.ok());
        QCOMPARE(made->warnings().size(), size_t{1});
        QCOMPARE(made->warnings().front(), std::string("no file of the checkpoint is meant by etc/shadw"));
    }
}

void tst_sensitivefiles::saboteurs_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("item");
    QTest::newRow("nobody") << ""
                            << "";
    QTest::newRow("one more is gone") << "tar --delete -f out ./mm-100.img"
                                      << "structure";
    QTest::newRow("one is still there") << "mkdir n; printf 'a note\\nbehind it stands Xx0xX0xX0xX0xX0x\\n' "
                                           ">n/notes.txt; tar -rf out -C n ./notes.txt"
                                        << "structure";
    QTest::newRow("one more is gone within")
        << "mkdir n; tar -C n -xf out; tar --delete -f n/rootfs-diff.tar etc/hosts; tar -tf out >list;"
           "tar -cf out --no-recursion -C n -T list"
        << "structure";
    QTest::newRow("nothing is gone") << "cp plain out"
                                     << "structure";
}

void tst_sensitivefiles::saboteurs()
{
    QFETCH(QString, script);
    QFETCH(QString, item);
    const auto memory = load(evidence(QStringLiteral("tar")));
    const ExportSettings settings{{}, {}, {}, treatments({"notes.txt=remove"}, FileTreatment::Remove)};
    const auto made = plan(*memory, settings);
    QVERIFY(made.ok());
    QVERIFY(Exporter(memory).run(*made, m_findings, path("out").toStdString()).ok());
    const auto kept = plan(*memory, ExportSettings{});
    QVERIFY(Exporter(memory).run(*kept, m_findings, path("plain").toStdString()).ok());
    QVERIFY(shell(script, m_folder->path()));
    VerifyInput input;
    input.evidence = memory.get();
    input.plan = &*made;
    input.values = {tokenValue};
    const auto proof = verifyExport(path("out").toStdString(), input);
    QVERIFY(proof.ok());
    QStringList failed;
    for (const ProofItem &entry : proof->items) {
        if (entry.state == ProofItem::State::Failed)
            failed << QString::fromStdString(entry.id);
    }
    QCOMPARE(failed.join(QLatin1Char(' ')), item);
}

/// The last look at what is left knows each way in which it may be wrong.
void tst_sensitivefiles::proofOfWhatIsLeft()
{
    const auto archiveOf = [this](const char *name, const std::string &bytes) {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) ||
            file.write(bytes.data(), static_cast<qint64>(bytes.size())) != static_cast<qint64>(bytes.size()))
            qFatal("cannot write");
        file.close();
        return *Archive::open(path(name).toStdString(), {});
    };
    using test::TarWriter;
    const auto nested = [](const std::string &c, const std::string &extra = "end") {
        return TarWriter().file("c", c).file(extra, extra).bytes();
    };
    const auto tar = [&](const std::string &b, const std::string &inner, uint32_t mode = 0644) {
        return TarWriter()
            .add({.name = "a", .data = "alpha", .mode = mode})
            .file("b", b)
            .file("inner.tar", inner)
            .bytes();
    };
    const auto before =
        archiveOf("before", TarWriter()
                                .add({.name = "a", .data = "alpha"})
                                .file("gone", "gone")
                                .file("b", "beta")
                                .file("inner.tar",
                                      TarWriter().file("c", "c").file("gone", "x").file("end", "end").bytes())
                                .bytes());
    const std::set<MemberId> removed{before->find("gone")->id, before->find("inner.tar!gone")->id};
    const auto stateOf = [&](const std::string &left) {
        const auto item = proveRemovals(*before, removed, *archiveOf("left", left));
        return item.ok() ? item->state : ProofItem::State::NotCovered;
    };
    QVERIFY(stateOf(tar("beta", nested("c"))) == ProofItem::State::Passed);
    QVERIFY(stateOf(tar("beto", nested("c"))) == ProofItem::State::Failed);
    QVERIFY(stateOf(tar("beta", nested("d"))) == ProofItem::State::Failed);
    QVERIFY(stateOf(tar("beta", nested("c"), 0600)) == ProofItem::State::Failed);
    QVERIFY(stateOf(tar("beta", TarWriter().file("c", "c").bytes())) == ProofItem::State::Failed);
    QVERIFY(stateOf(tar("beta", nested("c", "gone"))) == ProofItem::State::Failed);
    QVERIFY(stateOf(tar("beta", nested("c") + std::string(512, '\0'))) == ProofItem::State::Failed);
    QVERIFY(
        stateOf(tar("beta", TarWriter().pax({{"comment", "x"}}).file("c", "c").file("end", "end").bytes())) ==
        ProofItem::State::Failed);
    QVERIFY(stateOf(TarWriter().add({.name = "a", .data = "alpha"}).file("b", "beta").bytes()) ==
            ProofItem::State::Failed);
}

CRYOSCOPE_TEST(tst_sensitivefiles)

} // namespace tst_sensitivefiles

#include "tst_sensitivefiles.moc"
