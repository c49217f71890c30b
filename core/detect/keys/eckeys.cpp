// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/eckeys.h"

#include "core/detect/keys/bignum.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

namespace cryoscope
{

namespace
{

using Point = std::unique_ptr<EC_POINT, decltype([](EC_POINT *point) { EC_POINT_clear_free(point); })>;
using PKey = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY *key) { EVP_PKEY_free(key); })>;

std::optional<std::string> encoded(const EC_GROUP *group, const EC_POINT *point)
{
    std::array<unsigned char, 1 + 2 * 72> buffer{};
    const size_t size = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, buffer.data(),
                                           buffer.size(), nullptr);
    ERR_clear_error();
    if (size <= 1)
        return std::nullopt;
    return std::string(reinterpret_cast<const char *>(buffer.data()), size);
}

int evpNumber(EdwardsKind kind)
{
    switch (kind) {
    case EdwardsKind::Ed25519:
        return EVP_PKEY_ED25519;
    case EdwardsKind::Ed448:
        return EVP_PKEY_ED448;
    case EdwardsKind::X25519:
        return EVP_PKEY_X25519;
    case EdwardsKind::X448:
        return EVP_PKEY_X448;
    }
    return 0;
}

constexpr size_t windowBits = 6;
constexpr size_t windowPoints = (1U << windowBits) - 1; // no zero

/// The bits of a number (most significant byte first) from bit `window * windowBits` on.
size_t windowOf(std::string_view number, size_t window)
{
    size_t digit = 0;
    for (size_t bit = 0; bit < windowBits; ++bit) {
        const size_t at = window * windowBits + bit;
        if (at / 8 < number.size()) {
            const auto byte = static_cast<uint8_t>(number[number.size() - 1 - at / 8]);
            digit |= static_cast<size_t>((byte >> (at % 8)) & 1U) << bit;
        }
    }
    return digit;
}

} // namespace

/// j·2^(windowBits·i)·G for each window i of a scalar and each digit j of it.
struct EcCurve::Multiples
{
    size_t windows = 0;
    std::vector<Point> points;
};

std::optional<EcCurve> EcCurve::byNumber(int nid)
{
    EcCurve curve;
    curve.m_number = nid;
    curve.m_group = std::shared_ptr<EC_GROUP>(EC_GROUP_new_by_curve_name(nid), EC_GROUP_free);
    ERR_clear_error();
    if (curve.m_group == nullptr || curve.scalarBytes() > 72)
        return std::nullopt;
    return curve;
}

std::optional<EcCurve> EcCurve::byOid(std::string_view oid)
{
    if (oid.empty() || oid.size() > 32)
        return std::nullopt;
    std::string der{'\x06', static_cast<char>(oid.size())};
    der += oid;
    const auto *at = reinterpret_cast<const unsigned char *>(der.data());
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(der.size()));
    const int nid = object != nullptr ? OBJ_obj2nid(object) : NID_undef;
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return nid == NID_undef ? std::nullopt : byNumber(nid);
}

std::optional<EcCurve> EcCurve::bySshName(std::string_view name)
{
    if (name == "nistp256")
        return byNumber(NID_X9_62_prime256v1);
    if (name == "nistp384")
        return byNumber(NID_secp384r1);
    if (name == "nistp521")
        return byNumber(NID_secp521r1);
    return std::nullopt;
}

std::string EcCurve::name() const
{
    return OBJ_nid2sn(m_number);
}

size_t EcCurve::scalarBytes() const
{
    return (static_cast<size_t>(EC_GROUP_order_bits(m_group.get())) + 7) / 8;
}

std::optional<std::string> EcCurve::publicPoint(std::string_view scalar) const
{
    if (scalar.size() > 128)
        return std::nullopt;
    const Bignum d = toBignum(scalar);
    if (BN_is_zero(d.get()) || BN_cmp(d.get(), EC_GROUP_get0_order(m_group.get())) >= 0)
        return std::nullopt;
    const Point point(EC_POINT_new(m_group.get()));
    if (m_multiples == nullptr) {
        if (EC_POINT_mul(m_group.get(), point.get(), d.get(), nullptr, nullptr, nullptr) != 1)
            return std::nullopt;
        return encoded(m_group.get(), point.get());
    }
    const BignumContext context(BN_CTX_new());
    EC_POINT_set_to_infinity(m_group.get(), point.get());
    for (size_t window = 0; window < m_multiples->windows; ++window) {
        const size_t digit = windowOf(scalar, window);
        if (digit != 0 &&
            EC_POINT_add(m_group.get(), point.get(), point.get(),
                         m_multiples->points[window * windowPoints + digit - 1].get(), context.get()) != 1)
            return std::nullopt;
    }
    return encoded(m_group.get(), point.get());
}

void EcCurve::prepareForMany()
{
    // OpenSSL has faster ways of its own for two of the usual curves.
    if (m_multiples != nullptr || m_number == NID_X9_62_prime256v1 || m_number == NID_secp521r1)
        return;
    const BignumContext context(BN_CTX_new());
    auto multiples = std::make_shared<Multiples>();
    const auto bits = static_cast<size_t>(EC_GROUP_order_bits(m_group.get()));
    multiples->windows = (bits + windowBits - 1) / windowBits;
    multiples->points.reserve(multiples->windows * windowPoints);
    Point base(EC_POINT_dup(EC_GROUP_get0_generator(m_group.get()), m_group.get()));
    const auto nextAfter = [&](const Point &point) {
        Point sum(EC_POINT_new(m_group.get()));
        if (point == nullptr || sum == nullptr ||
            EC_POINT_add(m_group.get(), sum.get(), point.get(), base.get(), context.get()) != 1)
            sum.reset();
        return sum;
    };
    for (size_t window = 0; window < multiples->windows; ++window) {
        multiples->points.emplace_back(EC_POINT_dup(base.get(), m_group.get()));
        for (size_t digit = 2; digit <= windowPoints; ++digit)
            multiples->points.push_back(nextAfter(multiples->points.back()));
        base = nextAfter(multiples->points.back());
        if (base == nullptr)
            return; // out of memory: without them, then
    }
    m_multiples = std::move(multiples);
}

std::vector<std::string> EcCurve::coordinateLimbs(std::string_view point) const
{
    std::vector<std::string> forms;
    if (point.size() < 3)
        return forms;
    const size_t bytes = (point.size() - 1) / 2;
    const size_t limbBytes = (bytes + 7) / 8 * 8;
    const BignumContext context(BN_CTX_new());
    const Bignum x = toBignum(point.substr(1, bytes));
    const Bignum field = newBignum();
    const Bignum montgomery = newBignum();
    EC_GROUP_get_curve(m_group.get(), field.get(), nullptr, nullptr, context.get());
    BN_lshift(montgomery.get(), x.get(), static_cast<int>(8 * limbBytes));
    BN_nnmod(montgomery.get(), montgomery.get(), field.get(), context.get());
    for (const BIGNUM *form : {x.get(), montgomery.get()}) {
        const std::string digits = bytesOf(form, limbBytes);
        forms.emplace_back(digits.rbegin(), digits.rend());
    }
    return forms;
}

std::optional<std::string> EcCurve::uncompressed(std::string_view bytes) const
{
    const Point point(EC_POINT_new(m_group.get()));
    const bool right =
        EC_POINT_oct2point(m_group.get(), point.get(), reinterpret_cast<const unsigned char *>(bytes.data()),
                           bytes.size(), nullptr) == 1;
    ERR_clear_error();
    return right ? encoded(m_group.get(), point.get()) : std::nullopt;
}

std::string_view edwardsName(EdwardsKind kind)
{
    switch (kind) {
    case EdwardsKind::Ed25519:
        return "Ed25519";
    case EdwardsKind::Ed448:
        return "Ed448";
    case EdwardsKind::X25519:
        return "X25519";
    case EdwardsKind::X448:
        return "X448";
    }
    return {};
}

size_t edwardsBytes(EdwardsKind kind)
{
    return kind == EdwardsKind::Ed448 ? 57 : kind == EdwardsKind::X448 ? 56 : 32;
}

std::optional<std::string> edwardsPublic(EdwardsKind kind, std::string_view seed)
{
    if (seed.size() != edwardsBytes(kind))
        return std::nullopt;
    const PKey key(EVP_PKEY_new_raw_private_key(
        evpNumber(kind), nullptr, reinterpret_cast<const unsigned char *>(seed.data()), seed.size()));
    std::array<unsigned char, 64> buffer{};
    size_t size = buffer.size();
    if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), buffer.data(), &size) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    return std::string(reinterpret_cast<const char *>(buffer.data()), size);
}

bool looksRandom(std::string_view bytes)
{
    if (bytes.size() < 16)
        return false;
    std::array<uint8_t, 256> count{};
    size_t distinct = 0;
    size_t high = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<uint8_t>(c);
        distinct += count[byte]++ == 0 ? 1 : 0;
        high += byte >= 0x80 ? 1 : 0;
    }
    // 32 random bytes have 30 different values on average, 25 or fewer in one of 20,000; 16 have 15.5.
    const size_t considered = std::min<size_t>(bytes.size(), 64);
    if (distinct < considered * 3 / 4 - considered / 16 || high < bytes.size() / 8)
        return false;
    std::array<uint64_t, 32> limbs{};
    size_t limbCount = 0;
    for (size_t at = 0; at + 8 <= bytes.size() && limbCount < limbs.size(); at += 8) {
        uint64_t limb = 0;
        std::memcpy(&limb, bytes.data() + at, sizeof limb);
        const auto known = limbs.begin() + static_cast<ptrdiff_t>(limbCount);
        if (limb == 0 || std::find(limbs.begin(), known, limb) != known)
            return false;
        limbs[limbCount++] = limb;
    }
    return true;
}

} // namespace cryoscope
