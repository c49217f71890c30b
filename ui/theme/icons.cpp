// SPDX-License-Identifier: Apache-2.0
#include "ui/theme/icons.h"

#include <QFile>
#include <QPainter>
#include <QSvgRenderer>

// The resources are in a static library, which does not register them by itself.
static void initIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace cryoscope::ui
{

namespace
{

QString fileOf(const QString &name)
{
    static const bool ready = (initIcons(), true);
    Q_UNUSED(ready)
    return QStringLiteral(":/cryoscope/icons/%1.svg").arg(name);
}

QPixmap drawn(QSvgRenderer &renderer, int size, const QColor &tint)
{
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter, QRectF(0, 0, size, size));
    if (tint.isValid()) {
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(pixmap.rect(), tint);
    }
    return pixmap;
}

} // namespace

QIcon symbolicIcon(const QString &name, const QPalette &palette)
{
    QIcon icon;
    const QString file = fileOf(name);
    if (!QFile::exists(file))
        return icon;
    QSvgRenderer renderer(file);
    for (const int size : {16, 20, 24, 32, 48, 64}) {
        icon.addPixmap(drawn(renderer, size, palette.color(QPalette::Active, QPalette::ButtonText)));
        icon.addPixmap(drawn(renderer, size, palette.color(QPalette::Disabled, QPalette::ButtonText)),
                       QIcon::Disabled);
    }
    return icon;
}

QIcon programIcon()
{
    QSvgRenderer renderer(fileOf(QStringLiteral("cryoscope")));
    QIcon icon;
    for (const int size : {16, 32, 48, 64, 128, 256})
        icon.addPixmap(drawn(renderer, size, {}));
    return icon;
}

} // namespace cryoscope::ui
