// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexcache.h"
#include "ui/hexview/hexlayout.h"
#include "ui/hexview/hexmarks.h"
#include "ui/hexview/hexmetrics.h"
#include "ui/theme/theme.h"

#include <QPalette>
#include <QSize>

#include <array>
#include <optional>

class QPainter;

namespace cryoscope::ui
{

/// What a hex view shows at one moment.
struct HexScene {
    HexMetrics metrics;
    const HexLayout &layout;
    HexCache &cache; ///< asks for the bytes that are not at hand
    const HexDocument &document;
    const HexMarks &marks;
    qint64 activeMark = 0;
    uint64_t top = 0; ///< line
    uint64_t visibleLines = 0;
    uint64_t cursor = 0;
    uint64_t selectionBegin = 0; ///< address
    uint64_t selectionEnd = 0;   ///< last address
    bool masked = false;
    bool focused = false;
    QPalette palette;
    QSize size; ///< of the viewport
};

/// Paints a hex view: lines, marks, cursor, selection and the minimap. Runs of one colour are painted at
/// once.
class HexPainter
{
public:
    HexPainter(QPainter &painter, const HexScene &scene);

    void paint();

private:
    using Over = std::array<std::optional<MarkState>, HexLayout::columns>; ///< what marks each byte of a line

    void paintLine(const HexLine &line, int y);
    void paintFolded(const HexLine &line, int y);
    void paintAddress(uint64_t address, int y);
    void paintMarks(const HexLine &line, int y, Over &over);
    void paintBytes(const HexLine &line, int y, const Over &over);
    void paintMap();

    QPainter &m_painter;
    const HexScene &m_scene;
    const HexMetrics &m_metrics;
    const Theme m_theme;
};

} // namespace cryoscope::ui
