// SPDX-License-Identifier: Apache-2.0
// Framing, messages, payloads, the dissector and the JSON of one image.
#include "core/bytes/memorysource.h"
#include "core/image/critjson.h"
#include "core/image/dissector.h"
#include "core/image/payload.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

namespace
{

/// Children are adjacent and cover their parent, unless it has none.
void checkNode(const DissectionNode &node)
{
    if (node.children.empty())
        return;
    uint64_t at = node.range.offset;
    for (const DissectionNode &child : node.children) {
        require(child.range.offset == at, "children are adjacent");
        at = child.range.end();
        checkNode(child);
    }
    require(at == node.range.end(), "children cover their parent");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const std::shared_ptr<const Schema> schema = Schema::load();
    const auto source = std::make_shared<const MemorySource>(
        "fuzz.img", std::span(reinterpret_cast<const std::byte *>(data), size));
    (void)Image::looksLikeImage(*source);
    const auto image = Image::open(source, schema);
    if (!image) {
        require(image.error().file == "fuzz.img", "errors name the file");
        return 0;
    }
    if (const auto &problem = image->problem())
        require(problem->file == "fuzz.img" && problem->offset && *problem->offset <= size,
                "problems name file and offset");
    uint64_t end = 0;
    for (const Record &record : image->records()) {
        require(record.frameOffset >= end && record.message.offset == record.frameOffset + 4 &&
                    record.payload.offset == record.message.end() && record.payload.end() <= size,
                "records lie one after the other");
        end = record.payload.end();
        if (const auto message = image->message(record)) {
            for (const WireField &field : message->fields())
                require(message->range().contains(field.whole) && field.whole.contains(field.value),
                        "fields lie within their message");
        }
        if (const auto parts = payloadParts(*image, record)) {
            uint64_t at = record.payload.offset;
            for (const PayloadPart &part : *parts) {
                require(part.range.offset == at, "parts of a payload are adjacent");
                at = part.range.end();
            }
            require(parts->empty() || at == record.payload.end(), "parts cover their payload");
        }
    }
    const Dissector dissector(*image);
    uint64_t at = 0;
    if (const auto nodes = dissector.tree({0, size})) {
        for (const DissectionNode &node : *nodes) {
            require(node.range.offset == at, "what is explained is adjacent");
            at = node.range.end();
            checkNode(node);
        }
        require(at == size, "every byte is explained or named");
    }
    if (const auto coverage = dissector.coverage())
        require(coverage->size == size && coverage->explained <= size, "no more is explained than there is");
    for (const uint64_t offset : {uint64_t{0}, uint64_t{size / 2}, uint64_t{size}})
        (void)dissector.pathAt(offset);
    for (const bool pretty : {false, true}) {
        for (const bool asCrit : {false, true}) {
            const CritOptions options{.pretty = pretty, .nopl = pretty, .asCrit = asCrit, .partial = asCrit};
            uint64_t written = 0;
            (void)critDecode(*image, options, [&written](std::string_view text) { written += text.size(); });
            require(written < 4096 + 512 * uint64_t{size}, "text does not grow without bounds");
        }
    }
    return 0;
}
