// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/proof.h"
#include "core/export/report.h"

#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// What became of bytes that are marked in a picture. Where several are, the greatest shows.
enum class MarkState { Rejected, Undecided, Redacted };

struct ReportMark {
    uint64_t offset = 0; ///< virtual address, or bytes from the start of a member
    uint64_t length = 0; ///< bytes
    MarkState state = MarkState::Undecided;
};

/// What a VMA is, as far as a picture tells kinds apart.
enum class AreaKind { Heap, Stack, Anonymous, File, Shared, Kernel };

/// A VMA of a picture.
struct ReportArea {
    std::string label;       ///< as Vma::label()
    std::string permissions; ///< "rw-p"
    AreaKind kind = AreaKind::Anonymous;
    uint64_t start = 0;  ///< virtual address
    uint64_t end = 0;    ///< virtual address, exclusive
    uint64_t stored = 0; ///< bytes that are in the checkpoint
    std::vector<ReportMark> marks = {};
};

/// A process of a picture: its VMAs in address order.
struct ReportTask {
    uint32_t pid = 0;
    std::string name;
    std::vector<ReportArea> areas = {};
    uint64_t unlisted = 0; ///< areas beyond those
};

/// A member of a picture.
struct ReportMember {
    std::string path;
    uint64_t size = 0; ///< bytes
    bool removed = false;
    std::vector<ReportMark> marks = {};
};

/// So many bytes of something.
struct ReportBytes {
    std::string what;
    uint64_t bytes = 0;
};

/// All that a report says, gathered; free of values. Texts come from the evidence and from reviewers and are
/// escaped by renderReport().
struct ReportData {
    std::string checkpoint;   ///< path as given
    std::string rulesVersion; ///< of the last scan; empty: never scanned
    std::vector<CaseFinding> findings;
    std::vector<std::string>
        places; ///< for each finding where it stands, in words; may be shorter than `findings`
    std::vector<std::string> placeKinds; ///< for each finding what it stands in ("image" …); may be shorter
    std::vector<HistoryEntry> history;
    std::string historyFault; ///< what is wrong with the chain of the history; empty: nothing
    std::vector<std::string> problems; ///< what could not be read
    bool coverageKnown = false;        ///< false: the evidence was not at hand, so `problems` says nothing
    std::vector<ReportBytes> covered;  ///< what a scan searches, by class
    std::vector<ReportBytes> absent; ///< memory that processes had and that is not in the checkpoint, by why
    std::vector<ReportTask> tasks;
    uint64_t unlistedTasks = 0;
    std::vector<ReportMember> members; ///< canonical ones: those that change first, then by size
    uint64_t unlistedMembers = 0;
    std::optional<Proof> proof;
};

/// Pure: the same data give the same text.
[[nodiscard]] std::string renderReport(const ReportData &data, ReportFormat format);

} // namespace cryoscope
