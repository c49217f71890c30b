// SPDX-License-Identifier: Apache-2.0
#include "ui/views/textpane.h"

#include "ui/theme/theme.h"

#include <QEvent>

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

TextPane::TextPane(QWidget *parent) : QPlainTextEdit(parent)
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

void TextPane::setContent(const QString &text, const QString &fileName)
{
    // Highlighting goes over the whole document at once: a long text would hold up the window.
    clear();
    m_highlighting->setLanguage(text.size() <= maxHighlighted ? fileName : QString());
    setPlainText(text);
}

void TextPane::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_highlighting)
        m_highlighting->setPalette(palette());
}

} // namespace cryoscope::ui
