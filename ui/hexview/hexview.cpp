// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/hexview.h"

#include "ui/hexview/hexcache.h"
#include "ui/hexview/hexlayout.h"
#include "ui/hexview/hexpainter.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cryoscope::ui
{

namespace
{

constexpr int maxScroll = 1 << 24; // QScrollBar counts in int

} // namespace

struct HexView::Private {
    explicit Private(HexView *view) : q(view) {}

    HexView *q;
    HexDocument *document = nullptr;
    HexLayout layout;
    HexCache cache;
    HexMarks marks;
    qint64 activeMark = 0;
    uint64_t top = 0; ///< line
    uint64_t cursor = 0;
    uint64_t anchor = 0; ///< the selection is from here to the cursor, both included
    bool selecting = false;
    bool masked = false;
    bool settingBar = false;
    QString emptyText;
    HexMetrics metrics;

    [[nodiscard]] uint64_t visibleLines() const
    {
        return static_cast<uint64_t>(std::max(1, q->viewport()->height() / std::max(1, metrics.lineHeight)));
    }
    [[nodiscard]] uint64_t maxTop() const
    {
        const uint64_t visible = visibleLines();
        return layout.lineCount() > visible ? layout.lineCount() - visible : 0;
    }

    void setTop(uint64_t line)
    {
        top = std::min(line, maxTop());
        updateBar();
        q->viewport()->update();
        Q_EMIT q->visibleRangeChanged();
    }

    void updateBar()
    {
        settingBar = true;
        QScrollBar *bar = q->verticalScrollBar();
        const uint64_t last = maxTop();
        const int range = static_cast<int>(std::min<uint64_t>(last, maxScroll));
        bar->setRange(0, range);
        bar->setPageStep(static_cast<int>(std::min<uint64_t>(visibleLines(), maxScroll)));
        bar->setSingleStep(1);
        // Beyond what an int holds the bar is proportional; keys and wheel move by lines all the same.
        bar->setValue(last <= maxScroll
                          ? static_cast<int>(top)
                          : static_cast<int>(static_cast<double>(top) / static_cast<double>(last) * range));
        settingBar = false;
    }

    void show(uint64_t address, uint64_t linesAbove)
    {
        const uint64_t line = layout.lineOf(address);
        const uint64_t visible = visibleLines();
        if (line < top || line >= top + visible)
            setTop(line - std::min(line, std::min(linesAbove, visible / 2)));
    }

    void moveTo(uint64_t address, bool keepAnchor)
    {
        if (layout.empty())
            return;
        cursor = layout.isPresent(address) ? address : layout.nearestPresent(address);
        if (!keepAnchor)
            anchor = cursor;
        show(cursor, 0);
        const uint64_t line = layout.lineOf(cursor);
        if (line >= top + visibleLines())
            setTop(line - visibleLines() + 1);
        changed();
    }

    void changed()
    {
        describe();
        q->viewport()->update();
        Q_EMIT q->cursorMoved(cursor);
        Q_EMIT q->selectionChanged();
    }

    /// What a screen reader says of the cursor.
    void describe()
    {
        QString text = QStringLiteral("address 0x%1").arg(cursor, 0, 16);
        if (const auto byte = byteAt(cursor))
            text += QStringLiteral(", value 0x%1").arg(*byte, 2, 16, QLatin1Char('0'));
        marksAt(cursor, [&](const HexMark &mark) { text += QStringLiteral(", ") + marks.textOf(mark.id); });
        q->setAccessibleDescription(text);
    }

    [[nodiscard]] std::optional<uint8_t> byteAt(uint64_t address)
    {
        if (document == nullptr || !layout.isPresent(address))
            return std::nullopt;
        const HexLine line = layout.line(layout.lineOf(address));
        const auto byte = cache.byte(line.segment, address);
        return byte.state == HexCache::State::Ready ? std::optional(byte.value) : std::nullopt;
    }

    template <class Visit> void marksAt(uint64_t address, const Visit &visit) const
    {
        marks.over(address, address + 1, [&](const HexMark &mark, MarkState) { visit(mark); });
    }

    [[nodiscard]] std::pair<uint64_t, uint64_t> selected() const
    {
        return {std::min(anchor, cursor), std::max(anchor, cursor)};
    }

    /// The address at a point of the viewport, if a byte (or its text) is there or beside it.
    [[nodiscard]] std::optional<uint64_t> addressAt(const QPointF &point, bool nearest) const
    {
        if (layout.empty())
            return std::nullopt;
        const auto below = static_cast<int64_t>(std::floor(point.y() / metrics.lineHeight));
        const uint64_t number = below < 0 ? top - std::min<uint64_t>(top, static_cast<uint64_t>(-below))
                                          : top + static_cast<uint64_t>(below);
        const HexLine line = layout.line(std::min(number, layout.lineCount() - 1));
        if (line.kind != HexLine::Kind::Bytes)
            return std::nullopt;
        qreal column = 0;
        if (point.x() >= metrics.textX() - metrics.charWidth / 2) {
            column = (point.x() - metrics.textX()) / metrics.charWidth;
        } else {
            const qreal chars = (point.x() - metrics.hexX()) / metrics.charWidth;
            column = chars >= 24.5 ? (chars - 1) / 3 : chars / 3;
        }
        if (!nearest && (column < 0 || column >= HexLayout::columns))
            return std::nullopt;
        const auto index = static_cast<uint64_t>(std::clamp(column, 0.0, 15.0));
        return std::clamp(line.row + index, line.begin, line.end - 1);
    }
};

HexView::HexView(QWidget *parent) : QAbstractScrollArea(parent), d(std::make_unique<Private>(this))
{
    setFont(monospaceFont());
    setFocusPolicy(Qt::StrongFocus);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setMouseTracking(false);
    setObjectName(QStringLiteral("hexView"));
    setAccessibleName(tr("Bytes"));
    d->metrics = HexMetrics(font());
    setMinimumWidth(static_cast<int>(d->metrics.hexX() + 10 * d->metrics.charWidth));
}

HexView::~HexView() = default;

void HexView::setDocument(HexDocument *document)
{
    if (d->document != nullptr)
        disconnect(d->document, nullptr, this, nullptr);
    d->document = document;
    d->cache.setDocument(document);
    d->layout = document != nullptr ? HexLayout(document->segments()) : HexLayout();
    d->top = 0;
    d->cursor = d->layout.firstPresent();
    d->anchor = d->cursor;
    d->marks = {};
    if (document != nullptr) {
        setAccessibleName(tr("Bytes of %1").arg(document->title()));
        connect(document, &HexDocument::fetched, this, [this](quint64 start, const QByteArray &bytes) {
            d->cache.store(start, bytes);
            viewport()->update();
            if (d->cursor >= start && d->cursor - start < static_cast<quint64>(bytes.size()))
                Q_EMIT cursorMoved(d->cursor); // its value is known now
        });
        connect(document, &HexDocument::failed, this, [this](quint64 start, quint64, const QString &) {
            d->cache.fail(start);
            viewport()->update();
        });
        connect(document, &HexDocument::changed, this, [this] {
            d->cache.clear();
            viewport()->update();
        });
        connect(document, &QObject::destroyed, this, [this] { setDocument(nullptr); });
    }
    d->updateBar();
    d->changed();
}

HexDocument *HexView::document() const
{
    return d->document;
}

void HexView::setMarks(HexMarks marks)
{
    d->marks = std::move(marks);
    refreshMarks();
}

void HexView::refreshMarks()
{
    d->describe();
    viewport()->update();
}

bool HexView::isMarked(uint64_t start, uint64_t length) const
{
    bool found = false;
    d->marks.over(start, start + length, [&found](const HexMark &, MarkState) { found = true; });
    return found;
}

void HexView::setActiveMark(qint64 id)
{
    d->activeMark = id;
    viewport()->update();
}

uint64_t HexView::cursor() const
{
    return d->cursor;
}

HexSelection HexView::selection() const
{
    if (d->layout.empty())
        return {};
    const auto [begin, last] = d->selected();
    return {begin, begin == last ? 0 : last - begin + 1};
}

void HexView::select(uint64_t start, uint64_t length)
{
    if (d->layout.empty())
        return;
    d->anchor = start;
    d->cursor = length == 0 ? start : start + length - 1;
    d->show(start, 6);
    d->changed();
}

void HexView::goTo(uint64_t address)
{
    if (d->layout.empty())
        return;
    d->cursor = d->layout.isPresent(address) ? address : d->layout.nearestPresent(address);
    d->anchor = d->cursor;
    d->show(d->cursor, 6);
    d->changed();
}

void HexView::setMasked(bool masked)
{
    d->masked = masked;
    viewport()->update();
}

bool HexView::isMasked() const
{
    return d->masked;
}

void HexView::setEmptyText(const QString &text)
{
    d->emptyText = text;
    viewport()->update();
}

std::optional<QByteArray> HexView::selectedBytes() const
{
    const HexSelection range = selection();
    constexpr uint64_t limit = uint64_t{1} << 20;
    if (range.length == 0 || range.length > limit)
        return std::nullopt;
    QByteArray bytes;
    for (uint64_t at = range.start; at - range.start < range.length; ++at) {
        const auto byte = d->byteAt(at);
        if (!byte)
            return std::nullopt;
        bytes += static_cast<char>(*byte);
    }
    return bytes;
}

std::optional<uint8_t> HexView::byteAt(uint64_t address) const
{
    return d->byteAt(address);
}

std::pair<uint64_t, uint64_t> HexView::visibleRange() const
{
    if (d->layout.empty())
        return {0, 0};
    const uint64_t last = std::min(d->top + d->visibleLines(), d->layout.lineCount()) - 1;
    return {d->layout.line(d->top).begin, d->layout.line(last).end - 1};
}

void HexView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    painter.setFont(font());
    if (d->layout.empty()) {
        painter.setFont(parentWidget() != nullptr ? parentWidget()->font() : font());
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         d->emptyText);
        return;
    }
    const auto [begin, last] = d->selected();
    const HexScene scene{d->metrics,    d->layout, d->cache,          *d->document, d->marks,
                         d->activeMark, d->top,    d->visibleLines(), d->cursor,    begin,
                         last,          d->masked, hasFocus(),        palette(),    viewport()->size()};
    HexPainter(painter, scene).paint();
}

void HexView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    d->top = std::min(d->top, d->maxTop());
    d->updateBar();
    Q_EMIT visibleRangeChanged();
}

void HexView::scrollContentsBy(int, int)
{
    if (d->settingBar)
        return;
    const uint64_t last = d->maxTop();
    const QScrollBar *bar = verticalScrollBar();
    d->top = last <= maxScroll
                 ? static_cast<uint64_t>(bar->value())
                 : static_cast<uint64_t>(static_cast<double>(bar->value()) / std::max(1, bar->maximum()) *
                                         static_cast<double>(last));
    viewport()->update();
    Q_EMIT visibleRangeChanged();
}

void HexView::keyPressEvent(QKeyEvent *event)
{
    const bool select = event->modifiers().testFlag(Qt::ShiftModifier);
    const bool control = event->modifiers().testFlag(Qt::ControlModifier);
    const uint64_t row = d->cursor / HexLayout::columns * HexLayout::columns;
    const auto plus = [](uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; };
    const auto minus = [](uint64_t a, uint64_t b) { return a - std::min(a, b); };
    const auto byLines = [&](int64_t lines) {
        if (d->layout.empty())
            return;
        const uint64_t line = d->layout.lineOf(d->cursor);
        uint64_t to = lines < 0
                          ? minus(line, static_cast<uint64_t>(-lines))
                          : std::min(plus(line, static_cast<uint64_t>(lines)), d->layout.lineCount() - 1);
        // Folded lines hold no byte to stand on.
        while (d->layout.line(to).kind != HexLine::Kind::Bytes &&
               (lines < 0 ? to > 0 : to + 1 < d->layout.lineCount()))
            to = lines < 0 ? to - 1 : to + 1;
        const HexLine target = d->layout.line(to);
        if (target.kind == HexLine::Kind::Bytes)
            d->moveTo(std::clamp(target.row + (d->cursor - row), target.begin, target.end - 1), select);
    };
    const auto page = static_cast<int64_t>(d->visibleLines());
    switch (event->key()) {
    case Qt::Key_Left:
        d->moveTo(d->layout.previousPresent(d->cursor), select);
        break;
    case Qt::Key_Right:
        d->moveTo(plus(d->cursor, 1), select);
        break;
    case Qt::Key_Up:
        byLines(-1);
        break;
    case Qt::Key_Down:
        byLines(1);
        break;
    case Qt::Key_PageUp:
        byLines(-page);
        break;
    case Qt::Key_PageDown:
        byLines(page);
        break;
    case Qt::Key_Home:
        d->moveTo(control ? d->layout.firstPresent()
                          : std::max(row, d->layout.line(d->layout.lineOf(d->cursor)).begin),
                  select);
        break;
    case Qt::Key_End:
        d->moveTo(control ? d->layout.lastPresent() : d->layout.line(d->layout.lineOf(d->cursor)).end - 1,
                  select);
        break;
    default:
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    event->accept();
}

void HexView::mousePressEvent(QMouseEvent *event)
{
    setFocus(Qt::MouseFocusReason);
    if (event->position().x() >= viewport()->width() - HexMetrics::mapWidth) {
        const double share = event->position().y() / std::max(1, viewport()->height());
        d->setTop(static_cast<uint64_t>(share * static_cast<double>(d->layout.lineCount())));
        return;
    }
    const auto address = d->addressAt(event->position(), true);
    if (!address || event->button() != Qt::LeftButton)
        return;
    d->moveTo(*address, event->modifiers().testFlag(Qt::ShiftModifier));
    qint64 clicked = 0;
    d->marksAt(*address, [&](const HexMark &mark) { clicked = clicked == 0 ? mark.id : clicked; });
    if (clicked != 0)
        Q_EMIT markClicked(clicked);
}

void HexView::mouseMoveEvent(QMouseEvent *event)
{
    if (!event->buttons().testFlag(Qt::LeftButton))
        return;
    if (const auto address = d->addressAt(event->position(), true))
        d->moveTo(*address, true);
}

void HexView::wheelEvent(QWheelEvent *event)
{
    const int64_t lines = -event->angleDelta().y() / 40; // three lines a notch
    if (lines < 0)
        d->setTop(d->top - std::min(d->top, static_cast<uint64_t>(-lines)));
    else
        d->setTop(d->top + static_cast<uint64_t>(lines));
    event->accept();
}

void HexView::contextMenuEvent(QContextMenuEvent *event)
{
    const auto address = d->addressAt(event->pos(), false);
    Q_EMIT contextMenuAt(event->globalPos(), address.value_or(d->cursor));
}

void HexView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        d->metrics = HexMetrics(font());
        d->updateBar();
    }
    QAbstractScrollArea::changeEvent(event);
}

bool HexView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QString text;
        if (const auto address = d->addressAt(help->pos(), false)) {
            d->marksAt(*address, [&](const HexMark &mark) {
                text += (text.isEmpty() ? QString() : QStringLiteral("\n")) + d->marks.textOf(mark.id);
            });
        }
        QToolTip::showText(help->globalPos(), text, viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

} // namespace cryoscope::ui
