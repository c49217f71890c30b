// SPDX-License-Identifier: Apache-2.0
// Keys that are published, or constants of libraries: genuine schedules, but no secrets.
#include "core/detect/encodings.h"
#include "core/detect/keys/aesschedule.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

struct Known {
    std::string_view hex;
    std::string_view from;
};

constexpr std::array<Known, 12> knownKeys{{
    // FIPS-197, appendices A and C; those of A are also SP 800-38A's.
    {"2b7e151628aed2a6abf7158809cf4f3c", "FIPS-197 test vector"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "FIPS-197 test vector"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "FIPS-197 test vector"},
    {"000102030405060708090a0b0c0d0e0f", "FIPS-197 test vector"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617", "FIPS-197 test vector"},
    // Also the fixed key of the derivation function of SP 800-90A's CTR_DRBG (10.3.2), so in every program
    // whose OpenSSL has made random numbers.
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "FIPS-197 test vector and constant of CTR_DRBG"},
    // The example vectors of NIST's AES submission, which libgcrypt tests itself with at start.
    {"e8e9eaebedeeeff0f2f3f4f5f7f8f9fa", "self-test of libgcrypt"},
    {"04050607090a0b0c0e0f10111314151618191a1b1d1e1f20", "self-test of libgcrypt"},
    {"08090a0b0d0e0f10121314151718191a1c1d1e1f21222324262728292b2c2d2e", "self-test of libgcrypt"},
    {"feffe9928665731c6d6a8f9467308308", "test vector of GCM's specification"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "test vector of GCM's specification"},
    {"06a9214036b8a15b512e03d534120006", "RFC 3602 test vector"},
}};

} // namespace

std::string_view knownAesKey(std::string_view key)
{
    if (std::all_of(key.begin(), key.end(), [&](char c) { return c == key.front(); }))
        return "one byte repeated";
    const std::string hex = encodeHex(key, false);
    const auto known =
        std::find_if(knownKeys.begin(), knownKeys.end(), [&](const Known &one) { return one.hex == hex; });
    return known != knownKeys.end() ? known->from : std::string_view();
}

} // namespace cryoscope
