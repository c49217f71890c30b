// SPDX-License-Identifier: Apache-2.0
// What names of files in an image set promise, and what is said of files that nothing explains.
#include "core/checkpoint/features.h"
#include "core/checkpoint/imagecensus.h"
#include "core/image/imagefile.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <set>

namespace tst_imagefile
{

using namespace cryoscope;
using test::CheckpointBuilder;
using test::ImageBuilder;
using test::MessageBuilder;

namespace
{

class Opened
{
public:
    explicit Opened(const CheckpointBuilder &builder)
    {
        builder.writeTo(m_folder.path().toStdString());
        auto opened = Checkpoint::open(m_folder.path().toStdString());
        if (opened)
            m_checkpoint = *opened;
    }
    const Checkpoint &operator*() const { return *m_checkpoint; }
    explicit operator bool() const { return m_checkpoint != nullptr; }

    /// "warning", "note", or nothing said of a member.
    [[nodiscard]] std::string said(const std::string &name) const
    {
        std::string what;
        for (const Problem &problem : m_checkpoint->problems()) {
            if (problem.error.file.ends_with(name))
                what = problem.severity == Severity::Note ? "note" : "warning";
        }
        return what;
    }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<const Checkpoint> m_checkpoint;
};

CheckpointBuilder simple()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x1000, 0x3000).page(0x1000, "text");
    return builder;
}

} // namespace

class TestImageFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void names_data();
    void names();
    void everyTypeHasAName();
    void namesAreFoundByTheirOwnRow();
    void whatNothingExplainsIsNamed();
    void unknownHeadsInParentSets();
    void counts();
    void features();
};

void TestImageFile::names_data()
{
    QTest::addColumn<QString>("what");
    const auto row = [](const char *name, const char *what) { QTest::newRow(name) << QString(what); };
    row("inventory.img", "INVENTORY");
    row("core-1.img", "CORE");
    row("pagemap-12.img", "PAGEMAP");
    row("pagemap-shmem-12.img", "PAGEMAP");
    row("pages-3.img", "pages");
    row("pages-shmem-3.img", "pages of shared memory");
    row("ghost-file-1f.img", "GHOST_FILE");
    row("tcp-stream-9ab2.img", "TCP_STREAM");
    row("netns-9.img", "NETNS");
    row("netns-ct-9.img", "tracked connections");
    row("route-9.img", "routes");
    row("route6-9.img", "IPv6 routes");
    row("tmpfs-dev-43.tar.gz.img", "files of a tmpfs");
    row("tmpfs-43.tar.gz.img", "files of a tmpfs");
    row("binfmt-misc.img", "BINFMT_MISC");
    row("binfmt-misc-7.img", "BINFMT_MISC");
    row("signal-s-7.img", "SIGNAL");
    row("stats-dump", "STATS");
    row("amdgpu-kfd-1.img", "criu_kfd");
    row("amdgpu-pages-1-00ff.img", "video memory");
    row("amdgpu-drm-pages-1-128-00ff.img", "video memory");
    for (const char *unknown :
         {"core-.img", "core-1.img.bak", "core-1f.img", "core-1", "xcore-1.img", "pages-1.comp.img",
          "ghost-file-1F.img", "stats-dump.img", "notes.txt", "", ".img", "inventory1.img"})
        row(unknown, "");
}

void TestImageFile::names()
{
    QFETCH(QString, what);
    const ImageFile *file = imageFileByName(QTest::currentDataTag());
    QCOMPARE(file != nullptr ? QString::fromUtf8(file->what.data(), static_cast<qsizetype>(file->what.size()))
                             : "",
             what);
}

void TestImageFile::everyTypeHasAName()
{
    std::set<std::string_view> named;
    for (const ImageFile &file : imageFiles()) {
        if (file.layout == FileLayout::Framed) {
            QVERIFY2(imageTypeByName(file.what) != nullptr, file.what.data());
            named.insert(file.what);
        }
    }
    for (const ImageType &type : imageTypes()) {
        if (type.name != "KDAT") // never in a set
            QVERIFY2(named.contains(type.name), type.name.data());
    }
}

void TestImageFile::namesAreFoundByTheirOwnRow()
{
    for (const ImageFile &file : imageFiles()) {
        std::string name(file.prefix);
        if (file.number != ImageFile::Number::None)
            name += file.number == ImageFile::Number::Several ? "1-2" : "10";
        name += file.suffix;
        QVERIFY2(imageFileByName(name) == &file, name.c_str());
    }
}

void TestImageFile::whatNothingExplainsIsNamed()
{
    auto builder = simple();
    builder.member("mystery-1.img", "nobody knows what this is")
        .member("core-7.img", "no magic of a core image")
        .member("creds-100.img", ImageBuilder("IDS").bytes())
        .member("future.dat",
                ImageBuilder(uint32_t{0x11223344}).bytes()) // a head magic before an unknown one
        .member("renamed.img", ImageBuilder("FS").bytes())
        .member("amdgpu-kfd-1.img", MessageBuilder().varint(1, 100).bytes(10, "opaque").encode())
        .member("amdgpu-kfd-2.img", "\x0a\xff")
        .member("amdgpu-pages-1-00ff.img", "video memory")
        .member("pages-9.img", "\x25\x40\x08\x56 no image, whatever it begins with")
        .member("tty.img", "")
        .member("notes.txt", "beside the images");
    const Opened opened(builder);
    QVERIFY(opened);
    QCOMPARE(opened.said("mystery-1.img"), std::string("warning"));
    QCOMPARE(opened.said("core-7.img"), std::string("warning"));
    QCOMPARE(opened.said("creds-100.img"), std::string("warning"));
    QCOMPARE(opened.said("future.dat"), std::string("warning"));
    QCOMPARE(opened.said("renamed.img"), std::string());
    QCOMPARE(opened.said("amdgpu-kfd-1.img"), std::string());
    QCOMPARE(opened.said("amdgpu-kfd-2.img"), std::string("warning"));
    QCOMPARE(opened.said("amdgpu-pages-1-00ff.img"), std::string("note"));
    QCOMPARE(opened.said("tty.img"), std::string("note"));
    QCOMPARE(opened.said("notes.txt"), std::string());
}

void TestImageFile::unknownHeadsInParentSets()
{
    auto builder = simple();
    builder.member("parent-set/inventory.img", ImageBuilder("INVENTORY").bytes())
        .member("parent-set/mystery.img", "nobody knows")
        .member("elsewhere/mystery.img", "in no set");
    const Opened opened(builder);
    QVERIFY(opened);
    QCOMPARE(opened.said("parent-set/mystery.img"), std::string("warning"));
    QCOMPARE(opened.said("elsewhere/mystery.img"), std::string());
}

void TestImageFile::counts()
{
    auto builder = simple();
    builder.task(101, "child");
    builder.member("mystery-1.img", "nobody knows");
    const Opened opened(builder);
    QVERIFY(opened);
    std::map<std::string, ImageCount> counts;
    for (const ImageCount &count : countImages(*opened))
        counts[count.name] = count;
    QCOMPARE(counts.at("CORE").files, uint64_t{2});
    QCOMPARE(counts.at("CORE").records, std::optional<uint64_t>(2));
    QCOMPARE(counts.at("PSTREE").records, std::optional<uint64_t>(2));
    QCOMPARE(counts.at("FILES").records, std::optional<uint64_t>(1));
    QCOMPARE(counts.at("PAGEMAP").files, uint64_t{2});
    QVERIFY(!counts.at("PAGEMAP").records);
    QCOMPARE(counts.at("pages").bytes, uint64_t{4096});
    QVERIFY(!counts.at("pages").records);
    QCOMPARE(counts.at("unknown").files, uint64_t{1});
}

void TestImageFile::features()
{
    auto builder = simple();
    builder.byteOrder(ByteOrder::Big)
        .member("vmas-100.img", ImageBuilder("VMAS", ByteOrder::Big).bytes())
        .member("utsns-1.img", ImageBuilder("UTSNS", ByteOrder::Big).bytes())
        .member("inventory.img",
                ImageBuilder("INVENTORY", ByteOrder::Big)
                    .record(MessageBuilder("inventory_entry")
                                .set("img_version", 2)
                                .set("lsmtype", 1)
                                .set("root_ids",
                                     MessageBuilder("task_kobj_ids_entry").set("net_ns_id", 9).fillRequired())
                                .set("plugins_entry", MessageBuilder("plugins_entry")
                                                          .set("plugins", "cuda_plugin")
                                                          .set("plugins", "other"))
                                .fillRequired())
                    .bytes());
    const Opened opened(builder);
    QVERIFY(opened);
    const Features features = findFeatures(*opened);
    QCOMPARE(features.architecture, std::string("X86_64"));
    QVERIFY(features.byteOrder == ByteOrder::Big);
    QVERIFY(features.obsolete);
    QVERIFY(!features.parent && !features.preDump && !features.compressed && !features.encrypted);
    QCOMPARE(features.lsm, std::string("SELINUX"));
    QCOMPARE(features.plugins, (std::vector<std::string>{"cuda_plugin", "other"}));
    const std::set<std::string> namespaces(features.namespaces.begin(), features.namespaces.end());
    QVERIFY(namespaces.contains("net"));
    QVERIFY(namespaces.contains("uts"));
    QVERIFY(!namespaces.contains("time"));
}

CRYOSCOPE_TEST(TestImageFile)

} // namespace tst_imagefile

#include "tst_imagefile.moc"
