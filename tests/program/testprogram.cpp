// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <cstdio>
#include <map>
#include <vector>

namespace cryoscope::test
{

namespace
{

using Tests = std::map<QString, std::function<std::unique_ptr<QObject>()>>;

Tests &tests()
{
    static Tests known;
    return known;
}

} // namespace

Registration::Registration(const char *file, std::function<std::unique_ptr<QObject>()> make)
{
    tests().emplace(QFileInfo(QString::fromUtf8(file)).baseName(), std::move(make));
}

int runTest(int argc, char **argv)
{
    const QString name = argc > 1 ? QString::fromLocal8Bit(argv[1]) : QString();
    const auto found = tests().find(name);
    if (found == tests().end()) {
        for (const auto &[known, make] : tests())
            std::printf("%s\n", qPrintable(known));
        return 2;
    }
    QCoreApplication::setApplicationName(name);
    std::vector<char *> rest(argv, argv + argc);
    rest.erase(rest.begin()); // QtTest takes the first for the program
    return QTest::qExec(found->second().get(), static_cast<int>(rest.size()), rest.data());
}

} // namespace cryoscope::test
