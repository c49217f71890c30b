// SPDX-License-Identifier: Apache-2.0
// The manual pages name the options that the programs take: all of them, and no others.
#include "tests/program/testprogram.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>

#include <map>
#include <set>

namespace tst_manpages
{

namespace
{

using Options = std::map<QString, std::set<QString>>; // by command ("rules list"), or "" for the program

QString helpOf(const QString &program, const QStringList &command)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(CRYOSCOPE_BIN_DIR "/") + program,
                  command + QStringList{QStringLiteral("--help")});
    if (!process.waitForFinished(60000) || process.exitCode() != 0)
        return {};
    return QString::fromUtf8(process.readAllStandardOutput());
}

/// Options, and commands below, that a help text lists.
void readHelp(const QString &program, const QStringList &command, Options &found)
{
    static const QRegularExpression optionLine(QStringLiteral("^\\s+(-\\w(?:, ?--[\\w-]+)?|--[\\w-]+)"));
    static const QRegularExpression subcommand(QStringLiteral("^  ([a-z]+)\\s+\\S"));
    std::set<QString> &options = found[command.join(QLatin1Char(' '))];
    bool commands = false;
    for (const QString &line : helpOf(program, command).split(QLatin1Char('\n'))) {
        if (!line.startsWith(QLatin1Char(' ')))
            commands = line.startsWith(QStringLiteral("Subcommands:"));
        const auto below = commands ? subcommand.match(line) : QRegularExpressionMatch();
        if (below.hasMatch())
            readHelp(program, command + QStringList{below.captured(1)}, found);
        const auto match = optionLine.match(line);
        if (!match.hasMatch())
            continue;
        for (const QString &name : match.captured(1).split(QLatin1Char(','))) {
            if (!command.isEmpty() && (name == QStringLiteral("-h") || name == QStringLiteral("--help")))
                continue; // told once, for all
            options.insert(name.trimmed());
        }
    }
}

/// What the page defines: the names behind Fl in the items of lists.
Options readPage(const QString &name)
{
    QFile file(QStringLiteral(CRYOSCOPE_SOURCE_DIR "/packaging/man/") + name);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    static const QRegularExpression flag(QStringLiteral("\\bFl (\\S+)"));
    Options found;
    QStringList sections{QString()};
    const QString text = QString::fromUtf8(file.readAll()).replace(QStringLiteral("\\\n"), QString());
    for (const QString &line : text.split(QLatin1Char('\n'))) {
        if (line.startsWith(QStringLiteral(".Ss "))) {
            sections = line.mid(4).split(QStringLiteral(", "));
            for (const QString &section : sections)
                found[section];
        }
        if (line.startsWith(QStringLiteral(".Sh ")))
            sections = QStringList{QString()};
        if (!line.startsWith(QStringLiteral(".It ")))
            continue;
        auto flags = flag.globalMatch(line);
        while (flags.hasNext()) {
            const QString option = QLatin1Char('-') + flags.next().captured(1);
            for (const QString &section : sections)
                found[section].insert(option);
        }
    }
    return found;
}

QString difference(const Options &help, const Options &page)
{
    QString wrong;
    const auto lacks = [&wrong](const Options &all, const Options &some, const char *where) {
        for (const auto &[command, options] : all) {
            const auto there = some.find(command);
            if (there == some.end()) {
                wrong += QStringLiteral("%1 has no %2\n").arg(QString::fromUtf8(where), command);
                continue;
            }
            for (const QString &option : options) {
                if (!there->second.contains(option))
                    wrong +=
                        QStringLiteral("%1 has no %2 %3\n").arg(QString::fromUtf8(where), command, option);
            }
        }
    };
    lacks(help, page, "the page");
    lacks(page, help, "--help");
    return wrong;
}

} // namespace

class TestManPages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commandLine();
    void window();
    void wellFormed_data();
    void wellFormed();
};

void TestManPages::commandLine()
{
    Options help;
    readHelp(QStringLiteral("cryoscope-cli"), {}, help);
    QVERIFY(help.size() > 15);
    Options page = readPage(QStringLiteral("cryoscope-cli.1"));
    // A command that has only commands takes nothing itself.
    std::erase_if(help, [&](const auto &each) {
        const auto below = help.upper_bound(each.first + QLatin1Char(' '));
        return !each.first.isEmpty() && below != help.end() &&
               below->first.startsWith(each.first + QLatin1Char(' '));
    });
    QCOMPARE(difference(help, page), QString());
}

void TestManPages::window()
{
#ifdef CRYOSCOPE_WINDOW
    Options help;
    readHelp(QStringLiteral("cryoscope"), {}, help);
    QVERIFY(help[QString()].size() > 3);
    QCOMPARE(difference(help, readPage(QStringLiteral("cryoscope.1"))), QString());
#else
    QSKIP("built without the window");
#endif
}

void TestManPages::wellFormed_data()
{
    QTest::addColumn<QString>("page");
    QTest::newRow("cryoscope-cli") << QStringLiteral("cryoscope-cli.1");
    QTest::newRow("cryoscope") << QStringLiteral("cryoscope.1");
}

/// No errors of the formatter, if it is there.
void TestManPages::wellFormed()
{
    QFETCH(QString, page);
    QProcess process;
    process.start(QStringLiteral("groff"),
                  {QStringLiteral("-mdoc"), QStringLiteral("-Tutf8"), QStringLiteral("-ww"),
                   QStringLiteral("-z"), QStringLiteral(CRYOSCOPE_SOURCE_DIR "/packaging/man/") + page});
    if (!process.waitForStarted())
        QSKIP("no groff");
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(QString::fromUtf8(process.readAllStandardError()), QString());
    QCOMPARE(process.exitCode(), 0);
}

CRYOSCOPE_TEST(TestManPages)

} // namespace tst_manpages

#include "tst_manpages.moc"
