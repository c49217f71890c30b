// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPlainTextEdit>

#include <memory>
#include <vector>

namespace cryoscope::ui
{

class LineMarks;

/// Read-only text with syntax highlighting (KSyntaxHighlighting where the program was built with it, else
/// plain).
class TextPane : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit TextPane(QWidget *parent = nullptr);
    ~TextPane() override;

    /// Shows `text`; the language is told by `fileName` ("x.json", "dump.log"). `stay`: scrolled to where the
    /// text before was.
    void setContent(const QString &text, const QString &fileName, bool stay = false);
    /// Marks lines (numbered from 0, ascending) that a preview changes. If there were none before, and none
    /// of them is in sight, the first one is scrolled to.
    void setChangedLines(std::vector<int> lines);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Highlighting;
    void layMargin();
    void showFirstChange();

    std::unique_ptr<Highlighting> m_highlighting;
    LineMarks *m_marks;
};

} // namespace cryoscope::ui
