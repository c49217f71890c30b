// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/image/image.h"

#include <functional>
#include <string>
#include <vector>

namespace cryoscope
{

/// A byte range of an image with what it is for. Children lie within their parent in file order, are adjacent
/// and cover all of it; so the leaves of an image are each byte of the file once.
struct DissectionNode {
    enum class Kind {
        Magic,   ///< head or type magic
        Record,  ///< frame, message and payload
        Frame,   ///< u32 size of a message
        Message, ///< a protobuf message
        Field,   ///< tag, length and value of a field that the schema knows
        UnknownField,
        Tag,    ///< number and wire type of a field
        Length, ///< of a text, message or packed list
        Value,  ///< number, text or bytes
        Payload,
        Data, ///< part of a payload that a program made
        Padding,
        Unexplained ///< what could not be read, with the reason as `meaning`
    };
    Kind kind = Kind::Unexplained;
    std::string name;    ///< "record 3", a field's name, "tag", "inq" …
    std::string value;   ///< numbers as crit spells them, texts with escapes (as JsonWriter), else empty
    std::string meaning; ///< what it is for, in a sentence; may be empty
    ByteRange range;     ///< file offsets
    std::vector<DissectionNode> children;
};

/// How much of an image has a name.
struct Coverage {
    uint64_t size = 0;      ///< bytes of the file
    uint64_t explained = 0; ///< bytes that are no part of `unknown`
    std::vector<DissectionNode>
        unknown; ///< unknown fields and unexplained ranges, in file order, without children
    static constexpr size_t maxListed = 1000; ///< of `unknown`; those beyond are counted only
    uint64_t unlisted = 0;
};

/// Explains the bytes of one image. Records are dissected one at a time, so that an image of any size can be
/// shown. The image must outlive it; const and thread-safe.
class Dissector
{
public:
    explicit Dissector(const Image &image) : m_image(image) {}

    /// The magics.
    [[nodiscard]] std::vector<DissectionNode> head() const;
    /// Record number `index` (below Image::records().size()) with all that is in it. What cannot be parsed is
    /// Unexplained; errors only if the source cannot be read.
    [[nodiscard]] Result<DissectionNode> record(size_t index) const;
    /// What follows the last record, if reading stopped early; an empty range if not.
    [[nodiscard]] DissectionNode rest() const;

    /// The nodes that hold the byte at `offset`, outermost first, without children. NotFound beyond the end.
    [[nodiscard]] Result<std::vector<DissectionNode>> pathAt(uint64_t offset) const;

    /// All nodes in file order, parents before their children; `visit` gets the depth (0: outermost). Errors
    /// of reading.
    [[nodiscard]] Result<void>
    visit(const std::function<void(const DissectionNode &node, unsigned depth)> &visitor) const;

    [[nodiscard]] Result<Coverage> coverage() const;

private:
    const Image &m_image;
};

/// "field", "unknown field", "padding" …
[[nodiscard]] std::string_view dissectionKindName(DissectionNode::Kind kind);

} // namespace cryoscope
