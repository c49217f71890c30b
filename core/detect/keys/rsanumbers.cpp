// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/rsanumbers.h"

#include "core/detect/keys/bignum.h"

#include <array>
#include <openssl/err.h>

namespace cryoscope
{

namespace
{

constexpr size_t maxBits = 16384; // OpenSSL's own limit of a modulus

bool fits(std::string_view number)
{
    return !number.empty() && number.size() <= maxBits / 8;
}

/// Whether a·b is 1 modulo m.
bool areInverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *context)
{
    const Bignum product = newBignum();
    return BN_mod_mul(product.get(), a, b, m, context) == 1 && BN_is_one(product.get());
}

constexpr auto smallPrimes = [] {
    std::array<BN_ULONG, 302> primes{}; // the odd ones below 2000
    size_t count = 0;
    for (BN_ULONG number = 3; number < 2000; number += 2) {
        bool prime = true;
        for (BN_ULONG divisor = 3; prime && divisor * divisor <= number; divisor += 2)
            prime = number % divisor != 0;
        if (prime)
            primes[count++] = number;
    }
    return primes;
}();
static_assert(smallPrimes.back() == 1999);

} // namespace

bool rsaHolds(const RsaNumbers &key)
{
    for (const std::string *number : {&key.n, &key.e, &key.p, &key.q}) {
        if (!fits(*number))
            return false;
    }
    for (const std::string *number : {&key.d, &key.dp, &key.dq, &key.qInverse}) {
        if (!number->empty() && !fits(*number))
            return false;
    }
    const BignumContext context(BN_CTX_new());
    const Bignum n = toBignum(key.n);
    const Bignum e = toBignum(key.e);
    const Bignum p = toBignum(key.p);
    const Bignum q = toBignum(key.q);
    const Bignum product = newBignum();
    if (BN_is_one(p.get()) || BN_is_one(q.get()) || BN_is_one(e.get()) ||
        BN_mul(product.get(), p.get(), q.get(), context.get()) != 1 || BN_cmp(product.get(), n.get()) != 0)
        return false;
    const Bignum p1(BN_dup(p.get()));
    const Bignum q1(BN_dup(q.get()));
    BN_sub_word(p1.get(), 1);
    BN_sub_word(q1.get(), 1);
    const auto undoes = [&](const std::string &exponent, const BIGNUM *modulus) {
        return exponent.empty() || areInverse(e.get(), toBignum(exponent).get(), modulus, context.get());
    };
    return undoes(key.d, p1.get()) && undoes(key.d, q1.get()) && undoes(key.dp, p1.get()) &&
           undoes(key.dq, q1.get()) &&
           (key.qInverse.empty() ||
            areInverse(q.get(), toBignum(key.qInverse).get(), p.get(), context.get()));
}

std::vector<NamedNumber> rsaSecrets(std::string_view pBytes, std::string_view qBytes, std::string_view eBytes)
{
    std::vector<NamedNumber> numbers;
    if (!fits(pBytes) || !fits(qBytes) || pBytes == qBytes)
        return numbers;
    const BignumContext context(BN_CTX_new());
    const Bignum p = toBignum(pBytes);
    const Bignum q = toBignum(qBytes);
    const Bignum e = toBignum(eBytes);
    if (!BN_is_odd(p.get()) || !BN_is_odd(q.get()) || BN_is_one(p.get()) || BN_is_one(q.get()))
        return numbers;
    const Bignum p1(BN_dup(p.get()));
    const Bignum q1(BN_dup(q.get()));
    BN_sub_word(p1.get(), 1);
    BN_sub_word(q1.get(), 1);
    const Bignum product = newBignum();
    const Bignum divisor = newBignum();
    const Bignum multiple = newBignum();
    BN_mul(product.get(), p1.get(), q1.get(), context.get());
    BN_gcd(divisor.get(), p1.get(), q1.get(), context.get());
    BN_div(multiple.get(), nullptr, product.get(), divisor.get(), context.get());
    numbers.push_back({"p", bytesOf(p.get())});
    numbers.push_back({"q", bytesOf(q.get())});
    const auto inverse = [&](const char *name, const BIGNUM *of, const BIGNUM *modulus) {
        const Bignum result(BN_mod_inverse(nullptr, of, modulus, context.get()));
        if (result)
            numbers.push_back({name, bytesOf(result.get())});
        return result != nullptr;
    };
    const bool right = inverse("d", e.get(), multiple.get()) && inverse("d", e.get(), product.get()) &&
                       inverse("dp", e.get(), p1.get()) && inverse("dq", e.get(), q1.get()) &&
                       inverse("qinv", q.get(), p.get()) && inverse("pinv", p.get(), q.get());
    ERR_clear_error();
    if (!right)
        numbers.clear();
    return numbers;
}

std::string rsaModulus(std::string_view p, std::string_view q)
{
    if (!fits(p) || !fits(q))
        return {};
    const BignumContext context(BN_CTX_new());
    const Bignum product = newBignum();
    BN_mul(product.get(), toBignum(p).get(), toBignum(q).get(), context.get());
    return bytesOf(product.get());
}

std::optional<std::string> rsaOtherPrime(std::string_view n, std::string_view p)
{
    if (!fits(n) || !fits(p) || p.size() * 2 != n.size())
        return std::nullopt;
    const BignumContext context(BN_CTX_new());
    const Bignum quotient = newBignum();
    const Bignum rest = newBignum();
    const Bignum divisor = toBignum(p);
    if (BN_is_zero(divisor.get()) || BN_is_one(divisor.get()) ||
        BN_div(quotient.get(), rest.get(), toBignum(n).get(), divisor.get(), context.get()) != 1 ||
        !BN_is_zero(rest.get()))
        return std::nullopt;
    std::string other = bytesOf(quotient.get());
    if (other.size() != p.size())
        return std::nullopt;
    return other;
}

bool isPrime(std::string_view bytes)
{
    if (!fits(bytes))
        return false;
    const Bignum number = toBignum(bytes);
    if (!BN_is_odd(number.get()) || BN_is_one(number.get()))
        return false;
    for (const BN_ULONG prime : smallPrimes) {
        if (BN_mod_word(number.get(), prime) == 0)
            return BN_is_word(number.get(), prime) == 1;
    }
    // Fermat to the base 2 first: one exponentiation tells nearly all others.
    const BignumContext context(BN_CTX_new());
    const Bignum two = newBignum();
    const Bignum exponent(BN_dup(number.get()));
    const Bignum power = newBignum();
    BN_set_word(two.get(), 2);
    BN_sub_word(exponent.get(), 1);
    if (BN_mod_exp(power.get(), two.get(), exponent.get(), number.get(), context.get()) != 1 ||
        !BN_is_one(power.get()))
        return false;
    return BN_check_prime(number.get(), context.get(), nullptr) == 1;
}

} // namespace cryoscope
