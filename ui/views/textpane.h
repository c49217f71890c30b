// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPlainTextEdit>

#include <memory>

namespace cryoscope::ui
{

/// Read-only text with syntax highlighting (KSyntaxHighlighting where the program was built with it, else
/// plain).
class TextPane : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit TextPane(QWidget *parent = nullptr);
    ~TextPane() override;

    /// Shows `text`; the language is told by `fileName` ("x.json", "dump.log").
    void setContent(const QString &text, const QString &fileName);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Highlighting;
    std::unique_ptr<Highlighting> m_highlighting;
};

} // namespace cryoscope::ui
