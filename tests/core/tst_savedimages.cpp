// SPDX-License-Identifier: Apache-2.0
// Checkpoints in layers of container images: what is redacted in them leaves an image whose digests are
// right, and the proof accepts nothing else.
#include "core/archive/digests.h"
#include "core/archive/encoder.h"
#include "core/archive/gzipdecoder.h"
#include "core/bytes/memorysource.h"
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/savedimage.h"
#include "tests/support/tarreader.h"
#include "tests/support/tarwriter.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <functional>

namespace tst_savedimages
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

const std::string secret = "Zx9kQpL2vvT7mR4s";

std::string gzipped(const std::string &text)
{
    std::string out;
    const MemorySource source("layer", asBytes(text));
    const auto done =
        encodeStream(source, Codec::Gzip, [&out](std::span<const std::byte> bytes) -> Result<void> {
            out += asText(bytes);
            return {};
        });
    if (!done)
        qFatal("gzip fails");
    return out;
}

/// What a layer decodes to.
std::string decoded(const std::string &layer)
{
    const MemorySource source("layer", asBytes(layer));
    if (detectCodec(source) == Codec::None)
        return layer;
    std::string out;
    const auto done = decodeGzip(source, [&out](std::span<const std::byte> bytes) -> Result<void> {
        out += asText(bytes);
        return {};
    });
    return done && !done->problem ? out : "damaged";
}

std::string layerTar()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11ff8, secret);
    TarWriter tar;
    tar.directory("checkpoint");
    for (const auto &[name, content] : builder.members())
        tar.file("checkpoint/" + name, content);
    tar.file("config.dump", R"({"id":"abc","name":"counter","rootfsImageName":"localhost/counter:1"})");
    tar.file("spec.dump",
             R"({"hostname":"box","process":{"args":["/bin/prog"],"env":["PATH=/bin","DB_PASSWORD=)" +
                 secret +
                 R"("]},"mounts":[{"destination":"/data","type":"bind","source":"/srv/data"}],)"
                 R"("annotations":{"io.container.manager":"libpod"}})");
    tar.file("network.status",
             R"({"podman":{"interfaces":{"eth0":{"subnets":[{"ipnet":"10.88.0.5/16"}]}}}})");
    tar.file("rootfs-diff.tar", TarWriter().file("etc/token", "is " + secret + "\n").bytes());
    return tar.bytes();
}

ImageFiles imageOf(const QString &form)
{
    const std::string layer = layerTar();
    const ImageTexts texts{"counter of " + secret, secret, "run --token=" + secret};
    if (form.startsWith(QStringLiteral("docker")))
        return dockerArchive(layer, texts);
    return ociLayout(form.contains(QStringLiteral("gz")) ? gzipped(layer) : layer, layer, texts);
}

void writeFile(const QString &path, const std::string &content)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content.data(), static_cast<qint64>(content.size())) !=
                                                static_cast<qint64>(content.size()))
        qFatal("cannot write");
}

void writeAll(const QString &path, const ImageFiles &files, bool directory)
{
    if (!directory)
        return writeFile(path, tarOf(files));
    for (const auto &[name, content] : files)
        writeFile(path + QLatin1Char('/') + QString::fromStdString(name), content);
}

ImageFiles readAll(const QString &path)
{
    if (!QFileInfo(path).isDir())
        return readTar(path.toStdString());
    ImageFiles files;
    const QStringList folders{QString(), QStringLiteral("/blobs/sha256")};
    for (const QString &folder : folders) {
        for (const QFileInfo &entry : QDir(path + folder).entryInfoList(QDir::Files)) {
            QFile file(entry.filePath());
            if (!file.open(QIODevice::ReadOnly))
                qFatal("cannot read");
            files[QDir(path).relativeFilePath(entry.filePath()).toStdString()] = file.readAll().toStdString();
        }
    }
    return files;
}

std::shared_ptr<const Memory> load(const QString &path)
{
    const auto checkpoint = Checkpoint::open(path.toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

} // namespace

class TestSavedImages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void writersAreRight_data() { forms(); }
    void writersAreRight();
    void opens_data() { forms(); }
    void opens();
    void redactsAndProves_data() { forms(); }
    void redactsAndProves();
    void nothingToRedactChangesNothing_data() { forms(); }
    void nothingToRedactChangesNothing();
    void wrongNamesStay();
    void saboteurs_data();
    void saboteurs();
    void editsOfTexts();

private:
    static void forms();
    /// Redacts the secret everywhere; the path of the export.
    QString redacted(const QString &form);
    std::unique_ptr<QTemporaryDir> m_folder;
    std::shared_ptr<const Memory> m_memory;
    std::optional<RedactionPlan> m_plan;
};

void TestSavedImages::forms()
{
    QTest::addColumn<QString>("form");
    for (const char *form :
         {"oci directory", "oci tar", "oci gz directory", "oci gz tar", "docker tar", "docker directory"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

void TestSavedImages::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_memory.reset();
    m_plan.reset();
}

QString TestSavedImages::redacted(const QString &form)
{
    const QString path = m_folder->filePath(QStringLiteral("evidence"));
    writeAll(path, imageOf(form), form.endsWith(QStringLiteral("directory")));
    m_memory = load(path);
    auto review = Case::create({}, *m_memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*m_memory, values);
    if (!found || !(*review)->acceptExtents(*m_memory, Origin::ValueFile, found->found, "test"))
        qFatal("the secret cannot be accepted");
    const auto findings = *(*review)->findings();
    auto plan = RedactionPlan::make(*m_memory, findings, Replacement{});
    if (!plan)
        qFatal("%s", plan.error().describe().c_str());
    m_plan = std::move(*plan);
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(m_memory).run(*m_plan, findings, out.toStdString());
    if (!proof)
        qFatal("%s", proof.error().describe().c_str());
    if (!proof->complete())
        qFatal("not complete");
    return out;
}

/// The check itself sees what is wrong.
void TestSavedImages::writersAreRight()
{
    QFETCH(QString, form);
    auto files = imageOf(form);
    QVERIFY(faultsOf(files, decoded).empty());
    for (auto &[path, content] : files) {
        if (path == "oci-layout")
            continue;
        const std::string kept = content;
        content.back() = content.back() == '\0' ? 'x' : ' ';
        QVERIFY2(!faultsOf(files, decoded).empty() || path == "index.json" || path == "manifest.json",
                 path.c_str());
        content = kept;
    }
}

void TestSavedImages::opens()
{
    QFETCH(QString, form);
    const QString path = m_folder->filePath(QStringLiteral("evidence"));
    writeAll(path, imageOf(form), form.endsWith(QStringLiteral("directory")));
    const auto memory = load(path);
    const Checkpoint &checkpoint = memory->checkpoint();
    for (const Problem &problem : memory->problems())
        QVERIFY2(problem.severity == Severity::Note, problem.error.describe().c_str());
    QCOMPARE(checkpoint.layout(),
             form.startsWith(QStringLiteral("oci")) ? Layout::OciImage : Layout::SavedImage);
    QCOMPARE(checkpoint.tasks().size(), size_t{1});
    QVERIFY(checkpoint.container().has_value());
    const ContainerInfo &container = *checkpoint.container();
    QCOMPARE(container.engine, std::string("Podman"));
    QCOMPARE(container.name, std::string("counter"));
    QCOMPARE(container.image, std::string("localhost/counter:1"));
    QCOMPARE(container.hostName, std::string("box"));
    QCOMPARE(container.environment.size(), size_t{2});
    QCOMPARE(container.mounts.size(), size_t{1});
    QCOMPARE(container.mounts.front().source, std::string("/srv/data"));
    QCOMPARE(container.network, std::vector<std::string>{"podman eth0 10.88.0.5/16"});
}

void TestSavedImages::redactsAndProves()
{
    QFETCH(QString, form);
    const QString out = redacted(form);
    const auto files = readAll(out);
    const auto faults = faultsOf(files, decoded);
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    QCOMPARE(files.size(), imageOf(form).size());
    size_t texts = 0;
    for (const auto &[path, content] : files) {
        const std::string plain = path.find(".json") == std::string::npos ? decoded(content) : content;
        QVERIFY2(plain.find(secret) == std::string::npos, path.c_str());
        texts += plain.find("run --token=Xx0xXxX0xxX0xX0x") != std::string::npos ? 1 : 0;
    }
    QCOMPARE(texts, size_t{1});
    const auto now = load(out);
    QCOMPARE(now->checkpoint().tasks().size(), size_t{1});
    VerifyInput alone;
    alone.evidence = m_memory.get();
    const auto again = verifyExport(out.toStdString(), alone);
    QVERIFY(again.ok());
    for (const ProofItem &item : again->items)
        QVERIFY2(item.state != ProofItem::State::Failed, (item.title + ": " + item.detail).c_str());
}

void TestSavedImages::nothingToRedactChangesNothing()
{
    QFETCH(QString, form);
    const QString path = m_folder->filePath(QStringLiteral("evidence"));
    const auto before = imageOf(form);
    writeAll(path, before, form.endsWith(QStringLiteral("directory")));
    const auto memory = load(path);
    const auto plan = RedactionPlan::make(*memory, {}, Replacement{});
    QVERIFY(plan.ok());
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(memory).run(*plan, {}, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(readAll(out) == before);
}

/// A blob whose name is not its digest is no better and no worse afterwards.
void TestSavedImages::wrongNamesStay()
{
    auto files = imageOf(QStringLiteral("oci tar"));
    const std::string layer = "blobs/sha256/" + sha256Of(layerTar());
    const std::string wrong = "blobs/sha256/" + std::string(64, 'a');
    files[wrong] = files[layer];
    files.erase(layer);
    const QString path = m_folder->filePath(QStringLiteral("evidence"));
    writeAll(path, files, false);
    m_memory = load(path);
    auto review = Case::create({}, *m_memory);
    const std::vector<std::string> values{secret};
    QVERIFY((*review)
                ->acceptExtents(*m_memory, Origin::ValueFile, findCopiesOf(*m_memory, values)->found, "t")
                .ok());
    const auto findings = *(*review)->findings();
    const auto plan = RedactionPlan::make(*m_memory, findings, Replacement{});
    const QString out = m_folder->filePath(QStringLiteral("out"));
    const auto proof = Exporter(m_memory).run(*plan, findings, out.toStdString());
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    QVERIFY(readAll(out).contains(wrong));
}

void TestSavedImages::saboteurs_data()
{
    QTest::addColumn<QString>("form");
    QTest::addColumn<QString>("item");
    for (const char *form : {"oci directory", "oci tar", "oci gz tar"}) {
        const QByteArray name(form);
        QTest::newRow((name + ", another size in the index").constData())
            << QString::fromLatin1(form) << "difference";
        QTest::newRow((name + ", a new annotation").constData()) << QString::fromLatin1(form) << "difference";
        QTest::newRow((name + ", a layer changed and named rightly").constData())
            << QString::fromLatin1(form) << "difference";
        QTest::newRow((name + ", a blob not named rightly").constData())
            << QString::fromLatin1(form) << "layout";
    }
}

void TestSavedImages::saboteurs()
{
    QFETCH(QString, form);
    QFETCH(QString, item);
    const QString which = QString::fromLatin1(QTest::currentDataTag());
    const QString out = redacted(form);
    auto files = readAll(out);
    // Members stay in their order, whatever they are called.
    std::vector<std::string> order;
    const auto opened = load(out);
    for (const Member &member : opened->checkpoint().archive().members()) {
        if (member.parent == noMember && member.content)
            order.push_back(member.path);
    }
    // Gives a blob another content, and the right name wherever it is named, all the way up.
    const std::function<void(const std::string &, const std::string &, bool)> change =
        [&](const std::string &path, const std::string &content, bool rightly) {
            const std::string before = path.substr(path.rfind('/') + 1);
            const std::string size = "\"size\":" + std::to_string(files[path].size());
            const std::string now = rightly ? sha256Of(content) : before;
            files.erase(path);
            files["blobs/sha256/" + now] = content;
            std::replace(order.begin(), order.end(), path, "blobs/sha256/" + now);
            for (bool more = now != before; more;) {
                more = false;
                for (const auto &[name, text] : ImageFiles(files)) {
                    const size_t at = text.find(before);
                    if (text.front() != '{' || at == std::string::npos)
                        continue;
                    std::string renamed = text;
                    renamed.replace(at, before.size(), now);
                    if (const size_t number = renamed.find(size); number != std::string::npos)
                        renamed.replace(number, size.size(), "\"size\":" + std::to_string(content.size()));
                    if (name == "index.json")
                        files[name] = renamed;
                    else
                        change(name, renamed, true);
                    more = true;
                    break;
                }
            }
        };
    if (which.endsWith(QStringLiteral("index"))) {
        auto &index = files["index.json"];
        const size_t at = index.find("\"size\":") + 7;
        index[at] = index[at] == '9' ? '8' : '9';
    } else {
        for (const auto &[path, content] : ImageFiles(files)) {
            const bool manifest = content.find("\"layers\":") != std::string::npos;
            const bool layer = path.starts_with("blobs/") && content.front() != '{';
            if (manifest && which.endsWith(QStringLiteral("annotation"))) {
                std::string more = content;
                more.insert(more.find("\"annotations\":{") + 15, "\"a\":\"b\",");
                change(path, more, true);
            } else if (layer && !which.endsWith(QStringLiteral("annotation"))) {
                std::string tar = decoded(content);
                const size_t at = tar.find("localhost/counter");
                QVERIFY(at != std::string::npos);
                tar[at] = 'L';
                change(path, form.contains(QStringLiteral("gz")) ? gzipped(tar) : tar,
                       which.endsWith(QStringLiteral("and named rightly")));
            }
        }
    }
    const QString bad = m_folder->filePath(QStringLiteral("bad"));
    if (form.endsWith(QStringLiteral("directory"))) {
        writeAll(bad, files, true);
    } else {
        TarWriter tar;
        for (const std::string &path : order)
            tar.file(path, files.at(path));
        writeFile(bad, tar.bytes());
    }
    VerifyInput input;
    input.evidence = m_memory.get();
    input.plan = &*m_plan;
    input.values = {secret};
    const auto proof = verifyExport(bad.toStdString(), input);
    QVERIFY(proof.ok());
    QVERIFY(!proof->passed());
    QStringList failed;
    for (const ProofItem &entry : proof->items) {
        if (entry.state == ProofItem::State::Failed)
            failed << QString::fromStdString(entry.id);
    }
    QVERIFY2(failed.contains(item), qPrintable(failed.join(QLatin1Char(' '))));
}

void TestSavedImages::editsOfTexts()
{
    const std::string old(64, 'a');
    const std::string now(64, 'b');
    const NewDigests digests{{old, {now, 12345}}};
    const auto change = [&](const std::string &text) { return edited(text, digestEdits(text, digests)); };
    QCOMPARE(change(R"({"size":9,"digest":"sha256:)" + old + R"("})"),
             R"({"size":12345,"digest":"sha256:)" + now + R"("})");
    QCOMPARE(change(R"({"digest":"sha256:)" + old + R"(","x":{"size":9},"size":99})"),
             R"({"digest":"sha256:)" + now + R"(","x":{"size":9},"size":12345})");
    QCOMPARE(change(R"(["sha256:)" + old + R"(","size",9])"), R"(["sha256:)" + now + R"(","size",9])");
    QCOMPARE(change("{\"digest\":\"sha512:" + old + "\",\"size\":9}"),
             "{\"digest\":\"sha512:" + now + "\",\"size\":9}");
    for (const std::string &text : {std::string("a") + old, std::string(63, 'a'), std::string("{\"size\":9"),
                                    std::string(R"({"digest":")"), std::string("\"\\")})
        QCOMPARE(change(text), text);
    QVERIFY(isDigest(old) && !isDigest(old + "a") && !isDigest(std::string(64, 'A')));
}

CRYOSCOPE_TEST(TestSavedImages)

} // namespace tst_savedimages

#include "tst_savedimages.moc"
