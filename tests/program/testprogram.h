// SPDX-License-Identifier: Apache-2.0
// Many QtTest classes in one program: what they all include is compiled and linked once.
#pragma once

#include <QObject>
#include <QTest>
#include <functional>
#include <memory>

namespace cryoscope::test
{

/// Makes a test known to the program; `file` is its source file, whose name without ".cpp" is the test's name.
class Registration
{
public:
    Registration(const char *file, std::function<std::unique_ptr<QObject>()> make);
};

/// What main() of a test program does: "PROGRAM NAME [options of QtTest]" runs one test; without NAME the names
/// are printed. Needs an application object, which gets the test's name.
int runTest(int argc, char **argv);

} // namespace cryoscope::test

/// Stands once in each test's file, in place of QTEST_MAIN.
#define CRYOSCOPE_TEST(TestClass)                                                                            \
    static const cryoscope::test::Registration registered(__FILE__, [] {                                     \
        return std::unique_ptr<QObject>(std::make_unique<TestClass>());                                      \
    });
