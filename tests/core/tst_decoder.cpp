// SPDX-License-Identifier: Apache-2.0
// Compressed streams: made by the tools that engines use, whole, joined, damaged and cut.
#include "core/archive/decoder.h"
#include "core/archive/encoder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <QProcess>
#include <QStandardPaths>

#include <random>

namespace tst_decoder
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestDecoder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void detects();
    void decodes_data() { codecs(); }
    void decodes();
    void ownEncoder_data() { codecs(); }
    void ownEncoder();
    void joinedStreams_data() { codecs(); }
    void joinedStreams();
    void emptyContent_data() { codecs(); }
    void emptyContent();
    void cutAnywhere_data() { codecs(); }
    void cutAnywhere();
    void damagedAnywhere_data() { codecs(); }
    void damagedAnywhere();
    void limit_data() { codecs(); }
    void limit();
    void unreadable_data() { codecs(); }
    void unreadable();
    void cancelledAndProgress_data() { codecs(); }
    void cancelledAndProgress();
    void skippableFrames();
    void gzipHeaders();
    void zerosTakeNoMemory();

private:
    void codecs();
    /// What the tool of this row makes of `content`.
    std::string compressed(const std::string &content);
};

namespace
{

std::string sample()
{
    std::mt19937 random(11);
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += "line " + std::to_string(random() % 1000) + (i % 7 == 0 ? "\n" : ", ");
    for (int i = 0; i < 5000; ++i)
        text += static_cast<char>(random());
    return text;
}

std::string content(const Decoded &decoded)
{
    return std::string(asText(*decoded.bytes->readWhole(uint64_t{1} << 30)));
}

Codec codecOf(const QByteArray &tool)
{
    return tool == "gzip"   ? Codec::Gzip
           : tool == "zstd" ? Codec::Zstd
           : tool == "xz"   ? Codec::Xz
                            : Codec::Bzip2;
}

constexpr uint64_t plenty = uint64_t{1} << 30;

} // namespace

void TestDecoder::codecs()
{
    QTest::addColumn<QByteArray>("tool");
    for (const char *tool : {"gzip", "zstd", "xz", "bzip2"})
        QTest::newRow(tool) << QByteArray(tool);
}

std::string TestDecoder::compressed(const std::string &content)
{
    QFETCH(QByteArray, tool);
    QProcess process;
    process.start(QString::fromLatin1(tool), {QStringLiteral("-c")});
    process.write(content.data(), static_cast<qint64>(content.size()));
    process.closeWriteChannel();
    if (!process.waitForFinished() || process.exitCode() != 0)
        return {};
    return process.readAllStandardOutput().toStdString();
}

#define NEEDS_TOOL()                                                                                         \
    QFETCH(QByteArray, tool);                                                                                \
    if (QStandardPaths::findExecutable(QString::fromLatin1(tool)).isEmpty())                                 \
        QSKIP("the tool is not installed");                                                                  \
    const Codec codec = codecOf(tool);                                                                       \
    const std::string text = sample();                                                                       \
    const std::string packed = compressed(text);                                                             \
    QVERIFY(packed.size() > 100)

void TestDecoder::detects()
{
    using namespace std::string_literals;
    QVERIFY(detectCodec(*sourceOf("\x1f\x8b\x08rest"s)) == Codec::Gzip);
    QVERIFY(detectCodec(*sourceOf("\x28\xb5\x2f\xfdrest"s)) == Codec::Zstd);
    QVERIFY(detectCodec(*sourceOf("\x5e\x2a\x4d\x18rest"s)) == Codec::Zstd); // a skippable frame
    QVERIFY(detectCodec(*sourceOf("\xfd"
                                  "7zXZ\0rest"s)) == Codec::Xz);
    QVERIFY(detectCodec(*sourceOf("BZh9rest"s)) == Codec::Bzip2);
    for (const auto &other : {""s, "\x1f\x8b"s, "\x1f\x8b\x07rest"s, "\x28\xb5\x2f"s, "BZh0rest"s, "BZ"s,
                              "\xfd"
                              "7zXZ"s,
                              "\x60\x2a\x4d\x18rest"s, std::string(100, '\0')})
        QVERIFY(detectCodec(*sourceOf(other)) == Codec::None);
    StringSource disk("\x1f\x8b\x08rest"s);
    disk.failFrom(2);
    QVERIFY(detectCodec(disk) == Codec::None);
    QVERIFY(!decodeStream(disk, Codec::None, "x!", plenty).ok());
}

void TestDecoder::decodes()
{
    NEEDS_TOOL();
    QVERIFY(detectCodec(*sourceOf(packed)) == codec);
    const auto decoded = decodeStream(*sourceOf(packed, "a.tar"), codec, "a.tar!", plenty);
    QVERIFY(decoded.ok());
    QVERIFY(!decoded->problem);
    QVERIFY(content(*decoded) == text);
    QCOMPARE(decoded->bytes->name(), std::string("a.tar!"));
}

void TestDecoder::ownEncoder()
{
    QFETCH(QByteArray, tool);
    const std::string text = sample();
    std::string first;
    for (int i = 0; i < 2; ++i) {
        std::string packed;
        const auto done =
            encodeStream(*sourceOf(text), codecOf(tool), [&packed](std::span<const std::byte> piece) {
                packed += asText(piece);
                return Result<void>();
            });
        QVERIFY(done.ok());
        if (i == 0)
            first = packed;
        QVERIFY(packed == first); // the same each time
        const auto decoded = decodeStream(*sourceOf(packed), codecOf(tool), "x!", plenty);
        QVERIFY(decoded.ok() && !decoded->problem);
        QVERIFY(content(*decoded) == text);
    }
    const auto full =
        encodeStream(*sourceOf(text), codecOf(tool), [](std::span<const std::byte>) -> Result<void> {
            return Error{ErrorCode::OutputUnwritable, "no space", "out", std::nullopt};
        });
    QVERIFY(!full.ok());
    QCOMPARE(full.error().code, ErrorCode::OutputUnwritable);
}

void TestDecoder::joinedStreams()
{
    NEEDS_TOOL();
    // pigz, pbzip2, zstd's and xz's threads write several streams or blocks; "cat a b" does too.
    const auto decoded = decodeStream(*sourceOf(packed + packed + compressed("end")), codec, "x!", plenty);
    QVERIFY(decoded.ok());
    QVERIFY(!decoded->problem);
    QVERIFY(content(*decoded) == text + text + "end");
}

void TestDecoder::emptyContent()
{
    NEEDS_TOOL();
    const auto decoded = decodeStream(*sourceOf(compressed({})), codec, "x!", plenty);
    QVERIFY(decoded.ok());
    QVERIFY(!decoded->problem);
    QCOMPARE(decoded->bytes->size(), uint64_t{0});
}

void TestDecoder::cutAnywhere()
{
    NEEDS_TOOL();
    for (size_t length = 7; length < packed.size();
         length += length < 64 || packed.size() - length < 64 ? 1 : 41) {
        const auto decoded = decodeStream(*sourceOf(packed.substr(0, length), "a.tar"), codec, "x!", plenty);
        QVERIFY(decoded.ok());
        QVERIFY2(decoded->problem, std::to_string(length).c_str());
        QCOMPARE(decoded->problem->file, std::string("a.tar"));
        QCOMPARE(decoded->problem->code, ErrorCode::InputMalformed);
        QVERIFY(decoded->problem->offset && *decoded->problem->offset <= length);
        QVERIFY(text.starts_with(content(*decoded))); // what came before
    }
}

void TestDecoder::damagedAnywhere()
{
    NEEDS_TOOL();
    std::mt19937 random(2);
    for (size_t at = 0; at < packed.size(); at += at < 32 || packed.size() - at < 32 ? 1 : 37) {
        std::string bad = packed;
        bad[at] = static_cast<char>(bad[at] ^ (1u << random() % 8));
        const auto decoded = decodeStream(*sourceOf(bad, "a.tar"), codec, "x!", plenty);
        if (!decoded)
            continue;
        // Damage is told, or did no harm (a time in the header, a reserved bit).
        QVERIFY2(decoded->problem || content(*decoded) == text, std::to_string(at).c_str());
    }
}

void TestDecoder::limit()
{
    NEEDS_TOOL();
    QVERIFY(decodeStream(*sourceOf(packed), codec, "x!", text.size()).ok());
    const auto more = decodeStream(*sourceOf(packed, "a.tar"), codec, "x!", text.size() - 1);
    QVERIFY(!more.ok());
    QCOMPARE(more.error().code, ErrorCode::Unsupported);
    QCOMPARE(more.error().file, std::string("a.tar"));
    QVERIFY(!decodeStream(*sourceOf(packed), codec, "x!", 0).ok());
    // A bomb: a hundred megabytes from some kilobytes; it is left before it takes them.
    const std::string bomb = compressed(std::string(100 << 20, 'A'));
    QVERIFY(bomb.size() < 200000);
    const auto stopped = decodeStream(*sourceOf(bomb), codec, "x!", 1 << 20);
    QVERIFY(!stopped.ok());
    QCOMPARE(stopped.error().code, ErrorCode::Unsupported);
}

void TestDecoder::unreadable()
{
    NEEDS_TOOL();
    StringSource disk(packed, "a.tar");
    disk.failFrom(packed.size() / 2);
    const auto decoded = decodeStream(disk, codec, "x!", plenty);
    QVERIFY(!decoded.ok());
    QCOMPARE(decoded.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(decoded.error().file, std::string("a.tar"));
}

void TestDecoder::cancelledAndProgress()
{
    NEEDS_TOOL();
    Progress progress;
    QVERIFY(decodeStream(*sourceOf(packed), codec, "x!", plenty, &progress).ok());
    QCOMPARE(progress.done(), uint64_t{packed.size()});
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled = decodeStream(*sourceOf(packed), codec, "x!", plenty, nullptr, stop.get_token());
    QVERIFY(!cancelled.ok());
    QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
}

void TestDecoder::skippableFrames()
{
    QProcess zstd;
    zstd.start(QStringLiteral("zstd"), {QStringLiteral("-c")});
    zstd.write("content");
    zstd.closeWriteChannel();
    if (!zstd.waitForFinished() || zstd.exitCode() != 0)
        QSKIP("zstd is not installed");
    const std::string frame = zstd.readAllStandardOutput().toStdString();
    // zstd:chunked keeps its table of contents in such frames.
    const std::string skipped = std::string("\x50\x2a\x4d\x18\x05\0\0\0", 8) + "about";
    for (const auto &stream : {skipped + frame, frame + skipped, skipped + skipped + frame + skipped}) {
        const auto decoded = decodeStream(*sourceOf(stream), Codec::Zstd, "x!", plenty);
        QVERIFY(decoded.ok());
        QVERIFY(!decoded->problem);
        QCOMPARE(content(*decoded), std::string("content"));
    }
}

void TestDecoder::gzipHeaders()
{
    QProcess gzip;
    gzip.start(QStringLiteral("gzip"), {QStringLiteral("-nc")});
    gzip.write("content");
    gzip.closeWriteChannel();
    QVERIFY(gzip.waitForFinished() && gzip.exitCode() == 0);
    const std::string plain = gzip.readAllStandardOutput().toStdString();
    std::string named = plain;
    named[3] = 4 | 8 | 16; // extra field, name, comment
    named.insert(10, std::string("\x04\0xyzw", 6) + std::string("name\0", 5) + std::string("comment\0", 8));
    const auto decoded = decodeStream(*sourceOf(named), Codec::Gzip, "x!", plenty);
    QVERIFY(decoded.ok() && !decoded->problem);
    QCOMPARE(content(*decoded), std::string("content"));
    // Tapes and some writers fill up with zeros; gzip itself passes over them.
    const auto filled = decodeStream(*sourceOf(plain + std::string(2000, '\0')), Codec::Gzip, "x!", plenty);
    QVERIFY(filled.ok() && !filled->problem);
    QCOMPARE(content(*filled), std::string("content"));
    // Anything else behind the stream is named; the content is there.
    const auto more = decodeStream(*sourceOf(plain + "garbage", "a.tar"), Codec::Gzip, "x!", plenty);
    QVERIFY(more.ok() && more->problem);
    QCOMPARE(more->problem->offset, std::optional<uint64_t>(plain.size()));
    QCOMPARE(content(*more), std::string("content"));
}

void TestDecoder::zerosTakeNoMemory()
{
    std::string packed;
    const MemorySource zeros("zeros");
    auto all = std::make_shared<MemorySource>("zeros");
    const std::vector<std::byte> piece(MemorySource::chunkSize);
    for (int i = 0; i < 300; ++i)
        all->append(piece);
    QVERIFY(encodeStream(*all, Codec::Zstd, [&packed](std::span<const std::byte> bytes) {
                packed += asText(bytes);
                return Result<void>();
            }).ok());
    const auto decoded = decodeStream(*sourceOf(packed), Codec::Zstd, "x!", plenty);
    QVERIFY(decoded.ok() && !decoded->problem);
    QCOMPARE(decoded->bytes->size(), all->size());
    QCOMPARE(decoded->bytes->resident(), uint64_t{0});
}

CRYOSCOPE_TEST(TestDecoder)

} // namespace tst_decoder

#include "tst_decoder.moc"
