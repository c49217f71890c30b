// SPDX-License-Identifier: Apache-2.0
// The one way to toml++: what its parser takes for granted is checked here, also in a release build, because a text can break
// it ("[[[" with 3.3).
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace cryoscope
{

/// What is thrown where toml++ would abort; never leaves parseToml().
struct TomlFlaw {
};
[[noreturn]] inline void failToml()
{
    throw TomlFlaw{};
}

} // namespace cryoscope

#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::cryoscope::failToml())
// With NDEBUG it would tell the compiler that the condition holds.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace cryoscope
{

/// Parses a TOML text; `file` is for the error (InputMalformed, with the line). Any thread.
Result<toml::table> parseToml(std::string_view text, const std::string &file);

} // namespace cryoscope
