// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/redactionsink.h"

#include <stop_token>

namespace cryoscope
{

/// Redacts a tar within a checkpoint (changed files of a container, tmpfs contents, volumes): contents of
/// files are emptied (of tars within it those of their files; compressed ones are left to whoever redacts
/// what they decode to), names (also of links, in pax records and in long-name members) and owners' names
/// become pseudonyms of the same length, checksums are made to fit. Structure, sizes, numbers and times stay.
/// `dataClass`: of contents; names are Paths. Errors: of reading; Cancelled. What cannot be parsed as tar is
/// emptied and noted.
Result<void> redactTar(MemberId tar, DataClass dataClass, RedactionSink &sink, std::stop_token stop = {});

} // namespace cryoscope
