// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/bignum.h"
#include "core/detect/keys/der.h"
#include "core/detect/keys/eckeys.h"
#include "core/detect/keys/privatekey.h"

#include <openssl/obj_mac.h>

namespace cryoscope
{

namespace
{

using namespace std::string_view_literals;
using Item = DerReader::Item;

// Contents of OBJECT IDENTIFIERs: RFC 8017, 5480, 5958, 8410, 3279.
constexpr auto rsaOid = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr auto rsaPssOid = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
constexpr auto ecOid = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto dsaOid = "\x2a\x86\x48\xce\x38\x04\x01"sv;
constexpr auto x25519Oid = "\x2b\x65\x6e"sv;
constexpr auto x448Oid = "\x2b\x65\x6f"sv;
constexpr auto ed25519Oid = "\x2b\x65\x70"sv;
constexpr auto ed448Oid = "\x2b\x65\x71"sv;

constexpr size_t minRsaBytes = 64; // 512 bits: shorter ones are no keys any more

std::string rsaName(std::string_view n)
{
    return "RSA-" + std::to_string(BN_num_bits(toBignum(n).get()));
}

bool readRsa(DerReader reader, PrivateKey &key)
{
    const auto version = reader.number();
    RsaNumbers numbers;
    for (std::string *number : {&numbers.n, &numbers.e, &numbers.d, &numbers.p, &numbers.q, &numbers.dp,
                                &numbers.dq, &numbers.qInverse}) {
        const auto read = reader.number();
        if (!read)
            return false;
        *number = *read;
    }
    const bool more = version && *version == "\x01"; // further primes follow
    if (!version || (!version->empty() && !more) || (more && !reader.next(DerReader::sequenceTag)) ||
        !reader.atEnd() || numbers.n.size() < minRsaBytes)
        return false;
    key.algorithm = rsaName(numbers.n);
    key.checked = !more && rsaHolds(numbers);
    key.check = key.checked ? "n = p·q, and d, dp, dq and qinv fit"
                : more      ? "of more than two primes, not checked"
                            : "but its numbers do not fit each other";
    key.secrets = {{"d", numbers.d},   {"p", numbers.p},   {"q", numbers.q},
                   {"dp", numbers.dp}, {"dq", numbers.dq}, {"qinv", numbers.qInverse}};
    return true;
}

/// The usual curve on which a public key is that of a scalar: where the curve is said by what is lost (the
/// inner part of PKCS#8).
std::optional<EcCurve> curveOfKey(std::string_view scalar, std::string_view publicKey)
{
    for (const int number : {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_secp256k1}) {
        auto curve = EcCurve::byNumber(number);
        if (!curve || curve->scalarBytes() != scalar.size())
            continue;
        const auto point = curve->publicPoint(scalar);
        if (point && curve->uncompressed(publicKey) == point)
            return curve;
    }
    return std::nullopt;
}

/// SEC1's ECPrivateKey; `curveOid` where the parameters are said outside.
bool readEc(DerReader reader, std::string_view curveOid, PrivateKey &key)
{
    const auto version = reader.number();
    const auto scalar = reader.next(DerReader::octetStringTag);
    if (!version || *version != "\x01" || !scalar || scalar->content.size() < 20 ||
        scalar->content.size() > 72)
        return false;
    std::string_view publicKey;
    while (!reader.atEnd()) {
        const auto item = reader.next();
        if (!item || (item->tag != 0xa0 && item->tag != 0xa1))
            return false;
        DerReader inner(reader, *item);
        const auto content = inner.next();
        if (!content || !inner.atEnd())
            return false;
        if (item->tag == 0xa0 && content->tag == DerReader::oidTag)
            curveOid = content->content;
        else if (item->tag == 0xa1 && content->tag == DerReader::bitStringTag && content->content.size() > 1)
            publicKey = content->content.substr(1);
    }
    auto curve = EcCurve::byOid(curveOid);
    if (!curve && curveOid.empty() && !publicKey.empty())
        curve = curveOfKey(scalar->content, publicKey);
    key.algorithm = curve ? "EC " + curve->name() : "EC";
    key.secrets = {{"scalar", std::string(scalar->content)}};
    if (!curve) {
        key.check = "of a curve that is not named or not known: not checked";
        return looksRandom(scalar->content);
    }
    const auto point = curve->publicPoint(scalar->content);
    if (!point)
        return false;
    if (publicKey.empty()) {
        key.check = "without its public key: the scalar is below the order";
        key.checked = looksRandom(scalar->content);
        return key.checked;
    }
    key.checked = curve->uncompressed(publicKey) == point;
    key.check = key.checked ? "d·G is its public key" : "but its public key is another's";
    return true;
}

bool readEdwards(DerReader reader, EdwardsKind kind, std::string_view publicKey, PrivateKey &key)
{
    const auto seed = reader.next(DerReader::octetStringTag);
    if (!seed || !reader.atEnd() || seed->content.size() != edwardsBytes(kind) || !looksRandom(seed->content))
        return false;
    const auto expected = edwardsPublic(kind, seed->content);
    if (!expected)
        return false;
    key.algorithm = edwardsName(kind);
    key.secrets = {{"seed", std::string(seed->content)}};
    key.checked = publicKey.empty() || publicKey == *expected;
    key.check = publicKey.empty() ? "its algorithm and length are right"
                : key.checked     ? "its public key is the private key's"
                                  : "but its public key is another's";
    return true;
}

bool readDsa(DerReader outer, const Item &parameters, DerReader reader, PrivateKey &key)
{
    DerReader numbers(outer, parameters);
    const auto p = numbers.number();
    const auto q = numbers.number();
    const auto g = numbers.number();
    const auto x = reader.number();
    if (!p || !q || !g || !numbers.atEnd() || !x || !reader.atEnd() || q->size() < 20 || x->size() < 16 ||
        x->size() > q->size())
        return false;
    key.algorithm = "DSA";
    key.secrets = {{"x", std::string(*x)}};
    key.checked = BN_cmp(toBignum(*x).get(), toBignum(*q).get()) < 0;
    key.check = "x is below q";
    return key.checked;
}

bool readPkcs8(DerReader reader, PrivateKey &key)
{
    const auto version = reader.number();
    const auto algorithm = reader.next(DerReader::sequenceTag);
    const auto content = reader.next(DerReader::octetStringTag);
    if (!version || version->size() > 1 || !algorithm || !content)
        return false;
    std::string_view publicKey;
    while (!reader.atEnd()) {
        const auto item = reader.next();
        if (!item || (item->tag != 0xa0 && item->tag != 0x81 && item->tag != 0xa1))
            return false;
        if (item->tag == 0x81 && item->content.size() > 1)
            publicKey = item->content.substr(1);
    }
    DerReader identifier(reader, *algorithm);
    const auto oid = identifier.next(DerReader::oidTag);
    if (!oid)
        return false;
    const auto parameters = identifier.next();
    const DerReader inner(reader, *content);
    const auto sequence = DerReader(inner).next(DerReader::sequenceTag);
    const bool isWhole = sequence && sequence->end == content->end;
    if (oid->content == rsaOid || oid->content == rsaPssOid)
        return isWhole && readRsa(DerReader(inner, *sequence), key);
    if (oid->content == ecOid)
        return isWhole && readEc(DerReader(inner, *sequence),
                                 parameters && parameters->tag == DerReader::oidTag ? parameters->content
                                                                                    : std::string_view(),
                                 key);
    if (oid->content == dsaOid)
        return parameters && parameters->tag == DerReader::sequenceTag &&
               readDsa(identifier, *parameters, inner, key);
    if (oid->content == ed25519Oid)
        return readEdwards(inner, EdwardsKind::Ed25519, publicKey, key);
    if (oid->content == ed448Oid)
        return readEdwards(inner, EdwardsKind::Ed448, publicKey, key);
    if (oid->content == x25519Oid)
        return readEdwards(inner, EdwardsKind::X25519, publicKey, key);
    if (oid->content == x448Oid)
        return readEdwards(inner, EdwardsKind::X448, publicKey, key);
    return false;
}

} // namespace

std::optional<PrivateKey> readDerKey(std::string_view bytes, size_t at)
{
    DerReader reader(bytes, at);
    const auto whole = reader.next(DerReader::sequenceTag);
    if (!whole)
        return std::nullopt;
    const DerReader inner(reader, *whole);
    DerReader look = inner;
    if (!look.number())
        return std::nullopt;
    const auto second = look.next();
    if (!second)
        return std::nullopt;
    PrivateKey key;
    key.begin = whole->begin;
    key.end = whole->end;
    bool right = false;
    if (second->tag == DerReader::integerTag) {
        key.form = "PKCS#1";
        right = readRsa(inner, key);
    } else if (second->tag == DerReader::sequenceTag) {
        key.form = "PKCS#8";
        right = readPkcs8(inner, key);
    } else if (second->tag == DerReader::octetStringTag) {
        key.form = "SEC1";
        right = readEc(inner, {}, key);
    }
    if (!right)
        return std::nullopt;
    return key;
}

std::optional<PrivateKey> readHeadlessRsa(std::string_view bytes, size_t at)
{
    DerReader reader(bytes, at);
    RsaNumbers numbers;
    size_t end = at;
    for (std::string *number :
         {&numbers.e, &numbers.d, &numbers.p, &numbers.q, &numbers.dp, &numbers.dq, &numbers.qInverse}) {
        DerReader before = reader;
        const auto read = reader.number();
        if (!read)
            return std::nullopt;
        *number = *read;
        end = before.next()->end;
    }
    numbers.n = rsaModulus(numbers.p, numbers.q);
    if (numbers.n.size() < minRsaBytes || !rsaHolds(numbers))
        return std::nullopt;
    PrivateKey key;
    key.algorithm = rsaName(numbers.n);
    key.form = "PKCS#1 without its head";
    key.begin = at;
    key.end = end;
    key.checked = true;
    key.check = "d, dp, dq and qinv fit p and q";
    key.secrets = {{"d", numbers.d},   {"p", numbers.p},   {"q", numbers.q},
                   {"dp", numbers.dp}, {"dq", numbers.dq}, {"qinv", numbers.qInverse}};
    return key;
}

} // namespace cryoscope
