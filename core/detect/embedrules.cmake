# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=file.cpp -DINPUTS=a.toml|b.toml -P embedrules.cmake: the rules that come with the program.
string(REPLACE "|" ";" inputs "${INPUTS}")
set(text "// Made by core/detect/embedrules.cmake from resources/rules; not to be edited.
#include \"core/detect/embeddedrules.h\"

namespace cryoscope
{
")
set(entries "")
foreach(input IN LISTS inputs)
  get_filename_component(name "${input}" NAME)
  get_filename_component(stem "${input}" NAME_WE)
  file(READ "${input}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND text "static constexpr char ${stem}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {${stem}, sizeof(${stem})}},\n")
endforeach()
string(APPEND text "static constexpr EmbeddedRules files[] = {\n${entries}};

std::span<const EmbeddedRules> embeddedRules()
{
    return files;
}

} // namespace cryoscope
")
file(WRITE "${OUTPUT}" "${text}")
