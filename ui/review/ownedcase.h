// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"

#include <QString>

namespace cryoscope::ui
{

/// Whether a file is a case (or another SQLite database; opening tells).
[[nodiscard]] bool isCaseFile(const QString &path);

/// The case that the program keeps by itself for a checkpoint until the user saves it somewhere. `note` says
/// what the user should know of it (it cannot be kept), else it is empty. On the case's thread.
[[nodiscard]] Result<std::unique_ptr<Case>> openOwnCase(const QString &checkpoint, const Memory &memory,
                                                        QString &note);

/// Saves a case to `path`, replacing a case that is there (the user was asked), and opens that one. On the
/// case's thread.
[[nodiscard]] Result<std::unique_ptr<Case>> saveCaseAs(const Case &review, const QString &path,
                                                       const Memory &memory);

} // namespace cryoscope::ui
