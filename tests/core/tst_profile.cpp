// SPDX-License-Identifier: Apache-2.0
// Profiles: the table of fields against the schema; real checkpoints exported by each profile, which must
// decode, keep their structure and their relations, and hold nothing of what was in them.
#include "core/archive/encoder.h"
#include "core/archive/tarindex.h"
#include "core/base/hash.h"
#include "core/bytes/memorysource.h"
#include "core/checkpoint/crittext.h"
#include "core/detect/valuesearch.h"
#include "core/export/exporter.h"
#include "core/image/critjson.h"
#include "core/image/imagetype.h"
#include "core/image/schema.h"
#include "core/redact/profile.h"
#include "core/redact/pseudonymmap.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarwriter.h"

#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>

#include <fstream>

namespace tst_profile
{

using namespace cryoscope;

namespace
{

const std::string data = CRYOSCOPE_TEST_DATA;
const std::string sample = CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst";
const std::string key(32, 'k');

std::shared_ptr<const Memory> load(const std::string &path)
{
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

Result<RedactionPlan> planOf(const Memory &memory, const std::string &profile, const std::string &with = key)
{
    return RedactionPlan::make(memory, {}, Replacement{}, *Profile::parse(profile), with);
}

/// All content of a checkpoint, members of nested archives and decoded streams included.
std::string everything(const Archive &archive)
{
    std::string all;
    for (const Member &member : archive.members()) {
        all += member.path + "\n" + member.linkTarget + "\n";
        if (member.content && member.storage != Storage::InPlace)
            all += std::string(asText(*member.content->readWhole(uint64_t{64} << 20)));
    }
    return all;
}

/// Adds the fields of a message and of those in it that hold a value of their own.
void addFields(const MessageType *type, std::set<const MessageType *> &seen, std::set<std::string> &names)
{
    if (type == nullptr || !seen.insert(type).second)
        return;
    for (const FieldType &field : type->fields) {
        if (field.kind == Kind::Message)
            addFields(field.message, seen, names);
        else
            names.insert(type->name + "." + field.name);
    }
}

bool exists(const Schema &schema, const std::string &field)
{
    const size_t dot = field.rfind('.');
    const MessageType *type = schema.message(field.substr(0, dot));
    return type != nullptr &&
           std::any_of(type->fields.begin(), type->fields.end(),
                       [&](const FieldType &entry) { return entry.name == field.substr(dot + 1); });
}

/// All fields that can stand in an image.
std::set<std::string> imageFields()
{
    const auto schema = Schema::load();
    std::set<const MessageType *> seen;
    std::set<std::string> names;
    for (const ImageType &type : imageTypes()) {
        addFields(schema->message(type.head), seen, names);
        addFields(schema->message(type.entry), seen, names);
    }
    return names;
}

} // namespace

class tst_profile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tableKnowsTheSchema();
    void profilesAreParsed();
    void exportsOfRealCheckpoints_data();
    void exportsOfRealCheckpoints();
    void nothingOfTheSampleRemains();
    void keepsWhatIsNarrowed();
    void keepsPointersAndSmallNumbers();
    void emptiesMemoryButCode();
    void sameNamesInLogsAndImages();
    void anotherDumpGetsTheSameNames();
    void mapTranslatesBack();
    void archivesOfTheContainerStayArchives();
};

void tst_profile::tableKnowsTheSchema()
{
    const auto table = Sensitivity::builtIn();
    QVERIFY2(table.ok(), table ? "" : table.error().describe().c_str());
    const auto known = imageFields();
    const auto schema = Schema::load();
    QString strangers;
    for (const auto &[field, rule] : (*table)->fields()) {
        if (!known.contains(field) && !exists(*schema, field))
            strangers += QString::fromStdString(field) + QLatin1Char(' ');
        QVERIFY2(rule.dataClass != DataClass::None || rule.treatment == Treatment::Keep, field.c_str());
    }
    QVERIFY2(strangers.isEmpty(), qPrintable(strangers));
    // What is not listed is emptied; here nothing is left to that.
    std::set<std::string> unlisted;
    for (const std::string &field : known) {
        if (!(*table)->fields().contains(field))
            unlisted.insert(field);
    }
    QString text;
    for (const auto &field : unlisted)
        text += QString::fromStdString(field) + QLatin1Char(' ');
    QVERIFY2(unlisted.empty(), qPrintable(text));
    QVERIFY((*table)->find("core_entry", "no_such_field") == nullptr);
}

void tst_profile::profilesAreParsed()
{
    for (const char *text :
         {"restorable", "bug-report", "keep-pointers", "no-memory", "bug-report,-paths,-network",
          "no-memory,+registers", "restorable,+environment"}) {
        const auto profile = Profile::parse(text);
        QVERIFY2(profile.ok(), text);
        QCOMPARE(Profile::parse(profile->describe())->describe(), profile->describe());
    }
    QVERIFY(Profile::parse("restorable")->isEmpty());
    QVERIFY(!Profile::parse("bug-report,-paths")->classes().contains(DataClass::Paths));
    QVERIFY(Profile::parse("no-memory,+registers")->classes().contains(DataClass::Registers));
    for (const char *text : {"", "none", "bug-report,paths", "bug-report,-", "bug-report,+nothing", "+paths"})
        QCOMPARE(Profile::parse(text).error().code, ErrorCode::Usage);
}

void tst_profile::exportsOfRealCheckpoints_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("profile");
    for (const char *file :
         {"process-tree.tar.zst", "podman.tar.gz", "podman.tar.zst", "chain.tar.zst", "zoo.tar.zst"}) {
        for (const char *profile : {"bug-report", "keep-pointers", "no-memory"})
            QTest::addRow("%s %s", file, profile)
                << QString::fromLatin1(file) << QString::fromLatin1(profile);
    }
    QDirIterator themes(QString::fromStdString(data + "/zoo"), {QStringLiteral("*.tar.zst")}, QDir::Files);
    while (themes.hasNext()) {
        themes.next();
        if (themes.fileName().contains(QStringLiteral("golden")))
            continue; // what crit says of it
        QTest::addRow("%s", qPrintable(themes.fileName()))
            << QStringLiteral("zoo/") + themes.fileName() << QStringLiteral("bug-report");
    }
}

/// The export proves itself, every image of it decodes, and the model sees the same tree: all ids resolve as
/// before.
void tst_profile::exportsOfRealCheckpoints()
{
    QFETCH(const QString, file);
    QFETCH(const QString, profile);
    const auto before = load(data + "/" + file.toStdString());
    const auto plan = planOf(*before, profile.toStdString());
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    QVERIFY(plan->patchCount() > 0);
    QTemporaryDir folder;
    const std::string output = folder.filePath(QStringLiteral("export.tar")).toStdString();
    const auto proof = Exporter(before).run(*plan, {}, output);
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    const auto after = load(output);
    QCOMPARE(after->problems().size(), before->problems().size());
    const auto &old = before->checkpoint();
    const auto &made = after->checkpoint();
    QCOMPARE(made.tasks().size(), old.tasks().size());
    for (size_t i = 0; i < old.tasks().size(); ++i) {
        QCOMPARE(made.tasks()[i].pid, old.tasks()[i].pid);
        QCOMPARE(made.tasks()[i].vmas.size(), old.tasks()[i].vmas.size());
        QCOMPARE(made.tasks()[i].comm.size(), old.tasks()[i].comm.size());
    }
    for (const Member &member : made.archive().members()) {
        if (!member.content || !Image::looksLikeImage(*member.content) || after->isPagesFile(member.id))
            continue;
        const auto image = made.openImage(member.id);
        QVERIFY2(image.ok(), member.path.c_str());
        const auto json = critDecode(*image);
        QVERIFY2(json.ok(), json ? "" : json.error().describe().c_str());
    }
}

void tst_profile::nothingOfTheSampleRemains()
{
    const auto before = load(sample);
    const auto plan = planOf(*before, "bug-report");
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    QTemporaryDir folder;
    const std::string output = folder.filePath(QStringLiteral("export.tar.zst")).toStdString();
    const auto proof = Exporter(before).run(*plan, {}, output);
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    const auto after = load(output);
    std::ifstream planted(CRYOSCOPE_SOURCE_DIR "/resources/sample/planted.tsv");
    std::string line;
    std::getline(planted, line);
    std::vector<std::string> values;
    while (std::getline(planted, line)) {
        const size_t first = line.find('\t') + 1;
        std::string value = line.substr(first, line.find('\t', first) - first);
        if (const size_t escape = value.find("\\x0a"); escape != std::string::npos)
            value = value.substr(escape + 4, 40); // the first line of a key
        values.push_back(value);
    }
    QVERIFY(values.size() > 15);
    for (const char *name : {"shop-web", "shop-mailer", "shop-backup", "shop.ini", "cryoscope_victim"})
        values.emplace_back(name);
    const std::string was = everything(before->checkpoint().archive());
    const std::string now = everything(after->checkpoint().archive());
    size_t seen = 0;
    for (const std::string &value : values) {
        seen += was.find(value) != std::string::npos ? 1 : 0;
        QVERIFY2(now.find(value) == std::string::npos, value.c_str());
    }
    QVERIFY(seen > 10);
}

void tst_profile::keepsWhatIsNarrowed()
{
    const auto memory = load(sample);
    const auto all = planOf(*memory, "bug-report");
    const auto fewer = planOf(*memory, "bug-report,-memory,-paths");
    QVERIFY(all && fewer);
    QVERIFY(all->profileSummary().classes.contains(DataClass::Memory));
    QVERIFY(all->profileSummary().classes.contains(DataClass::Paths));
    QVERIFY(!fewer->profileSummary().classes.contains(DataClass::Memory));
    QVERIFY(!fewer->profileSummary().classes.contains(DataClass::Paths));
    for (const auto &[member, patches] : fewer->patches())
        QVERIFY(!memory->isPagesFile(member));
}

namespace
{

std::string word(uint64_t value)
{
    return test::number(value, 8);
}

QString hex(const std::string &bytes)
{
    return QString::fromStdString(toHex(asBytes(bytes)));
}

/// One task with code, a writable page of words, and text.
std::string build(const QTemporaryDir &folder)
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "private-prog");
    task.exe(builder.file("/srv/private/prog"));
    task.vma(0x1000, 0x2000, test::VmaKind::FilePrivate, {1, 0, 5, 0}).vma(0x10000, 0x12000);
    task.page(0x1000, "code that everybody can read on any disk");
    task.page(0x10000, word(0x10008) + word(7) + word(0x4141414141414141) + word(0x12000) + word(0xfff) +
                           word(0x10000) + "plain text");
    const QString path = folder.filePath(QStringLiteral("images"));
    builder.writeTo(path.toStdString());
    return path.toStdString();
}

std::string exported(const std::shared_ptr<const Memory> &memory, const RedactionPlan &plan,
                     const QTemporaryDir &folder)
{
    std::string output = folder.filePath(QStringLiteral("export")).toStdString();
    const auto proof = Exporter(memory).run(plan, {}, output);
    if (!proof)
        qFatal("%s", proof.error().describe().c_str());
    return output;
}

std::string read(const Memory &memory, uint64_t address, size_t length)
{
    std::vector<std::byte> bytes(length);
    if (!memory.addressSpace(100)->read(address, bytes))
        qFatal("cannot read");
    return std::string(asText(bytes));
}

} // namespace

void tst_profile::keepsPointersAndSmallNumbers()
{
    QTemporaryDir folder;
    const auto before = load(build(folder));
    const auto plan = planOf(*before, "keep-pointers");
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    const auto after = load(exported(before, *plan, folder));
    QCOMPARE(hex(read(*after, 0x10000, 64)), hex(word(0x10008) + word(7) + word(0) + word(0) + word(0xfff) +
                                                 word(0x10000) + std::string(16, '\0')));
    QCOMPARE(read(*after, 0x1000, 9), std::string("code that"));
    QCOMPARE(after->checkpoint().tasks()[0].comm, std::string("private-prog")); // memory only
}

void tst_profile::emptiesMemoryButCode()
{
    QTemporaryDir folder;
    const auto before = load(build(folder));
    const auto plan = planOf(*before, "no-memory");
    QVERIFY(plan.ok());
    const auto after = load(exported(before, *plan, folder));
    QCOMPARE(read(*after, 0x10000, 4096), std::string(4096, '\0'));
    QCOMPARE(read(*after, 0x1000, 9), std::string("code that"));
}

void tst_profile::sameNamesInLogsAndImages()
{
    QTemporaryDir folder;
    test::CheckpointBuilder builder;
    builder.task(100, "private-prog").exe(builder.file("/srv/private/prog-a")).vma(0x1000, 0x2000);
    builder.file("/srv/private/notes.txt");
    builder.member("dump.log", "(00.010) Dumping path for 3 fd via self 9 [/srv/private/notes.txt]\n"
                               "(00.011) private-prog at 192.168.7.33\n"
                               "(00.012) Obtaining task stat ... \n");
    builder.writeTo(folder.filePath(QStringLiteral("images")).toStdString());
    const auto before = load(folder.filePath(QStringLiteral("images")).toStdString());
    const auto plan = planOf(*before, "bug-report");
    QVERIFY(plan.ok());
    const auto after = load(exported(before, *plan, folder));
    const auto &archive = after->checkpoint().archive();
    const std::string log(asText(*archive.find("dump.log")->content->readWhole(1 << 20)));
    const Pseudonyms pseudonyms(key);
    const std::string notes = pseudonyms.path("/srv/private/notes.txt");
    QVERIFY(notes != "/srv/private/notes.txt");
    QVERIFY(notes.ends_with(".txt") && notes.starts_with("/srv/"));
    QVERIFY2(log.find("[" + notes + "]") != std::string::npos, log.c_str());
    QVERIFY2(log.find("private") == std::string::npos, log.c_str());
    QVERIFY2(log.find(" at 192.168.") != std::string::npos && log.find("192.168.7.33") == std::string::npos,
             log.c_str());
    QVERIFY2(log.find("(00.012) Obtaining task stat ... \n") != std::string::npos, log.c_str());
    bool seen = false;
    for (const FileEntry &file : after->checkpoint().files())
        seen = seen || file.path == notes;
    QVERIFY(seen);
    QCOMPARE(after->checkpoint().tasks()[0].comm, pseudonyms.text("private-prog"));
}

void tst_profile::anotherDumpGetsTheSameNames()
{
    const auto one = load(data + "/podman.tar.zst");
    const auto two = load(data + "/podman.tar.gz");
    const auto first = planOf(*one, "bug-report");
    const auto again = planOf(*one, "bug-report");
    const auto other = planOf(*one, "bug-report", std::string(32, 'o'));
    const auto second = planOf(*two, "bug-report");
    QVERIFY(first && again && other && second);
    const auto nameOf = [](const Memory &memory, const RedactionPlan &plan) {
        QTemporaryDir folder;
        const std::string output = folder.filePath(QStringLiteral("x.tar")).toStdString();
        const auto made = std::shared_ptr<const Memory>(&memory, [](const Memory *) {});
        if (!Exporter(made).run(plan, {}, output))
            qFatal("no export");
        return load(output)->checkpoint().tasks()[0].comm;
    };
    QCOMPARE(one->checkpoint().tasks()[0].comm, two->checkpoint().tasks()[0].comm);
    QCOMPARE(nameOf(*one, *first), nameOf(*two, *second));
    QCOMPARE(nameOf(*one, *first), nameOf(*one, *again));
    QVERIFY(nameOf(*one, *first) != nameOf(*one, *other));
    QVERIFY(nameOf(*one, *first) != one->checkpoint().tasks()[0].comm);
}

void tst_profile::mapTranslatesBack()
{
    QTemporaryDir folder;
    const auto before = load(build(folder));
    const auto plan = planOf(*before, "bug-report");
    QVERIFY(plan.ok());
    PseudonymMap map(key);
    map.add(plan->profileSummary().names);
    const std::string path = folder.filePath(QStringLiteral("map")).toStdString();
    QVERIFY(map.write(path).ok());
    QCOMPARE(QFile::permissions(QString::fromStdString(path)) &
                 (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    const auto again = PseudonymMap::read(path);
    QVERIFY2(again.ok(), again ? "" : again.error().describe().c_str());
    QCOMPARE(again->key(), key);
    QCOMPARE(again->size(), map.size());
    const Pseudonyms pseudonyms(key);
    const std::string answer = "It fails when " + pseudonyms.path("/srv/private/prog") + " is run by " +
                               pseudonyms.text("private-prog") + ", not elsewhere.";
    QCOMPARE(again->translate(answer),
             std::string("It fails when /srv/private/prog is run by private-prog, not elsewhere."));
}

/// A container whose changed files are archives: what is in them is emptied, and they still are archives.
void tst_profile::archivesOfTheContainerStayArchives()
{
    QTemporaryDir folder;
    const std::string text = "a line that tells of somebody\n";
    std::string packed;
    const auto done = encodeStream(MemorySource("log", asBytes(text)), Codec::Gzip,
                                   [&](std::span<const std::byte> bytes) -> Result<void> {
                                       packed += asText(bytes);
                                       return {};
                                   });
    QVERIFY(done.ok());
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "x");
    builder.member("rootfs-diff.tar",
                   test::TarWriter()
                       .file("backup.tar", test::TarWriter().file("somebody.txt", text).bytes())
                       .file("log.1.gz", packed)
                       .file("last", text)
                       .bytes());
    builder.writeTo(folder.filePath(QStringLiteral("images")).toStdString());
    const auto memory = load(folder.filePath(QStringLiteral("images")).toStdString());
    QVERIFY(memory->checkpoint().archive().find("rootfs-diff.tar!log.1.gz!") != nullptr);
    const auto plan = planOf(*memory, "bug-report");
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    const std::string out = folder.filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, {}, out);
    QVERIFY2(proof.ok() && proof->complete(), proof ? "" : proof.error().describe().c_str());
    const auto made = load(out);
    QCOMPARE(made->checkpoint().archive().members().size(), memory->checkpoint().archive().members().size());
    const std::string all = everything(made->checkpoint().archive());
    QVERIFY(all.find("somebody") == std::string::npos);
}

CRYOSCOPE_TEST(tst_profile)

} // namespace tst_profile

#include "tst_profile.moc"
