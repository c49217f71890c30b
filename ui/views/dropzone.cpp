// SPDX-License-Identifier: Apache-2.0
#include "ui/views/dropzone.h"

#include "ui/theme/icons.h"

#include <QPainter>

namespace cryoscope::ui
{

namespace
{

constexpr int iconSize = 32;

} // namespace

DropZone::DropZone(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Drop a checkpoint or a case here"));
}

void DropZone::setActive(bool active)
{
    m_active = active;
    update();
}

QSize DropZone::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 50, fontMetrics().height() * 2 + iconSize + 48};
}

void DropZone::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(1, 1, -1, -1);
    QPen pen(palette().color(m_active ? QPalette::Highlight : QPalette::Dark), m_active ? 2.5 : 1.5);
    pen.setStyle(m_active ? Qt::SolidLine : Qt::DashLine);
    painter.setPen(pen);
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(box, 8, 8);
    const int textHeight = fontMetrics().height() * 2 + 4;
    const int top = (height() - iconSize - 10 - textHeight) / 2;
    painter.drawPixmap((width() - iconSize) / 2, top,
                       symbolicIcon(QStringLiteral("drop"), palette()).pixmap(iconSize));
    painter.setPen(palette().color(QPalette::Text));
    const QRect first(12, top + iconSize + 10, width() - 24, fontMetrics().height());
    painter.drawText(first, Qt::AlignCenter, tr("Drop a checkpoint or a case here"));
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(first.translated(0, fontMetrics().height() + 4), Qt::AlignCenter,
                     tr("It is only read, never changed"));
}

} // namespace cryoscope::ui
