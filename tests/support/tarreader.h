// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace cryoscope::test
{

/// The regular files of a tar, compressed in any way, by name without a leading "./". Aborts the test if it
/// cannot be read. Uses libarchive alone, none of the program's own readers.
[[nodiscard]] std::map<std::string, std::string> readTar(const std::string &path);

} // namespace cryoscope::test
