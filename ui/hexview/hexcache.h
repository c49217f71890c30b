// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexdocument.h"

#include <QHash>

#include <cstdint>
#include <optional>

namespace cryoscope::ui
{

/// The bytes of a document that are at hand, in chunks, the least recently used of which are dropped.
class HexCache
{
public:
    static constexpr uint64_t chunkBytes = uint64_t{16} << 10;
    static constexpr qsizetype maxChunks = 4096; ///< 64 MB

    enum class State { Ready, Loading, Failed };
    struct Byte {
        State state = State::Loading;
        uint8_t value = 0;
    };

    void setDocument(HexDocument *document);
    void clear() { m_chunks.clear(); }

    /// The byte at `address` of segment `segment`; asks the document for its chunk if it is not at hand.
    [[nodiscard]] Byte byte(size_t segment, uint64_t address);
    /// Takes what the document fetched, or failed to.
    void store(uint64_t start, const QByteArray &bytes);
    void fail(uint64_t start);

private:
    struct Chunk {
        State state = State::Loading;
        QByteArray bytes;
        uint64_t used = 0;
    };
    void trim();

    HexDocument *m_document = nullptr;
    QHash<quint64, Chunk> m_chunks; ///< by the address of their first byte
    uint64_t m_clock = 0;
};

} // namespace cryoscope::ui
