// SPDX-License-Identifier: Apache-2.0
#include "ui/views/linemarks.h"

#include "ui/theme/theme.h"

#include <QPainter>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

constexpr int groundAlpha = 36;      // text in all colours of the highlighting must stay readable
constexpr size_t maxColoured = 2000; // lines whose ground is coloured; all have a sign

} // namespace

LineMarks::LineMarks(QPlainTextEdit *text) : QWidget(text), m_text(text)
{
    setObjectName(QStringLiteral("lineMarks"));
    hide();
    connect(text->verticalScrollBar(), &QScrollBar::valueChanged, this, qOverload<>(&QWidget::update));
}

int LineMarks::wantedWidth() const
{
    return m_lines.empty() ? 0 : m_text->fontMetrics().horizontalAdvance(QStringLiteral("Δ")) + 10;
}

void LineMarks::setLines(std::vector<int> lines)
{
    m_lines = std::move(lines);
    setVisible(!m_lines.empty());
    colour();
    update();
}

void LineMarks::colour()
{
    QList<QTextEdit::ExtraSelection> selections;
    QColor fill = themeFor(m_text->palette()).look(MarkState::Changed).fill;
    fill.setAlpha(groundAlpha);
    for (size_t i = 0; i < std::min(m_lines.size(), maxColoured); ++i) {
        QTextEdit::ExtraSelection selection;
        selection.cursor = QTextCursor(m_text->document()->findBlockByNumber(m_lines[i]));
        selection.format.setBackground(fill);
        selection.format.setProperty(QTextFormat::FullWidthSelection, true);
        selections << selection;
    }
    m_text->setExtraSelections(selections);
}

void LineMarks::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_text->palette().color(QPalette::Base));
    painter.setFont(m_text->font());
    const StateLook look = themeFor(m_text->palette()).look(MarkState::Changed);
    painter.setPen(look.outline);
    // Lines have one height; the first one in sight tells where all are.
    const QTextCursor start = m_text->cursorForPosition({0, 0});
    const int first = start.blockNumber();
    const QRect firstLine = m_text->cursorRect(start);
    const int height = firstLine.height();
    const int top = firstLine.top();
    for (auto line = std::lower_bound(m_lines.begin(), m_lines.end(), first); line != m_lines.end(); ++line) {
        const int y = top + (*line - first) * height;
        if (y > this->height())
            break;
        painter.drawText(QRect(0, y, width(), height), Qt::AlignCenter, look.glyph);
    }
}

} // namespace cryoscope::ui
