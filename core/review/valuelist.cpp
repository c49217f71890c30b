// SPDX-License-Identifier: Apache-2.0
#include "core/review/valuelist.h"

#include "core/bytes/filesource.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxFile = uint64_t{64} << 20;

} // namespace

std::vector<std::string> splitValues(std::string_view text)
{
    std::vector<std::string> values;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty())
            values.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return values;
}

Result<std::vector<std::string>> readValues(const std::string &path)
{
    const auto file = FileSource::open(path);
    if (!file)
        return file.error();
    auto bytes = (*file)->readWhole(maxFile);
    if (!bytes)
        return bytes.error();
    auto values = splitValues(asText(*bytes));
    volatile std::byte *byte = bytes->data();
    for (size_t i = 0; i < bytes->size(); ++i)
        byte[i] = std::byte{};
    return values;
}

} // namespace cryoscope
