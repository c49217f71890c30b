// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/filetreatment.h"
#include "core/redact/profile.h"
#include "core/redact/replacement.h"
#include "core/review/case.h"

#include <string>

namespace cryoscope
{

/// What an export was made with beside the decisions of its case. The case keeps it, so that the same plan
/// can be made again to prove the export, and the next export gives the same pseudonyms.
struct ExportSettings {
    Replacement replacement;
    Profile profile;
    std::string pseudonymKey; ///< bytes; empty: there was no export yet
    FileTreatments files = {};

    /// What the last export of the case was made with; the defaults if there was none. Usage if the case
    /// holds something that this version does not know.
    static Result<ExportSettings> of(const Case &review);
    /// Errors of the case.
    [[nodiscard]] Result<void> keepIn(Case &review) const;
};

} // namespace cryoscope
