// SPDX-License-Identifier: Apache-2.0
// Bytes of compressed streams that no decoder shows.
#include "core/archive/passedover.h"

#include "core/bytes/memorysource.h"
#include "tests/program/testprogram.h"
#include "tests/support/storedcheckpoint.h"

#include <QProcess>
#include <QStandardPaths>

namespace tst_passedover
{

using namespace cryoscope;

namespace
{

std::vector<ByteRange> passed(const std::string &bytes)
{
    const MemorySource source("stream", asBytes(bytes));
    const auto found = bytesPassedOver(source, detectCodec(source));
    if (!found)
        qFatal("%s", found.error().describe().c_str());
    return *found;
}

std::string packedBy(const char *tool, const std::string &content, const QStringList &more = {})
{
    QProcess process;
    process.start(QString::fromLatin1(tool), QStringList{QStringLiteral("-c")} + more);
    process.write(content.data(), static_cast<qint64>(content.size()));
    process.closeWriteChannel();
    if (!process.waitForFinished() || process.exitCode() != 0)
        qFatal("%s does not pack", tool);
    return process.readAllStandardOutput().toStdString();
}

/// Blocks of all kinds: text, what does not pack, one byte again and again.
std::string sample()
{
    std::string text;
    uint32_t state = 7;
    for (int i = 0; i < 60000; ++i)
        text += "line " + std::to_string(i % 977) + "\n";
    for (int i = 0; i < 300000; ++i) {
        state = state * 1664525 + 1013904223;
        text += static_cast<char>(state >> 24);
    }
    return text + std::string(400000, 'r');
}

std::string skippable(const std::string &content, char kind = '\x50')
{
    std::string frame(1, kind);
    frame += "\x2a\x4d\x18";
    for (unsigned shift = 0; shift < 32; shift += 8)
        frame += static_cast<char>(content.size() >> shift);
    return frame + content;
}

} // namespace

class tst_passedover : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothing_data();
    void nothing();
    void behindTheEnd_data();
    void behindTheEnd();
    void skippedFrames();
    void gzipHeader_data();
    void gzipHeader();
    void cutShort();
};

void tst_passedover::nothing_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<QStringList>("options");
    for (const char *tool : {"gzip", "zstd", "xz", "bzip2"}) {
        QTest::addRow("%s", tool) << QByteArray(tool) << QStringList();
        QTest::addRow("%s -1", tool) << QByteArray(tool) << QStringList{QStringLiteral("-1")};
    }
    QTest::newRow("zstd without checksum") << QByteArray("zstd") << QStringList{QStringLiteral("--no-check")};
    QTest::newRow("zstd of known size")
        << QByteArray("zstd") << QStringList{QStringLiteral("--stream-size=1604890")};
}

/// Whole streams, also one behind the other, and empty ones.
void tst_passedover::nothing()
{
    QFETCH(QByteArray, tool);
    QFETCH(QStringList, options);
    if (QStandardPaths::findExecutable(QString::fromLatin1(tool)).isEmpty())
        QSKIP("the tool is not installed");
    const std::string content = sample();
    if (options.filter(QStringLiteral("stream-size")).isEmpty()) {
        QVERIFY(passed(packedBy(tool.constData(), {}, options)).empty());
        QVERIFY(passed(packedBy(tool.constData(), "x", options)).empty());
    } else {
        options = {QStringLiteral("--stream-size=%1").arg(content.size())};
    }
    const std::string stream = packedBy(tool.constData(), content, options);
    QVERIFY(stream.size() > 300000);
    QVERIFY(passed(stream).empty());
    QVERIFY(passed(stream + stream).empty());
}

void tst_passedover::behindTheEnd_data()
{
    QTest::addColumn<QByteArray>("tool");
    for (const char *tool : {"gzip", "zstd", "bzip2"}) // xz does not decode it
        QTest::newRow(tool) << QByteArray(tool);
}

void tst_passedover::behindTheEnd()
{
    QFETCH(QByteArray, tool);
    if (QStandardPaths::findExecutable(QString::fromLatin1(tool)).isEmpty())
        QSKIP("the tool is not installed");
    const std::string stream = packedBy(tool.constData(), "some text\n");
    for (const std::string more : {"left over", "le", "l"}) {
        const auto found = passed(stream + more);
        QCOMPARE(found.size(), size_t{1});
        QCOMPARE(found.front().end(), stream.size() + more.size());
        QVERIFY(found.front().offset >= stream.size());
        QVERIFY(tool == "bzip2" || found.front().offset == stream.size());
    }
}

void tst_passedover::skippedFrames()
{
    const std::string frame = test::zstdOf("some text\n");
    const std::string first = skippable("before");
    const std::string second = skippable("", '\x5f');
    const auto found = passed(first + frame + second + frame + skippable("behind"));
    QCOMPARE(found.size(), size_t{3});
    QCOMPARE(found[0].offset, uint64_t{0});
    QCOMPARE(found[0].length, uint64_t{14});
    QCOMPARE(found[1].offset, first.size() + frame.size());
    QCOMPARE(found[1].length, uint64_t{8});
    QCOMPARE(found[2].offset, first.size() + 2 * frame.size() + second.size());
    QCOMPARE(found[2].length, uint64_t{14});
    // One that says it is longer than the file.
    std::string longer = skippable("cut");
    longer[4] = '\x7f';
    const auto cut = passed(frame + longer);
    QCOMPARE(cut.size(), size_t{1});
    QCOMPARE(cut.front().end(), frame.size() + longer.size());
}

void tst_passedover::gzipHeader_data()
{
    QTest::addColumn<int>("flags");
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("extra field") << 4 << QByteArray("\x05\0extra", 7);
    QTest::newRow("name") << 8 << QByteArray("a name\0", 7);
    QTest::newRow("comment") << 16 << QByteArray("a comment\0", 10);
    QTest::newRow("all") << (4 | 8 | 16) << QByteArray("\x02\0..n\0c\0", 8);
}

void tst_passedover::gzipHeader()
{
    QFETCH(int, flags);
    QFETCH(QByteArray, header);
    const std::string plain = test::gzipOf("some text\n");
    constexpr size_t fixed = 10; // bytes
    QCOMPARE(static_cast<int>(plain[3]), 0);
    std::string with = plain.substr(0, fixed) + header.toStdString() + plain.substr(fixed);
    with[3] = static_cast<char>(flags);
    QCOMPARE(test::decodedOf(with), std::string("some text\n"));
    for (const std::string &before : {std::string(), plain}) {
        const auto found = passed(before + with);
        QCOMPARE(found.size(), size_t{1});
        QCOMPARE(found.front().offset, before.size() + fixed);
        QCOMPARE(found.front().length, static_cast<uint64_t>(header.size()));
    }
}

/// Whatever is missing: ranges lie within what is there.
void tst_passedover::cutShort()
{
    const std::string content = "some text, some more text\n";
    for (const std::string &whole : {test::zstdOf(content) + skippable("behind") + test::zstdOf(content),
                                     test::gzipOf(content) + test::gzipOf(content)}) {
        for (size_t size = 0; size < whole.size(); ++size) {
            for (const ByteRange &range : passed(whole.substr(0, size)))
                QVERIFY(range.length > 0 && range.end() <= size);
        }
    }
}

CRYOSCOPE_TEST(tst_passedover)

} // namespace tst_passedover

#include "tst_passedover.moc"
