// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <openssl/bn.h>
#include <string>
#include <string_view>

namespace cryoscope
{

struct BignumDelete {
    void operator()(BIGNUM *number) const { BN_clear_free(number); }
    void operator()(BN_CTX *context) const { BN_CTX_free(context); }
};
/// A number of OpenSSL's; wiped at the end.
using Bignum = std::unique_ptr<BIGNUM, BignumDelete>;
using BignumContext = std::unique_ptr<BN_CTX, BignumDelete>;

/// From bytes, most significant first.
[[nodiscard]] inline Bignum toBignum(std::string_view bytes)
{
    return Bignum(BN_bin2bn(reinterpret_cast<const unsigned char *>(bytes.data()),
                            static_cast<int>(bytes.size()), nullptr));
}

[[nodiscard]] inline Bignum newBignum()
{
    return Bignum(BN_new());
}

/// The fewest bytes that hold the number, most significant first.
[[nodiscard]] inline std::string bytesOf(const BIGNUM *number)
{
    std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char *>(bytes.data()));
    return bytes;
}

/// The number in `size` bytes, zeros first; empty if it is longer.
[[nodiscard]] inline std::string bytesOf(const BIGNUM *number, size_t size)
{
    std::string bytes = bytesOf(number);
    return bytes.size() > size ? std::string() : std::string(size - bytes.size(), '\0') + bytes;
}

} // namespace cryoscope
