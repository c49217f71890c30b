// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

#include <cstdint>
#include <vector>

namespace cryoscope::ui
{

/// A stretch of a document's 64-bit address line. Stretches are ascending and do not overlap; what lies
/// between two of them is a gap that the view folds to one line ("1.9 GiB not mapped").
struct HexSegment {
    uint64_t start = 0;  ///< address
    uint64_t length = 0; ///< bytes, more than 0
    bool present = true; ///< false: there are no bytes; the view shows `text` and folds all but the first row
    QString text; ///< why bytes are absent ("not dumped: clean page of libc.so"), or the segment's name
};

/// Bytes at 64-bit addresses for a HexView, fetched asynchronously. Lives in the GUI thread.
class HexDocument : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// What the document is, for the tab and the accessible name ("1042 nginx", "checkpoint/files.img").
    [[nodiscard]] virtual QString title() const = 0;
    [[nodiscard]] virtual const std::vector<HexSegment> &segments() const = 0;
    /// Asks for [start, start + length), which lies within one present segment. Returns at once; the answer
    /// is fetched() or failed(), never before this call has returned.
    virtual void fetch(uint64_t start, uint64_t length) = 0;
    /// What is called absent between segments ("not mapped"; for files there are no gaps).
    [[nodiscard]] virtual QString gapText() const = 0;

Q_SIGNALS:
    void fetched(quint64 start, const QByteArray &bytes);
    void failed(quint64 start, quint64 length, const QString &why);
    /// Bytes may be different now (preview switched on or off): the view drops what it holds.
    void changed();
};

} // namespace cryoscope::ui
