// SPDX-License-Identifier: Apache-2.0
#include "core/redact/pseudonyms.h"

#include "core/base/hash.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace cryoscope
{

namespace
{

constexpr unsigned rounds = 10; // even, and enough for halves of one character

/// Numbers that follow from a key and a text: as many as are asked for.
class Stream
{
public:
    Stream(std::string_view key, std::string_view seed) : m_key(key), m_seed(seed) {}

    unsigned next()
    {
        if (m_used + 4 > m_block.size()) {
            std::string block = m_seed;
            for (unsigned shift = 0; shift < 32; shift += 8)
                block.push_back(static_cast<char>(m_counter >> shift & 0xff));
            ++m_counter;
            m_block = hmacSha256(asBytes(m_key), asBytes(block));
            m_used = 0;
        }
        unsigned value = 0;
        for (unsigned i = 0; i < 4; ++i)
            value = value << 8 | std::to_integer<unsigned>(m_block[m_used + i]);
        m_used += 4;
        return value;
    }

private:
    std::string_view m_key;
    std::string m_seed;
    Digest m_block{};
    size_t m_used = sizeof(Digest);
    uint32_t m_counter = 0;
};

void append(std::string &text, unsigned number)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        text.push_back(static_cast<char>(number >> shift & 0xff));
}

/// A character's class: how many there are of it, and which is the first.
struct CharacterClass {
    unsigned radix = 1;
    unsigned first = 0;
};

CharacterClass asciiClass(unsigned char c)
{
    if (c >= 'a' && c <= 'z')
        return {26, 'a'};
    if (c >= 'A' && c <= 'Z')
        return {26, 'A'};
    if (c >= '0' && c <= '9')
        return {10, '0'};
    return {1, c};
}

/// Bytes of the UTF-8 character that begins with `lead`; 0 if none does.
size_t characterBytes(unsigned char lead)
{
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/// The class of each byte. Of a character beyond ASCII only the last byte varies; a byte above 0x7f that is
/// part of no character varies among those.
std::vector<CharacterClass> classesOf(std::string_view text)
{
    std::vector<CharacterClass> classes;
    classes.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            classes.push_back(asciiClass(c));
            ++i;
            continue;
        }
        const size_t length = characterBytes(c);
        bool whole = length != 0 && length <= text.size() - i;
        for (size_t k = 1; whole && k < length; ++k)
            whole = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
        if (!whole) {
            classes.push_back({1, c});
            ++i;
            continue;
        }
        for (size_t k = 0; k + 1 < length; ++k)
            classes.push_back({1, static_cast<unsigned char>(text[i + k])});
        classes.push_back({64, 0x80});
        i += length;
    }
    return classes;
}

struct Prefix {
    std::array<unsigned char, 16> bytes{};
    unsigned bits = 0; ///< that must be equal
    unsigned kept = 0; ///< that stay, at least `bits`
};

// Ranges with a meaning of their own (RFC 6890, RFC 4291, RFC 5771): the more specific first.
constexpr std::array ipv4Ranges{
    Prefix{{0}, 8, 32},           Prefix{{127}, 8, 32},        Prefix{{255, 255, 255, 255}, 32, 32},
    Prefix{{224}, 4, 32},         Prefix{{240}, 4, 32},        Prefix{{10}, 8, 8},
    Prefix{{172, 16}, 12, 12},    Prefix{{192, 168}, 16, 16},  Prefix{{169, 254}, 16, 16},
    Prefix{{100, 64}, 10, 10},    Prefix{{192, 0, 2}, 24, 24}, Prefix{{198, 51, 100}, 24, 24},
    Prefix{{203, 0, 113}, 24, 24}};
constexpr std::array ipv6Ranges{
    Prefix{{0}, 127, 128},                   // unspecified and loopback
    Prefix{{0xff}, 8, 128},                  // multicast
    Prefix{{0xfe, 0x80}, 10, 64},            // link-local
    Prefix{{0xfc}, 7, 8},                    // unique local
    Prefix{{0x20, 0x01, 0x0d, 0xb8}, 32, 32} // documentation
};

bool bitAt(std::span<const std::byte> bytes, unsigned bit)
{
    return (std::to_integer<unsigned>(bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0;
}

bool within(std::span<const std::byte> address, const Prefix &prefix)
{
    for (unsigned bit = 0; bit < prefix.bits; ++bit) {
        const bool wanted = (prefix.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
        if (bitAt(address, bit) != wanted)
            return false;
    }
    return true;
}

/// The range that an address lies in; null for the rest.
const Prefix *rangeOf(std::span<const std::byte> address)
{
    const auto find = [&](const auto &ranges) {
        const auto found = std::find_if(ranges.begin(), ranges.end(),
                                        [&](const Prefix &prefix) { return within(address, prefix); });
        return found == ranges.end() ? nullptr : &*found;
    };
    return address.size() == 4 ? find(ipv4Ranges) : find(ipv6Ranges);
}

/// The values that byte number `at` of an address may become, [first, last): as many digits in writing
/// (decimal for IPv4, hexadecimal in pairs of bytes for IPv6), and as many bytes as part of a varint that
/// holds four of them in memory order (the last that is not 0 decides). Zero stays.
std::pair<unsigned, unsigned> byteGroup(unsigned value, size_t at, size_t size, bool afterZero)
{
    if (value == 0)
        return {0, 1};
    constexpr std::array<unsigned, 4> varintStep{128, 64, 32, 16};
    std::vector<unsigned> steps{1, varintStep[at % 4], 256};
    if (size == 4)
        steps.insert(steps.end(), {10, 100});
    else if (at % 2 == 0 || afterZero)
        steps.push_back(16);
    std::sort(steps.begin(), steps.end());
    const auto after = std::upper_bound(steps.begin(), steps.end(), value);
    return {*std::prev(after), *after};
}

constexpr std::array v4Mapped{std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                              std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                              std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};

// Directories that every system has, with all that is below them.
constexpr std::array<std::string_view, 17> wellKnownTrees{
    "/bin",       "/sbin",      "/lib",       "/lib32",       "/lib64",      "/libx32",
    "/proc",      "/sys",       "/dev",       "/usr/bin",     "/usr/sbin",   "/usr/lib",
    "/usr/lib32", "/usr/lib64", "/usr/share", "/usr/libexec", "/usr/include"};
// Directories that every system has, whose content is the owner's.
constexpr std::array<std::string_view, 26> wellKnownDirectories{
    "/",        "/usr",       "/etc",           "/var",           "/var/log",
    "/var/lib", "/var/cache", "/var/run",       "/var/tmp",       "/var/spool",
    "/run",     "/run/user",  "/run/lock",      "/tmp",           "/home",
    "/root",    "/opt",       "/srv",           "/mnt",           "/media",
    "/boot",    "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/local/share",
    "/dev/shm"};

bool below(std::string_view path, std::string_view tree)
{
    return path == tree || (path.starts_with(tree) && path[tree.size()] == '/');
}

} // namespace

bool isWellKnownPath(std::string_view path)
{
    if (below(path, "/dev/shm")) // named by programs
        return path == "/dev/shm";
    return std::find(wellKnownDirectories.begin(), wellKnownDirectories.end(), path) !=
               wellKnownDirectories.end() ||
           std::any_of(wellKnownTrees.begin(), wellKnownTrees.end(),
                       [&](std::string_view tree) { return below(path, tree); });
}

void Pseudonyms::permute(std::span<const unsigned> radices, std::vector<unsigned> &digits,
                         std::string_view domain, bool back) const
{
    std::string shape(domain);
    shape.push_back('\0');
    for (const unsigned radix : radices)
        append(shape, radix);

    // One round adds to each second digit what follows from the others.
    const auto round = [&](unsigned number, bool undo) {
        std::string seed = shape;
        append(seed, number);
        for (size_t i = 1 - number % 2; i < digits.size(); i += 2)
            append(seed, digits[i]);
        Stream stream(m_key, seed);
        for (size_t i = number % 2; i < digits.size(); i += 2) {
            const unsigned by = stream.next() % radices[i];
            digits[i] = (digits[i] + (undo ? radices[i] - by : by)) % radices[i];
        }
    };
    // Conjugating a shift that moves everything gives a permutation without a fixed point.
    std::vector<unsigned> shift;
    Stream stream(m_key, shape + "shift");
    for (const unsigned radix : radices)
        shift.push_back(stream.next() % radix);
    if (std::all_of(shift.begin(), shift.end(), [](unsigned by) { return by == 0; })) {
        const auto first =
            std::find_if(radices.begin(), radices.end(), [](unsigned radix) { return radix > 1; });
        if (first == radices.end())
            return; // only one value has this shape
        shift[static_cast<size_t>(first - radices.begin())] = 1;
    }
    for (unsigned number = 0; number < rounds; ++number)
        round(number, false);
    for (size_t i = 0; i < digits.size(); ++i)
        digits[i] = (digits[i] + (back ? radices[i] - shift[i] : shift[i])) % radices[i];
    for (unsigned number = rounds; number-- > 0;)
        round(number, true);
}

std::string Pseudonyms::mapText(std::string_view value, bool back) const
{
    const std::vector<CharacterClass> classes = classesOf(value);
    std::vector<unsigned> radices;
    std::vector<unsigned> digits;
    std::string domain = "text";
    for (size_t i = 0; i < classes.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (classes[i].radix > 1) {
            radices.push_back(classes[i].radix);
            digits.push_back(c - classes[i].first);
        }
        // What stays is part of the shape, so that texts of other shapes are permuted otherwise.
        append(domain, classes[i].radix > 1 ? 0x100u + classes[i].first : c);
    }
    if (digits.empty())
        return std::string(value);
    permute(radices, digits, domain, back);
    std::string out(value);
    size_t digit = 0;
    for (size_t i = 0; i < classes.size(); ++i) {
        if (classes[i].radix > 1)
            out[i] = static_cast<char>(classes[i].first + digits[digit++]);
    }
    return out;
}

std::string Pseudonyms::component(std::string_view name) const
{
    constexpr size_t longestExtension = 5;
    const size_t dot = name.rfind('.');
    const bool extended =
        dot != std::string_view::npos && dot > 0 && dot + 1 < name.size() &&
        name.size() - dot - 1 <= longestExtension &&
        std::any_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(),
                    [](char c) { return asciiClass(static_cast<unsigned char>(c)).radix == 26; });
    if (!extended)
        return text(name);
    return text(name.substr(0, dot)) + std::string(name.substr(dot));
}

std::string Pseudonyms::path(std::string_view value) const
{
    std::string out;
    size_t at = 0;
    while (at < value.size()) {
        const size_t slash = std::min(value.find('/', at), value.size());
        const std::string_view name = value.substr(at, slash - at);
        if (name.empty() || (value.front() == '/' && isWellKnownPath(value.substr(0, slash))))
            out += name;
        else
            out += component(name);
        if (slash < value.size())
            out.push_back('/');
        at = slash + 1;
    }
    return out;
}

uint64_t Pseudonyms::varint(uint64_t value, unsigned bits) const
{
    assert(bits == 64 || value >> bits == 0);
    if (value == 0)
        return 0;
    std::vector<unsigned> digits;
    for (uint64_t left = value; left != 0; left >>= 7)
        digits.push_back(static_cast<unsigned>(left & 0x7f));
    std::vector<unsigned> radices(digits.size(), 128);
    // The top digit is never zero, and of a number with all its bytes it has the bits that are left only.
    const unsigned below = static_cast<unsigned>(digits.size() - 1) * 7;
    radices.back() = bits - below < 7 ? (1u << (bits - below)) - 1 : 127;
    --digits.back();
    permute(radices, digits, "varint", false);
    ++digits.back();
    uint64_t out = 0;
    for (size_t i = digits.size(); i-- > 0;)
        out = out << 7 | digits[i];
    return out;
}

std::vector<std::byte> Pseudonyms::address(std::span<const std::byte> networkOrder) const
{
    std::vector<std::byte> out(networkOrder.begin(), networkOrder.end());
    if (out.size() == 16 && std::equal(v4Mapped.begin(), v4Mapped.end(), out.begin())) {
        const auto inner = address(networkOrder.subspan(v4Mapped.size()));
        std::copy(inner.begin(), inner.end(), out.begin() + v4Mapped.size());
        return out;
    }
    if (out.size() != 4 && out.size() != 16)
        return out;
    const Prefix *range = rangeOf(out);
    // Each byte moves within its group as a function of the bytes before it. An address that would land in a
    // range with a meaning goes round again, which keeps the map one to one.
    do {
        const std::vector<std::byte> before = out;
        for (size_t i = range != nullptr ? range->kept / 8 : 0; i < out.size(); ++i) {
            const auto at = static_cast<unsigned>(i) * 8;
            const unsigned keptBits = range != nullptr && range->kept > at ? range->kept - at : 0;
            const auto value = std::to_integer<unsigned>(before[i]);
            const auto [first, last] =
                byteGroup(value, i, out.size(), i % 2 == 1 && before[i - 1] == std::byte{0});
            if (last - first < 2)
                continue;
            std::vector<unsigned> digits{value - first};
            const std::array<unsigned, 1> radices{last - first};
            std::string domain = "address" + std::to_string(out.size()) + ".";
            domain.append(asText(before).substr(0, i));
            do { // bits of the range that reach into this byte stay
                permute(radices, digits, domain, false);
            } while (((first + digits[0]) ^ value) >> (8 - keptBits) != 0);
            out[i] = static_cast<std::byte>(first + digits[0]);
        }
    } while (rangeOf(out) != range);
    return out;
}

std::vector<std::byte> Pseudonyms::hardwareAddress(std::span<const std::byte> bytes) const
{
    constexpr size_t makerBytes = 3;
    std::vector<std::byte> out(bytes.begin(), bytes.end());
    const auto all = [&](std::byte value) {
        return std::all_of(out.begin(), out.end(), [value](std::byte byte) { return byte == value; });
    };
    if (out.size() <= makerBytes || all(std::byte{0}) || all(std::byte{0xff}))
        return out;
    std::vector<unsigned> digits;
    for (size_t i = makerBytes; i < out.size(); ++i)
        digits.push_back(std::to_integer<unsigned>(out[i]));
    const std::vector<unsigned> radices(digits.size(), 256);
    permute(radices, digits, "hardware" + std::string(asText(bytes.first(makerBytes))), false);
    for (size_t i = makerBytes; i < out.size(); ++i)
        out[i] = static_cast<std::byte>(digits[i - makerBytes]);
    return out;
}

} // namespace cryoscope
