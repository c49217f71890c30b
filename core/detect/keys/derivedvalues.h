// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/rsanumbers.h"

#include <string_view>
#include <vector>

namespace cryoscope
{

/// What else must not stay anywhere if `value` must not: of a private key in DER, PEM or OpenSSH's form its
/// numbers, of an expanded AES key the key, of a row of TLS secrets each one and the record keys. `value` is
/// as decodeValue() gives it, of any kind; nothing follows from most. Numbers are without leading zeros, most
/// significant byte first. The caller drops them as soon as it can.
[[nodiscard]] std::vector<NamedNumber> derivedValues(std::string_view value);

} // namespace cryoscope
