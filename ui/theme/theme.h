// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QPalette>
#include <QString>

class QApplication;
class QPainter;
class QRectF;

namespace cryoscope::ui
{

/// How a marked range is drawn; each differs in outline or pattern as well as in colour.
enum class MarkState { Undecided, Accepted, Rejected, Manual, SearchHit, Changed };

/// The look of one state: never told by hue alone.
struct StateLook {
    QColor fill;    ///< behind the bytes
    QColor outline; ///< around them, and of the glyph
    QColor text;    ///< of the bytes
    QString glyph;  ///< one character
    QString name;   ///< "accepted"
};

/// Colours by role, for light or dark windows. A value: views ask themeFor(palette()) when they paint.
struct Theme {
    bool dark = false;
    QColor address; ///< of bytes, beside them
    QColor zero;    ///< bytes that are zero
    QColor absent;  ///< words in place of bytes
    QColor loading; ///< bytes that are on their way
    QColor line;    ///< rules between columns
    QColor stripe;  ///< behind absent ranges

    [[nodiscard]] StateLook look(MarkState state) const;
};

/// The theme that fits a palette: dark if its windows are darker than their text.
[[nodiscard]] Theme themeFor(const QPalette &palette);

enum class ThemeChoice { System, Light, Dark };
/// Gives the application the Fusion style, a palette and a little spacing. System follows the desktop.
void applyTheme(QApplication &application, ThemeChoice choice);

/// What stands on the screen for a value that is not to be seen.
[[nodiscard]] QString maskedText();

/// The monospaced font of the desktop, with digits of equal width.
[[nodiscard]] QFont monospaceFont();

/// Draws the background and outline of marked bytes.
void drawMark(QPainter &painter, const QRectF &rectangle, const StateLook &look, MarkState state,
              bool active);

/// A small square icon with the state's glyph and pattern.
[[nodiscard]] QIcon stateIcon(MarkState state, const Theme &theme);

} // namespace cryoscope::ui
