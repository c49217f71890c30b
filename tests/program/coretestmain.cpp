// SPDX-License-Identifier: Apache-2.0
#include "tests/program/testprogram.h"

#include <QCoreApplication>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    return cryoscope::test::runTest(argc, argv);
}
