// SPDX-License-Identifier: Apache-2.0
#include "tests/support/imagebuilder.h"

#include "core/image/imagetype.h"
#include "tests/support/fail.h"

namespace cryoscope::test
{

namespace
{

uint32_t magicOf(std::string_view typeName)
{
    const ImageType *type = imageTypeByName(typeName);
    if (type == nullptr)
        fail("no image type " + std::string(typeName));
    return type->magic;
}

std::optional<uint32_t> headMagicOf(std::string_view typeName)
{
    if (typeName == "INVENTORY")
        return std::nullopt;
    return typeName == "STATS" || typeName == "IRMAP_CACHE" ? serviceMagic : commonMagic;
}

} // namespace

std::string number(uint64_t value, size_t width, ByteOrder order)
{
    std::string text(width, '\0');
    for (size_t i = 0; i < width; ++i)
        text[order == ByteOrder::Little ? i : width - 1 - i] = static_cast<char>(value >> (8 * i));
    return text;
}

std::string padded(std::string text, size_t alignment)
{
    text.resize((text.size() + alignment - 1) / alignment * alignment, '\0');
    return text;
}

std::string ipcMessages(const std::vector<std::pair<uint64_t, std::string>> &messages, ByteOrder order)
{
    std::string all;
    for (const auto &[type, text] : messages) {
        const std::string head =
            MessageBuilder("ipc_msg").set("mtype", type).set("msize", text.size()).encode();
        all += number(head.size(), 4, order) + head + padded(text, 8);
    }
    return all;
}

std::string semaphores(const std::vector<uint16_t> &values, ByteOrder order)
{
    std::string all;
    for (const uint16_t value : values)
        all += number(value, 2, order);
    return padded(all, 8);
}

ImageBuilder::ImageBuilder(std::string_view typeName, ByteOrder order)
    : m_magic(magicOf(typeName)), m_order(order), m_headMagic(headMagicOf(typeName))
{
}

ImageBuilder::ImageBuilder(uint32_t magic, ByteOrder order)
    : m_magic(magic), m_order(order), m_headMagic(commonMagic)
{
}

ImageBuilder &ImageBuilder::headMagic(std::optional<uint32_t> magic)
{
    m_headMagic = magic;
    return *this;
}

ImageBuilder &ImageBuilder::record(const MessageBuilder &message, std::string_view payload)
{
    const std::string encoded = message.encode();
    return record(static_cast<uint32_t>(encoded.size()), encoded, payload);
}

ImageBuilder &ImageBuilder::record(uint32_t size, std::string_view message, std::string_view payload)
{
    m_records += number(size, 4, m_order);
    m_records += message;
    m_records += payload;
    return *this;
}

ImageBuilder &ImageBuilder::raw(std::string_view bytes)
{
    m_records += bytes;
    return *this;
}

std::string ImageBuilder::bytes() const
{
    std::string all;
    if (m_headMagic)
        all += number(*m_headMagic, 4, m_order);
    return all + number(m_magic, 4, m_order) + m_records;
}

} // namespace cryoscope::test
