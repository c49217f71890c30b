// SPDX-License-Identifier: Apache-2.0
#include "core/detect/toml.h"

namespace cryoscope
{

Result<toml::table> parseToml(std::string_view text, const std::string &file)
{
    try {
        toml::parse_result parsed = toml::parse(text);
        if (parsed)
            return std::move(parsed).table();
        return Error{ErrorCode::InputMalformed,
                     "line " + std::to_string(parsed.error().source().begin.line) + ": " +
                         std::string(parsed.error().description()),
                     file, std::nullopt};
    } catch (const TomlFlaw &) {
        return Error{ErrorCode::InputMalformed, "this is no TOML", file, std::nullopt};
    }
}

} // namespace cryoscope
