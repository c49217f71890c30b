// SPDX-License-Identifier: Apache-2.0
#include "core/image/critjson.h"

#include "core/base/checked.h"
#include "core/image/critdecoder.h"
#include "core/image/critformat.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// Decodes one image; used once.
class ImageDecoder
{
public:
    ImageDecoder(const Image &image, const CritOptions &options, const TextSink &sink)
        : m_image(image), m_options(options), m_json(sink, options.pretty),
          m_decoder(*image.source(), image.schema(), image.type(), image.byteOrder(), m_options, m_json)
    {
    }

    Result<void> run()
    {
        if (m_image.problem() && !m_options.partial && !readsPast())
            return *m_image.problem();
        m_json.beginObject();
        m_json.key("magic");
        m_json.string(m_image.type().name);
        m_json.key("entries");
        m_json.beginArray();
        auto done = readsPast() ? entriesAsCritReads() : entries();
        if (!done)
            return done;
        m_json.endArray();
        if (m_options.carry && !m_options.nopl)
            carried();
        m_json.endObject();
        m_json.flush();
        return {};
    }

private:
    /// Whether crit finds other records in this image than there are.
    [[nodiscard]] bool readsPast() const
    {
        return m_options.asCrit && m_image.type().payload == PayloadLayout::SharedMemory;
    }

    /// An error, or nothing if the caller takes what there is.
    [[nodiscard]] Result<void> broken(const Error &error) const
    {
        return m_options.partial ? Result<void>() : Result<void>(error);
    }

    Result<void> entries()
    {
        for (const Record &record : m_image.records()) {
            const auto parsed = m_decoder.message(record);
            if (!parsed)
                return broken(parsed.error());
            if (parsed->problem() != nullptr && !m_options.partial)
                return *parsed->problem();
            if (auto done = m_decoder.entry(record, *parsed); !done)
                return done;
        }
        return {};
    }

    void carried()
    {
        const bool usualHead = m_image.headMagic() == usualHeadMagic(m_image.type());
        if (usualHead && m_image.byteOrder() == ByteOrder::Little)
            return;
        m_json.key(carriedKey);
        m_json.beginObject();
        if (!usualHead) {
            m_json.key("head");
            m_json.string(!m_image.headMagic()                   ? "none"
                          : *m_image.headMagic() == serviceMagic ? "service"
                                                                 : "common");
        }
        if (m_image.byteOrder() == ByteOrder::Big) {
            m_json.key("order");
            m_json.string("big");
        }
        m_json.endObject();
    }

    /// Segments as crit reads them: `size` bytes after each message, wherever the memory really is; at the
    /// end of the file it takes what is left.
    Result<void> entriesAsCritReads()
    {
        constexpr uint64_t frameSize = 4;
        constexpr uint64_t alignment = 4;
        const uint64_t fileSize = m_image.source()->size();
        uint64_t at = m_image.headMagic() ? 8 : 4;
        while (at < fileSize) {
            if (fileSize - at < frameSize)
                return broken(malformed(at, "the size of a record is cut off"));
            const auto frame = m_decoder.window().at(at, frameSize);
            if (!frame)
                return frame.error();
            // Lost in the middle of a record, crit takes what is left for one if it is shorter than its size
            // says.
            const uint64_t length =
                std::min(loadInteger(*frame, m_image.byteOrder()), fileSize - at - frameSize);
            const ByteRange range{at + frameSize, length};
            const auto parsed =
                m_decoder.message({m_image.schema().message(m_image.type().entry), at, range, {}});
            if (!parsed)
                return broken(parsed.error());
            const uint64_t size = parsed->number("size");
            const uint64_t left = fileSize - range.end();
            m_json.beginObject();
            m_decoder.fields(*parsed, false, m_options.pretty);
            m_json.key("extra");
            if (m_options.nopl) {
                m_json.string(critNoPayload(size));
            } else if (auto done = m_decoder.base64(ByteRange{range.end(), std::min(size, left)}); !done) {
                return done;
            }
            m_json.endObject();
            const auto padded = checkedAdd(size, alignment - 1);
            at = range.end() + (padded ? std::min(*padded / alignment * alignment, left) : left);
        }
        return {};
    }

    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_image.source()->name(), offset};
    }

    const Image &m_image;
    CritOptions m_options;
    JsonWriter m_json;
    CritDecoder m_decoder;
};

} // namespace

Result<void> critDecode(const Image &image, const CritOptions &options, const TextSink &sink)
{
    return ImageDecoder(image, options, sink).run();
}

Result<std::string> critDecode(const Image &image, const CritOptions &options)
{
    std::string all;
    auto done = critDecode(image, options, [&all](std::string_view text) { all += text; });
    if (!done)
        return done.error();
    return all;
}

std::optional<uint32_t> usualHeadMagic(const ImageType &type)
{
    if (type.name == "INVENTORY")
        return std::nullopt;
    return type.name == "STATS" || type.name == "IRMAP_CACHE" ? serviceMagic : commonMagic;
}

} // namespace cryoscope
