// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/container.h"

#include "core/base/hash.h"
#include "tests/support/tarwriter.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace cryoscope::fuzz
{

namespace
{
constexpr size_t maxFiles = 64;
}

Files filesOf(std::span<const std::byte> input)
{
    Files files;
    auto text = asText(input);
    const auto take = [&text](size_t count) {
        const auto piece = text.substr(0, count);
        text.remove_prefix(piece.size());
        return std::string(piece);
    };
    const auto number = [](const std::string &bytes) {
        size_t value = 0;
        for (size_t i = bytes.size(); i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    };
    while (!text.empty() && files.size() < maxFiles) {
        std::string name = take(number(take(1)) % 100);
        files.emplace_back(std::move(name), take(number(take(3))));
    }
    return files;
}

std::string inputOf(const Files &files)
{
    std::string input;
    for (const auto &[name, content] : files) {
        input += static_cast<char>(name.size());
        input += name;
        for (unsigned shift : {0u, 8u, 16u})
            input += static_cast<char>(content.size() >> shift);
        input += content;
    }
    return input;
}

std::string tarOf(const Files &files)
{
    test::TarWriter tar;
    for (const auto &[name, content] : files) {
        if (name.ends_with('@'))
            tar.symlink(name.substr(0, name.size() - 1), content.substr(0, 100));
        else
            tar.file(name, content);
    }
    return tar.bytes();
}

size_t mutateContainer(uint8_t *data, size_t size, size_t maxSize, unsigned seed,
                       size_t (*mutate)(uint8_t *data, size_t size, size_t maxSize))
{
    std::minstd_rand random(seed);
    Files files = filesOf({reinterpret_cast<const std::byte *>(data), size});
    if (files.empty())
        return mutate(data, size, maxSize);
    const size_t which = random() % files.size();
    switch (random() % 16) {
    case 0:
        files.erase(files.begin() + static_cast<ptrdiff_t>(which));
        break;
    case 1:
        files.push_back(files[which]);
        break;
    case 2:
        std::swap(files[which].second, files[random() % files.size()].second);
        break;
    case 3: { // another id in the name
        auto &name = files[which].first;
        const auto digit =
            std::find_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (digit != name.end())
            *digit = static_cast<char>('0' + random() % 10);
        break;
    }
    default: {
        std::string &content = files[which].second;
        const size_t room = content.size() + std::min<size_t>(64, maxSize - std::min(maxSize, size));
        std::string changed = content;
        changed.resize(std::max<size_t>(room, 1));
        changed.resize(mutate(reinterpret_cast<uint8_t *>(changed.data()), content.size(), changed.size()));
        content = std::move(changed);
        break;
    }
    }
    std::string input = inputOf(files);
    input.resize(std::min(input.size(), maxSize));
    std::memcpy(data, input.data(), input.size());
    return input.size();
}

} // namespace cryoscope::fuzz
