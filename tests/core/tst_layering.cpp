// SPDX-License-Identifier: Apache-2.0
// The order of the folders: what a file includes says what it depends on.
#include "tests/program/testprogram.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

namespace tst_layering
{

/// One #include line.
struct Included {
    QString file; ///< from the source folder
    int line = 0;
    QString what;    ///< between the quotes or brackets
    bool own = true; ///< in quotes
};

class TestLayering : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void coreOrder();
    void coreIsWithoutQt();
    void commandLineIsWithoutQt();
    void topFolders();
    void windowParsesNothing();
    void includesAreThere();

private:
    /// Include lines of the files below `folder`.
    [[nodiscard]] std::vector<Included> below(const QString &folder) const
    {
        std::vector<Included> found;
        for (const Included &included : m_all) {
            if (included.file.startsWith(folder + u'/'))
                found.push_back(included);
        }
        return found;
    }
    static QByteArray text(const Included &included)
    {
        return (included.file + u':' + QString::number(included.line) + QStringLiteral(" includes ") +
                included.what)
            .toUtf8();
    }
    /// A Qt or KDE header: <QString>, <QtCore/…>, <KSyntaxHighlighting/…>, what moc makes.
    static bool isQt(const QString &what)
    {
        static const QRegularExpression pattern(
            QStringLiteral("^(Q[A-Z]|Qt[A-Z]|qt|q[a-z]+\\.h$|K[A-Z])|\\.moc$|(^|/)(moc|ui)_"));
        return pattern.match(what).hasMatch();
    }

    std::vector<Included> m_all;
    QStringList m_coreOrder; ///< as core/CMakeLists.txt builds them
};

void TestLayering::initTestCase()
{
    const QString root = QStringLiteral(CRYOSCOPE_SOURCE_DIR);
    static const QRegularExpression line(QStringLiteral("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]"));
    for (const char *folder : {"core", "ui", "app", "tests"}) {
        QDirIterator files(root + u'/' + QString::fromLatin1(folder),
                           {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n');
            for (qsizetype i = 0; i < lines.size(); ++i) {
                const auto match = line.match(lines[i]);
                if (match.hasMatch())
                    m_all.push_back({QDir(root).relativeFilePath(file.fileName()), static_cast<int>(i + 1),
                                     match.captured(2), match.captured(1) == QStringLiteral("\"")});
            }
        }
    }
    QVERIFY(m_all.size() > 500);
    QFile cmake(root + QStringLiteral("/core/CMakeLists.txt"));
    QVERIFY(cmake.open(QIODevice::ReadOnly));
    static const QRegularExpression list(QStringLiteral("set\\(CRYOSCOPE_CORE_FOLDERS ([a-z ]+)\\)"));
    m_coreOrder = list.match(QString::fromUtf8(cmake.readAll())).captured(1).split(u' ');
    QCOMPARE(m_coreOrder.join(u' '),
             QStringLiteral("base bytes archive image checkpoint memory detect review redact export"));
}

void TestLayering::coreOrder()
{
    for (const Included &included : below(QStringLiteral("core"))) {
        if (!included.own)
            continue;
        const QString from = included.file.section(u'/', 1, 1);
        const auto fromAt = m_coreOrder.indexOf(from);
        QVERIFY2(fromAt >= 0, qPrintable(included.file + QStringLiteral(" is in a folder without a place")));
        QVERIFY2(included.what.startsWith(QStringLiteral("core/")), text(included).constData());
        const auto toAt = m_coreOrder.indexOf(included.what.section(u'/', 1, 1));
        QVERIFY2(toAt >= 0 && toAt <= fromAt, text(included).constData());
    }
}

void TestLayering::coreIsWithoutQt()
{
    for (const QString &folder : {QStringLiteral("core"), QStringLiteral("tests/support")}) {
        const auto all = below(folder);
        QVERIFY(!all.empty());
        for (const Included &included : all)
            QVERIFY2(!isQt(included.what), text(included).constData());
    }
    QVERIFY(isQt(QStringLiteral("QString")) && isQt(QStringLiteral("QtCore/QString")) &&
            isQt(QStringLiteral("tst_layering.moc")) && !isQt(QStringLiteral("openssl/evp.h")));
}

void TestLayering::commandLineIsWithoutQt()
{
    for (const Included &included : below(QStringLiteral("app/cli"))) {
        QVERIFY2(!isQt(included.what), text(included).constData());
        QVERIFY2(!included.what.startsWith(QStringLiteral("ui/")), text(included).constData());
    }
}

void TestLayering::topFolders()
{
    // core < ui < app; tests are above all, and nothing leans on them.
    for (const Included &included : below(QStringLiteral("ui"))) {
        QVERIFY2(!included.what.startsWith(QStringLiteral("app/")) &&
                     !included.what.startsWith(QStringLiteral("tests/")),
                 text(included).constData());
    }
    for (const Included &included : below(QStringLiteral("app")))
        QVERIFY2(!included.what.startsWith(QStringLiteral("tests/")), text(included).constData());
    for (const Included &included : below(QStringLiteral("tests/support"))) {
        if (included.own)
            QVERIFY2(included.what.startsWith(QStringLiteral("core/")) ||
                         included.what.startsWith(QStringLiteral("tests/support/")),
                     text(included).constData());
    }
}

void TestLayering::windowParsesNothing()
{
    static const QRegularExpression parsers(
        QStringLiteral("^(google/|nlohmann/|toml|archive(_entry)?\\.h|zlib\\.h|zstd\\.h|lz4|sqlite3\\.h|hs/|"
                       "re2/|openssl/|Q(Json|Xml|Sql|Cbor))"));
    for (const Included &included : below(QStringLiteral("ui")))
        QVERIFY2(!parsers.match(included.what).hasMatch(), text(included).constData());
}

void TestLayering::includesAreThere()
{
    // Paths from the source folder, so that a file says where what it needs lives.
    for (const Included &included : m_all) {
        if (included.own && !included.what.endsWith(QStringLiteral(".moc")))
            QVERIFY2(QFile::exists(QStringLiteral(CRYOSCOPE_SOURCE_DIR "/") + included.what),
                     text(included).constData());
    }
}

CRYOSCOPE_TEST(TestLayering)

} // namespace tst_layering

#include "tst_layering.moc"
