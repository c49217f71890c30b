// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace cryoscope
{

/// The serialized google.protobuf.FileDescriptorSet of all files in proto/, with their comments, in
/// dependency order. Made at build time (proto/CMakeLists.txt); only the Schema reads it.
[[nodiscard]] std::span<const unsigned char> embeddedDescriptors();

} // namespace cryoscope
