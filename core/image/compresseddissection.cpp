// SPDX-License-Identifier: Apache-2.0
// Pages files whose pages are LZ4 blocks.
#include "core/image/rawdissection.h"

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

class CompressedPagesDissection final : public Dissection
{
public:
    CompressedPagesDissection(std::shared_ptr<const ByteSource> source,
                              std::shared_ptr<const DecodedPages> decoded, MemberId decodedMember)
        : m_source(std::move(source)), m_decoded(std::move(decoded)), m_decodedMember(decodedMember)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink sink(window, visitor);
        const PageBlocks &blocks = m_decoded->blocks();
        uint64_t at = 0; // up to where there are nodes
        for (size_t i = 0; i < blocks.entries() && !sink.beyond(at); ++i) {
            const ByteRange stored = blocks.storedRange(i);
            if (stored.empty())
                continue;
            if (auto done = gap(sink, {at, stored.offset - at}); !done)
                return done;
            entry(sink, i, stored);
            at = stored.end();
        }
        return gap(sink, {at, size() - at});
    }

private:
    Result<void> gap(NodeSink &sink, ByteRange range) const
    {
        if (!sink.wants(range))
            return {};
        const auto zero = allZero(*m_source, range);
        if (!zero)
            return zero.error();
        sink.leaf(
            *zero ? makeNode(NodeKind::Padding, "padding", range, "Aligns the next block to a page.")
                  : makeNode(NodeKind::Unexplained, "padding", range, "belongs to no block and is not zero"));
        return {};
    }

    void entry(NodeSink &sink, size_t index, ByteRange stored) const
    {
        const PageBlocks &blocks = m_decoded->blocks();
        const ByteRange decoded = blocks.decodedRange(index);
        const uint64_t pages = decoded.length / blocks.pageSize();
        if (!sink.enter(makeNode(NodeKind::Group, "entry " + std::to_string(index), stored,
                                 "Pages of one pagemap entry.", countText(pages, "page", "pages"))))
            return;
        for (uint64_t at = decoded.offset; at < decoded.end();) {
            const PageBlocks::Block block = blocks.at(at);
            at = block.decoded.end();
            if (sink.beyond(block.stored.offset))
                break;
            if (!sink.wants(block.stored))
                continue;
            DissectionNode node = makeNode(
                NodeKind::Data, block.plain ? "pages" : "block " + std::to_string(block.number), block.stored,
                block.kind == PageBlocks::Block::Kind::Lz4 ? "An LZ4 block." : "Stored as it is.",
                countText(block.decoded.length, "byte", "bytes"));
            node.link.emplace();
            node.link->member = m_decodedMember;
            node.link->offset = block.decoded.offset;
            node.link->text = "what it decodes to";
            sink.leaf(node);
        }
        sink.leave();
    }

    std::shared_ptr<const ByteSource> m_source;
    std::shared_ptr<const DecodedPages> m_decoded;
    MemberId m_decodedMember;
};

} // namespace

std::unique_ptr<Dissection> dissectCompressedPages(std::shared_ptr<const ByteSource> source,
                                                   std::shared_ptr<const DecodedPages> decoded,
                                                   MemberId decodedMember)
{
    return std::make_unique<CompressedPagesDissection>(std::move(source), std::move(decoded), decodedMember);
}

} // namespace cryoscope
