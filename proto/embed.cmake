# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=file -DOUTPUT=file.cpp -P embed.cmake: writes INPUT as the byte array of core/image/descriptors.h.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made by proto/embed.cmake from the files in proto/; not to be edited.
#include \"core/image/descriptors.h\"

namespace cryoscope
{

static constexpr unsigned char bytes[] = {${bytes}};

std::span<const unsigned char> embeddedDescriptors()
{
    return bytes;
}

} // namespace cryoscope
")
