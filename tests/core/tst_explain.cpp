// SPDX-License-Identifier: Apache-2.0
// Every member of real checkpoints explained: each byte has a name, and ids lead to what they name.
#include "core/memory/memberexplainer.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/compressedpages.h"
#include "tests/support/dissectionflaw.h"
#include "tests/program/testprogram.h"
#include "tests/support/zoothemes.h"

#include <QTemporaryDir>

namespace tst_explain
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

std::shared_ptr<const Memory> openMemory(const QString &name)
{
    const std::string path = name == QLatin1String("sample") ? CRYOSCOPE_SOURCE_DIR
                                 "/resources/sample/sample.tar.zst"
                                                             : CRYOSCOPE_TEST_DATA "/" + name.toStdString();
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    const auto memory = Memory::load(*checkpoint);
    if (!memory)
        qFatal("%s", memory.error().describe().c_str());
    return *memory;
}

/// A value and where it leads: "MEMBER record N NAME" -> "text".
struct Found {
    std::string field;
    std::string value;
    DissectionLink link;
};

std::vector<Found> linksOf(const MemberExplainer &explainer, MemberId member)
{
    std::vector<Found> found;
    const auto dissection = explainer.explain(member);
    if (!dissection)
        return found;
    const auto done = (*dissection)->walkAll([&found](const DissectionNode &node, unsigned) {
        if (node.link)
            found.push_back({node.name, node.value, *node.link});
        return node.kind == DissectionNode::Kind::Pages ? Dissection::Step::Over : Dissection::Step::Into;
    });
    return done ? found : std::vector<Found>();
}

} // namespace

class TestExplain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyByte_data();
    void everyByte();
    void links();
    void linksInTheSample();
    void pagesAreFoundByAddress();
    void noBytes();
    void compressedPages();
    void pagesThatNothingNames();
    void byName();
    void hostileIds();
};

void TestExplain::everyByte_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"process-tree.tar.zst", "podman.tar.zst", "podman.tar.gz", "chain.tar.zst",
                             "zoo.tar.zst", "sample"})
        QTest::newRow(name) << name;
    for (const std::string &theme : zooThemes(CRYOSCOPE_TEST_DATA))
        QTest::newRow(theme.c_str()) << QString::fromStdString("zoo/" + theme + ".tar.zst");
}

void TestExplain::everyByte()
{
    QFETCH(QString, name);
    const auto memory = openMemory(name);
    const MemberExplainer explainer(memory);
    uint64_t bytes = 0;
    for (const Member &member : memory->checkpoint().archive().members()) {
        const auto dissection = explainer.explain(member.id);
        QVERIFY2(dissection.ok(), member.path.c_str());
        QCOMPARE((*dissection)->size(), member.content ? member.content->size() : 0);
        const std::string wrong = dissectionFlaw(**dissection);
        QVERIFY2(wrong.empty(), (member.path + ": " + wrong).c_str());
        const auto coverage = (*dissection)->coverage();
        QVERIFY(coverage.ok());
        for (const auto &unknown : coverage->unknown)
            QFAIL((member.path + " at " + std::to_string(unknown.range.offset) + ": " + unknown.meaning)
                      .c_str());
        QCOMPARE(coverage->explained, coverage->size);
        bytes += coverage->explained;
        QVERIFY(!explainer.describe(member.id).empty());
    }
    QVERIFY(bytes > 100000);
}

/// Each kind of id in the recorded set of all kinds of files leads to the right record.
void TestExplain::links()
{
    const auto memory = openMemory("zoo.tar.zst");
    const Archive &archive = memory->checkpoint().archive();
    const MemberExplainer explainer(memory);
    std::map<std::string, int> seen; // "message image.field -> image" by file names without numbers
    for (const Member &member : archive.members()) {
        for (const Found &found : linksOf(explainer, member.id)) {
            const auto plain = [](const std::string &path) {
                const std::string name = path.substr(path.find_last_of('/') + 1);
                return name.substr(0, name.find_first_of("-0123456789."));
            };
            if (found.link.kind == DissectionLink::Kind::Memory) {
                ++seen[plain(member.path) + "." + found.field + " -> memory"];
                const auto space = memory->addressSpace(found.link.pid);
                QVERIFY(space.ok());
                QVERIFY2(space->vmaAt(found.link.address) != nullptr, found.field.c_str());
                continue;
            }
            QVERIFY(found.link.member != noMember);
            QVERIFY(!found.link.text.empty());
            const Member &target = archive.member(found.link.member);
            ++seen[plain(member.path) + "." + found.field + " -> " + plain(target.path)];
            if (found.link.record) {
                const auto image = memory->checkpoint().openImage(target.id);
                QVERIFY(image.ok() && *found.link.record < image->records().size());
                QVERIFY(image->records()[*found.link.record].message.contains(found.link.offset));
            }
        }
    }
    for (const char *wanted : {"ifaddr.interface -> netdev", "fdinfo.id -> files",
                               "fs.cwd_id -> files",         "fs.root_id -> files",
                               "mm.exe_file_id -> files",    "mm.shmid -> files",
                               "mm.mm_arg_start -> memory",  "pagemap.vaddr -> memory",
                               "pagemap.pages_id -> pages",  "files.pipe_id -> pipes",
                               "pipes.pipe_id -> files",     "fifo.pipe_id -> files",
                               "files.ino -> tcp",           "files.peer -> files",
                               "files.tty_info_id -> tty",   "tty.tty_id -> tty",
                               "files.inode_id -> memfd",    "memfd.shmid -> pagemap",
                               "ids.files_id -> fdinfo",     "ids.net_ns_id -> netns",
                               "ids.uts_ns_id -> utsns",     "ids.ipc_ns_id -> ipcns",
                               "remap.orig_id -> files",     "remap.remap_id -> ghost",
                               "files.id -> remap",          "sk.id_for -> files",
                               "sk.rights -> files",         "core.seccomp_filter -> seccomp",
                               "pstree.pid -> core",         "pstree.threads -> core",
                               "files.regf_id -> files",     "core.ip -> memory"})
        QVERIFY2(seen[wanted] > 0, wanted);
}

void TestExplain::linksInTheSample()
{
    const auto memory = openMemory("podman.tar.zst");
    const MemberExplainer explainer(memory);
    int sets = 0;
    int mounts = 0;
    for (const Member &member : memory->checkpoint().archive().members()) {
        for (const Found &found : linksOf(explainer, member.id)) {
            if (found.field == "cg_set" && found.link.text.starts_with("cgroup.img"))
                ++sets;
            if (found.field == "parent_mnt_id")
                ++mounts;
        }
    }
    QVERIFY(sets > 0);
    QVERIFY(mounts > 3);
}

void TestExplain::pagesAreFoundByAddress()
{
    const auto memory = openMemory("process-tree.tar.zst");
    const Archive &archive = memory->checkpoint().archive();
    const MemberExplainer explainer(memory);
    int compared = 0;
    for (const Member &member : archive.members()) {
        if (!memory->isPagesFile(member.id))
            continue;
        const auto dissection = explainer.explain(member.id);
        QVERIFY(dissection.ok());
        for (uint64_t offset = 100; offset < member.content->size(); offset += 4096 * 13) {
            const auto path = (*dissection)->pathAt(offset);
            QVERIFY(path.ok());
            QCOMPARE(path->size(), size_t{2});
            const auto places = memory->places(archive.canonical({member.id, path->back().range.offset, 1}));
            QVERIFY(!places.empty());
            if (places.front().pid == 0 || places.front().sharedId != 0)
                continue;
            QVERIFY(path->front().link);
            QCOMPARE(path->front().link->pid, places.front().pid);
            const uint64_t inRange = path->back().range.offset - path->front().range.offset;
            QCOMPARE(path->front().link->address + inRange, places.front().address);
            ++compared;
        }
    }
    QVERIFY(compared > 50);
}

void TestExplain::noBytes()
{
    const auto memory = openMemory("chain.tar.zst");
    const MemberExplainer explainer(memory);
    bool found = false;
    for (const Member &member : memory->checkpoint().archive().members()) {
        if (member.kind != MemberKind::Symlink)
            continue;
        found = true;
        QCOMPARE(explainer.describe(member.id), "symbolic link to " + member.linkTarget);
        QCOMPARE((*explainer.explain(member.id))->size(), uint64_t{0});
    }
    QVERIFY(found);
}

namespace
{

std::shared_ptr<const Memory> write(const QTemporaryDir &folder, const CheckpointBuilder &builder)
{
    const std::string path = folder.filePath("images").toStdString();
    builder.writeTo(path);
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

} // namespace

void TestExplain::compressedPages()
{
    std::string text;
    while (text.size() < 4 * 4096)
        text += "a text that says the same again and again; ";
    text.resize(4 * 4096);
    CompressedPages pages(2);
    pages.blocks(0x10000, text)
        .plain(0x20000, std::string(4096, 'p'), true)
        .blocks(0x30000, std::string(8192, '\0'));
    QTemporaryDir folder;
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x40000).page(0x10000, "replaced below");
    builder.member("pagemap-100.img", pages.pagemap(1)).member("pages-1.img", pages.pages());
    builder.member("inventory.img", CompressedPages::inventory(2, 8192));
    const auto memory = write(folder, builder);
    const MemberExplainer explainer(memory);
    const Archive &archive = memory->checkpoint().archive();
    const Member *stored = archive.find("pages-1.img");
    const Member *decoded = archive.find("pages-1.img!");
    QVERIFY(stored != nullptr && decoded != nullptr);
    QCOMPARE(explainer.describe(stored->id), std::string("compressed pages"));
    QCOMPARE(explainer.describe(decoded->id), std::string("pages of process 100"));
    for (const Member *member : {stored, decoded}) {
        const auto dissection = explainer.explain(member->id);
        QVERIFY(dissection.ok());
        QVERIFY2(dissectionFlaw(**dissection).empty(), dissectionFlaw(**dissection).c_str());
        const auto coverage = (*dissection)->coverage();
        QVERIFY(coverage->unknown.empty());
    }
    const auto path = (*explainer.explain(stored->id))->pathAt(3);
    QVERIFY(path.ok());
    QCOMPARE(path->back().name, std::string("block 0"));
    QVERIFY(path->back().link && path->back().link->member == decoded->id);
    // Something hidden where a block is aligned.
    std::string dirty = pages.pages();
    const size_t gap = dirty.find('p') - 1;
    QVERIFY(dirty[gap] == '\0');
    dirty[gap] = 'S';
    builder.member("pages-1.img", dirty);
    QTemporaryDir other;
    const auto again = write(other, builder);
    const MemberExplainer second(again);
    const auto coverage =
        (*second.explain(again->checkpoint().archive().find("pages-1.img")->id))->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{1});
}

void TestExplain::pagesThatNothingNames()
{
    QTemporaryDir folder;
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x12000)
        .page(0x10000, "here")
        .page(0x20000, "beyond any area");
    builder.member("pages-1.img", builder.members().at("pages-1.img") + std::string(4096, 'x'));
    builder.member("pages-77.img", std::string(8192, 'y'));
    const auto memory = write(folder, builder);
    const MemberExplainer explainer(memory);
    const Archive &archive = memory->checkpoint().archive();
    const auto first = explainer.explain(archive.find("pages-1.img")->id);
    QVERIFY(dissectionFlaw(**first).empty());
    const auto coverage = (*first)->coverage();
    QCOMPARE(coverage->unknown.size(), size_t{1});
    QCOMPARE(coverage->unknown.front().name, std::string("unreferenced pages"));
    QCOMPARE(coverage->unknown.front().range, (ByteRange{8192, 4096}));
    QCOMPARE(coverage->unknown.front().meaning, std::string("no pagemap names these bytes"));
    const auto path = (*first)->pathAt(5000);
    QVERIFY(path->front().meaning.find("in no area of the process") != std::string::npos);
    const auto stale = (*explainer.explain(archive.find("pages-77.img")->id))->coverage();
    QCOMPARE(stale->explained, uint64_t{0});
    QCOMPARE(stale->unknown.front().meaning, std::string("no pagemap names this file"));
    QCOMPARE(explainer.describe(archive.find("pages-77.img")->id),
             std::string("pages that no pagemap names"));
}

/// Members that the name alone tells.
void TestExplain::byName()
{
    QTemporaryDir folder;
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x12000).page(0x10000, "here");
    builder.member("route6-9.img", number(0x45311224, 4))
        .member("nftables-9.img", "table inet t {\n}\n")
        .member("ip6tables-9.img", "*nat\nCOMMIT\n")
        .member("restore.log", "(00.000001) text\n")
        .member("descriptors.json", "[\"pipe:[1]\"]")
        .member("amdgpu-renderD-1.img", MessageBuilder("criu_render_node").fillRequired().encode())
        .member("amdgpu-pages-1-00ab.img", "video")
        .member("amdgpu-dmabuf_1.img", "\x08\x05")
        .member("mystery", std::string("\x7f\x01\x02", 3));
    const auto memory = write(folder, builder);
    const MemberExplainer explainer(memory);
    const Archive &archive = memory->checkpoint().archive();
    for (const auto &[name, words, isKnown] : std::vector<std::tuple<const char *, const char *, bool>>{
             {"route6-9.img", "IPv6 routes", true},
             {"nftables-9.img", "nftables rules", true},
             {"ip6tables-9.img", "ip6tables rules", true},
             {"restore.log", "log of a restore", true},
             {"descriptors.json", "descriptors 0 to 2", true},
             {"amdgpu-renderD-1.img", "state of a GPU's driver", true},
             {"amdgpu-pages-1-00ab.img", "video memory", true},
             {"amdgpu-dmabuf_1.img", "state of a GPU's driver", false},
             {"mystery", "unknown content", false}}) {
        const Member *member = archive.find(name);
        QVERIFY2(member != nullptr, name);
        QCOMPARE(explainer.describe(member->id), std::string(words));
        const auto dissection = explainer.explain(member->id);
        QVERIFY(dissection.ok());
        QVERIFY2(dissectionFlaw(**dissection).empty(), name);
        const auto coverage = (*dissection)->coverage();
        QVERIFY2(coverage->explained == (isKnown ? coverage->size : 0), name);
        QVERIFY2(isKnown || !coverage->unknown.front().meaning.empty(), name);
    }
}

/// Ids that name nothing, themselves or anything at all lead nowhere, and nothing else happens.
void TestExplain::hostileIds()
{
    const uint64_t numbers[] = {0, 1, ~uint64_t{0}, uint64_t{1} << 31, 0xffffffff};
    for (const uint64_t number : numbers) {
        QTemporaryDir folder;
        CheckpointBuilder builder;
        auto &task = builder.task(100, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x12000).page(0x10000, "here");
        const auto n32 = static_cast<uint32_t>(number);
        builder.member(
            "remap-fpath.img",
            ImageBuilder("REMAP_FPATH")
                .record(MessageBuilder("remap_file_path_entry").set("orig_id", n32).set("remap_id", n32))
                .bytes());
        builder.member(
            "seccomp.img",
            ImageBuilder("SECCOMP")
                .record(
                    MessageBuilder("seccomp_entry")
                        .set("seccomp_filters",
                             MessageBuilder("seccomp_filter").set("filter", "123456789").set("prev", n32)))
                .bytes());
        builder.member("ids-100.img",
                       ImageBuilder("IDS")
                           .record(MessageBuilder("task_kobj_ids_entry").set("net_ns_id", n32).fillRequired())
                           .bytes());
        builder.member("cgroup.img", ImageBuilder("PIPES_DATA").bytes());
        const auto memory = write(folder, builder);
        const MemberExplainer explainer(memory);
        for (const Member &member : memory->checkpoint().archive().members()) {
            const auto dissection = explainer.explain(member.id);
            QVERIFY(dissection.ok());
            QVERIFY2(dissectionFlaw(**dissection).empty(), member.path.c_str());
        }
    }
}

CRYOSCOPE_TEST(TestExplain)

} // namespace tst_explain

#include "tst_explain.moc"
