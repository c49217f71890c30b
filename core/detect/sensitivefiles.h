// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/detect/finding.h"

#include <optional>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A file whose content is sensitive as a whole.
struct SensitiveFile {
    std::string_view what; ///< "password hashes", "login history" …
    Confidence confidence = Confidence::Medium;
};
/// What a path (absolute, or in a container's root) says about its file; nothing for other files.
[[nodiscard]] std::optional<SensitiveFile> sensitiveFile(std::string_view path);

/// One finding (rule "sensitive-file") for each sensitive file whose content is in the checkpoint: members of
/// archives (root file systems, tmpfs), deleted files that were open, pages of mapped files. Content that is
/// empty or redacted is none.
[[nodiscard]] std::vector<Finding> findSensitiveFiles(const Memory &memory);

} // namespace cryoscope
