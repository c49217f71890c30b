// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cryoscope::fuzz
{

/// Files of a checkpoint by name, in order. A name that ends with '@' is a symlink to its content.
using Files = std::vector<std::pair<std::string, std::string>>;

/// The simplest form that holds files, so that the fuzzer changes files and not an archive's numbers: of each
/// the length of its name (one byte), the name, the length of its content (three bytes, little-endian), the
/// content. What is cut off ends with the input.
[[nodiscard]] Files filesOf(std::span<const std::byte> input);
[[nodiscard]] std::string inputOf(const Files &files);

/// The files as a tar.
[[nodiscard]] std::string tarOf(const Files &files);

/// Changes one file of the input with `mutate` (libFuzzer's), or drops, doubles or renames one; the result
/// has at most `maxSize` bytes. For LLVMFuzzerCustomMutator.
[[nodiscard]] size_t mutateContainer(uint8_t *data, size_t size, size_t maxSize, unsigned seed,
                                     size_t (*mutate)(uint8_t *data, size_t size, size_t maxSize));

} // namespace cryoscope::fuzz
