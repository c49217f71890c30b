// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"

#include <QApplication>

int main(int argc, char **argv)
{
    const QApplication application(argc, argv);
    return cryoscope::test::runTest(argc, argv);
}
