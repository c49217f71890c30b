// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexlayout.h"

#include <QFontMetricsF>

#include <cmath>

namespace cryoscope::ui
{

/// Where the columns of a hex view stand, in pixels from the left edge of the viewport.
struct HexMetrics {
    static constexpr int mapWidth = 14; ///< of the minimap at the right edge

    qreal charWidth = 8;
    int lineHeight = 16;
    int ascent = 12; ///< of the text, from the top of its line

    HexMetrics() = default;
    explicit HexMetrics(const QFont &font)
    {
        const QFontMetricsF metrics(font);
        charWidth = metrics.horizontalAdvance(QLatin1Char('0'));
        lineHeight = static_cast<int>(std::ceil(metrics.height() * 1.15));
        ascent = static_cast<int>(std::ceil((lineHeight - metrics.height()) / 2 + metrics.ascent()));
    }

    [[nodiscard]] qreal addressX() const { return 2.5 * charWidth; }
    [[nodiscard]] qreal hexX() const { return addressX() + 18 * charWidth; }
    [[nodiscard]] qreal byteX(uint64_t column) const
    {
        return hexX() + (static_cast<qreal>(column) * 3 + (column >= 8 ? 1 : 0)) * charWidth;
    }
    [[nodiscard]] qreal textX() const { return byteX(HexLayout::columns) + 1.5 * charWidth; }
    [[nodiscard]] qreal charX(uint64_t column) const
    {
        return textX() + static_cast<qreal>(column) * charWidth;
    }
};

} // namespace cryoscope::ui
