// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include <cinttypes>
#include <cstdio>

namespace cryoscope
{

std::string Error::describe() const
{
    std::string text = file;
    if (offset) {
        char buffer[64];
        std::snprintf(buffer, sizeof buffer, "%soffset %" PRIu64 " (0x%" PRIx64 ")",
                      text.empty() ? "" : " at ", *offset, *offset);
        text += buffer;
    }
    if (!text.empty())
        text += ": ";
    return text + message;
}

} // namespace cryoscope
