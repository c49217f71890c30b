// SPDX-License-Identifier: Apache-2.0
#include "core/export/signature.h"

#include "core/base/hash.h"
#include "core/bytes/newfile.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace cryoscope
{

namespace
{

using SigningKey = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY *key) { EVP_PKEY_free(key); })>;
using SigningContext =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX *context) { EVP_MD_CTX_free(context); })>;
using KeyText = std::unique_ptr<BIO, decltype([](BIO *bio) { BIO_free(bio); })>;

constexpr uint64_t maxKeyFile = 65536;
constexpr size_t signatureBytes = 64;

const unsigned char *bytesOf(std::string_view text)
{
    return reinterpret_cast<const unsigned char *>(text.data());
}

/// Hands out the passphrase; without one OpenSSL would ask on the terminal.
int passphraseFor(char *buffer, int size, int, void *data)
{
    const auto &passphrase = *static_cast<const std::string *>(data);
    if (passphrase.empty() || passphrase.size() > static_cast<size_t>(size))
        return -1;
    std::memcpy(buffer, passphrase.data(), passphrase.size());
    return static_cast<int>(passphrase.size());
}

enum class KeyPart { Private, Public };

Result<SigningKey> readKey(const std::string &path, KeyPart part, const std::string &passphrase)
{
    auto text = readWholeFile(path, maxKeyFile);
    if (!text)
        return text.error();
    const KeyText bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
    auto *data = const_cast<std::string *>(&passphrase);
    SigningKey key(part == KeyPart::Private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, passphraseFor, data)
                                            : PEM_read_bio_PUBKEY(bio.get(), nullptr, passphraseFor, data));
    ERR_clear_error();
    std::fill(text->begin(), text->end(), '\0');
    if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519)
        return Error{
            ErrorCode::InputMalformed,
            part == KeyPart::Private
                ? "no private Ed25519 key in PEM, or one whose passphrase is another or was not given"
                : "no public Ed25519 key in PEM",
            path, std::nullopt};
    return key;
}

} // namespace

Result<std::string> signText(std::string_view text, const std::string &keyFile, const std::string &passphrase)
{
    const auto key = readKey(keyFile, KeyPart::Private, passphrase);
    if (!key)
        return key.error();
    const SigningContext context(EVP_MD_CTX_new());
    std::array<unsigned char, signatureBytes> signature{};
    size_t size = signature.size();
    if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key->get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, bytesOf(text), text.size()) != 1 ||
        size != signature.size()) {
        ERR_clear_error();
        return Error{ErrorCode::Internal, "OpenSSL cannot sign with this key", keyFile, std::nullopt};
    }
    return std::string(reinterpret_cast<const char *>(signature.data()), size);
}

Result<bool> signatureFits(std::string_view text, std::string_view signature, const std::string &keyFile)
{
    const auto key = readKey(keyFile, KeyPart::Public, {});
    if (!key)
        return key.error();
    const SigningContext context(EVP_MD_CTX_new());
    if (context == nullptr ||
        EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key->get()) != 1) {
        ERR_clear_error();
        return Error{ErrorCode::Internal, "OpenSSL cannot check signatures of this key", keyFile,
                     std::nullopt};
    }
    const bool fits = signature.size() == signatureBytes &&
                      EVP_DigestVerify(context.get(), bytesOf(signature), signature.size(), bytesOf(text),
                                       text.size()) == 1;
    ERR_clear_error();
    return fits;
}

Result<std::string> publicKeyFingerprint(const std::string &keyFile)
{
    const auto key = readKey(keyFile, KeyPart::Public, {});
    if (!key)
        return key.error();
    unsigned char *der = nullptr;
    const int size = i2d_PUBKEY(key->get(), &der);
    if (size <= 0) {
        ERR_clear_error();
        return Error{ErrorCode::Internal, "OpenSSL cannot encode this key", keyFile, std::nullopt};
    }
    Sha256 hash;
    hash.add(std::as_bytes(std::span(der, static_cast<size_t>(size))));
    OPENSSL_free(der);
    return toHex(hash.finish());
}

} // namespace cryoscope
