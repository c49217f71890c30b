// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/jsonreader.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cryoscope
{

/// A JSON value as a tree. Plain data.
struct JsonValue {
    enum class Type { Null, Bool, Number, String, Array, Object };
    Type type = Type::Null;
    bool boolean = false;
    std::string text;             ///< of a string, without escapes; of a number as it is written
    std::vector<JsonValue> items; ///< of an array
    std::vector<std::pair<std::string, JsonValue>> members; ///< of an object, in the order of the text
    size_t begin = 0;                                       ///< where it stands in the text, bytes

    /// The member called `name` (the last, if there are several), or null.
    [[nodiscard]] const JsonValue *find(std::string_view name) const;
    [[nodiscard]] bool isString() const { return type == Type::String; }

    /// The value whose first token `reader` gave last. Errors as JsonReader::next().
    static Result<JsonValue> read(JsonReader &reader, JsonReader::Token first);
};

} // namespace cryoscope
