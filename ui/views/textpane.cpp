// SPDX-License-Identifier: Apache-2.0
#include "ui/views/textpane.h"

#include "ui/theme/theme.h"
#include "ui/views/linemarks.h"

#include <QEvent>
#include <QScrollBar>

#include <algorithm>

#ifdef CRYOSCOPE_HAVE_KSYNTAX
#include <KSyntaxHighlighting/Definition>
#include <KSyntaxHighlighting/Repository>
#include <KSyntaxHighlighting/SyntaxHighlighter>
#include <KSyntaxHighlighting/Theme>
#endif

namespace cryoscope::ui
{

namespace
{

constexpr qsizetype maxHighlighted = 128 << 10; // characters
constexpr int linesAbove = 3;                   // of what was scrolled to

} // namespace

#ifdef CRYOSCOPE_HAVE_KSYNTAX
struct TextPane::Highlighting {
    explicit Highlighting(QTextDocument *document) : highlighter(document) {}

    void setLanguage(const QString &fileName)
    {
        highlighter.setDefinition(repository.definitionForFileName(fileName));
    }
    void setPalette(const QPalette &palette)
    {
        highlighter.setTheme(repository.themeForPalette(palette));
        highlighter.rehighlight();
    }

    KSyntaxHighlighting::Repository repository;
    KSyntaxHighlighting::SyntaxHighlighter highlighter;
};
#else
struct TextPane::Highlighting {
    explicit Highlighting(QTextDocument *) {}
    void setLanguage(const QString &) {}
    void setPalette(const QPalette &) {}
};
#endif

TextPane::TextPane(QWidget *parent) : QPlainTextEdit(parent), m_marks(new LineMarks(this))
{
    setReadOnly(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setFrameShape(QFrame::NoFrame);
    setFont(monospaceFont());
    setTextInteractionFlags(Qt::TextSelectableByKeyboard | Qt::TextSelectableByMouse);
    m_highlighting = std::make_unique<Highlighting>(document());
    m_highlighting->setPalette(palette());
}

TextPane::~TextPane() = default;

void TextPane::setContent(const QString &text, const QString &fileName, bool stay)
{
    const int top = verticalScrollBar()->value();
    // Highlighting goes over the whole document at once: a long text would hold up the window.
    clear();
    m_highlighting->setLanguage(text.size() <= maxHighlighted ? fileName : QString());
    setPlainText(text);
    setChangedLines({});
    if (stay)
        verticalScrollBar()->setValue(top);
}

void TextPane::setChangedLines(std::vector<int> lines)
{
    constexpr size_t mostNamed = 20;
    QStringList numbers;
    for (size_t i = 0; i < std::min(lines.size(), mostNamed); ++i)
        numbers << QString::number(lines[i] + 1);
    if (lines.size() > mostNamed)
        numbers << QString(QChar(0x2026));
    setAccessibleDescription(
        lines.empty() ? QString()
                      : tr("Changed by the redaction: lines %1").arg(numbers.join(QStringLiteral(", "))));
    const bool first = m_marks->lines().empty() && !lines.empty();
    m_marks->setLines(std::move(lines));
    layMargin();
    if (first)
        showFirstChange();
}

void TextPane::showFirstChange()
{
    const auto &lines = m_marks->lines();
    const int top = verticalScrollBar()->value();
    const int bottom = top + viewport()->height() / fontMetrics().lineSpacing() - 1;
    const auto next = std::lower_bound(lines.begin(), lines.end(), top);
    if (next == lines.end() || *next > bottom)
        verticalScrollBar()->setValue(std::max(0, lines.front() - linesAbove));
}

void TextPane::layMargin()
{
    const int wide = m_marks->wantedWidth();
    setViewportMargins(wide, 0, 0, 0);
    const QRect inside = contentsRect();
    m_marks->setGeometry(inside.left(), inside.top(), wide, inside.height());
}

void TextPane::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    layMargin();
}

void TextPane::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_highlighting) {
        m_highlighting->setPalette(palette());
        m_marks->colour();
    }
}

} // namespace cryoscope::ui
