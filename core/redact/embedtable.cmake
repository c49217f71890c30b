# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=file.cpp -DINPUT=fields.tsv -P embedtable.cmake: the table of sensitive fields, built into the program.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made by core/redact/embedtable.cmake from resources/sensitivity; not to be edited.
#include \"core/redact/sensitivity.h\"

namespace cryoscope
{

std::string_view embeddedSensitivity()
{
    static constexpr char text[] = {${bytes}};
    return {text, sizeof(text)};
}

} // namespace cryoscope
")
