// SPDX-License-Identifier: Apache-2.0
#include "core/redact/patchset.h"

#include "core/base/hash.h"
#include "tests/program/testprogram.h"

#include <optional>
#include <random>

namespace tst_patchset
{

using namespace cryoscope;

class TestPatchSet : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void joinsAdjacent();
    void firstStands_data();
    void firstStands();
    void keepsMembersApart();
    void nothing();
    void agreesWithPaintingBytes();
};

namespace
{

/// Patches of one member as "offset:text" with spaces between.
QString texts(const std::map<MemberId, std::vector<Patch>> &all, MemberId member)
{
    QStringList out;
    if (const auto found = all.find(member); found != all.end()) {
        for (const Patch &patch : found->second)
            out << QString::number(patch.offset) + u':' +
                       QString::fromLatin1(reinterpret_cast<const char *>(patch.bytes.data()),
                                           static_cast<qsizetype>(patch.bytes.size()));
    }
    return out.join(u' ');
}

} // namespace

void TestPatchSet::joinsAdjacent()
{
    PatchSet set;
    set.add(1, 14, asBytes("cd"));
    set.add(1, 12, asBytes("ab"));
    set.add(1, 20, asBytes("z"));
    QCOMPARE(texts(std::move(set).take(), 1), QStringLiteral("12:abcd 20:z"));
}

void TestPatchSet::firstStands_data()
{
    QTest::addColumn<quint64>("offset");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("before") << quint64{6} << QStringLiteral("bbbbb") << QStringLiteral("6:bbbbaaaa");
    QTest::newRow("behind") << quint64{12} << QStringLiteral("bbbbb") << QStringLiteral("10:aaaabbb");
    QTest::newRow("within") << quint64{11} << QStringLiteral("bb") << QStringLiteral("10:aaaa");
    QTest::newRow("around") << quint64{8} << QStringLiteral("bbbbbbbb") << QStringLiteral("8:bbaaaabb");
    QTest::newRow("same") << quint64{10} << QStringLiteral("bbbb") << QStringLiteral("10:aaaa");
    QTest::newRow("apart") << quint64{15} << QStringLiteral("b") << QStringLiteral("10:aaaa 15:b");
}

void TestPatchSet::firstStands()
{
    QFETCH(quint64, offset);
    QFETCH(QString, text);
    QFETCH(QString, expected);
    PatchSet set;
    set.add(1, 10, asBytes("aaaa"));
    set.add(1, offset, asBytes(text.toStdString()));
    QCOMPARE(texts(std::move(set).take(), 1), expected);
}

void TestPatchSet::keepsMembersApart()
{
    PatchSet set;
    set.add(1, 10, asBytes("aa"));
    set.add(2, 10, asBytes("bb"));
    const auto all = std::move(set).take();
    QCOMPARE(texts(all, 1), QStringLiteral("10:aa"));
    QCOMPARE(texts(all, 2), QStringLiteral("10:bb"));
}

void TestPatchSet::nothing()
{
    PatchSet set;
    set.add(1, 10, {});
    QVERIFY(std::move(set).take().empty());
}

void TestPatchSet::agreesWithPaintingBytes()
{
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        PatchSet set;
        std::vector<std::optional<std::byte>> painted(80);
        for (int i = 0; i < 12; ++i) {
            const size_t offset = random() % 60;
            const std::vector<std::byte> bytes(random() % 20, static_cast<std::byte>(i));
            set.add(5, offset, bytes);
            for (size_t k = 0; k < bytes.size(); ++k) {
                if (!painted[offset + k])
                    painted[offset + k] = bytes[k];
            }
        }
        std::vector<std::optional<std::byte>> got(80);
        uint64_t end = 0;
        const auto all = std::move(set).take();
        for (const Patch &patch : all.at(5)) {
            QVERIFY(end == 0 || patch.offset > end); // neither overlapping nor left unjoined
            end = patch.end();
            for (size_t k = 0; k < patch.bytes.size(); ++k)
                got[patch.offset + k] = patch.bytes[k];
        }
        QVERIFY(got == painted);
    }
}

CRYOSCOPE_TEST(TestPatchSet)

} // namespace tst_patchset

#include "tst_patchset.moc"
