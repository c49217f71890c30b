// SPDX-License-Identifier: Apache-2.0
#include "core/base/crashdump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace cryoscope
{

void forbidCrashDumps()
{
    const rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none); // lowering is always allowed
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // A system that pipes dumps into a program of its own does not ask for the limit.
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

} // namespace cryoscope
