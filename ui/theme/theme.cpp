// SPDX-License-Identifier: Apache-2.0
#include "ui/theme/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPainter>
#include <QStyleFactory>

namespace cryoscope::ui
{

namespace
{

QPalette lightPalette()
{
    QPalette palette;
    const QColor text(0x1d, 0x23, 0x2b);
    palette.setColor(QPalette::Window, QColor(0xf3, 0xf5, 0xf8));
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, Qt::white);
    palette.setColor(QPalette::AlternateBase, QColor(0xf7, 0xf9, 0xfb));
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Button, QColor(0xe9, 0xed, 0xf2));
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, QColor(0x2b, 0x33, 0x3d));
    palette.setColor(QPalette::ToolTipText, Qt::white);
    palette.setColor(QPalette::Highlight, QColor(0x1f, 0x6f, 0xb8));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x00, 0x5a, 0x9e));
    palette.setColor(QPalette::PlaceholderText, QColor(0x5c, 0x66, 0x71));
    palette.setColor(QPalette::Mid, QColor(0xc3, 0xcb, 0xd4));
    palette.setColor(QPalette::Midlight, QColor(0xdd, 0xe3, 0xea));
    palette.setColor(QPalette::Dark, QColor(0x9a, 0xa5, 0xb1));
    palette.setColor(QPalette::Light, Qt::white);
    palette.setColor(QPalette::Shadow, QColor(0x6b, 0x75, 0x80));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x8d, 0x97, 0xa2));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0xc3, 0xcb, 0xd4));
    return palette;
}

QPalette darkPalette()
{
    QPalette palette;
    const QColor text(0xe3, 0xe8, 0xee);
    palette.setColor(QPalette::Window, QColor(0x21, 0x26, 0x2d));
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, QColor(0x17, 0x1b, 0x21));
    palette.setColor(QPalette::AlternateBase, QColor(0x1c, 0x21, 0x28));
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Button, QColor(0x2d, 0x34, 0x3d));
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, QColor(0xe3, 0xe8, 0xee));
    palette.setColor(QPalette::ToolTipText, QColor(0x17, 0x1b, 0x21));
    palette.setColor(QPalette::Highlight, QColor(0x24, 0x70, 0xb3));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x6c, 0xb6, 0xff));
    palette.setColor(QPalette::PlaceholderText, QColor(0x8a, 0x95, 0xa1));
    palette.setColor(QPalette::Mid, QColor(0x3d, 0x46, 0x51));
    palette.setColor(QPalette::Midlight, QColor(0x34, 0x3c, 0x46));
    palette.setColor(QPalette::Dark, QColor(0x14, 0x18, 0x1d));
    palette.setColor(QPalette::Light, QColor(0x3d, 0x46, 0x51));
    palette.setColor(QPalette::Shadow, Qt::black);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x6f, 0x7a, 0x86));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0x3d, 0x46, 0x51));
    return palette;
}

} // namespace

StateLook Theme::look(MarkState state) const
{
    switch (state) {
    case MarkState::Undecided:
        return {dark ? QColor(0xe6, 0x9f, 0x00, 70) : QColor(0xe6, 0x9f, 0x00, 70),
                dark ? QColor(0xf0, 0xb4, 0x3c) : QColor(0x9a, 0x62, 0x00),
                dark ? QColor(Qt::white) : QColor(0x1d, 0x23, 0x2b), QStringLiteral("?"),
                QStringLiteral("undecided")};
    case MarkState::Accepted:
        return {dark ? QColor(0x56, 0xb4, 0xe9) : QColor(0x00, 0x5f, 0xa0),
                dark ? QColor(0x9a, 0xd5, 0xf7) : QColor(0x00, 0x47, 0x7a),
                dark ? QColor(0x0b, 0x14, 0x1c) : QColor(Qt::white), QStringLiteral("✓"),
                QStringLiteral("accepted")};
    case MarkState::Rejected:
        return {QColor(Qt::transparent), dark ? QColor(0x9b, 0xa5, 0xb0) : QColor(0x5d, 0x67, 0x72),
                dark ? QColor(0xb6, 0xbf, 0xc9) : QColor(0x4a, 0x53, 0x5d), QStringLiteral("✗"),
                QStringLiteral("rejected")};
    case MarkState::Manual:
        return {dark ? QColor(0xcc, 0x79, 0xa7, 90) : QColor(0xcc, 0x79, 0xa7, 80),
                dark ? QColor(0xe7, 0xa3, 0xc8) : QColor(0x9a, 0x3d, 0x72),
                dark ? QColor(Qt::white) : QColor(0x1d, 0x23, 0x2b), QStringLiteral("+"),
                QStringLiteral("added by hand")};
    case MarkState::SearchHit:
        return {QColor(0xf0, 0xe4, 0x42), dark ? QColor(0xff, 0xf6, 0x8a) : QColor(0x7a, 0x72, 0x00),
                QColor(0x1d, 0x1a, 0x00), QStringLiteral("•"), QStringLiteral("search hit")};
    case MarkState::Changed:
        return {dark ? QColor(0xd5, 0x5e, 0x00, 110) : QColor(0xd5, 0x5e, 0x00, 70),
                dark ? QColor(0xff, 0x9a, 0x52) : QColor(0xa8, 0x45, 0x00),
                dark ? QColor(Qt::white) : QColor(0x1d, 0x23, 0x2b), QStringLiteral("Δ"),
                QStringLiteral("changed")};
    }
    return {};
}

Theme themeFor(const QPalette &palette)
{
    Theme theme;
    theme.dark =
        palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
    theme.address = theme.dark ? QColor(0x8f, 0xa3, 0xb8) : QColor(0x4f, 0x60, 0x72);
    theme.zero = theme.dark ? QColor(0x7e, 0x89, 0x95) : QColor(0x6b, 0x75, 0x7f);
    theme.absent = theme.dark ? QColor(0x9a, 0xa5, 0xb1) : QColor(0x5d, 0x67, 0x72);
    theme.loading = theme.dark ? QColor(0x7a, 0x9f, 0xc4) : QColor(0x3f, 0x6f, 0x9f);
    theme.line = theme.dark ? QColor(0x34, 0x3c, 0x46) : QColor(0xdd, 0xe3, 0xea);
    theme.stripe = theme.dark ? QColor(0x2b, 0x32, 0x3a) : QColor(0xe7, 0xeb, 0xf0);
    return theme;
}

void applyTheme(QApplication &application, ThemeChoice choice)
{
    static const QPalette system = QApplication::palette(); // what the desktop says, before it is overridden
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    const bool dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && themeFor(system).dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    application.setStyleSheet(QStringLiteral(
        "QToolTip { padding: 4px; }"
        "QToolBar { spacing: 6px; padding: 4px; border: 0; }"
        "QSplitter::handle { background: palette(midlight); }"
        "QStatusBar::item { border: 0; }"
        "QTreeView::item, QTableView::item, QListView::item { padding: 2px 4px; }"
        "QHeaderView::section { padding: 4px 6px; border: 0; border-bottom: 1px solid palette(mid); "
        "background: palette(window); }"
        "QTabBar::tab { padding: 6px 12px; }"));
}

QString maskedText()
{
    return QStringLiteral("●●●●●●");
}

QFont monospaceFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (QFontDatabase::hasFamily(QStringLiteral("DejaVu Sans Mono")) && !QFontInfo(font).fixedPitch())
        font.setFamily(QStringLiteral("DejaVu Sans Mono"));
    font.setStyleHint(QFont::Monospace);
    font.setFixedPitch(true);
    return font;
}

void drawMark(QPainter &painter, const QRectF &rectangle, const StateLook &look, MarkState state, bool active)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const QRectF box = rectangle.adjusted(0.5, 0.5, -0.5, -0.5);
    if (look.fill.alpha() > 0)
        painter.fillRect(rectangle, look.fill);
    if (state == MarkState::Changed)
        painter.fillRect(rectangle, QBrush(look.outline, Qt::BDiagPattern));
    QPen pen(look.outline, active ? 2 : 1);
    switch (state) {
    case MarkState::Undecided:
        pen.setStyle(Qt::DashLine);
        break;
    case MarkState::Rejected:
        pen.setStyle(Qt::DotLine);
        break;
    default:
        break;
    }
    painter.setPen(pen);
    if (state == MarkState::Rejected && !active) {
        painter.drawLine(box.bottomLeft(), box.bottomRight());
    } else {
        painter.drawRect(box);
        if (state == MarkState::Manual)
            painter.drawRect(box.adjusted(2, 2, -2, -2));
    }
    painter.restore();
}

QIcon stateIcon(MarkState state, const Theme &theme)
{
    constexpr int size = 32;
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    const StateLook look = theme.look(state);
    // On its own ground: the row's selection must not swallow it.
    painter.fillRect(QRectF(1, 1, size - 2, size - 2),
                     theme.dark ? QColor(0x17, 0x1b, 0x21) : QColor(Qt::white));
    drawMark(painter, QRectF(2, 2, size - 4, size - 4), look, state, true);
    QFont font = QApplication::font();
    font.setPixelSize(20);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(state == MarkState::Accepted ? look.text : look.outline);
    painter.drawText(QRectF(0, 0, size, size), Qt::AlignCenter, look.glyph);
    // A selected row must not tint it: the state would be lost.
    QIcon icon(pixmap);
    icon.addPixmap(pixmap, QIcon::Selected);
    return icon;
}

} // namespace cryoscope::ui
