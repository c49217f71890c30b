// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/exporter.h"
#include "core/export/manifestfiles.h"
#include "core/redact/exportsettings.h"
#include "core/redact/filedecisions.h"
#include "ui/review/casethread.h"

#include <QString>

#include <memory>
#include <optional>

/// The long work of the export dialog, for a job's thread.
namespace cryoscope::ui
{

/// A plan, with what it was made of.
struct PlannedExport {
    std::optional<RedactionPlan> plan;
    std::optional<Error> error; ///< why there is none
    ExportSettings settings;
    FileDecisions decisions; ///< that the plan takes for granted
    size_t open = 0;         ///< undecided findings of high confidence
};

/// Plans as `settings` say, whose replacement is given as text and whose key of pseudonyms is that of `map`
/// (a file that is there already) or of the case.
[[nodiscard]] PlannedExport planExport(const Memory &memory, CaseThread &cases, ExportSettings settings,
                                       const std::string &replacement, const std::string &map,
                                       Progress &progress, const std::stop_token &stop);

/// What is to be exported, and where to.
struct ExportOrder {
    RedactionPlan plan;
    ExportSettings settings; ///< of the plan
    std::string output;
    size_t open = 0;       ///< undecided findings of high confidence
    std::string reason;    ///< why it is exported all the same
    std::string map;       ///< private file of pseudonyms; empty: none is written
    ManifestTarget target; ///< its path is empty: no manifest is written
};

/// What became of it.
struct DoneExport {
    std::optional<Proof> proof;
    std::optional<Error> error;         ///< nothing was exported
    std::optional<Error> mapError;      ///< the export is there, the file of pseudonyms is not
    std::optional<Error> manifestError; ///< nor the manifest
    bool manifest = false;              ///< it was asked for
};

/// Exports, proves, and notes it in the case. The passphrase of the order is wiped.
[[nodiscard]] DoneExport runExport(const std::shared_ptr<const Memory> &memory, CaseThread &cases,
                                   ExportOrder order, Progress &progress, const std::stop_token &stop);

/// Writes the report of an export; the format is told by the end of `path`. Returns why it could not; empty
/// if it could.
[[nodiscard]] QString writeReport(CaseThread::Slot &review, const Memory &memory, const Proof &proof,
                                  const QString &path);

} // namespace cryoscope::ui
