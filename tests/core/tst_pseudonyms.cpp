// SPDX-License-Identifier: Apache-2.0
#include "core/redact/pseudonyms.h"
#include "tests/program/testprogram.h"

#include <QRegularExpression>

#include <array>
#include <map>
#include <set>

namespace tst_pseudonyms
{

using namespace cryoscope;

class TestPseudonyms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsShape_data();
    void keepsShape();
    void oneToOne_data();
    void oneToOne();
    void keyDecides();
    void goesBack();
    void paths_data();
    void paths();
    void pathRelations();
    void varints();
    void addressPrefixes();
    void specialAddresses_data();
    void specialAddresses();
    void hardware();
};

namespace
{

const Pseudonyms pseudonyms("0123456789abcdef0123456789abcdef");

char shapeOf(char c)
{
    if (c >= 'a' && c <= 'z')
        return 'a';
    if (c >= 'A' && c <= 'Z')
        return 'A';
    return c >= '0' && c <= '9' ? '0' : c;
}

size_t varintBytes(uint64_t value)
{
    size_t bytes = 1;
    while (value >>= 7)
        ++bytes;
    return bytes;
}

using Address = std::array<unsigned char, 4>;

std::vector<std::byte> mapped(Address address)
{
    return pseudonyms.address(std::as_bytes(std::span(address)));
}

/// Number of leading bytes that two addresses share.
size_t common(std::span<const std::byte> a, std::span<const std::byte> b)
{
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

} // namespace

void TestPseudonyms::keepsShape_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("word") << QByteArray("payroll");
    QTest::newRow("one letter") << QByteArray("q");
    QTest::newRow("mixed") << QByteArray("Db-Server_07.example");
    QTest::newRow("long") << QByteArray(3000, 'k');
    QTest::newRow("utf-8") << QByteArray("gr\xc3\xb6\xc3\x9f"
                                         "e-\xe2\x82\xac-\xf0\x9f\x98\x80");
    QTest::newRow("latin-1") << QByteArray("gr\xf6"
                                           "sse");
    QTest::newRow("binary") << QByteArray("\x01\x02"
                                          "abc\0def",
                                          9);
}

void TestPseudonyms::keepsShape()
{
    QFETCH(QByteArray, value);
    const std::string text = value.toStdString();
    const std::string made = pseudonyms.text(text);
    QCOMPARE(made.size(), text.size());
    QVERIFY(made != text);
    QCOMPARE(pseudonyms.text(text), made);
    for (size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < 0x80)
            QCOMPARE(shapeOf(made[i]), shapeOf(text[i]));
    }
    if (!QString::fromUtf8(value).contains(QChar::ReplacementCharacter))
        QVERIFY(!QString::fromUtf8(QByteArray::fromStdString(made)).contains(QChar::ReplacementCharacter));
}

void TestPseudonyms::oneToOne_data()
{
    QTest::addColumn<int>("digits");
    QTest::addColumn<int>("count");
    QTest::newRow("1") << 1 << 10;
    QTest::newRow("2") << 2 << 100;
    QTest::newRow("3") << 3 << 1000;
    QTest::newRow("4") << 4 << 10000;
}

/// All values of a shape: each is somebody's pseudonym exactly once, and nobody's own.
void TestPseudonyms::oneToOne()
{
    QFETCH(int, digits);
    QFETCH(int, count);
    std::set<std::string> made;
    for (int i = 0; i < count; ++i) {
        const std::string value = QString::number(i).rightJustified(digits, QLatin1Char('0')).toStdString();
        const std::string pseudonym = pseudonyms.text(value);
        QVERIFY(pseudonym != value);
        QVERIFY(made.insert(pseudonym).second);
    }
    QCOMPARE(made.size(), static_cast<size_t>(count));
}

void TestPseudonyms::keyDecides()
{
    const Pseudonyms other("another key, another world......");
    QVERIFY(other.text("payroll") != pseudonyms.text("payroll"));
    // The neighbours of a value say nothing of its pseudonym.
    QVERIFY(pseudonyms.text("payrolm").substr(0, 3) != pseudonyms.text("payroll").substr(0, 3));
}

void TestPseudonyms::goesBack()
{
    for (const std::string value : {"a", "payroll", "Db-Server_07",
                                    "gr\xc3\xb6\xc3\x9f"
                                    "e",
                                    "---", ""})
        QCOMPARE(pseudonyms.originalText(pseudonyms.text(value)), value);
}

void TestPseudonyms::paths_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("pattern"); // * stands for a name that changes
    QTest::newRow("library") << "/usr/lib/x86_64-linux-gnu/libc.so.6"
                             << "/usr/lib/x86_64-linux-gnu/libc.so.6";
    QTest::newRow("proc") << "/proc/1/maps"
                          << "/proc/1/maps";
    QTest::newRow("null") << "/dev/null"
                          << "/dev/null";
    QTest::newRow("root") << "/"
                          << "/";
    QTest::newRow("empty") << ""
                           << "";
    QTest::newRow("home") << "/home/alice/notes.txt"
                          << "/home/*/*.txt";
    QTest::newRow("log") << "/var/log/payroll/today.log"
                         << "/var/log/*/*.log";
    QTest::newRow("etc") << "/etc/payroll"
                         << "/etc/*";
    QTest::newRow("posix shared memory") << "/dev/shm/payroll"
                                         << "/dev/shm/*";
    QTest::newRow("almost well known") << "/usr/libation/x"
                                       << "/usr/*/*";
    QTest::newRow("dots") << "/srv/../srv/./data"
                          << "/srv/../*/./*";
    QTest::newRow("slashes") << "/srv//data/"
                             << "/srv//*/";
    QTest::newRow("relative") << "payroll/data.db"
                              << "*/*.db";
    QTest::newRow("relative lib is anybody's") << "usr/lib"
                                               << "*/*";
}

void TestPseudonyms::paths()
{
    QFETCH(QString, path);
    QFETCH(QString, pattern);
    const QString made = QString::fromStdString(pseudonyms.path(path.toStdString()));
    QCOMPARE(made.size(), path.size());
    QString expression = QRegularExpression::escape(pattern);
    expression.replace(QStringLiteral("\\*"), QStringLiteral("[^/]+"));
    QVERIFY2(QRegularExpression(QRegularExpression::anchoredPattern(expression)).match(made).hasMatch(),
             qPrintable(made));
    QCOMPARE(made == path, !pattern.contains(QLatin1Char('*')));
}

void TestPseudonyms::pathRelations()
{
    const std::string one = pseudonyms.path("/srv/payroll/current/employees.db");
    const std::string two = pseudonyms.path("/srv/payroll/current/employees.log");
    QCOMPARE(one.substr(0, one.rfind('.')), two.substr(0, two.rfind('.')));
    // The same name is the same wherever it stands.
    QCOMPARE(pseudonyms.component("payroll"), one.substr(5, 7));
    QCOMPARE(pseudonyms.path("payroll"), one.substr(5, 7));
}

void TestPseudonyms::varints()
{
    QCOMPARE(pseudonyms.varint(0), uint64_t{0});
    for (const uint64_t value : {uint64_t{1}, uint64_t{127}, uint64_t{128}, uint64_t{1000}, uint64_t{65534},
                                 uint64_t{1} << 40, ~uint64_t{0}}) {
        const uint64_t made = pseudonyms.varint(value);
        QVERIFY(made != value);
        QCOMPARE(varintBytes(made), varintBytes(value));
    }
    std::set<uint64_t> all;
    for (uint64_t value = 1; value < 128; ++value)
        all.insert(pseudonyms.varint(value));
    QCOMPARE(all.size(), size_t{127});
    QVERIFY(!all.contains(0));
    for (const uint64_t value : {uint64_t{1} << 28, uint64_t{0xffffffff}, uint64_t{3000000000}})
        QVERIFY(pseudonyms.varint(value, 32) >> 32 == 0);
}

void TestPseudonyms::addressPrefixes()
{
    const std::array<Address, 5> addresses{Address{93, 184, 216, 34}, Address{93, 184, 216, 35},
                                           Address{93, 184, 1, 1}, Address{93, 1, 1, 1}, Address{8, 8, 8, 8}};
    std::set<std::string> made;
    for (const Address &a : addresses) {
        const auto one = mapped(a);
        made.emplace(reinterpret_cast<const char *>(one.data()), one.size());
        QVERIFY(!std::equal(one.begin(), one.end(), std::as_bytes(std::span(a)).begin()));
        for (const Address &b : addresses)
            QCOMPARE(common(one, mapped(b)),
                     common(std::as_bytes(std::span(a)), std::as_bytes(std::span(b))));
    }
    QCOMPARE(made.size(), addresses.size());
    // As long in writing, and as the number that images keep it as.
    for (const Address &a : addresses) {
        const auto one = mapped(a);
        uint64_t before = 0;
        uint64_t after = 0;
        for (size_t i = 4; i-- > 0;) {
            QCOMPARE(QString::number(std::to_integer<int>(one[i])).size(), QString::number(a[i]).size());
            before = before << 8 | a[i];
            after = after << 8 | std::to_integer<uint64_t>(one[i]);
        }
        QCOMPARE(varintBytes(after), varintBytes(before));
    }
}

void TestPseudonyms::specialAddresses_data()
{
    QTest::addColumn<QByteArray>("address");
    QTest::addColumn<int>("keptBytes");
    QTest::newRow("loopback") << QByteArray("\x7f\0\0\1", 4) << 4;
    QTest::newRow("unspecified") << QByteArray(4, '\0') << 4;
    QTest::newRow("broadcast") << QByteArray(4, '\xff') << 4;
    QTest::newRow("multicast") << QByteArray("\xe0\0\0\xfb", 4) << 4;
    QTest::newRow("10/8") << QByteArray("\x0a\x01\x02\x03", 4) << 1;
    QTest::newRow("192.168/16") << QByteArray("\xc0\xa8\x01\x02", 4) << 2;
    QTest::newRow("::") << QByteArray(16, '\0') << 16;
    QTest::newRow("::1") << QByteArray(15, '\0') + '\1' << 16;
    QTest::newRow("fe80::") << QByteArray("\xfe\x80\0\0\0\0\0\0\x12\x34\x56\x78\x9a\xbc\xde\xf0", 16) << 8;
    QTest::newRow("::ffff:127.0.0.1") << QByteArray(10, '\0') + QByteArray("\xff\xff\x7f\0\0\1", 6) << 16;
    QTest::newRow("::ffff:10.1.2.3") << QByteArray(10, '\0') + QByteArray("\xff\xff\x0a\1\2\3", 6) << 13;
    QTest::newRow("unknown length") << QByteArray("\1\2\3", 3) << 3;
}

void TestPseudonyms::specialAddresses()
{
    QFETCH(QByteArray, address);
    QFETCH(int, keptBytes);
    const auto made = pseudonyms.address(
        std::as_bytes(std::span(address.constData(), static_cast<size_t>(address.size()))));
    const QByteArray bytes(reinterpret_cast<const char *>(made.data()), static_cast<qsizetype>(made.size()));
    QCOMPARE(bytes.left(keptBytes), address.left(keptBytes));
    QCOMPARE(bytes == address, keptBytes == address.size());
}

void TestPseudonyms::hardware()
{
    const std::array<unsigned char, 6> card{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    const auto made = pseudonyms.hardwareAddress(std::as_bytes(std::span(card)));
    QCOMPARE(made.size(), size_t{6});
    QVERIFY(std::equal(made.begin(), made.begin() + 3, std::as_bytes(std::span(card)).begin()));
    QVERIFY(!std::equal(made.begin() + 3, made.end(), std::as_bytes(std::span(card)).begin() + 3));
    const std::array<unsigned char, 6> none{};
    const auto kept = pseudonyms.hardwareAddress(std::as_bytes(std::span(none)));
    QVERIFY(std::equal(kept.begin(), kept.end(), std::as_bytes(std::span(none)).begin()));
}

CRYOSCOPE_TEST(TestPseudonyms)

} // namespace tst_pseudonyms

#include "tst_pseudonyms.moc"
