// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"
#include "core/export/contentdifference.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <map>

namespace tst_contentdifference
{

using namespace cryoscope;
using namespace cryoscope::test;

/// Saboteurs: exports that are wrong in one way each, which the comparison has to name.
class TestContentDifference : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asPlanned();
    void extraByte_data();
    void extraByte();
    void leftByte();
    void wrongReplacement();
    void sizes();
    void takesDifferencesAsPlanned();
    void patchAcrossPieces();
    void zerosWithoutHashes();
    void errors();
};

namespace
{

constexpr uint64_t piece = uint64_t{1} << 20; // how much is compared at a time

Patch patch(uint64_t offset, std::string_view text)
{
    const auto bytes = asBytes(text);
    return {offset, {bytes.begin(), bytes.end()}};
}

ContentDifference compare(const std::string &before, const std::string &after, std::vector<Patch> patches,
                          bool takeAsPlanned = false)
{
    const auto result = compareContent(*sourceOf(before), *sourceOf(after), patches, takeAsPlanned);
    if (!result)
        qFatal("%s", result.error().describe().c_str());
    return *result;
}

} // namespace

void TestContentDifference::asPlanned()
{
    const auto difference = compare("abc-secret-def", "abc-xxxrxt-def", {patch(4, "xxx"), patch(8, "x")});
    QVERIFY(difference.asPlanned());
    QCOMPARE(difference.changedBytes, uint64_t{4});
    QVERIFY((difference.ranges == std::vector<ByteRange>{{4, 3}, {8, 1}}));
    QCOMPARE(difference.before, toHex(*sourceOf("abc-secret-def")->sha256()));
    QCOMPARE(difference.after, toHex(*sourceOf("abc-xxxrxt-def")->sha256()));
    QVERIFY(compare("", "", {}).asPlanned());
    // A planned byte may be what was there already.
    QVERIFY(compare("a-b", "x-x", {patch(0, "x-x")}).asPlanned());
}

void TestContentDifference::extraByte_data()
{
    QTest::addColumn<quint64>("offset");
    for (const uint64_t offset : {uint64_t{0}, uint64_t{9}, uint64_t{14}, piece - 1, piece, piece * 2 + 99})
        QTest::newRow(std::to_string(offset).c_str()) << quint64{offset};
}

void TestContentDifference::extraByte()
{
    QFETCH(quint64, offset);
    const std::string before(piece * 2 + 100, 'a');
    std::string after = before;
    after.replace(10, 4, "xxxx");
    after[offset] = '!';
    const auto difference = compare(before, after, {patch(10, "xxxx")});
    QVERIFY(!difference.asPlanned());
    QCOMPARE(difference.unplanned, std::optional<uint64_t>(offset));
    QVERIFY(!difference.unpatched);
}

void TestContentDifference::leftByte()
{
    const std::string before(piece + 100, 'a');
    std::string after = before;
    after.replace(10, 4, "xxxx");
    after[12] = 'a';
    QCOMPARE(compare(before, after, {patch(10, "xxxx")}).unpatched, std::optional<uint64_t>(12));
    // A whole patch that was forgotten, in a piece that is otherwise the same.
    after = before;
    const auto difference = compare(before, after, {patch(piece + 50, "xxxx")});
    QCOMPARE(difference.unpatched, std::optional<uint64_t>(piece + 50));
    QCOMPARE(difference.changedBytes, uint64_t{0});
    QVERIFY(!difference.asPlanned());
}

void TestContentDifference::wrongReplacement()
{
    const auto difference = compare("abcdef", "abyyef", {patch(2, "xx")});
    QCOMPARE(difference.unpatched, std::optional<uint64_t>(2));
    QVERIFY(!difference.unplanned);
}

void TestContentDifference::sizes()
{
    QVERIFY(!compare("abcdef", "abcde", {}).asPlanned());
    QVERIFY(!compare("abcdef", "abcdefg", {}).asPlanned());
    QVERIFY(!compare("", "a", {}).asPlanned());
    const auto difference = compare("abcdef", "ab", {patch(4, "xx")});
    QCOMPARE(difference.unpatched, std::optional<uint64_t>(2));
    QVERIFY(!compare(std::string(piece, 'a'), std::string(piece * 3, 'a'), {}).sameSize);
}

void TestContentDifference::takesDifferencesAsPlanned()
{
    const auto difference = compare("abcdefgh", "aXXdefgX", {}, true);
    QVERIFY(difference.asPlanned());
    QVERIFY((difference.ranges == std::vector<ByteRange>{{1, 2}, {7, 1}}));
    QVERIFY(!compare("abc", "ab", {}, true).asPlanned());
}

void TestContentDifference::patchAcrossPieces()
{
    const std::string before(piece * 2, 'a');
    std::string after = before;
    after.replace(piece - 2, 4, "xxxx");
    const auto difference = compare(before, after, {patch(piece - 2, "xxxx")});
    QVERIFY(difference.asPlanned());
    QVERIFY((difference.ranges == std::vector<ByteRange>{{piece - 2, 4}}));
    after[piece] = 'a';
    QCOMPARE(compare(before, after, {patch(piece - 2, "xxxx")}).unpatched, std::optional<uint64_t>(piece));
}

void TestContentDifference::zerosWithoutHashes()
{
    // More zeros than could be read; what differs among them is found all the same.
    class Zeros final : public ByteSource
    {
    public:
        explicit Zeros(std::map<uint64_t, std::byte> bytes) : m_bytes(std::move(bytes)) {}
        uint64_t size() const override { return uint64_t{1} << 50; }
        const std::string &name() const override { return m_name; }
        Result<void> read(uint64_t offset, std::span<std::byte> out) const override
        {
            std::fill(out.begin(), out.end(), std::byte{0});
            for (const auto &[at, byte] : m_bytes) {
                if (at >= offset && at - offset < out.size())
                    out[at - offset] = byte;
            }
            return {};
        }
        uint64_t nextData(uint64_t offset) const override
        {
            const auto next = m_bytes.lower_bound(offset);
            return next == m_bytes.end() ? size() : next->first;
        }

    private:
        std::map<uint64_t, std::byte> m_bytes;
        std::string m_name = "zeros";
    };
    const auto compared = [](const Zeros &before, const Zeros &after, std::vector<Patch> patches) {
        return *compareContent(before, after, patches, false, nullptr, {}, Hashes::NotWanted);
    };
    constexpr uint64_t far = (uint64_t{1} << 49) + 12345;
    const Zeros none({});
    const Zeros one({{far, std::byte{7}}});
    QVERIFY(compared(none, none, {}).asPlanned());
    QVERIFY(compared(one, one, {}).asPlanned());
    QCOMPARE(compared(none, one, {}).unplanned, std::optional(far));
    QCOMPARE(compared(one, none, {}).unplanned, std::optional(far));
    QVERIFY(compared(none, one, {{far, {std::byte{7}}}}).asPlanned());
    QCOMPARE(compared(none, none, {{far, {std::byte{7}}}}).unpatched, std::optional(far));
    QVERIFY(compared(none, none, {}).before.empty());
    const Zeros last({{(uint64_t{1} << 50) - 1, std::byte{1}}});
    QCOMPARE(compared(none, last, {}).unplanned, std::optional((uint64_t{1} << 50) - 1));
}

void TestContentDifference::errors()
{
    StringSource damaged(std::string(100, 'a'), "pages-1.img");
    damaged.failFrom(50);
    const auto unread = compareContent(*sourceOf(std::string(100, 'a')), damaged, {});
    QVERIFY(!unread.ok());
    QCOMPARE(unread.error().code, ErrorCode::InputUnreadable);
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled =
        compareContent(*sourceOf("a"), *sourceOf("a"), {}, false, nullptr, stop.get_token());
    QVERIFY(!cancelled.ok());
    QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
}

CRYOSCOPE_TEST(TestContentDifference)

} // namespace tst_contentdifference

#include "tst_contentdifference.moc"
