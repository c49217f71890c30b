// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

#include <vector>

class QPlainTextEdit;

namespace cryoscope::ui
{

/// A margin beside a text with a sign at each line that is another one in a preview, and the ground of those
/// lines in the same colour.
class LineMarks : public QWidget
{
    Q_OBJECT
public:
    explicit LineMarks(QPlainTextEdit *text);

    /// Numbers of lines from 0, ascending; empty: there is no margin.
    void setLines(std::vector<int> lines);
    [[nodiscard]] const std::vector<int> &lines() const { return m_lines; }
    /// Pixels that the margin takes; 0 if there is none.
    [[nodiscard]] int wantedWidth() const;
    /// Colours the ground of the marked lines as the palette wants it.
    void colour();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QPlainTextEdit *m_text;
    std::vector<int> m_lines;
};

} // namespace cryoscope::ui
