// SPDX-License-Identifier: Apache-2.0
#include "core/base/byterange.h"
#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/base/crashdump.h"
#include "core/base/hash.h"
#include "core/base/problemlimit.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "tests/program/testprogram.h"

#include <limits>
#include <set>
#include <thread>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tst_base
{

using namespace cryoscope;

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sums();
    void products();
    void bounds();
    void rangeContains();
    void rangeOverlaps();
    void rangeIntersects();
    void rangeOrder();
    void sha256_data();
    void sha256();
    void sha256InPieces();
    void hmac_data();
    void hmac();
    void hexText();
    void utcTimes_data();
    void utcTimes();
    void random();
    void errorText_data();
    void errorText();
    void crashDumps();
    void results();
    void progress();
    void manyProblems();
    void manyProblemsAlike();
};

namespace
{
constexpr uint64_t top = std::numeric_limits<uint64_t>::max();

QString hex(const Digest &digest)
{
    return QString::fromStdString(toHex(digest));
}
} // namespace

void TestBase::sums()
{
    QCOMPARE(checkedAdd(0, 0), std::optional<uint64_t>(0));
    QCOMPARE(checkedAdd(top, 0), std::optional<uint64_t>(top));
    QCOMPARE(checkedAdd(top - 5, 5), std::optional<uint64_t>(top));
    QVERIFY(!checkedAdd(top, 1));
    QVERIFY(!checkedAdd(1, top));
    QVERIFY(!checkedAdd(top, top));
    QVERIFY(!checkedAdd(uint64_t{1} << 63, uint64_t{1} << 63));
}

void TestBase::products()
{
    QCOMPARE(checkedMul(0, top), std::optional<uint64_t>(0));
    QCOMPARE(checkedMul(top, 1), std::optional<uint64_t>(top));
    QCOMPARE(checkedMul(uint64_t{1} << 51, 4096), std::optional<uint64_t>(uint64_t{1} << 63));
    QVERIFY(!checkedMul(uint64_t{1} << 52, 4096));
    QVERIFY(!checkedMul(top, 2));
    QVERIFY(!checkedMul(top, top));
}

void TestBase::bounds()
{
    QVERIFY(inBounds(0, 0, 0));
    QVERIFY(inBounds(10, 0, 10)); // nothing, at the end
    QVERIFY(inBounds(3, 7, 10));
    QVERIFY(!inBounds(3, 8, 10));
    QVERIFY(!inBounds(11, 0, 10));
    QVERIFY(!inBounds(10, 1, 10));
    QVERIFY(!inBounds(5, top, 10)); // the sum would wrap to 4
    QVERIFY(!inBounds(top, 1, 10));
    QVERIFY(inBounds(top - 1, 1, top));
    QVERIFY(!inBounds(top, top, top));
}

void TestBase::rangeContains()
{
    const ByteRange range{10, 5};
    QCOMPARE(range.end(), uint64_t{15});
    QVERIFY(!range.contains(9));
    QVERIFY(range.contains(10));
    QVERIFY(range.contains(14));
    QVERIFY(!range.contains(15));
    const ByteRange nothing{10, 0};
    QVERIFY(nothing.empty());
    QVERIFY(!nothing.contains(10));
    QVERIFY(range.contains(ByteRange{10, 5}));
    QVERIFY(range.contains(ByteRange{12, 2}));
    QVERIFY(!range.contains(ByteRange{12, 4}));
    QVERIFY(!range.contains(ByteRange{9, 2}));
    const ByteRange last{top - 4, 4};
    QVERIFY(last.contains(top - 1));
    QVERIFY(!last.contains(top));
}

void TestBase::rangeOverlaps()
{
    const ByteRange range{10, 5};
    QVERIFY(range.overlaps({14, 1}));
    QVERIFY(range.overlaps({0, 11}));
    QVERIFY(range.overlaps({0, 100}));
    QVERIFY(!range.overlaps({15, 1}));
    QVERIFY(!range.overlaps({0, 10}));
}

void TestBase::rangeIntersects()
{
    const ByteRange range{10, 5};
    QVERIFY((range.intersected({12, 100}) == ByteRange{12, 3}));
    QVERIFY((range.intersected({0, 12}) == ByteRange{10, 2}));
    QVERIFY((range.intersected({11, 2}) == ByteRange{11, 2}));
    QVERIFY(range.intersected({15, 5}).empty());
    QVERIFY(range.intersected({0, 10}).empty());
}

void TestBase::rangeOrder()
{
    QVERIFY((ByteRange{1, 9} < ByteRange{2, 0}));
    QVERIFY((ByteRange{1, 1} < ByteRange{1, 2}));
}

// FIPS 180-4 examples (NIST's published ones).
void TestBase::sha256_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("digest");
    QTest::newRow("nothing") << QByteArray()
                             << "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    QTest::newRow("one block") << QByteArray("abc")
                               << "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    QTest::newRow("a million") << QByteArray(1000000, 'a')
                               << "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
}

void TestBase::sha256()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, digest);
    Sha256 hash;
    hash.add(asBytes({text.constData(), static_cast<size_t>(text.size())}));
    QCOMPARE(hex(hash.finish()), digest);
}

void TestBase::sha256InPieces()
{
    const std::string text(1000, 'x');
    Sha256 whole;
    whole.add(asBytes(text));
    const Digest expected = whole.finish();
    for (const size_t piece : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{999}}) {
        Sha256 hash;
        for (size_t at = 0; at < text.size(); at += piece)
            hash.add(asBytes(std::string_view(text).substr(at, piece)));
        hash.add({});
        QCOMPARE(hex(hash.finish()), hex(expected));
    }
}

// RFC 4231, test cases 1 to 4, 6 and 7.
void TestBase::hmac_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QString>("digest");
    QTest::newRow("1") << QByteArray(20, '\x0b') << QByteArray("Hi There")
                       << "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    QTest::newRow("2") << QByteArray("Jefe") << QByteArray("what do ya want for nothing?")
                       << "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    QTest::newRow("3") << QByteArray(20, '\xaa') << QByteArray(50, '\xdd')
                       << "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
    QTest::newRow("4") << QByteArray::fromHex("0102030405060708090a0b0c0d0e0f10111213141516171819")
                       << QByteArray(50, '\xcd')
                       << "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b";
    QTest::newRow("6: long key") << QByteArray(131, '\xaa')
                                 << QByteArray("Test Using Larger Than Block-Size Key - Hash Key First")
                                 << "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
    QTest::newRow("7: long both") << QByteArray(131, '\xaa')
                                  << QByteArray("This is a test using a larger than block-size key and a "
                                                "larger than block-size data. The key needs to be hashed "
                                                "before being used by the HMAC algorithm.")
                                  << "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2";
    // Of Python's hmac.
    QTest::newRow("no key, no data") << QByteArray() << QByteArray()
                                     << "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
}

void TestBase::hmac()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, data);
    QFETCH(QString, digest);
    QCOMPARE(hex(hmacSha256(asBytes({key.constData(), static_cast<size_t>(key.size())}),
                            asBytes({data.constData(), static_cast<size_t>(data.size())}))),
             digest);
}

void TestBase::hexText()
{
    const std::string bytes("\x00\x01\x7f\x80\xab\xff", 6);
    QCOMPARE(toHex(asBytes(bytes)), std::string("00017f80abff"));
    QCOMPARE(toHex({}), std::string());
    QCOMPARE(asText(asBytes(bytes)), std::string_view(bytes));
}

void TestBase::utcTimes_data()
{
    QTest::addColumn<qlonglong>("seconds");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("beginning") << 0LL << QByteArray("1970-01-01T00:00:00Z");
    QTest::newRow("leap day") << 1709251199LL << QByteArray("2024-02-29T23:59:59Z");
    QTest::newRow("before") << -1LL << QByteArray("1969-12-31T23:59:59Z");
    QTest::newRow("after 2038") << 4102444800LL << QByteArray("2100-01-01T00:00:00Z");
    QTest::newRow("in no calendar") << std::numeric_limits<qlonglong>::max() << QByteArray();
}

void TestBase::utcTimes()
{
    QFETCH(qlonglong, seconds);
    QFETCH(QByteArray, text);
    // Whatever zone the user is in.
    qputenv("TZ", "Pacific/Auckland");
    ::tzset();
    QCOMPARE(QByteArray::fromStdString(utcText(static_cast<std::time_t>(seconds))), text);
    const std::time_t before = std::time(nullptr);
    const std::string now = utcNow();
    QVERIFY(now >= utcText(before) && now <= utcText(std::time(nullptr)));
    qunsetenv("TZ");
    ::tzset();
}

void TestBase::random()
{
    QVERIFY(randomBytes(0).empty());
    std::set<std::string> all;
    for (int i = 0; i < 32; ++i) {
        const std::string bytes = randomBytes(16);
        QCOMPARE(bytes.size(), size_t{16});
        all.insert(bytes);
    }
    QCOMPARE(all.size(), size_t{32});
}

void TestBase::errorText_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("hasOffset");
    QTest::addColumn<QString>("text");
    QTest::newRow("file and offset") << "core-1.img" << true << "core-1.img at offset 255 (0xff): is damaged";
    QTest::newRow("file") << "core-1.img" << false << "core-1.img: is damaged";
    QTest::newRow("offset") << "" << true << "offset 255 (0xff): is damaged";
    QTest::newRow("neither") << "" << false << "is damaged";
}

void TestBase::errorText()
{
    QFETCH(QString, file);
    QFETCH(bool, hasOffset);
    QFETCH(QString, text);
    Error error{ErrorCode::InputMalformed, "is damaged", file.toStdString(), std::nullopt};
    if (hasOffset)
        error.offset = 255;
    QCOMPARE(QString::fromStdString(error.describe()), text);
}

/// In a child, which it does not leave.
void TestBase::crashDumps()
{
    const pid_t child = ::fork();
    if (child == 0) {
        rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
        (void)::setrlimit(RLIMIT_CORE, &limit);
        (void)::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        forbidCrashDumps();
        const bool limited =
            ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        const bool hidden = true;
#else
        const bool hidden = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
        ::_exit(limited && hidden ? 0 : 1);
    }
    int status = -1;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
}

void TestBase::results()
{
    const Result<std::string> good(std::string("text"));
    QVERIFY(good.ok() && good);
    QCOMPARE(*good, std::string("text"));
    QCOMPARE(good->size(), size_t{4});
    const Result<std::string> bad(Error{ErrorCode::NotFound, "is not there", "a", 1});
    QVERIFY(!bad.ok() && !bad);
    QCOMPARE(bad.error().code, ErrorCode::NotFound);
    Result<std::unique_ptr<int>> moved(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = std::move(moved).value();
    QCOMPARE(*taken, 7);
    QVERIFY(Result<void>().ok());
    const Result<void> failed(Error{ErrorCode::Cancelled, "cancelled", {}, {}});
    QVERIFY(!failed.ok());
    QCOMPARE(failed.error().code, ErrorCode::Cancelled);
}

void TestBase::progress()
{
    Progress progress;
    QCOMPARE(progress.total(), uint64_t{0});
    progress.begin("scan", 4000);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&progress] {
                for (int j = 0; j < 1000; ++j) {
                    progress.advance(1);
                    (void)progress.phase();
                }
            });
    }
    QCOMPARE(progress.done(), uint64_t{4000});
    QCOMPARE(progress.total(), uint64_t{4000});
    QCOMPARE(progress.phase(), std::string("scan"));
    progress.begin("copy", 0);
    QCOMPARE(progress.done(), uint64_t{0});
    QCOMPARE(progress.phase(), std::string("copy"));
}

void TestBase::manyProblems()
{
    ProblemLimit limit;
    std::vector<Problem> list;
    const auto add = [&](const char *file, int number, Severity severity = Severity::Note) {
        limit.add(list, {severity, {ErrorCode::InputMalformed, "field " + std::to_string(number), file, 5}});
    };
    for (int i = 0; i < 100; ++i)
        add("a", i);
    QCOMPARE(list.size(), size_t{100});
    QCOMPARE(list.back().error.message, std::string("field 99"));
    for (int i = 100; i < 1000; ++i)
        add("a", i, i == 500 ? Severity::Warning : Severity::Note);
    QCOMPARE(list.size(), size_t{100});
    QCOMPARE(list.back().error.message, std::string("field 99 (and 900 more problems in this file)"));
    QVERIFY(list.back().severity == Severity::Warning); // that of the worst
    QVERIFY(list.front().severity == Severity::Note);
    add("b", 0);
    QCOMPARE(list.size(), size_t{101});
    QCOMPARE(list.back().error.file, std::string("b"));
    add("a", 1001);
    QCOMPARE(list[99].error.message, std::string("field 99 (and 901 more problems in this file)"));
}

void TestBase::manyProblemsAlike()
{
    ProblemLimit limit;
    std::vector<Problem> list;
    for (int i = 0; i < 1000; ++i)
        limit.add(list,
                  {Severity::Warning, {ErrorCode::NotFound, "is not there", "f" + std::to_string(i), {}}});
    QCOMPARE(list.size(), size_t{200});
    QCOMPARE(list[198].error.describe(), std::string("f198: is not there"));
    QCOMPARE(list[199].error.describe(), std::string("f199: is not there (and 800 more files alike)"));
    limit.add(list, {Severity::Warning, {ErrorCode::NotFound, "is damaged", "f999", {}}});
    QCOMPARE(list.size(), size_t{201});
}

CRYOSCOPE_TEST(TestBase)

} // namespace tst_base

#include "tst_base.moc"
