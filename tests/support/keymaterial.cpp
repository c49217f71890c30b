// SPDX-License-Identifier: Apache-2.0
#include "tests/support/keymaterial.h"

#include "core/detect/keys/bignum.h"
#include "core/detect/keys/rsanumbers.h"

#include <cstdint>
#include <random>
#include <utility>

namespace cryoscope::test
{

namespace
{

using namespace std::string_view_literals;

/// The first prime from a seeded start on, both top bits set.
std::string primeFrom(unsigned seed, size_t size = 64)
{
    std::string bytes = randomBytes(size, seed);
    bytes.front() = static_cast<char>(bytes.front() | 0xc0);
    bytes.back() = static_cast<char>(bytes.back() | 1);
    const Bignum number = toBignum(bytes);
    while (!isPrime(bytesOf(number.get())))
        BN_add_word(number.get(), 2);
    return bytesOf(number.get());
}

} // namespace

std::string randomBytes(size_t size, unsigned seed)
{
    std::mt19937 generator(seed);
    std::string bytes(size, '\0');
    for (char &byte : bytes)
        byte = static_cast<char>(generator() & 0xff);
    return bytes;
}

const RsaKey &rsaKey()
{
    static const RsaKey key = [] {
        RsaKey made;
        made.e = "\x01\x00\x01"sv;
        for (unsigned seed = 1; made.dp.empty(); seed += 2) {
            made.p = primeFrom(seed);
            made.q = primeFrom(seed + 1);
            bool first = true; // d comes in two forms
            for (const NamedNumber &number : rsaSecrets(made.p, made.q)) {
                if (number.name == "d" && std::exchange(first, false))
                    made.d = number.value;
                else if (number.name == "dp")
                    made.dp = number.value;
                else if (number.name == "dq")
                    made.dq = number.value;
                else if (number.name == "qinv")
                    made.qInverse = number.value;
            }
        }
        made.n = rsaModulus(made.p, made.q);
        return made;
    }();
    return key;
}

const std::string &otherPrime()
{
    static const std::string prime = primeFrom(77);
    return prime;
}

const std::string &largePrime()
{
    static const std::string prime = primeFrom(78, 128);
    return prime;
}

std::string chunk(std::string_view content, size_t spare)
{
    const uint64_t size = (content.size() + spare + 8 + 15) / 16 * 16;
    std::string out;
    for (int byte = 0; byte < 8; ++byte)
        out += static_cast<char>((size | 1) >> (8 * byte));
    out += content;
    out.resize(size, '\0');
    return out;
}

std::string limbs(std::string_view number)
{
    std::string out(number.rbegin(), number.rend());
    out.resize((out.size() + 7) / 8 * 8, '\0');
    return out;
}

std::string derItem(char tag, std::string_view content)
{
    std::string out(1, tag);
    if (content.size() < 0x80) {
        out += static_cast<char>(content.size());
    } else if (content.size() < 0x100) {
        out += '\x81';
        out += static_cast<char>(content.size());
    } else {
        out += '\x82';
        out += static_cast<char>(content.size() >> 8);
        out += static_cast<char>(content.size());
    }
    return out.append(content);
}

std::string derNumber(std::string_view number)
{
    const bool high = number.empty() || (static_cast<uint8_t>(number.front()) & 0x80) != 0;
    return derItem('\x02', (high ? std::string(1, '\0') : std::string()).append(number));
}

std::string pkcs1(const RsaKey &key)
{
    std::string content = derNumber({});
    for (const std::string *number :
         {&key.n, &key.e, &key.d, &key.p, &key.q, &key.dp, &key.dq, &key.qInverse})
        content += derNumber(*number);
    return derItem('\x30', content);
}

std::string pkcs8(const RsaKey &key)
{
    const auto algorithm = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;
    return derItem('\x30', derNumber({}).append(algorithm).append(derItem('\x04', pkcs1(key))));
}

std::string rsaPublic(const RsaKey &key)
{
    return derItem('\x30', derNumber(key.n) + derNumber(key.e));
}

std::string sec1(std::string_view scalar, std::string_view point)
{
    const auto curve = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
    return derItem('\x30', derNumber("\x01") + derItem('\x04', scalar) + derItem('\xa0', curve) +
                               derItem('\xa1', derItem('\x03', std::string(1, '\0').append(point))));
}

std::string ecPublic(std::string_view point)
{
    const auto algorithm =
        "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
    return derItem('\x30', std::string(algorithm) + derItem('\x03', std::string(1, '\0').append(point)));
}

std::string ed25519Pkcs8(std::string_view seed)
{
    const auto algorithm = "\x30\x05\x06\x03\x2b\x65\x70"sv;
    return derItem('\x30', derNumber({}).append(algorithm).append(derItem('\x04', derItem('\x04', seed))));
}

std::string sshString(std::string_view content)
{
    std::string out;
    for (const int shift : {24, 16, 8, 0})
        out += static_cast<char>(content.size() >> shift);
    return out.append(content);
}

std::string sshNumber(std::string_view number)
{
    const bool high = !number.empty() && (static_cast<uint8_t>(number.front()) & 0x80) != 0;
    return sshString((high ? std::string(1, '\0') : std::string()).append(number));
}

std::string sshEd25519Private(std::string_view seed, std::string_view publicKey)
{
    return sshString("ssh-ed25519") + sshString(publicKey) + sshString(std::string(seed).append(publicKey));
}

std::string opensshKey(std::string_view publicBlob, std::string_view privateBlob)
{
    std::string inner = std::string("\x12\x34\x56\x78\x12\x34\x56\x78") + std::string(privateBlob) +
                        sshString("someone@somewhere");
    for (char pad = 1; inner.size() % 8 != 0; ++pad)
        inner += pad;
    return std::string("openssh-key-v1\0"sv) + sshString("none") + sshString("none") + sshString("") +
           std::string("\0\0\0\1"sv) + sshString(publicBlob) + sshString(inner);
}

} // namespace cryoscope::test
