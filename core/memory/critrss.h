// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <string>

namespace cryoscope
{

/// The text of `crit x DIR rss`, byte for byte (crit 4.2.1): each pagemap entry with the VMAs that it lies
/// in. crit stops at a zombie and always counts pages of 4096 bytes; here the zombie's pid line is printed
/// and the next task follows.
[[nodiscard]] std::string critRss(const Memory &memory);

} // namespace cryoscope
