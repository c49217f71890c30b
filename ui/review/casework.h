// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/detect/scanner.h"
#include "core/review/copies.h"
#include "ui/review/casesnapshot.h"
#include "ui/review/casethread.h"

#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

/// The long work on a case. Everything here runs on a job's thread, and gives its results to the case's
/// thread and to whoever started the job.
namespace cryoscope::ui
{

/// The error of work on a case that is not there any more.
[[nodiscard]] Error noCase();

/// A checkpoint with its case.
struct OpenedCase {
    std::shared_ptr<const Memory> memory;
    QString path;     ///< of the checkpoint
    QString casePath; ///< the user's case file; empty: one that the program keeps
    QString note;     ///< what the user should know of it
};
/// Opens a checkpoint, or a case with its checkpoint, and puts the case into the thread's slot; its findings
/// are not read yet. `set`: the image set that is shown (see Checkpoint::OpenOptions); empty: the first.
[[nodiscard]] Result<OpenedCase> openCase(CaseThread &cases, const QString &path, const QString &set,
                                          Progress &progress, const std::stop_token &stop);

/// What a scan brought into a case.
struct ScannedCase {
    CaseSnapshot now;
    std::optional<ScanSummary> summary; ///< none: it was cancelled, and what it had found is in the case
};
/// `foundSoFar` is called from this and other threads, one call at a time.
[[nodiscard]] Result<ScannedCase> scanCase(CaseThread &cases, const std::shared_ptr<const Memory> &memory,
                                           const std::function<void(uint64_t)> &foundSoFar,
                                           Progress &progress, const std::stop_token &stop);

/// What was accepted in one step.
struct AcceptedCopies {
    CaseSnapshot now;
    uint64_t changed = 0;         ///< findings that are new or accepted now
    uint64_t tooShort = 0;        ///< values that were not searched
    std::vector<uint64_t> places; ///< of acceptValues: where each value stands, in the order given
};
/// Finds all copies of the value of one finding (0: of those that are accepted), itself included. Nothing is
/// accepted.
[[nodiscard]] Result<CopySearch> searchCopies(CaseThread &cases, const Memory &memory, FindingId only,
                                              Progress &progress, const std::stop_token &stop);
/// Accepts the copies of all accepted values.
[[nodiscard]] Result<AcceptedCopies> acceptCopies(CaseThread &cases, const Memory &memory, Progress &progress,
                                                  const std::stop_token &stop);
/// Accepts every copy of values; wipes them.
[[nodiscard]] Result<AcceptedCopies> acceptValues(CaseThread &cases, const Memory &memory,
                                                  std::vector<std::string> &values, Progress &progress,
                                                  const std::stop_token &stop);

} // namespace cryoscope::ui
