// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cryoscope::test
{

/// Ends the test program: the test itself is wrong, and going on would test nothing.
[[noreturn]] inline void fail(const std::string &what)
{
    std::fprintf(stderr, "test support: %s\n", what.c_str());
    std::abort();
}

} // namespace cryoscope::test
