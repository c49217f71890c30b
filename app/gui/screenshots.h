// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

class QApplication;

namespace cryoscope::gui
{

/// Drives the window over `checkpoint` and writes pictures of it into `directory`: welcome, scan, review and
/// export proof, light and dark. Works without a display (QT_QPA_PLATFORM=offscreen). Returns the program's
/// exit code.
int makeScreenshots(QApplication &application, const QString &directory, const QString &checkpoint);

} // namespace cryoscope::gui
