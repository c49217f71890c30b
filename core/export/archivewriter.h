// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/redactedcontent.h"

namespace cryoscope
{

/// Writes the redacted archive, in the form of the evidence, to the empty file `descriptor`. Nothing is
/// synced: see TemporaryOutput::sync(). Bytes of a plain tar that do not change are cloned where the file
/// system can. Errors: OutputUnwritable naming `path`; of reading; Cancelled.
Result<void> writeArchive(const Archive &archive, RedactedContent &content, int descriptor,
                          const std::string &path, Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
