// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cryoscope
{

/// What a decoded PEM body holds, in words ("an RSA key of 2048 bits"), if it is a private key in full: DER
/// (PKCS #1, #8, SEC 1, DSA; encrypted PKCS #8) whose lengths are consumed, or openssh-key-v1 whose fields
/// fit together. Nothing otherwise. Any bytes are fine.
[[nodiscard]] std::optional<std::string> describePrivateKey(std::string_view bytes);

} // namespace cryoscope
