// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cryoscope
{

/// Vector instruction sets that this build has code for and this processor runs, best first ("AVX3", "AVX2",
/// "SSE4", "NEON" …; the last is plain C++). The best is used by itself.
[[nodiscard]] std::vector<std::string> simdTargets();

/// Uses one of simdTargets() from now on, or the best again (empty name): for tests and benchmarks, while no
/// other thread searches. False if there is no such target.
bool forceSimdTarget(const std::string &name);

} // namespace cryoscope
