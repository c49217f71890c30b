// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cryoscope
{

/// Overwrites a secret before its memory is given back, in a way that the compiler keeps: it has no business
/// in a core dump of ours. The string is empty then. Copies that were made of it before are not reached.
inline void wipe(std::string &secret)
{
    volatile char *byte = secret.data();
    for (size_t i = 0; i < secret.size(); ++i)
        byte[i] = 0;
    secret.clear();
}

inline void wipe(std::vector<std::string> &secrets)
{
    for (std::string &secret : secrets)
        wipe(secret);
    secrets.clear();
}

} // namespace cryoscope
