// SPDX-License-Identifier: Apache-2.0
// Whether a set can be restored: whole ones of every kind are, and each thing that is missing or wrong is
// named.
#include "core/memory/completeness.h"
#include "tests/program/testprogram.h"
#include "tests/support/completeset.h"
#include "tests/support/zoothemes.h"

#include <QProcess>
#include <QTemporaryDir>

#include <functional>
#include <map>
#include <set>

namespace tst_completeness
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

constexpr auto stops = RestoreSeverity::Stops;
constexpr auto mayStop = RestoreSeverity::MayStop;
constexpr auto note = RestoreSeverity::Note;

Completeness checked(const std::string &path)
{
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    const auto memory = Memory::load(*checkpoint);
    if (!memory)
        qFatal("%s", memory.error().describe().c_str());
    return checkCompleteness(**memory);
}

std::string allOf(const Completeness &completeness)
{
    std::string text = completeness.answer();
    for (const RestoreFinding &finding : completeness.findings)
        text += "\n" + std::string(restoreSeverityName(finding.severity)) + ": " + finding.describe();
    return text;
}

/// One thing that is wrong, and what is to be said of it.
struct Fault {
    std::function<void(CompleteSet &)> make;
    RestoreSeverity severity = stops;
    std::string member;
    std::string field;  ///< begins like this
    std::string reason; ///< is a part of it
};

MessageBuilder ids(uint32_t uts)
{
    MessageBuilder ids("task_kobj_ids_entry");
    ids.set("vm_id", 2).set("files_id", 2).set("fs_id", 2).set("sighand_id", 2);
    return ids.set("net_ns_id", 1).set("uts_ns_id", uts);
}

MessageBuilder file(uint32_t id, uint32_t within, const char *name)
{
    return MessageBuilder("file_entry")
        .set("type", 1)
        .set("id", id)
        .set("reg", MessageBuilder("reg_file_entry").set("id", within).set("name", name).fillRequired());
}

/// files.img with one more record.
std::string filesWith(const CompleteSet &set, const MessageBuilder &entry)
{
    return set.builder.members().at("files.img") + number(entry.encode().size(), 4) + entry.encode();
}

MessageBuilder threadCore(const MessageBuilder &threadState)
{
    return MessageBuilder("core_entry")
        .set("mtype", 1)
        .set("thread_info", CompleteSet::registers())
        .set("thread_core", threadState);
}

std::map<std::string, Fault> faults()
{
    std::map<std::string, Fault> all;
    const auto without = [&all](const char *name, const char *reason, RestoreSeverity severity = stops) {
        all[std::string("without ") + name] = {[name](CompleteSet &set) { set.builder.without(name); },
                                               severity, name, "", reason};
    };
    for (const char *name : {"inventory.img", "pstree.img", "core-100.img", "core-102.img", "core-103.img",
                             "ids-100.img", "mm-101.img", "fs-100.img", "pagemap-101.img", "pages-2.img"})
        without(name, "is not there");
    all["descriptors"] = {[](CompleteSet &set) { set.builder.without("fdinfo-2.img"); }, mayStop,
                          "ids-101.img", "task_kobj_ids_entry.files_id", "descriptors"};
    all["files.img"] = {[](CompleteSet &set) { set.builder.without("files.img"); }, stops, "mm-100.img",
                        "mm_entry.exe_file_id", "no file entry"};
    all["descriptor"] = {[](CompleteSet &set) { set.task.fd(60, 999); }, stops, "fdinfo-1.img",
                         "fdinfo_entry.id", "no file entry"};
    all["descriptor of another type"] = {
        [](CompleteSet &set) {
            set.builder.member("fdinfo-2.img", set.image("FDINFO", MessageBuilder("fdinfo_entry")
                                                                       .set("id", set.exe)
                                                                       .set("flags", 0)
                                                                       .set("type", 2)
                                                                       .set("fd", 0)));
        },
        stops, "fdinfo-2.img", "fdinfo_entry.type", "is not that of the file entry"};
    all["executable"] = {[](CompleteSet &set) { set.task.exe(999); }, stops, "mm-100.img",
                         "mm_entry.exe_file_id", "no file entry"};
    all["working directory"] = {[](CompleteSet &set) { set.task.cwd(999); }, stops, "fs-100.img",
                                "fs_entry.cwd_id", "no file entry"};
    all["mapped file"] = {
        [](CompleteSet &set) { set.task.vma(0x900000, 0x901000, VmaKind::FilePrivate, {999}); }, stops,
        "mm-100.img", "vma_entry.shmid", "no file entry"};
    all["shared memory"] = {[](CompleteSet &set) { set.builder.without("pagemap-shmem-4242.img"); }, stops,
                            "mm-100.img", "vma_entry.shmid", "shared memory"};
    all["memfd"] = {[](CompleteSet &set) { set.builder.without("memfd.img"); }, stops, "files.img",
                    "memfd_file_entry.inode_id", "memfd.img"};
    all["pages of the memfd"] = {[](CompleteSet &set) { set.builder.without("pagemap-shmem-5151.img"); },
                                 stops, "memfd.img", "memfd_inode_entry.shmid", "pages of this memfd"};
    all["ghost file"] = {[](CompleteSet &set) { set.builder.without("ghost-file-1.img"); }, stops,
                         "remap-fpath.img", "remap_file_path_entry.remap_id", "deleted file"};
    all["name of a ghost file"] = {
        [](CompleteSet &set) {
            set.builder.member("remap-fpath.img",
                               set.image("REMAP_FPATH", MessageBuilder("remap_file_path_entry")
                                                            .set("orig_id", 999)
                                                            .set("remap_id", 1)
                                                            .set("remap_type", 1)));
        },
        stops, "remap-fpath.img", "remap_file_path_entry.orig_id", "no file entry"};
    all["chunk of a ghost file"] = {
        [](CompleteSet &set) {
            set.builder.ghostFile("/tmp/third", 5000, {{4096, std::string(1000, 'x')}});
        },
        mayStop, "ghost-file-3.img", "ghost_chunk_entry.len", "beyond the end"};
    all["unix socket"] = {[](CompleteSet &set) { set.builder.unixSocket(950, 951); }, stops, "files.img",
                          "unix_sk_entry.peer", "no unix socket"};
    all["receiver"] = {[](CompleteSet &set) { set.builder.socketPacket(999, "lost"); }, mayStop,
                       "sk-queues.img", "sk_packet_entry.id_for", "no receiver"};
    all["connection"] = {[](CompleteSet &set) { set.builder.without("tcp-stream-1234.img"); }, mayStop,
                         "files.img", "inet_sk_entry.ino", "TCP connection"};
    all["inner id"] = {
        [](CompleteSet &set) { set.builder.member("files.img", filesWith(set, file(70, 71, "/a"))); }, stops,
        "files.img", "file_entry.reg", "its id"};
    all["file without description"] = {
        [](CompleteSet &set) {
            set.builder.member("files.img",
                               filesWith(set, MessageBuilder("file_entry").set("type", 1).set("id", 70)));
        },
        stops, "files.img", "file_entry", "says nothing"};
    all["required field"] = {
        [](CompleteSet &set) {
            set.builder.member("fs-101.img",
                               set.image("FS", MessageBuilder("fs_entry").set("cwd_id", set.directory)));
        },
        stops, "fs-101.img", "fs_entry.root_id", "is required"};
    all["no record"] = {
        [](CompleteSet &set) { set.builder.member("fs-101.img", ImageBuilder("FS").bytes()); }, stops,
        "fs-101.img", "", "has no record"};
    all["pipe"] = {
        [](CompleteSet &set) {
            set.builder.member(
                "pipes-data.img",
                ImageBuilder("PIPES_DATA")
                    .record(
                        MessageBuilder("pipe_data_entry").set("pipe_id", 77).set("bytes", 9).set("size", 8),
                        "nine byte")
                    .bytes());
        },
        stops, "pipes-data.img", "pipe_data_entry.bytes", "more than the pipe holds"};
    all["send queue"] = {[](CompleteSet &set) {
                             MessageBuilder stream("tcp_stream_entry");
                             stream.set("inq_len", 0).set("outq_len", 3).set("unsq_len", 4).fillRequired();
                             set.builder.member("tcp-stream-1234.img",
                                                ImageBuilder("TCP_STREAM").record(stream, "abc").bytes());
                         },
                         stops, "tcp-stream-1234.img", "tcp_stream_entry.unsq_len", "more than the queue"};
    all["registers"] = {[](CompleteSet &set) {
                            MessageBuilder info("thread_info_x86");
                            info.set("fpregs", CompleteSet::floatingPoint(31)).fillRequired();
                            set.builder.member("core-101.img",
                                               set.image("CORE", CompleteSet::core(true, info)));
                        },
                        stops, "core-101.img", "user_x86_fpregs_entry.st_space", "31 elements of 32"};
    all["no registers"] = {
        [](CompleteSet &set) {
            MessageBuilder state("thread_core_entry");
            set.builder.member(
                "core-102.img",
                set.image(
                    "CORE",
                    MessageBuilder("core_entry").set("mtype", 1).set("thread_core", state.fillRequired())));
        },
        stops, "core-102.img", "core_entry", "no registers"};
    all["no task"] = {[](CompleteSet &set) {
                          set.builder.member("core-101.img", set.image("CORE", CompleteSet::core(false)));
                      },
                      stops, "core-101.img", "core_entry", "no state of the task"};
    all["address of rseq"] = {
        [](CompleteSet &set) {
            MessageBuilder state("thread_core_entry");
            state.set("rseq_entry",
                      MessageBuilder("rseq_entry").set("rseq_abi_pointer", 0x123456789000).fillRequired());
            set.builder.member("core-102.img", set.image("CORE", threadCore(state.fillRequired())));
        },
        mayStop, "core-102.img", "rseq_entry.rseq_abi_pointer", "outside of the task's memory"};
    all["seccomp filter"] = {[](CompleteSet &set) {
                                 MessageBuilder state("thread_core_entry");
                                 state.set("seccomp_mode", 2).set("seccomp_filter", 0).fillRequired();
                                 set.builder.member("core-102.img", set.image("CORE", threadCore(state)));
                             },
                             stops, "core-102.img", "thread_core_entry.seccomp_filter", "seccomp.img"};
    all["cgroups"] = {[](CompleteSet &set) {
                          MessageBuilder state("thread_core_entry");
                          state.set("cg_set", 7).fillRequired();
                          set.builder.member("core-102.img", set.image("CORE", threadCore(state)));
                      },
                      stops, "core-102.img", "thread_core_entry.cg_set", "cgroup.img"};
    all["arguments"] = {
        [](CompleteSet &set) {
            MessageBuilder mm("mm_entry");
            mm.set("mm_arg_start", 0x2000).set("mm_arg_end", 0x1000).set("exe_file_id", set.exe);
            set.builder.member("mm-101.img", set.image("MM", mm.fillRequired()));
        },
        stops, "mm-101.img", "mm_entry.mm_arg_start", "behind mm_arg_end"};
    all["parent process"] = {[](CompleteSet &set) { set.builder.task(110, "orphan", 55).state(2); }, stops,
                             "pstree.img", "pstree_entry.ppid", "no task"};
    all["namespace"] = {[](CompleteSet &set) { set.builder.member("ids-101.img", set.image("IDS", ids(7))); },
                        stops, "ids-101.img", "task_kobj_ids_entry.uts_ns_id", "namespace"};
    all["mount"] = {[](CompleteSet &set) {
                        MessageBuilder mount("mnt_entry");
                        set.builder.member("mountpoints-1.img",
                                           set.image("MNTS", mount.set("mnt_id", 5).fillRequired()));
                        set.builder.fileEntry(
                            1, "reg", MessageBuilder("reg_file_entry").set("name", "/a").set("mnt_id", 12));
                    },
                    mayStop, "files.img", "reg_file_entry.mnt_id", "no mount"};
    all["System V segment"] = {
        [](CompleteSet &set) {
            MessageBuilder segment("ipc_shm_entry");
            segment.set("desc", MessageBuilder("ipc_desc_entry").set("id", 77).fillRequired())
                .set("size", 4096)
                .set("in_pagemaps", true);
            set.builder.member("ipcns-shm-1.img", set.image("IPCNS_SHM", segment));
        },
        mayStop, "ipcns-shm-1.img", "ipc_desc_entry.id", "shared memory"};
    all["network namespace"] = {
        [](CompleteSet &set) { set.builder.member("netdev-5.img", ImageBuilder("NETDEV").bytes()); }, mayStop,
        "route-5.img", "", "other images of its network namespace"};
    all["names of deleted files"] = {[](CompleteSet &set) { set.builder.without("remap-fpath.img"); },
                                     mayStop, "ghost-file-2.img", "", "no deleted file"};
    all["file system in memory"] = {
        [](CompleteSet &set) {
            MessageBuilder mount("mnt_entry");
            mount.set("fstype", 5).set("mnt_id", 3).set("root_dev", 41).set("root", "/").fillRequired();
            set.builder.member("mountpoints-1.img", set.image("MNTS", mount));
        },
        mayStop, "mountpoints-1.img", "mnt_entry.root_dev", "would be empty"};
    all["data of pipes"] = {[](CompleteSet &set) { set.builder.without("pipes-data.img"); }, mayStop,
                            "files.img", "pipe_entry.pipe_id", "is lost"};
    all["parent set"] = {[](CompleteSet &set) { set.task.vma(0x900000, 0x901000).inParent(0x900000); }, stops,
                         "pagemap-100.img", "pagemap_entry.flags", "parent set"};
    all["lazy pages"] = {[](CompleteSet &set) { set.task.vma(0x900000, 0x901000).lazy(0x900000); }, mayStop,
                         "pagemap-100.img", "pagemap_entry.flags", "fetched"};
    all["pages without area"] = {[](CompleteSet &set) { set.task.page(0x900000, "nobody's"); }, stops,
                                 "pagemap-100.img", "pagemap_entry.vaddr 0x900000", "1 page lies"};
    all["pages of a shared area"] = {[](CompleteSet &set) { set.task.page(CompleteSet::shared, "private"); },
                                     stops, "pagemap-100.img", "pagemap_entry.vaddr 0x700000", "1 page lies"};
    all["areas that overlap"] = {
        [](CompleteSet &set) { set.task.vma(CompleteSet::heap + 0x1000, CompleteSet::heap + 0x8000); },
        mayStop, "mm-100.img", "vma_entry.start 0x601000", "not behind"};
    all["short pages"] = {[](CompleteSet &set) {
                              set.builder.member("pages-1.img",
                                                 set.builder.members().at("pages-1.img").substr(0, 4096));
                          },
                          stops, "pages-1.img", "", "is shorter"};
    all["long pages"] = {[](CompleteSet &set) {
                             set.builder.member("pages-1.img", set.builder.members().at("pages-1.img") +
                                                                   std::string(4096, 'x'));
                         },
                         mayStop, "pages-1.img", "", "is longer"};
    all["cut image"] = {[](CompleteSet &set) {
                            std::string files = set.builder.members().at("files.img");
                            files.resize(files.size() - 3);
                            set.builder.member("files.img", files);
                        },
                        stops, "files.img", "", ""};
    all["version"] = {[](CompleteSet &set) { set.builder.imageVersion(9); }, stops, "inventory.img",
                      "inventory_entry.img_version", "no CRIU takes"};
    all["encrypted"] = {[](CompleteSet &set) { set.builder.member("cipher.img", "x"); }, mayStop,
                        "cipher.img", "", "encrypted"};
    return all;
}

} // namespace

class tst_completeness : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void realSets_data();
    void realSets();
    void wholeSets_data();
    void wholeSets();
    void faultIsNamed_data();
    void faultIsNamed();
    void preDump();
    void plugins();
    void manyAlike();
    void commandLine();

private:
    [[nodiscard]] std::string write(const CompleteSet &set) const
    {
        const std::string path = m_folder->filePath(QStringLiteral("images")).toStdString();
        set.builder.writeTo(path);
        return path;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void tst_completeness::realSets_data()
{
    QTest::addColumn<QString>("path");
    const QString data = QStringLiteral(CRYOSCOPE_TEST_DATA "/");
    for (const char *name :
         {"process-tree.tar.zst", "podman.tar.gz", "podman.tar.zst", "chain.tar.zst", "zoo.tar.zst"})
        QTest::newRow(name) << data + QString::fromLatin1(name);
    QTest::newRow("sample") << QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/sample/sample.tar.zst");
    for (const auto &theme : zooThemes(CRYOSCOPE_TEST_DATA))
        QTest::newRow(theme.c_str()) << data + QStringLiteral("zoo/") + QString::fromStdString(theme) +
                                            QStringLiteral(".tar.zst");
}

void tst_completeness::realSets()
{
    QFETCH(QString, path);
    const Completeness completeness = checked(path.toStdString());
    QVERIFY2(completeness.complete(), allOf(completeness).c_str());
    QCOMPARE(completeness.answer(), std::string("yes"));
}

void tst_completeness::wholeSets_data()
{
    QTest::addColumn<int>("layout");
    QTest::addColumn<bool>("bigEndian");
    QTest::addColumn<size_t>("notes");
    for (const bool big : {false, true}) {
        const auto row = [big](const char *name, SetLayout layout, size_t notes) {
            QTest::addRow("%s%s", name, big ? ", big-endian" : "")
                << static_cast<int>(layout) << big << notes;
        };
        row("current", SetLayout::Current, 0);
        row("before 3.4", SetLayout::KindImages, 0);
        row("1.0", SetLayout::Version10, 1); // that no CRIU of today takes it
    }
}

void tst_completeness::wholeSets()
{
    QFETCH(int, layout);
    QFETCH(bool, bigEndian);
    QFETCH(size_t, notes);
    const CompleteSet set(static_cast<SetLayout>(layout), bigEndian ? ByteOrder::Big : ByteOrder::Little);
    const Completeness completeness = checked(write(set));
    QVERIFY2(completeness.complete(), allOf(completeness).c_str());
    QCOMPARE(completeness.findings.size(), notes);
    QCOMPARE(completeness.count(note), notes);
}

void tst_completeness::faultIsNamed_data()
{
    QTest::addColumn<QString>("name");
    for (const auto &[name, fault] : faults())
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

void tst_completeness::faultIsNamed()
{
    QFETCH(QString, name);
    const Fault fault = faults().at(name.toStdString());
    CompleteSet set;
    fault.make(set);
    const Completeness completeness = checked(write(set));
    QVERIFY(!completeness.complete());
    QVERIFY(completeness.answer().starts_with("no: "));
    const auto is = [&fault](const RestoreFinding &finding) {
        return finding.severity == fault.severity && finding.member == fault.member &&
               (fault.field.empty() ? finding.field.empty() : finding.field.starts_with(fault.field)) &&
               finding.reason.find(fault.reason) != std::string::npos;
    };
    QVERIFY2(std::any_of(completeness.findings.begin(), completeness.findings.end(), is),
             allOf(completeness).c_str());
    // What one fault brings with it is said once for each that needs it, and no place is said twice.
    std::set<std::string> told;
    for (const RestoreFinding &finding : completeness.findings)
        QVERIFY2(told.insert(finding.describe()).second, finding.describe().c_str());
}

void tst_completeness::preDump()
{
    CompleteSet set;
    for (const auto &[name, content] : set.builder.members()) {
        if (!name.starts_with("pagemap-") && !name.starts_with("pages-") && name != "inventory.img")
            set.builder.without(name);
    }
    const Completeness completeness = checked(write(set));
    QCOMPARE(completeness.findings.size(), size_t{1});
    QCOMPARE(completeness.findings.front().severity, stops);
    QVERIFY(completeness.findings.front().reason.find("pre-dump") != std::string::npos);
    QCOMPARE(completeness.answer(), std::string("no: 1 finding stops it"));
}

void tst_completeness::plugins()
{
    CompleteSet set;
    set.builder.member("inventory.img",
                       ImageBuilder("INVENTORY")
                           .record(MessageBuilder("inventory_entry")
                                       .set("img_version", 2)
                                       .set("fdinfo_per_id", true)
                                       .set("ns_per_id", true)
                                       .set("plugins_entry",
                                            MessageBuilder("plugins_entry").set("plugins", "amdgpu_plugin")))
                           .bytes());
    const Completeness completeness = checked(write(set));
    QVERIFY2(completeness.complete(), allOf(completeness).c_str());
    QCOMPARE(completeness.findings.size(), size_t{1});
    QVERIFY(completeness.findings.front().reason.find("amdgpu_plugin") != std::string::npos);
}

void tst_completeness::manyAlike()
{
    CompleteSet set;
    const size_t descriptors = RestoreFindings::maxAlike + 7;
    for (uint32_t i = 0; i < descriptors; ++i)
        set.task.fd(100 + i, 5000 + i);
    const Completeness completeness = checked(write(set));
    QCOMPARE(completeness.findings.size(), RestoreFindings::maxAlike);
    QVERIFY(completeness.findings.back().reason.ends_with("(and 7 more like it)"));
}

void tst_completeness::commandLine()
{
    const auto run = [](const QStringList &arguments) {
        QProcess process;
        process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/cryoscope-cli"), arguments);
        return process.waitForFinished(60000) ? QString::fromUtf8(process.readAllStandardOutput())
                                              : QString();
    };
    CompleteSet set;
    const QString path = QString::fromStdString(write(set));
    QVERIFY(run({QStringLiteral("info"), path}).endsWith(QStringLiteral("Complete and restorable: yes\n")));
    const QString whole = run({QStringLiteral("info"), QStringLiteral("--json"), path});
    QVERIFY2(whole.contains(QStringLiteral("\"complete\": true,\n    \"findings\": []")), qPrintable(whole));
    set.task.exe(999);
    QCOMPARE(QString::fromStdString(write(set)), path);
    const QString text = run({QStringLiteral("info"), path});
    QVERIFY2(text.contains(
                 QStringLiteral("Complete and restorable: no: 1 finding stops it\n  stops: mm-100.img at "
                                "offset ")),
             qPrintable(text));
    const QString json = run({QStringLiteral("info"), QStringLiteral("--json"), path});
    QVERIFY2(json.contains(QStringLiteral("\"complete\": false")) &&
                 json.contains(QStringLiteral("\"field\": \"mm_entry.exe_file_id\"")),
             qPrintable(json));
}

CRYOSCOPE_TEST(tst_completeness)

} // namespace tst_completeness

#include "tst_completeness.moc"
