// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// What an export does with a file that is in the checkpoint.
enum class FileTreatment {
    Content, ///< its bytes are redacted, its size stays
    Remove,  ///< it is taken out of the archive or directory that it lies in
    Keep     ///< it stays; what else is found in it is redacted all the same
};
/// "content", "remove", "keep".
[[nodiscard]] std::string_view fileTreatmentName(FileTreatment treatment);
/// Usage error for anything else.
[[nodiscard]] Result<FileTreatment> parseFileTreatment(std::string_view text);

/// Files by their paths (globMeansFile()), and what is done with them.
struct FileRule {
    std::string glob;
    FileTreatment treatment = FileTreatment::Content;

    /// "GLOB=content" …; Usage error otherwise.
    static Result<FileRule> parse(std::string_view text);
    /// For the file at this path, whatever characters are in it.
    static FileRule forPath(std::string_view path, FileTreatment treatment);
    auto operator<=>(const FileRule &) const = default;
};

/// What an export does with which files.
struct FileTreatments {
    std::optional<FileTreatment> sensitive; ///< files known to be sensitive; nothing: as was decided on each
    std::vector<FileRule> rules;            ///< the last one that means a file decides

    /// What describe() gives. Usage error otherwise.
    static Result<FileTreatments> parse(std::string_view text);
    /// A line for each: the treatment, then the glob; of `sensitive` no glob.
    [[nodiscard]] std::string describe() const;

    /// The rule that decides on a path; null if none does. Owned by this.
    [[nodiscard]] const FileRule *ruleFor(std::string_view path) const;
    /// Nothing: as was decided.
    [[nodiscard]] std::optional<FileTreatment> of(std::string_view path) const;
    [[nodiscard]] bool isEmpty() const { return !sensitive && rules.empty(); }
    bool operator==(const FileTreatments &) const = default;
};

} // namespace cryoscope
