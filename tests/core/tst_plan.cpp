// SPDX-License-Identifier: Apache-2.0
// Plans of copies that stand at the border of what may be changed.
#include "core/redact/plan.h"

#include "core/detect/numbersearch.h"
#include "core/detect/utf.h"
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QTemporaryDir>

#include <cstring>
#include <memory>

namespace tst_plan
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

const std::string secret = "Zx9kQpL2vvT7";       // a multiple of three: nothing is shared
const std::string inBase64 = "Wng5a1FwTDJ2dlQ3"; // of it

std::string bytesOf(const Memory &memory, const char *member)
{
    const Member *found = memory.checkpoint().archive().find(member);
    if (found == nullptr)
        qFatal("no member %s", member);
    const auto bytes = found->content->readWhole(1 << 20);
    return bytes ? std::string(asText(*bytes)) : std::string();
}

/// A task whose first vector registers hold these 256 bytes.
std::shared_ptr<const Memory> withRegisters(const QTemporaryDir &folder, const std::string &bytes)
{
    MessageBuilder vectors("user_x86_fpregs_entry");
    for (size_t at = 0; at < bytes.size(); at += 4) {
        uint32_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        vectors.set("xmm_space", word);
    }
    MessageBuilder info("thread_info_x86");
    info.set("fpregs", vectors.fillRequired());
    MessageBuilder core("core_entry");
    core.set("mtype", 1)
        .set("thread_info", info.fillRequired())
        .set("tc", MessageBuilder("task_core_entry").set("task_state", 1).set("comm", "prog").fillRequired())
        .set("thread_core", MessageBuilder("thread_core_entry").set("comm", "prog").fillRequired());
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    builder.member("core-100.img", ImageBuilder("CORE").record(core.fillRequired()).bytes());
    const std::string images = folder.filePath(QStringLiteral("images")).toStdString();
    builder.writeTo(images);
    const auto checkpoint = Checkpoint::open(images);
    return checkpoint ? *Memory::load(*checkpoint) : nullptr;
}

} // namespace

class TestPlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void base64BesideStructure_data();
    void base64BesideStructure();
    void registers_data();
    void registers();
    void piecesInRegisters_data();
    void piecesInRegisters();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestPlan::base64BesideStructure_data()
{
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<bool>("before"); // or behind it
    QTest::newRow("the tag of the next field") << QByteArray("files.img") << false;
    QTest::newRow("the last number before a payload") << QByteArray("pipes-data.img") << true;
    QTest::newRow("the separator in a path") << QByteArray("files.img") << false;
}

/// A byte that is no part of a text in base64, and looks like one more character of it, stays.
void TestPlan::base64BesideStructure()
{
    QFETCH(QByteArray, member);
    QFETCH(bool, before);
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "no copy here");
    const bool separator = QByteArray(QTest::currentDataTag()).endsWith("path");
    if (before) { // the payload's length is the letter d
        builder.member("pipes-data.img",
                       ImageBuilder("PIPES_DATA")
                           .record(MessageBuilder("pipe_data_entry").set("pipe_id", 7).set("bytes", 100),
                                   inBase64 + "." + std::string(100 - inBase64.size() - 1, '.'))
                           .bytes());
    } else { // the tag of mnt_id is the digit 8
        builder.fileEntry(1, "reg",
                          MessageBuilder("reg_file_entry")
                              .set("flags", 0)
                              .set("pos", 0)
                              .set("fown", MessageBuilder("fown_entry").fillRequired())
                              .set("name", (separator ? "/srv/" : "/srv/.") + inBase64)
                              .set("mnt_id", 5));
    }
    QTemporaryDir folder;
    const std::string images = folder.filePath(QStringLiteral("images")).toStdString();
    builder.writeTo(images);
    const auto checkpoint = Checkpoint::open(images);
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    const std::string bytes = bytesOf(*memory, member.constData());
    const size_t at = bytes.find(inBase64);
    QVERIFY(at != std::string::npos);
    const char beside = bytes.at(before ? at - 1 : at + inBase64.size());
    QCOMPARE(beside, before ? 'd' : '8');

    auto kept = Case::create({}, *memory);
    const std::vector<std::string> values{secret};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok() && (*kept)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    const auto findings = *(*kept)->findings();
    QCOMPARE(findings.size(), size_t{1});
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    const std::string out = folder.filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, findings, out);
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    const auto exported = Checkpoint::open(out);
    QVERIFY(exported.ok());
    std::string expected = bytes;
    expected.replace(at, inBase64.size(), "Xxx0x0XxXXX0xxX0");
    QCOMPARE(bytesOf(**Memory::load(*exported), member.constData()), expected);
}

void TestPlan::registers_data()
{
    QTest::addColumn<QByteArray>("stored"); // 16 words of a vector register each
    QTest::addColumn<bool>("found");
    const QByteArray value = "Zx9kQpL2vvT7";
    QTest::newRow("at a word") << QByteArray(QByteArray(16, '\0') + value) << true;
    QTest::newRow("within words") << QByteArray("abcde" + value + "fgh") << true;
    QTest::newRow("in UTF-16") << QByteArray("ab" + QByteArray::fromStdString(
                                                        encodeUtf16(U"Zx9kQpL2vvT7", ByteSex::Little)))
                               << true;
    QTest::newRow("another") << QByteArray("Zx9kQpL2vvT8....") << false;
}

/// What stands in registers is stored word by word, each as a varint.
void TestPlan::registers()
{
    QFETCH(QByteArray, stored);
    QFETCH(bool, found);
    const std::string bytes = stored.leftJustified(256, '\0').toStdString();
    const auto memory = withRegisters(*m_folder, bytes);
    QVERIFY(memory);
    const std::string images = m_folder->filePath(QStringLiteral("images")).toStdString();
    const std::vector<std::string> values{secret};
    const auto copies = findCopiesOf(*memory, values);
    QVERIFY(copies.ok());
    QCOMPARE(copies->found.size(), size_t{found ? 1u : 0u});
    if (!found)
        return;
    const Finding &finding = copies->found.front();
    QCOMPARE(encodingName(finding.encoding), encodingName(Encoding::Numbers));
    QVERIFY(finding.why.find("xmm_space") != std::string::npos);

    auto kept = Case::create({}, *memory);
    QVERIFY((*kept)->acceptExtents(*memory, Origin::ValueFile, copies->found, "test").ok());
    const auto findings = *(*kept)->findings();
    const auto plan = RedactionPlan::make(*memory, findings, Replacement{});
    QVERIFY2(plan.ok(), plan ? "" : plan.error().describe().c_str());
    const std::string out = m_folder->filePath(QStringLiteral("out")).toStdString();
    const auto proof = Exporter(memory).run(*plan, findings, out);
    QVERIFY2(proof.ok(), proof ? "" : proof.error().describe().c_str());
    const auto exported = Checkpoint::open(out);
    QVERIFY(exported.ok());
    const auto image = (*exported)->openImage((*exported)->imageMember("core-100.img")->id);
    QVERIFY(image.ok());
    const auto message = image->message(image->records().front());
    QVERIFY(message.ok());
    const auto words = message->message("thread_info")->message("fpregs")->numbers("xmm_space");
    QCOMPARE(words.size(), size_t{64});
    // Words with a part of it are zero, the others as they were; the image is as long.
    const size_t begin = static_cast<size_t>(stored.indexOf('Z'));
    const size_t end =
        stored.contains('\0') && stored.startsWith("ab") ? begin + 2 * secret.size() : begin + secret.size();
    for (size_t i = 0; i < words.size(); ++i) {
        uint32_t before = 0;
        std::memcpy(&before, bytes.data() + 4 * i, sizeof before);
        const bool part = 4 * i + 4 > begin && 4 * i < end;
        QCOMPARE(words[i], uint64_t{part ? 0 : before});
    }
    QCOMPARE(bytesOf(**Memory::load(*exported), "core-100.img").size(),
             bytesOf(*memory, "core-100.img").size());

    // An export that leaves it there does not pass.
    VerifyInput input;
    input.evidence = memory.get();
    const RedactionPlan nothing;
    input.plan = &nothing;
    input.values = values;
    const auto verified = verifyExport(images, input);
    QVERIFY(verified.ok());
    bool told = false;
    for (const ProofItem &item : verified->items)
        told = told || (item.id == "values-absent" && item.state == ProofItem::State::Failed &&
                        item.detail.find("core-100.img") != std::string::npos &&
                        item.detail.find("xmm_space") != std::string::npos);
    QVERIFY(told);
}

void TestPlan::piecesInRegisters_data()
{
    QTest::addColumn<QByteArray>("stored");
    QTest::addColumn<int>("begin"); // of the piece; -1: there is none
    QTest::addColumn<int>("end");
    const QByteArray value = "Zx9kQpL2vvT7mR4sWb8nYc1dHf5gJt3aKe6uXi0oVq";
    QTest::newRow("its middle") << QByteArray("....." + value.mid(7, 24) + "!") << 5 << 29;
    QTest::newRow("its end") << QByteArray(value.right(16)) << 0 << 16;
    QTest::newRow("too short a piece") << QByteArray("....." + value.mid(7, 15) + "!") << -1 << -1;
}

/// A register holds as much of a longer value as fits.
void TestPlan::piecesInRegisters()
{
    QFETCH(QByteArray, stored);
    QFETCH(int, begin);
    QFETCH(int, end);
    const std::string bytes = stored.leftJustified(256, '\0').toStdString();
    const auto memory = withRegisters(*m_folder, bytes);
    QVERIFY(memory);
    const std::vector<SearchValue> values{{"Zx9kQpL2vvT7mR4sWb8nYc1dHf5gJt3aKe6uXi0oVq", 7}};
    const auto hits = findInNumbers(*memory, values);
    QVERIFY(hits.ok());
    QCOMPARE(hits->size(), size_t{begin < 0 ? 0u : 1u});
    if (begin < 0)
        return;
    QCOMPARE(hits->front().valueId, uint64_t{7});
    // The words that hold it, whole.
    QCOMPARE(hits->front().parts.size(), static_cast<size_t>((end + 3) / 4 - begin / 4));
}

CRYOSCOPE_TEST(TestPlan)

} // namespace tst_plan

#include "tst_plan.moc"
