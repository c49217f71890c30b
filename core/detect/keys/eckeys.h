// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

typedef struct ec_group_st EC_GROUP; // of OpenSSL

namespace cryoscope
{

/// A curve of Weierstrass form over a prime field, by OpenSSL's number. One thread.
class EcCurve
{
public:
    /// From the content of an OBJECT IDENTIFIER, without tag and length; nothing if OpenSSL does not know it.
    static std::optional<EcCurve> byOid(std::string_view oid);
    /// From the name in SSH keys ("nistp256").
    static std::optional<EcCurve> bySshName(std::string_view name);
    static std::optional<EcCurve> byNumber(int nid);

    [[nodiscard]] int number() const { return m_number; }
    [[nodiscard]] std::string name() const;   ///< "prime256v1"
    [[nodiscard]] size_t scalarBytes() const; ///< of the order
    /// The public point d·G of a scalar (bytes, most significant first): 04, x, y. Nothing if the scalar is
    /// not between 1 and the order.
    [[nodiscard]] std::optional<std::string> publicPoint(std::string_view scalar) const;
    /// Makes publicPoint() several times as fast, for some milliseconds and two megabytes, kept with the curve
    /// and its copies; for curves that OpenSSL has nothing faster for. From then on the time that publicPoint() takes
    /// depends on the scalar.
    void prepareForMany();
    /// How libraries hold the first coordinate of a point (04, x, y) as limbs of 64 bits, least significant
    /// first: as it is, and in Montgomery's form.
    [[nodiscard]] std::vector<std::string> coordinateLimbs(std::string_view point) const;
    /// A point as 04, x, y from that form or the compressed one; nothing if it is not on the curve.
    [[nodiscard]] std::optional<std::string> uncompressed(std::string_view point) const;

private:
    struct Multiples;
    EcCurve() = default;
    int m_number = 0;
    std::shared_ptr<EC_GROUP> m_group;
    std::shared_ptr<const Multiples> m_multiples; ///< of the generator; or none
};

/// Edwards and Montgomery keys (RFC 8032, 7748), whose private key is any string of the right length.
enum class EdwardsKind { Ed25519, Ed448, X25519, X448 };
[[nodiscard]] std::string_view edwardsName(EdwardsKind kind); ///< "Ed25519"
[[nodiscard]] size_t edwardsBytes(EdwardsKind kind);          ///< of a private key
/// The public key of a seed of edwardsBytes(kind) bytes.
[[nodiscard]] std::optional<std::string> edwardsPublic(EdwardsKind kind, std::string_view seed);

/// Whether bytes look like a key: not text, hardly any byte more than a few times, no eight bytes the same or
/// zero.
[[nodiscard]] bool looksRandom(std::string_view bytes);

} // namespace cryoscope
