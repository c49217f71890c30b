// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cryoscope
{

/// Keeps what this process holds out of crash dumps, whoever would take them, and its memory from other processes
/// of the user. For the start of a program; children that it runs inherit the limit of dumps only. (Where a
/// sanitizer looks into the process, only dumps to files are forbidden.)
void forbidCrashDumps();

} // namespace cryoscope
