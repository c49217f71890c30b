// SPDX-License-Identifier: Apache-2.0
#include "core/redact/replacement.h"

#include "core/base/hash.h"
#include "tests/program/testprogram.h"

namespace tst_replacement
{

using namespace cryoscope;

class TestReplacement : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void shape_data();
    void shape();
    void binaryKeepsNothing();
    void neverEqual_data();
    void neverEqual();
    void parses();
    void refuses_data();
    void refuses();
};

namespace
{

QByteArray replaced(const QByteArray &original, Encoding encoding, const Replacement &replacement = {})
{
    const auto out = replacement.apply(
        asBytes(std::string_view(original.data(), static_cast<size_t>(original.size()))), encoding);
    const auto text = asText(out);
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace

void TestReplacement::shape_data()
{
    QTest::addColumn<QByteArray>("original");
    QTest::addColumn<Encoding>("encoding");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("text") << QByteArray("fake-Pa55_word!") << Encoding::Raw << QByteArray("xxxx-Xx00_xxxx!");
    QTest::newRow("utf-8") << QByteArray("f\xc3\xa4ke") << Encoding::Raw << QByteArray("xxxxx");
    QTest::newRow("lines") << QByteArray("ab\nCD\r\n") << Encoding::Raw << QByteArray("xx\nXX\r\n");
    QTest::newRow("raw with escapes")
        << QByteArray("a\\nb\\\"c\\\\d") << Encoding::Raw << QByteArray("x\\nx\\\"x\\\\x");
    QTest::newRow("json") << QByteArray("k\\u00e4\\n1") << Encoding::JsonEscape << QByteArray("x\\u0078\\n0");
    QTest::newRow("json escape cut off")
        << QByteArray("k\\u00") << Encoding::JsonEscape << QByteArray("x\\x00");
    QTest::newRow("percent") << QByteArray("a%2Fb%zz") << Encoding::Percent << QByteArray("x%78x%xx");
    QTest::newRow("percent raw") << QByteArray("a%2F") << Encoding::Raw << QByteArray("x%0X");
    QTest::newRow("utf-16le") << QByteArray("a\0B\0-\0\x34\x12", 8) << Encoding::Utf16Le
                              << QByteArray("x\0X\0-\0x\0", 8);
    QTest::newRow("utf-16be") << QByteArray("\0a\0007", 4) << Encoding::Utf16Be << QByteArray("\0x\0000", 4);
    QTest::newRow("utf-32le") << QByteArray("a\0\0\0\x01\xf6\x01\0", 8) << Encoding::Utf32Le
                              << QByteArray("x\0\0\0x\0\0\0", 8);
    QTest::newRow("utf-32be") << QByteArray("\0\0\0a\0\1\xf6\1", 8) << Encoding::Utf32Be
                              << QByteArray("\0\0\0x\0\0\0x", 8);
    QTest::newRow("base64") << QByteArray("ZmFr+/9ZQ==") << Encoding::Base64 << QByteArray("XxXxxx0XA==");
    QTest::newRow("base64 before padding") << QByteArray("ZmFA=") << Encoding::Base64 << QByteArray("XxXQ=");
    QTest::newRow("base64url") << QByteArray("Zm-_9") << Encoding::Base64Url << QByteArray("Xxxx0");
    QTest::newRow("hex") << QByteArray("deadbeef09") << Encoding::HexLower << QByteArray("aaaaaaaa00");
    QTest::newRow("HEX") << QByteArray("DE0F") << Encoding::HexUpper << QByteArray("AA0A");
}

void TestReplacement::shape()
{
    QFETCH(QByteArray, original);
    QFETCH(Encoding, encoding);
    QFETCH(QByteArray, expected);
    QCOMPARE(replaced(original, encoding).toHex(' '), expected.toHex(' '));
}

void TestReplacement::binaryKeepsNothing()
{
    const QByteArray key("\x01\xff!-\x80zz", 7);
    QCOMPARE(replaced(key, Encoding::Raw), QByteArray(7, 'x'));
    QCOMPARE(replaced(key, Encoding::Reversed), QByteArray(7, 'x'));
}

void TestReplacement::neverEqual_data()
{
    QTest::addColumn<QByteArray>("original");
    QTest::addColumn<Encoding>("encoding");
    QTest::addColumn<QString>("how");
    const QString shape = QStringLiteral("shape");
    QTest::newRow("punctuation") << QByteArray("!!--") << Encoding::Raw << shape;
    QTest::newRow("its own shape") << QByteArray("xxXX00") << Encoding::Raw << shape;
    QTest::newRow("the fallback") << QByteArray("xxxx") << Encoding::Raw << shape;
    QTest::newRow("wide") << QByteArray("x\0x\0", 4) << Encoding::Utf16Le << shape;
    QTest::newRow("hex") << QByteArray("0000") << Encoding::HexLower << shape;
    QTest::newRow("HEX") << QByteArray("A0A0") << Encoding::HexUpper << shape;
    QTest::newRow("base64") << QByteArray("xxxx") << Encoding::Base64 << shape;
    QTest::newRow("zeros") << QByteArray(4, '\0') << Encoding::Raw << QStringLiteral("zero");
    QTest::newRow("fill") << QByteArray("AAAA") << Encoding::Raw << QStringLiteral("fill:0x41");
    QTest::newRow("fill x") << QByteArray("x") << Encoding::Raw << QStringLiteral("fill:x");
}

void TestReplacement::neverEqual()
{
    QFETCH(QByteArray, original);
    QFETCH(Encoding, encoding);
    QFETCH(QString, how);
    const auto replacement = Replacement::parse(how.toStdString());
    QVERIFY(replacement.ok());
    const QByteArray out = replaced(original, encoding, *replacement);
    QCOMPARE(out.size(), original.size());
    QVERIFY(out != original);
}

void TestReplacement::parses()
{
    for (const char *text : {"shape", "zero", "fill:x", "fill:0x00", "fill:0xff", "fill:#"}) {
        const auto replacement = Replacement::parse(text);
        QVERIFY2(replacement.ok(), text);
        QCOMPARE(replacement->describe(), std::string(text));
    }
    QCOMPARE(Replacement::parse("fill:0x41")->describe(), std::string("fill:A"));
    QCOMPARE(replaced("abcd", Encoding::Raw, *Replacement::parse("fill:#")), QByteArray("####"));
    QCOMPARE(replaced("abcd", Encoding::Raw, *Replacement::parse("zero")), QByteArray(4, '\0'));
}

void TestReplacement::refuses_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", "fill", "fill:", "fill:xy", "fill:0x", "fill:0x123", "fill:0xzz", "Shape"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestReplacement::refuses()
{
    QFETCH(QString, text);
    const auto replacement = Replacement::parse(text.toStdString());
    QVERIFY(!replacement.ok());
    QCOMPARE(replacement.error().code, ErrorCode::Usage);
}

CRYOSCOPE_TEST(TestReplacement)

} // namespace tst_replacement

#include "tst_replacement.moc"
