// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/simd.h"

#include <hwy/highway.h>

namespace cryoscope
{

namespace
{

/// Target bits, best (lowest) first.
std::vector<int64_t> targetBits()
{
    hwy::SetSupportedTargetsForTest(0);
    const int64_t supported = hwy::SupportedTargets() & (HWY_TARGETS);
    std::vector<int64_t> bits;
    for (int bit = 0; bit < 63; ++bit) {
        if ((supported >> bit & 1) != 0)
            bits.push_back(int64_t{1} << bit);
    }
    return bits;
}

void choose(int64_t targets)
{
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().DeInit(); // looked up again at the next call
}

} // namespace

std::vector<std::string> simdTargets()
{
    std::vector<std::string> names;
    for (const int64_t bit : targetBits())
        names.emplace_back(hwy::TargetName(bit));
    choose(0);
    return names;
}

bool forceSimdTarget(const std::string &name)
{
    choose(0);
    if (name.empty())
        return true;
    for (const int64_t bit : targetBits()) {
        if (hwy::TargetName(bit) == name) {
            choose(bit);
            return true;
        }
    }
    return false;
}

} // namespace cryoscope
