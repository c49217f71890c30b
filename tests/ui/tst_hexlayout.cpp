// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"
#include "ui/hexview/hexlayout.h"

namespace tst_hexlayout
{

using namespace cryoscope::ui;

namespace
{

HexSegment present(uint64_t start, uint64_t length)
{
    return {start, length, true, {}};
}
HexSegment absent(uint64_t start, uint64_t length)
{
    return {start, length, false, QStringLiteral("why")};
}

} // namespace

class tst_hexlayout : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void emptyHasNoLines();
    void rowsAreAligned();
    void gapsAndAbsenceTakeOneLine();
    void linesAndAddressesAgree();
    void topOfTheAddressLine();
    void hugeSegments();
};

void tst_hexlayout::emptyHasNoLines()
{
    const HexLayout layout;
    QCOMPARE(layout.lineCount(), uint64_t{0});
    QCOMPARE(layout.line(0).kind, HexLine::Kind::Beyond);
    QVERIFY(!layout.isPresent(0));
}

void tst_hexlayout::rowsAreAligned()
{
    const HexLayout layout({present(0x1005, 0x20)});
    QCOMPARE(layout.lineCount(), uint64_t{3});
    const HexLine first = layout.line(0);
    QCOMPARE(first.row, uint64_t{0x1000});
    QCOMPARE(first.begin, uint64_t{0x1005});
    QCOMPARE(first.end, uint64_t{0x1010});
    const HexLine last = layout.line(2);
    QCOMPARE(last.row, uint64_t{0x1020});
    QCOMPARE(last.begin, uint64_t{0x1020});
    QCOMPARE(last.end, uint64_t{0x1025});
}

void tst_hexlayout::gapsAndAbsenceTakeOneLine()
{
    const HexLayout layout({present(0, 16), absent(16, 1 << 20), present(uint64_t{1} << 40, 16)});
    QCOMPARE(layout.lineCount(), uint64_t{4});
    QCOMPARE(layout.line(1).kind, HexLine::Kind::Absent);
    QCOMPARE(layout.line(2).kind, HexLine::Kind::Gap);
    QCOMPARE(layout.line(2).begin, uint64_t{16 + (1 << 20)});
    QCOMPARE(layout.line(2).end, uint64_t{1} << 40);
    QCOMPARE(layout.nearestPresent(17), uint64_t{1} << 40);
    QCOMPARE(layout.previousPresent(uint64_t{1} << 40), uint64_t{15});
    QVERIFY(!layout.isPresent(16));
}

void tst_hexlayout::linesAndAddressesAgree()
{
    const HexLayout layout({present(3, 50), present(53, 11), absent(100, 5), present(4096, 8192)});
    for (uint64_t line = 0; line < layout.lineCount(); ++line) {
        const HexLine at = layout.line(line);
        QCOMPARE(layout.lineOf(at.begin), line);
        QCOMPARE(layout.lineOf(at.end - 1), line);
    }
}

void tst_hexlayout::topOfTheAddressLine()
{
    const uint64_t top = UINT64_MAX - 4095;
    const HexLayout layout({present(top - 4096, 4096)});
    QCOMPARE(layout.lineCount(), uint64_t{256});
    QCOMPARE(layout.lastPresent(), top - 1);
    QCOMPARE(layout.lineOf(UINT64_MAX), uint64_t{255});
}

void tst_hexlayout::hugeSegments()
{
    const uint64_t length = uint64_t{1} << 47;
    const HexLayout layout({present(0, length)});
    QCOMPARE(layout.lineCount(), length / 16);
    QCOMPARE(layout.line(length / 16 - 1).row, length - 16);
    QCOMPARE(layout.lineOf(length - 1), length / 16 - 1);
}

CRYOSCOPE_TEST(tst_hexlayout)

} // namespace tst_hexlayout

#include "tst_hexlayout.moc"
