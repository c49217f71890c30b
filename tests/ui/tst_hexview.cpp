// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"
#include "ui/hexview/hexview.h"
#include "ui/hexview/readdocument.h"

#include <QApplication>
#include <QSignalSpy>

namespace tst_hexview
{

using namespace cryoscope;
using namespace cryoscope::ui;

namespace
{

/// Two mapped ranges with a gap; the byte at an address is the address's lowest byte.
std::unique_ptr<ReadDocument> document()
{
    return std::make_unique<ReadDocument>(
        QStringLiteral("test"), QStringLiteral("not mapped"),
        std::vector<HexSegment>{{0x1000, 0x400, true, {}},
                                {0x1400, 0x100, false, QStringLiteral("not dumped")},
                                {0x7f0000000000, 0x2000, true, {}}},
        [](uint64_t start, uint64_t length) -> Result<std::vector<std::byte>> {
            std::vector<std::byte> bytes(length);
            for (uint64_t i = 0; i < length; ++i)
                bytes[i] = static_cast<std::byte>((start + i) & 0xff);
            return bytes;
        });
}

} // namespace

class tst_hexview : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void keysMoveOverGaps();
    void shiftSelects();
    void mouseSelects();
    void bytesComeLater();
    void marksAreClicked();
    void failureIsNoHang();
    void documentMayGo();

private:
    std::unique_ptr<HexView> m_view;
    std::unique_ptr<ReadDocument> m_document;
};

void tst_hexview::init()
{
    applyTheme(*qApp, ThemeChoice::Light);
    m_document = document();
    m_view = std::make_unique<HexView>();
    m_view->resize(800, 400);
    m_view->setDocument(m_document.get());
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    m_view->setFocus();
}

void tst_hexview::cleanup()
{
    m_view.reset();
    m_document.reset();
}

void tst_hexview::keysMoveOverGaps()
{
    QCOMPARE(m_view->cursor(), uint64_t{0x1000});
    QTest::keyClick(m_view.get(), Qt::Key_Down);
    QCOMPARE(m_view->cursor(), uint64_t{0x1010});
    QTest::keyClick(m_view.get(), Qt::Key_End);
    QCOMPARE(m_view->cursor(), uint64_t{0x101f});
    m_view->goTo(0x13ff);
    QTest::keyClick(m_view.get(), Qt::Key_Right);
    QCOMPARE(m_view->cursor(), uint64_t{0x7f0000000000});
    QTest::keyClick(m_view.get(), Qt::Key_Left);
    QCOMPARE(m_view->cursor(), uint64_t{0x13ff});
    QTest::keyClick(m_view.get(), Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(m_view->cursor(), uint64_t{0x7f0000001fff});
    QTest::keyClick(m_view.get(), Qt::Key_Right);
    QCOMPARE(m_view->cursor(), uint64_t{0x7f0000001fff});
    QTest::keyClick(m_view.get(), Qt::Key_Home, Qt::ControlModifier);
    QCOMPARE(m_view->cursor(), uint64_t{0x1000});
    QTest::keyClick(m_view.get(), Qt::Key_PageDown);
    QVERIFY(m_view->cursor() > 0x1000);
}

void tst_hexview::shiftSelects()
{
    m_view->goTo(0x1020);
    for (int i = 0; i < 4; ++i)
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(m_view->selection().start, uint64_t{0x1020});
    QCOMPARE(m_view->selection().length, uint64_t{5});
    QTRY_VERIFY(m_view->selectedBytes().has_value());
    QCOMPARE(*m_view->selectedBytes(), QByteArray("\x20\x21\x22\x23\x24"));
    QTest::keyClick(m_view.get(), Qt::Key_Right);
    QCOMPARE(m_view->selection().length, uint64_t{0});
}

void tst_hexview::mouseSelects()
{
    // Where a byte stands is found by clicking along a row: the cursor tells.
    QWidget *viewport = m_view->viewport();
    std::vector<int> columns;
    for (int x = 0; x < viewport->width() - 20 && columns.size() < 16; x += 2) {
        QTest::mouseClick(viewport, Qt::LeftButton, {}, {x, 5});
        if (m_view->cursor() == 0x1000 + columns.size())
            columns.push_back(x);
    }
    QCOMPARE(columns.size(), size_t{16});
    QTest::mousePress(viewport, Qt::LeftButton, {}, {columns[2], 5});
    QTest::mouseMove(viewport, {columns[7], 5});
    QTest::mouseRelease(viewport, Qt::LeftButton, {}, {columns[7], 5});
    QCOMPARE(m_view->cursor(), uint64_t{0x1007});
}

void tst_hexview::bytesComeLater()
{
    QTRY_VERIFY(m_view->byteAt(0x1005).has_value());
    QCOMPARE(*m_view->byteAt(0x1005), uint8_t{5});
    QVERIFY(!m_view->byteAt(0x1400).has_value()); // absent is no byte, not even zero
    QSignalSpy changed(m_document.get(), &HexDocument::changed);
    m_document->setReader([](uint64_t, uint64_t length) -> Result<std::vector<std::byte>> {
        return std::vector<std::byte>(length, std::byte{0x78});
    });
    QCOMPARE(changed.size(), 1);
    QTRY_COMPARE(m_view->byteAt(0x1005).value_or(0), uint8_t{0x78});
}

void tst_hexview::marksAreClicked()
{
    m_view->setMarks(HexMarks(
        HexMarks::make({{0x1000, 16, 7, 0}}), [](qint64) { return MarkState::Undecided; },
        [](qint64 id) { return QStringLiteral("secret %1").arg(id); }));
    QSignalSpy clicked(m_view.get(), &HexView::markClicked);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, {m_view->viewport()->width() / 2, 5});
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(clicked.front().front().toLongLong(), qint64{7});
    QVERIFY(m_view->accessibleDescription().contains(QStringLiteral("secret 7")));
}

void tst_hexview::failureIsNoHang()
{
    m_document->setReader([](uint64_t start, uint64_t) -> Result<std::vector<std::byte>> {
        return Error{ErrorCode::InputUnreadable, "gone", "file", start};
    });
    QSignalSpy failed(m_document.get(), &HexDocument::failed);
    m_view->viewport()->repaint();
    QTRY_VERIFY(failed.size() >= 1);
    QVERIFY(!m_view->byteAt(0x1000).has_value());
}

void tst_hexview::documentMayGo()
{
    m_document.reset();
    QCOMPARE(m_view->document(), nullptr);
    m_view->viewport()->repaint();
    QTest::keyClick(m_view.get(), Qt::Key_Down);
}

CRYOSCOPE_TEST(tst_hexview)

} // namespace tst_hexview

#include "tst_hexview.moc"
