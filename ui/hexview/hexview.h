// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexdocument.h"
#include "ui/hexview/hexmarks.h"
#include "ui/theme/theme.h"

#include <QAbstractScrollArea>

#include <memory>
#include <optional>
#include <vector>

namespace cryoscope::ui
{

/// A selected range; empty means just the cursor.
struct HexSelection {
    uint64_t start = 0;
    uint64_t length = 0;
};

/// A hex view over a sparse 64-bit address line: address, 16 bytes a row in hex and text, gaps folded to one
/// line, marks with a gutter glyph, cursor and selection linked between hex and text. Bytes are fetched
/// asynchronously; "loading" is painted differently from "absent". Never holds more than 64 MB of bytes.
class HexView : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit HexView(QWidget *parent = nullptr);
    ~HexView() override;

    /// Shows `document` (not owned; may be null: the empty text is shown). Cursor goes to its first byte.
    void setDocument(HexDocument *document);
    [[nodiscard]] HexDocument *document() const;

    /// Replaces all marks; any number.
    void setMarks(HexMarks marks);
    /// Marks look different now (a decision was made).
    void refreshMarks();
    /// Whether a byte of the range is marked.
    [[nodiscard]] bool isMarked(uint64_t start, uint64_t length) const;
    /// The mark drawn with emphasis; 0 for none.
    void setActiveMark(qint64 id);

    [[nodiscard]] uint64_t cursor() const;
    [[nodiscard]] HexSelection selection() const;
    void select(uint64_t start, uint64_t length);
    /// Moves the cursor to `address` (the nearest following byte if it is in a gap) and scrolls it into view,
    /// with some rows above it.
    void goTo(uint64_t address);
    /// Draws each byte of marks as ●● and • (screen sharing).
    void setMasked(bool masked);
    [[nodiscard]] bool isMasked() const;
    /// Text in the middle while there is no document.
    void setEmptyText(const QString &text);

    /// The selected bytes if all of them are at hand (present and fetched).
    [[nodiscard]] std::optional<QByteArray> selectedBytes() const;
    /// The byte at an address if it is at hand; asks for it otherwise (cursorMoved tells when it has come).
    [[nodiscard]] std::optional<uint8_t> byteAt(uint64_t address) const;
    /// First and last address that is on the screen now.
    [[nodiscard]] std::pair<uint64_t, uint64_t> visibleRange() const;

Q_SIGNALS:
    void cursorMoved(quint64 address);
    void selectionChanged();
    void markClicked(qint64 id);
    void visibleRangeChanged();
    /// Asks for the context menu at a position; `address` is the byte under the mouse.
    void contextMenuAt(const QPoint &global, quint64 address);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace cryoscope::ui
