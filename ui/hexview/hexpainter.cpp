// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/hexpainter.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <vector>

namespace cryoscope::ui
{

namespace
{

constexpr size_t maxMapTicks = 4000;

QString sizeText(uint64_t bytes)
{
    return bytes == 0
               ? QStringLiteral("16 EiB")
               : QLocale::c().formattedDataSize(static_cast<qint64>(std::min<uint64_t>(bytes, INT64_MAX)), 1);
}

} // namespace

HexPainter::HexPainter(QPainter &painter, const HexScene &scene)
    : m_painter(painter), m_scene(scene), m_metrics(scene.metrics), m_theme(themeFor(scene.palette))
{
}

void HexPainter::paint()
{
    m_painter.setPen(m_theme.line);
    for (const qreal x :
         {m_metrics.hexX() - m_metrics.charWidth, m_metrics.textX() - m_metrics.charWidth * 0.75})
        m_painter.drawLine(QPointF(x, 0), QPointF(x, m_scene.size.height()));
    int y = 0;
    for (uint64_t line = m_scene.top; line < m_scene.layout.lineCount() && y < m_scene.size.height();
         ++line, y += m_metrics.lineHeight)
        paintLine(m_scene.layout.line(line), y);
    paintMap();
}

void HexPainter::paintMarks(const HexLine &line, int y, Over &over)
{
    const auto rectangles = [&](uint64_t begin, uint64_t end, const auto &draw) {
        const uint64_t first = begin - line.row;
        const uint64_t last = end - 1 - line.row;
        const qreal half = m_metrics.charWidth / 2;
        draw(QRectF(m_metrics.byteX(first) - half, y + 1,
                    m_metrics.byteX(last) + 2 * m_metrics.charWidth - m_metrics.byteX(first) + 2 * half,
                    m_metrics.lineHeight - 2));
        draw(QRectF(m_metrics.charX(first), y + 1,
                    m_metrics.charX(last) + m_metrics.charWidth - m_metrics.charX(first),
                    m_metrics.lineHeight - 2));
    };
    if (m_scene.selectionBegin < line.end && m_scene.selectionEnd >= line.begin) {
        const QColor color = m_scene.palette.color(m_scene.focused ? QPalette::Active : QPalette::Inactive,
                                                   QPalette::Highlight);
        QColor fill = color;
        fill.setAlpha(m_scene.selectionBegin == m_scene.selectionEnd ? 60 : 110);
        rectangles(std::max(m_scene.selectionBegin, line.begin), std::min(m_scene.selectionEnd + 1, line.end),
                   [&](const QRectF &box) { m_painter.fillRect(box, fill); });
    }
    m_scene.marks.over(line.begin, line.end, [&](const HexMark &mark, MarkState state) {
        const StateLook look = m_theme.look(state);
        const uint64_t begin = std::max(mark.start, line.begin);
        const uint64_t end = std::min(mark.end(), line.end);
        const bool active = mark.id != 0 && mark.id == m_scene.activeMark;
        rectangles(begin, end, [&](const QRectF &box) { drawMark(m_painter, box, look, state, active); });
        for (uint64_t at = begin; at < end; ++at)
            over[at - line.row] = state;
        m_painter.setPen(look.outline);
        m_painter.drawText(QPointF(m_metrics.charWidth * 0.75, y + m_metrics.ascent), look.glyph);
    });
    if (m_scene.cursor >= line.begin && m_scene.cursor < line.end) {
        m_painter.setPen(QPen(m_scene.palette.color(QPalette::Highlight), 1));
        rectangles(m_scene.cursor, m_scene.cursor + 1,
                   [&](const QRectF &box) { m_painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5)); });
    }
}

void HexPainter::paintAddress(uint64_t address, int y)
{
    m_painter.setPen(m_theme.address);
    m_painter.drawText(QPointF(m_metrics.addressX(), y + m_metrics.ascent),
                       QStringLiteral("%1").arg(address, 16, 16, QLatin1Char('0')));
}

void HexPainter::paintFolded(const HexLine &line, int y)
{
    m_painter.fillRect(
        QRectF(m_metrics.hexX() - m_metrics.charWidth / 2, y, m_scene.size.width(), m_metrics.lineHeight),
        QBrush(m_theme.stripe, line.kind == HexLine::Kind::Absent ? Qt::BDiagPattern : Qt::SolidPattern));
    paintAddress(line.begin, y);
    m_painter.setPen(m_theme.absent);
    const QString what = line.kind == HexLine::Kind::Gap ? m_scene.document.gapText()
                                                         : m_scene.document.segments()[line.segment].text;
    m_painter.drawText(QPointF(m_metrics.hexX(), y + m_metrics.ascent),
                       QStringLiteral("┄ ") + sizeText(line.end - line.begin) + QLatin1Char(' ') + what);
}

void HexPainter::paintLine(const HexLine &line, int y)
{
    if (line.kind != HexLine::Kind::Bytes) {
        paintFolded(line, y);
        return;
    }
    Over over{};
    paintMarks(line, y, over);
    paintAddress(line.row, y);
    paintBytes(line, y, over);
}

void HexPainter::paintBytes(const HexLine &line, int y, const Over &over)
{
    // One string for each colour, so that a row takes few calls.
    struct Ink {
        QColor color;
        QString hexText;
        QString text;
    };
    std::vector<Ink> inks;
    const auto ink = [&](const QColor &color) -> Ink & {
        for (Ink &known : inks) {
            if (known.color == color)
                return known;
        }
        inks.push_back({color, QString(49, QLatin1Char(' ')), QString(HexLayout::columns, QLatin1Char(' '))});
        return inks.back();
    };
    static constexpr char digits[] = "0123456789abcdef";
    for (uint64_t at = line.begin; at < line.end; ++at) {
        const auto column = static_cast<qsizetype>(at - line.row);
        const qsizetype place = column * 3 + (column >= 8 ? 1 : 0);
        const auto byte = m_scene.cache.byte(line.segment, at);
        const auto mark = over[static_cast<size_t>(column)];
        if (byte.state != HexCache::State::Ready) {
            Ink &used = ink(byte.state == HexCache::State::Loading ? m_theme.loading : m_theme.absent);
            const QChar sign = byte.state == HexCache::State::Loading ? QChar(0x00b7) : QLatin1Char('!');
            used.hexText[place] = sign;
            used.hexText[place + 1] = sign;
            continue;
        }
        const QColor color = mark              ? m_theme.look(*mark).text
                             : byte.value == 0 ? m_theme.zero
                                               : m_scene.palette.color(QPalette::Text);
        Ink &used = ink(color);
        const bool hidden = m_scene.masked && mark;
        used.hexText[place] = hidden ? QChar(0x2022) : QLatin1Char(digits[byte.value >> 4]);
        used.hexText[place + 1] = hidden ? QChar(0x2022) : QLatin1Char(digits[byte.value & 15]);
        used.text[column] = hidden ? QChar(0x2022)
                            : byte.value >= 0x20 && byte.value < 0x7f
                                ? QLatin1Char(static_cast<char>(byte.value))
                                : QLatin1Char('.');
    }
    for (const Ink &used : inks) {
        m_painter.setPen(used.color);
        m_painter.drawText(QPointF(m_metrics.hexX(), y + m_metrics.ascent), used.hexText);
        m_painter.drawText(QPointF(m_metrics.textX(), y + m_metrics.ascent), used.text);
    }
}

void HexPainter::paintMap()
{
    const QRect map(m_scene.size.width() - HexMetrics::mapWidth, 0, HexMetrics::mapWidth,
                    m_scene.size.height());
    m_painter.fillRect(map, m_theme.stripe);
    const double lines = static_cast<double>(std::max<uint64_t>(1, m_scene.layout.lineCount()));
    const double scale = map.height() / lines;
    QColor window = m_scene.palette.color(QPalette::Highlight);
    window.setAlpha(70);
    m_painter.fillRect(QRectF(map.left(), static_cast<double>(m_scene.top) * scale, HexMetrics::mapWidth,
                              std::max(3.0, static_cast<double>(m_scene.visibleLines) * scale)),
                       window);
    const size_t step = m_scene.marks.size() / maxMapTicks + 1;
    for (size_t i = 0; i < m_scene.marks.size(); i += step) {
        const HexMark &mark = m_scene.marks.at(i);
        const auto state = m_scene.marks.stateOf(mark.id);
        if (!state)
            continue;
        const StateLook look = m_theme.look(*state);
        const double y = static_cast<double>(m_scene.layout.lineOf(mark.start)) * scale;
        const bool active = mark.id != 0 && mark.id == m_scene.activeMark;
        m_painter.fillRect(QRectF(map.left() + (active ? 0 : 3), y,
                                  active ? HexMetrics::mapWidth : HexMetrics::mapWidth - 6, active ? 3 : 2),
                           look.outline);
    }
}

} // namespace cryoscope::ui
