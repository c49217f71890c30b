// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/sshkey.h"

#include "core/detect/keys/bignum.h"
#include "core/detect/keys/eckeys.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace cryoscope
{

namespace
{

using namespace std::string_view_literals;

/// SSH's strings, numbers with 32 bits of length first.
class WireReader
{
public:
    WireReader(std::string_view bytes, size_t at) : m_bytes(bytes), m_at(at) {}

    [[nodiscard]] size_t at() const { return m_at; }
    std::optional<uint32_t> number()
    {
        if (m_at > m_bytes.size() || m_bytes.size() - m_at < 4)
            return std::nullopt;
        uint32_t number = 0;
        for (int i = 0; i < 4; ++i)
            number = number << 8 | static_cast<uint8_t>(m_bytes[m_at++]);
        return number;
    }
    std::optional<std::string_view> string()
    {
        const size_t before = m_at;
        const auto length = number();
        if (!length || m_bytes.size() - m_at < *length) {
            m_at = before;
            return std::nullopt;
        }
        const auto text = m_bytes.substr(m_at, *length);
        m_at += *length;
        return text;
    }
    /// A number of any length, not negative, without its leading zero byte.
    std::optional<std::string_view> bigNumber()
    {
        const size_t before = m_at;
        auto digits = string();
        if (!digits || digits->empty() || digits->size() > 2050 ||
            (static_cast<uint8_t>(digits->front()) & 0x80) != 0) {
            m_at = before;
            return std::nullopt;
        }
        if (digits->front() == '\0')
            digits->remove_prefix(1);
        return digits;
    }

private:
    std::string_view m_bytes;
    size_t m_at;
};

std::optional<SshBlob> readEd25519(WireReader reader)
{
    SshBlob blob;
    const auto publicKey = reader.string();
    if (!publicKey || publicKey->size() != 32)
        return std::nullopt;
    blob.publicKey = *publicKey;
    blob.end = reader.at();
    const auto both = reader.string(); // the seed, and the public key again
    if (!both || both->size() != 64 || both->substr(32) != *publicKey)
        return blob;
    PrivateKey key;
    key.algorithm = "Ed25519";
    key.checked = edwardsPublic(EdwardsKind::Ed25519, both->substr(0, 32)) == *publicKey;
    key.check = key.checked ? "its public key is the private key's" : "but its public key is another's";
    key.secrets = {{"seed", std::string(both->substr(0, 32))}};
    blob.privateKey = std::move(key);
    blob.end = reader.at();
    return blob;
}

std::optional<SshBlob> readRsa(WireReader reader)
{
    SshBlob blob;
    const WireReader fromHere = reader;
    // Public: e, n. Private: n, e, d, q's inverse, p, q.
    RsaNumbers numbers;
    bool all = true;
    for (std::string *number :
         {&numbers.n, &numbers.e, &numbers.d, &numbers.qInverse, &numbers.p, &numbers.q}) {
        const auto read = reader.bigNumber();
        all = all && read;
        if (read)
            *number = *read;
    }
    if (all && rsaHolds(numbers)) {
        PrivateKey key;
        key.algorithm = "RSA-" + std::to_string(BN_num_bits(toBignum(numbers.n).get()));
        key.checked = true;
        key.check = "n = p·q, and d and qinv fit";
        key.secrets = {{"d", numbers.d}, {"p", numbers.p}, {"q", numbers.q}, {"qinv", numbers.qInverse}};
        blob.privateKey = std::move(key);
        blob.publicKey = numbers.n;
        blob.end = reader.at();
        return blob;
    }
    reader = fromHere;
    const auto e = reader.bigNumber();
    const auto n = reader.bigNumber();
    if (!e || !n || e->size() > 8 || n->size() < 64)
        return std::nullopt;
    blob.publicKey = *n;
    blob.end = reader.at();
    return blob;
}

std::optional<SshBlob> readEcdsa(WireReader reader)
{
    SshBlob blob;
    const auto name = reader.string();
    const auto point = reader.string();
    if (!name || !point || point->size() > 133)
        return std::nullopt;
    const auto curve = EcCurve::bySshName(*name);
    if (!curve)
        return std::nullopt;
    const auto publicKey = curve->uncompressed(*point);
    if (!publicKey)
        return std::nullopt;
    blob.curve = *name;
    blob.publicKey = *publicKey;
    blob.end = reader.at();
    const auto scalar = reader.bigNumber();
    if (!scalar || scalar->size() > 66 || scalar->size() < 16 || curve->publicPoint(*scalar) != publicKey)
        return blob;
    PrivateKey key;
    key.algorithm = "EC " + curve->name();
    key.checked = true;
    key.check = "d·G is its public key";
    const std::string zeros(curve->scalarBytes() - std::min(curve->scalarBytes(), scalar->size()), '\0');
    key.secrets = {{"scalar", zeros + std::string(*scalar)}};
    blob.privateKey = std::move(key);
    blob.end = reader.at();
    return blob;
}

} // namespace

std::optional<SshBlob> readSshBlob(std::string_view bytes, size_t at)
{
    WireReader reader(bytes, at);
    const auto type = reader.string();
    if (!type)
        return std::nullopt;
    std::optional<SshBlob> blob;
    if (*type == "ssh-ed25519")
        blob = readEd25519(reader);
    else if (*type == "ssh-rsa")
        blob = readRsa(reader);
    else if (type->starts_with("ecdsa-sha2-nistp"))
        blob = readEcdsa(reader);
    if (blob && blob->privateKey) {
        blob->privateKey->form = "OpenSSH wire form";
        blob->privateKey->begin = at;
        blob->privateKey->end = blob->end;
    }
    return blob;
}

std::optional<PrivateKey> readOpensshKey(std::string_view bytes, size_t at)
{
    constexpr auto magic = "openssh-key-v1\0"sv;
    if (bytes.substr(std::min(at, bytes.size())).substr(0, magic.size()) != magic)
        return std::nullopt;
    WireReader reader(bytes, at + magic.size());
    const auto cipher = reader.string();
    const auto kdf = reader.string();
    const auto options = reader.string();
    const auto count = reader.number();
    if (!cipher || !kdf || !options || !count || *count != 1 || cipher->empty() || cipher->size() > 64 ||
        kdf->size() > 32)
        return std::nullopt;
    const auto publicKey = reader.string();
    const size_t privateAt = reader.at() + 4;
    const auto privateKeys = reader.string();
    if (!publicKey || !privateKeys || privateKeys->size() < 32)
        return std::nullopt;
    PrivateKey key;
    key.form = "openssh-key-v1";
    key.begin = at;
    key.end = reader.at();
    if (*cipher != "none") {
        // An AEAD's tag follows its text and is no part of it.
        if (cipher->ends_with("@openssh.com"))
            key.end = std::min(bytes.size(), key.end + 16);
        key.algorithm = "private key";
        key.check = "encrypted with a passphrase (" + std::string(*cipher) + ")";
        return key;
    }
    WireReader checks(bytes, privateAt);
    const auto first = checks.number();
    const auto second = checks.number();
    if (!first || first != second)
        return std::nullopt;
    const auto blob = readSshBlob(bytes.substr(0, key.end), checks.at());
    if (!blob || !blob->privateKey) {
        key.algorithm = "private key";
        key.check = "not encrypted, of a kind that is not checked";
        return key;
    }
    key.algorithm = blob->privateKey->algorithm;
    key.checked = blob->privateKey->checked;
    key.check = blob->privateKey->check;
    key.secrets = blob->privateKey->secrets;
    return key;
}

std::optional<PrivateKey> unshield(std::string_view sealed, std::string_view prekey)
{
    if (sealed.empty() || sealed.size() > maxShieldedBytes || prekey.size() != shieldPrekeyBytes)
        return std::nullopt;
    std::array<unsigned char, SHA512_DIGEST_LENGTH> hash{};
    SHA512(reinterpret_cast<const unsigned char *>(prekey.data()), prekey.size(), hash.data());
    const std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX *c) { EVP_CIPHER_CTX_free(c); })> cipher(
        EVP_CIPHER_CTX_new());
    std::string plain(sealed.size() + 16, '\0');
    int length = 0;
    const bool done =
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_ctr(), nullptr, hash.data(), hash.data() + 32) == 1 &&
        EVP_DecryptUpdate(cipher.get(), reinterpret_cast<unsigned char *>(plain.data()), &length,
                          reinterpret_cast<const unsigned char *>(sealed.data()),
                          static_cast<int>(sealed.size())) == 1;
    std::optional<PrivateKey> key;
    if (done) {
        plain.resize(static_cast<size_t>(length));
        if (auto blob = readSshBlob(plain, 0); blob && blob->privateKey)
            key = std::move(blob->privateKey);
    }
    OPENSSL_cleanse(plain.data(), plain.size());
    OPENSSL_cleanse(hash.data(), hash.size());
    return key;
}

} // namespace cryoscope
