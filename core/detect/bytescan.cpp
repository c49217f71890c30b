// SPDX-License-Identifier: Apache-2.0
#include "core/detect/bytescan.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace cryoscope
{

namespace
{

constexpr size_t lookAhead = 32; // bytes after a block that tests look at

// The loops below are plain enough for the compiler to make vector code of, which it does for each form.
#define CRYOSCOPE_KERNEL inline __attribute__((always_inline))

CRYOSCOPE_KERNEL bool wideKernel(const uint8_t *bytes)
{
    // A character, then a zero byte: UTF-16LE, one byte aside UTF-16BE, and with two more zeros UTF-32LE.
    uint8_t pair[scanBlock + 16];
    uint8_t quad[scanBlock + 16];
    for (size_t i = 0; i < scanBlock + 16; ++i) {
        const uint8_t c = bytes[i];
        const uint8_t text = static_cast<uint8_t>(c - 0x20) < 0x5f ? 0xff : 0;
        const uint8_t zero = bytes[i + 1] == 0 ? 0xff : 0;
        const uint8_t zeros = static_cast<uint8_t>(bytes[i + 2] | bytes[i + 3]) == 0 ? 0xff : 0;
        pair[i] = text & zero;
        quad[i] = text & zero & zeros;
    }
    uint8_t any = 0;
    for (size_t i = 0; i < scanBlock; ++i)
        any |= static_cast<uint8_t>((pair[i] & pair[i + 2] & pair[i + 4] & pair[i + 6]) |
                                    (quad[i] & quad[i + 4] & quad[i + 8] & quad[i + 12]));
    return any != 0;
}

CRYOSCOPE_KERNEL bool tokenKernel(const uint8_t *bytes)
{
    uint8_t one[scanBlock + 16];
    for (size_t i = 0; i < scanBlock + 16; ++i) {
        const uint8_t c = bytes[i];
        const uint8_t letter = static_cast<uint8_t>((c | 0x20) - 'a') < 26 ? 0xff : 0;
        const uint8_t digit = static_cast<uint8_t>(c - '/') < 11 ? 0xff : 0; // and '/'
        const uint8_t mark = c == '+' || c == '-' || c == '_' || c == '=' ? 0xff : 0;
        one[i] = letter | digit | mark;
    }
    uint8_t two[scanBlock + 14];
    for (size_t i = 0; i < scanBlock + 14; ++i)
        two[i] = one[i] & one[i + 1];
    uint8_t four[scanBlock + 12];
    for (size_t i = 0; i < scanBlock + 12; ++i)
        four[i] = two[i] & two[i + 2];
    uint8_t eight[scanBlock + 8];
    for (size_t i = 0; i < scanBlock + 8; ++i)
        eight[i] = four[i] & four[i + 4];
    uint8_t any = 0;
    for (size_t i = 0; i < scanBlock; ++i)
        any |= static_cast<uint8_t>(eight[i] & eight[i + 8]);
    return any != 0;
}

CRYOSCOPE_KERNEL bool zlibKernel(const uint8_t *bytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < scanBlock; ++i) {
        const uint8_t second = bytes[i + 1];
        const uint8_t level = second == 0x9c || second == 0xda || second == 0x5e || second == 0x01 ? 0xff : 0;
        any |= static_cast<uint8_t>((bytes[i] == 0x78 ? 0xff : 0) & level);
    }
    return any != 0;
}

using Kernel = bool (*)(const uint8_t *);

template <Kernel kernel>
CRYOSCOPE_KERNEL void collect(const uint8_t *bytes, size_t size, size_t from, size_t to,
                              std::vector<size_t> &blocks)
{
    size_t at = from;
    for (; at < to && at + scanBlock + lookAhead <= size; at += scanBlock) {
        if (kernel(bytes + at))
            blocks.push_back(at);
    }
    for (; at < to; at += scanBlock) { // at the end of the bytes, as if zeros followed
        std::array<uint8_t, scanBlock + lookAhead> last{};
        std::memcpy(last.data(), bytes + at, std::min(size - at, last.size()));
        if (kernel(last.data()))
            blocks.push_back(at);
    }
}

struct Form {
    const char *name;
    using Collect = void (*)(const uint8_t *, size_t, size_t, size_t, std::vector<size_t> &);
    Collect wide;
    Collect token;
    Collect zlib;
    bool (*usable)();
};

// One function a test and form.
#define CRYOSCOPE_FORM(suffix, attribute)                                                                    \
    attribute void wide##suffix(const uint8_t *bytes, size_t size, size_t from, size_t to,                   \
                                std::vector<size_t> &blocks)                                                 \
    {                                                                                                        \
        collect<wideKernel>(bytes, size, from, to, blocks);                                                  \
    }                                                                                                        \
    attribute void token##suffix(const uint8_t *bytes, size_t size, size_t from, size_t to,                  \
                                 std::vector<size_t> &blocks)                                                \
    {                                                                                                        \
        collect<tokenKernel>(bytes, size, from, to, blocks);                                                 \
    }                                                                                                        \
    attribute void zlib##suffix(const uint8_t *bytes, size_t size, size_t from, size_t to,                   \
                                std::vector<size_t> &blocks)                                                 \
    {                                                                                                        \
        collect<zlibKernel>(bytes, size, from, to, blocks);                                                  \
    }

CRYOSCOPE_FORM(Baseline, )
#if defined(__x86_64__)
CRYOSCOPE_FORM(Avx2, __attribute__((target("avx2"))))
CRYOSCOPE_FORM(Avx512, __attribute__((target("avx512bw,avx512vl,prefer-vector-width=512"))))
#endif

const Form forms[] = {
#if defined(__x86_64__)
    {"avx512bw", wideAvx512, tokenAvx512, zlibAvx512,
     [] { return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0; }},
    {"avx2", wideAvx2, tokenAvx2, zlibAvx2, [] { return __builtin_cpu_supports("avx2") != 0; }},
#endif
    {"baseline", wideBaseline, tokenBaseline, zlibBaseline, [] { return true; }}};

const Form *&chosen()
{
    static const Form *form =
        std::find_if(std::begin(forms), std::end(forms), [](const Form &f) { return f.usable(); });
    return form;
}

const uint8_t *data(std::string_view bytes)
{
    return reinterpret_cast<const uint8_t *>(bytes.data());
}

} // namespace

void findWideBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks)
{
    chosen()->wide(data(bytes), bytes.size(), from, std::min(to, bytes.size()), blocks);
}

void findTokenBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks)
{
    chosen()->token(data(bytes), bytes.size(), from, std::min(to, bytes.size()), blocks);
}

void findZlibHeaders(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &offsets)
{
    std::vector<size_t> blocks;
    to = std::min(to, bytes.size());
    chosen()->zlib(data(bytes), bytes.size(), from, to, blocks);
    for (const size_t block : blocks) {
        for (size_t at = block; at < std::min(block + scanBlock, to) && at + 1 < bytes.size(); ++at) {
            // RFC 1950: deflate, a window of 32 KB, a multiple of 31 together.
            if (bytes[at] == 0x78 && (0x7800 + static_cast<unsigned char>(bytes[at + 1])) % 31 == 0)
                offsets.push_back(at);
        }
    }
}

bool isAllZero(std::string_view bytes)
{
    // Overlapping comparison with itself, one byte aside: as fast as memcmp.
    return bytes.empty() ||
           (bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::string_view byteScanForm()
{
    return chosen()->name;
}

bool useByteScanForm(std::string_view name)
{
    for (const Form &form : forms) {
        if (form.name == name && form.usable()) {
            chosen() = &form;
            return true;
        }
    }
    return false;
}

} // namespace cryoscope
