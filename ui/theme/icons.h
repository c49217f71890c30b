// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QIcon>
#include <QPalette>
#include <QString>

namespace cryoscope::ui
{

/// One of resources/icons/NAME.svg in the colours of the palette's button text, for all sizes and for
/// disabled buttons; a null icon if there is none of that name.
[[nodiscard]] QIcon symbolicIcon(const QString &name, const QPalette &palette);

/// The program's own icon.
[[nodiscard]] QIcon programIcon();

} // namespace cryoscope::ui
