// SPDX-License-Identifier: Apache-2.0
// Whatever is written can be read: contrast of at least 4.5 to 1 in both palettes, and states that differ by
// more than their hue.
#include "tests/program/testprogram.h"
#include "tests/ui/windowtest.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QDir>
#include <QImage>
#include <QSet>

#include <cmath>

namespace tst_theme
{

using namespace cryoscope;
using namespace cryoscope::ui;

namespace
{

constexpr double least = 4.5;
constexpr MarkState states[] = {MarkState::Undecided, MarkState::Accepted,  MarkState::Rejected,
                                MarkState::Manual,    MarkState::SearchHit, MarkState::Changed};

double luminance(const QColor &color)
{
    const auto part = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

double contrast(const QColor &a, const QColor &b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// `top` as it looks when laid over `below`.
QColor over(const QColor &top, const QColor &below)
{
    const float share = top.alphaF();
    return QColor::fromRgbF(top.redF() * share + below.redF() * (1 - share),
                            top.greenF() * share + below.greenF() * (1 - share),
                            top.blueF() * share + below.blueF() * (1 - share));
}

} // namespace

class tst_theme : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void contrastOfPalette_data() { choices(); }
    void contrastOfPalette();
    void contrastOfTheme_data() { choices(); }
    void contrastOfTheme();
    void statesDifferWithoutHue();
    void iconsAreTinted_data() { choices(); }
    void iconsAreTinted();
    void switchedInTheMenu();

private:
    static void choices()
    {
        QTest::addColumn<ThemeChoice>("choice");
        QTest::newRow("light") << ThemeChoice::Light;
        QTest::newRow("dark") << ThemeChoice::Dark;
    }
    static void check(const QColor &text, const QColor &ground, const char *what)
    {
        const double got = contrast(text, ground);
        QVERIFY2(got >= least, qPrintable(QStringLiteral("%1: %2 on %3 is %4")
                                              .arg(QString::fromLatin1(what), text.name(), ground.name())
                                              .arg(got, 0, 'f', 2)));
    }
};

void tst_theme::contrastOfPalette()
{
    QFETCH(ThemeChoice, choice);
    applyTheme(*qApp, choice);
    const QPalette palette = QApplication::palette();
    const auto role = [&](QPalette::ColorRole which) { return palette.color(QPalette::Active, which); };
    QCOMPARE(themeFor(palette).dark, choice == ThemeChoice::Dark);
    check(role(QPalette::WindowText), role(QPalette::Window), "text of windows");
    check(role(QPalette::Text), role(QPalette::Base), "text");
    check(role(QPalette::Text), role(QPalette::AlternateBase), "text of alternate rows");
    check(role(QPalette::ButtonText), role(QPalette::Button), "text of buttons");
    check(role(QPalette::ToolTipText), role(QPalette::ToolTipBase), "tool tips");
    check(role(QPalette::HighlightedText), role(QPalette::Highlight), "selected rows");
    check(role(QPalette::Link), role(QPalette::Base), "links");
    check(role(QPalette::Link), role(QPalette::Window), "links in windows");
    check(role(QPalette::PlaceholderText), role(QPalette::Base), "placeholders");
    check(role(QPalette::PlaceholderText), role(QPalette::AlternateBase), "dim rows");
    check(role(QPalette::PlaceholderText), role(QPalette::Window), "hints in windows");
}

void tst_theme::contrastOfTheme()
{
    QFETCH(ThemeChoice, choice);
    applyTheme(*qApp, choice);
    const QPalette palette = QApplication::palette();
    const QColor base = palette.color(QPalette::Active, QPalette::Base);
    const Theme theme = themeFor(palette);
    check(theme.address, base, "addresses");
    check(theme.address, theme.stripe, "addresses of absent ranges");
    check(theme.zero, base, "zero bytes");
    check(theme.loading, base, "bytes on their way");
    check(theme.absent, base, "words for absent bytes");
    check(theme.absent, theme.stripe, "words in gaps");
    for (const MarkState state : states) {
        const StateLook look = theme.look(state);
        check(look.text, over(look.fill, base), qPrintable(look.name + QStringLiteral(": bytes")));
        check(look.outline, base, qPrintable(look.name + QStringLiteral(": glyph and outline")));
    }
}

void tst_theme::statesDifferWithoutHue()
{
    for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
        applyTheme(*qApp, choice);
        const Theme theme = themeFor(QApplication::palette());
        QSet<QString> glyphs;
        QSet<QString> names;
        std::vector<QImage> icons;
        for (const MarkState state : states) {
            glyphs.insert(theme.look(state).glyph);
            names.insert(theme.look(state).name);
            icons.push_back(
                stateIcon(state, theme).pixmap(32).toImage().convertToFormat(QImage::Format_Grayscale8));
        }
        QCOMPARE(glyphs.size(), std::size(states));
        QCOMPARE(names.size(), std::size(states));
        for (size_t i = 0; i < icons.size(); ++i) {
            for (size_t j = i + 1; j < icons.size(); ++j)
                QVERIFY(icons[i] != icons[j]);
        }
        // A selected row shows the same picture.
        for (const MarkState state : states) {
            const QIcon icon = stateIcon(state, theme);
            QCOMPARE(icon.pixmap(32, QIcon::Selected).toImage(), icon.pixmap(32, QIcon::Normal).toImage());
        }
    }
}

void tst_theme::iconsAreTinted()
{
    QFETCH(ThemeChoice, choice);
    applyTheme(*qApp, choice);
    const QPalette palette = QApplication::palette();
    const QDir sources(QStringLiteral(CRYOSCOPE_SOURCE_DIR "/resources/icons"));
    QStringList names = sources.entryList({QStringLiteral("*.svg")});
    QVERIFY(names.removeOne(QStringLiteral("cryoscope.svg")));
    QVERIFY(names.size() >= 15);
    for (const QString &file : names) {
        const QIcon icon = symbolicIcon(file.chopped(4), palette);
        QVERIFY2(!icon.isNull(), qPrintable(file));
        const QImage picture = icon.pixmap(32).toImage();
        int inked = 0;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x) {
                if (qAlpha(picture.pixel(x, y)) == 255) {
                    ++inked;
                    QCOMPARE(picture.pixelColor(x, y).rgb(), palette.color(QPalette::ButtonText).rgb());
                }
            }
        }
        QVERIFY2(inked > 20, qPrintable(file));
    }
    QVERIFY(symbolicIcon(QStringLiteral("no-such-icon"), palette).isNull());
    QVERIFY(!programIcon().isNull());
}

void tst_theme::switchedInTheMenu()
{
    test::WindowTest test;
    QVERIFY(test.open(test::samplePath()));
    const auto ground = [&] {
        return test.hex()->grab().toImage().pixelColor(test.hex()->width() - 60, 5).lightness();
    };
    test.child<QAction>("themeDark")->trigger();
    QVERIFY(themeFor(test.window->palette()).dark);
    QTRY_VERIFY(ground() < 100);
    test.child<QAction>("themeLight")->trigger();
    QVERIFY(!themeFor(test.window->palette()).dark);
    QTRY_VERIFY(ground() > 150);
    QCOMPARE(QSettings().value(QStringLiteral("theme")).toInt(), static_cast<int>(ThemeChoice::Light));
}

CRYOSCOPE_TEST(tst_theme)

} // namespace tst_theme

#include "tst_theme.moc"
