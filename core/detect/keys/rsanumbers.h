// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// The numbers of an RSA private key, as bytes, most significant first, without leading zeros.
struct RsaNumbers {
    std::string n, e, d, p, q, dp, dq, qInverse;
};

/// Whether the numbers are those of one key: n = p·q, and e·d, dp, dq and qInverse fit them (primality is not
/// looked at: nothing else has these relations). d, dp, dq and qInverse may be empty.
[[nodiscard]] bool rsaHolds(const RsaNumbers &key);

/// A number with its name ("p", "d").
struct NamedNumber {
    std::string name;
    std::string value; ///< as in RsaNumbers
};

/// Everything secret that follows from two primes: p, q, and for the exponent d (modulo the least common
/// multiple, and modulo the product, of p-1 and q-1), dp, dq, and the inverses of each modulo the other.
/// Empty if the primes are not those of a key with that exponent.
[[nodiscard]] std::vector<NamedNumber> rsaSecrets(std::string_view p, std::string_view q,
                                                  std::string_view e = std::string_view("\x01\x00\x01", 3));

/// p·q.
[[nodiscard]] std::string rsaModulus(std::string_view p, std::string_view q);

/// The other factor if `p` divides `n` and both factors have as many bits; nothing otherwise.
[[nodiscard]] std::optional<std::string> rsaOtherPrime(std::string_view n, std::string_view p);

/// A probable prime: small factors, then Miller-Rabin with a number of rounds that errs less than once in
/// 2^80.
[[nodiscard]] bool isPrime(std::string_view number);

} // namespace cryoscope
