// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"

#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace cryoscope
{

struct Sha256::State {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : m_state(std::make_unique<State>())
{
    if (!m_state->context || EVP_DigestInit_ex(m_state->context, EVP_sha256(), nullptr) != 1)
        std::abort(); // only when out of memory or without SHA-256; nothing can be proven then
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> data)
{
    EVP_DigestUpdate(m_state->context, data.data(), data.size());
}

Digest Sha256::finish()
{
    Digest digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(m_state->context, reinterpret_cast<unsigned char *>(digest.data()), &length);
    return digest;
}

Digest hmacSha256(std::span<const std::byte> key, std::span<const std::byte> data)
{
    Digest digest{};
    unsigned length = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char *>(data.data()), data.size(),
              reinterpret_cast<unsigned char *>(digest.data()), &length))
        std::abort();
    return digest;
}

std::string toHex(std::span<const std::byte> bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::string randomBytes(size_t count)
{
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char *>(bytes.data()), static_cast<int>(count)) != 1)
        std::abort();
    return bytes;
}

} // namespace cryoscope
