// SPDX-License-Identifier: Apache-2.0
#include "core/detect/privatekey.h"

#include <cstdint>
#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace cryoscope
{

namespace
{

/// Reads the length-prefixed fields of OpenSSH's formats. Source: OpenSSH's PROTOCOL.key.
class SshFieldReader
{
public:
    explicit SshFieldReader(std::string_view bytes) : m_bytes(bytes) {}

    std::optional<uint32_t> number()
    {
        if (m_bytes.size() < 4)
            return std::nullopt;
        uint32_t value = 0;
        for (size_t i = 0; i < 4; ++i)
            value = (value << 8) | static_cast<unsigned char>(m_bytes[i]);
        m_bytes.remove_prefix(4);
        return value;
    }
    std::optional<std::string_view> text()
    {
        const auto length = number();
        if (!length || *length > m_bytes.size())
            return std::nullopt;
        const auto out = m_bytes.substr(0, *length);
        m_bytes.remove_prefix(*length);
        return out;
    }
    [[nodiscard]] std::string_view rest() const { return m_bytes; }

private:
    std::string_view m_bytes;
};

std::optional<std::string> describeOpenSsh(std::string_view bytes)
{
    constexpr std::string_view magic("openssh-key-v1\0", 15);
    if (!bytes.starts_with(magic))
        return std::nullopt;
    SshFieldReader reader(bytes.substr(magic.size()));
    const auto cipher = reader.text();
    const auto kdf = reader.text();
    const auto kdfOptions = reader.text();
    const auto count = reader.number();
    const auto publicKey = reader.text();
    const auto secret = reader.text();
    if (!cipher || !kdf || !kdfOptions || count != 1u || !publicKey || !secret || secret->size() < 8)
        return std::nullopt;
    const auto type = SshFieldReader(*publicKey).text();
    if (!type || type->empty() || type->size() > 64)
        return std::nullopt;
    const std::string name = "an OpenSSH key (" + std::string(*type) + ")";
    if (*cipher != "none")
        return name + " that is encrypted with a passphrase";
    SshFieldReader inner(*secret);
    const auto first = inner.number();
    const auto second = inner.number();
    const auto innerType = inner.text();
    if (first != second || innerType != type)
        return std::nullopt;
    return name;
}

struct FreeKey {
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
    void operator()(X509_SIG *signature) const { X509_SIG_free(signature); }
};

std::optional<std::string> describeDer(std::string_view bytes)
{
    const auto *const begin = reinterpret_cast<const unsigned char *>(bytes.data());
    const auto *const end = begin + bytes.size();
    const auto *at = begin;
    const std::unique_ptr<EVP_PKEY, FreeKey> key(
        d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size())));
    if (key != nullptr && at == end) {
        const char *name = EVP_PKEY_get0_type_name(key.get());
        return std::string("a key that parses (") + (name == nullptr ? "unknown" : name) + ", " +
               std::to_string(EVP_PKEY_get_bits(key.get())) + " bits)";
    }
    at = begin;
    const std::unique_ptr<X509_SIG, FreeKey> sealed(
        d2i_X509_SIG(nullptr, &at, static_cast<long>(bytes.size())));
    if (sealed != nullptr && at == end) {
        const X509_ALGOR *algorithm = nullptr;
        const ASN1_OCTET_STRING *content = nullptr;
        X509_SIG_get0(sealed.get(), &algorithm, &content);
        // Encrypted PKCS #8 names a password-based scheme and holds whole cipher blocks.
        const ASN1_OBJECT *scheme = nullptr;
        X509_ALGOR_get0(&scheme, nullptr, nullptr, algorithm);
        const int nid = OBJ_obj2nid(scheme);
        const bool passwordBased =
            nid == NID_pbes2 || nid == NID_pbeWithMD5AndDES_CBC || nid == NID_pbeWithSHA1AndDES_CBC ||
            nid == NID_pbe_WithSHA1And128BitRC4 || nid == NID_pbe_WithSHA1And3_Key_TripleDES_CBC ||
            nid == NID_pbe_WithSHA1And2_Key_TripleDES_CBC || nid == NID_pbe_WithSHA1And40BitRC2_CBC ||
            nid == NID_pbe_WithSHA1And128BitRC2_CBC;
        if (passwordBased && ASN1_STRING_length(content) >= 32)
            return "a PKCS #8 key that is encrypted with a passphrase";
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> describePrivateKey(std::string_view bytes)
{
    if (bytes.starts_with("openssh-key-v1"))
        return describeOpenSsh(bytes);
    if (!bytes.starts_with('\x30'))
        return std::nullopt;
    ERR_set_mark();
    auto described = describeDer(bytes);
    ERR_pop_to_mark();
    return described;
}

} // namespace cryoscope
