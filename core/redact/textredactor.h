// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/redactionsink.h"

#include <string>
#include <string_view>

namespace cryoscope
{

/// Pseudonyms for whatever a text names, of the same length: paths, IPv4 and IPv6 addresses, and names that
/// were given a pseudonym elsewhere (RedactionSink::known). Everything else stays, so that a log can still be
/// read.
[[nodiscard]] std::string pseudonymousLog(const RedactionSink &sink, std::string_view text);

/// JSON text with pseudonyms in place of strings, of the same length and still JSON: of "NAME=value" the name
/// stays; values beside keys that the format itself knows (versions, types, capabilities, options of mounts
/// …) stay, as do keys, numbers and escapes. Notes names for pseudonymousLog(). Text that is no JSON is
/// treated alike, string by string.
[[nodiscard]] std::string pseudonymousJson(RedactionSink &sink, std::string_view text);

} // namespace cryoscope
