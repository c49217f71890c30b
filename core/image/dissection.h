// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/base/byterange.h"
#include "core/base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// What a value names elsewhere in the checkpoint, so that a reader can go there.
struct DissectionLink {
    enum class Kind {
        Member, ///< a place in a member
        Memory  ///< an address of a task
    };
    Kind kind = Kind::Member;
    MemberId member = noMember;   ///< Member: which one
    std::optional<size_t> record; ///< Member: number of its record, if the member is an image
    uint64_t offset = 0;          ///< Member: where the target begins (bytes)
    uint32_t pid = 0;             ///< Memory
    uint64_t address = 0;         ///< Memory: virtual address
    std::string text;             ///< in words: "files.img record 3: REG /bin/bash"
};

/// A byte range of a member with what it is for. What is in a node lies within it in file order, is adjacent
/// and covers all of it; so the innermost nodes of a member are each byte of it once.
struct DissectionNode {
    enum class Kind {
        Magic,   ///< head or type magic
        Record,  ///< frame, message and payload
        Frame,   ///< u32 size of a message
        Message, ///< a protobuf message
        Field, ///< a named field with all that belongs to it: tag, length and value of a message's field that
               ///< the schema knows, an attribute, a name with its value in JSON
        UnknownField,
        Tag,    ///< number and wire type of a field
        Length, ///< of a text, message or packed list
        Value,  ///< number, text or bytes
        Payload,
        Data,    ///< content that a program made
        Padding, ///< fills up to an alignment
        Header,  ///< describes what follows it: of a tar member, of a netlink message, of a compressed stream
        Group,   ///< several nodes that belong together
        Line,    ///< of text
        Pages,   ///< consecutive pages of one task or shared object
        Page,
        Unexplained ///< what could not be read or is known by nothing, with the reason as `meaning`
    };
    Kind kind = Kind::Unexplained;
    std::string name;    ///< "record 3", a field's name, "tag", "inq" …
    std::string value;   ///< numbers as crit spells them, texts with escapes (as JsonWriter), else empty
    std::string meaning; ///< what it is for and what the value says, in words; may be empty
    ByteRange range;     ///< offsets in the member
    std::optional<DissectionLink> link;   ///< what the value names
    bool hasParts = false;                ///< there are nodes within this one
    std::vector<DissectionNode> children; ///< those nodes; filled by Dissection::tree() only
};

/// "field", "unknown field", "padding" …
[[nodiscard]] std::string_view dissectionKindName(DissectionNode::Kind kind);

/// How much of a member has a name.
struct Coverage {
    uint64_t size = 0;      ///< bytes of the member
    uint64_t explained = 0; ///< bytes that are no part of `unknown`
    std::vector<DissectionNode>
        unknown; ///< unknown fields and unexplained ranges in file order; adjacent ones are not merged
    static constexpr size_t maxListed = 1000; ///< of `unknown`; those beyond are counted only
    uint64_t unlisted = 0;
};

/// Explains the bytes of one member as a tree of nodes, which are made when they are asked for: a member may
/// be of any size. What it reads from must outlive it; const and thread-safe.
class Dissection
{
public:
    /// What a visitor wants next.
    enum class Step {
        Into, ///< what is in this node
        Over, ///< the next node that is not in this one
        Stop  ///< nothing more
    };
    using Visitor = std::function<Step(const DissectionNode &node, unsigned depth)>;

    virtual ~Dissection() = default;

    /// Bytes of the member.
    [[nodiscard]] virtual uint64_t size() const = 0;

    /// Gives the nodes that share a byte with `window` to `visitor`, in file order, parents before what is in
    /// them; `depth` is 0 for the outermost. What cannot be parsed is an Unexplained node; errors only if the
    /// source cannot be read.
    [[nodiscard]] virtual Result<void> walk(ByteRange window, const Visitor &visitor) const = 0;

    /// walk() over the whole member.
    [[nodiscard]] Result<void> walkAll(const Visitor &visitor) const { return walk({0, size()}, visitor); }

    /// The nodes that hold the byte at `offset`, outermost first. NotFound beyond the end.
    [[nodiscard]] Result<std::vector<DissectionNode>> pathAt(uint64_t offset) const;

    /// At most `limit` nodes of `depth` that begin at or after `from` within `parent`: depth 0 and the whole
    /// member for the outermost, a node's range and its depth plus one for what is in it. To go on, ask again
    /// from the end of the last one.
    [[nodiscard]] Result<std::vector<DissectionNode>> nodes(ByteRange parent, unsigned depth, uint64_t from,
                                                            size_t limit) const;

    /// The outermost nodes that share a byte with `range`, with all that is in them as their children.
    [[nodiscard]] Result<std::vector<DissectionNode>> tree(ByteRange range) const;

    [[nodiscard]] Result<Coverage> coverage() const;

protected:
    Dissection() = default;
    Dissection(const Dissection &) = default;
    Dissection &operator=(const Dissection &) = default;
};

/// Hands nodes to a visitor, for those who make them: leaves out what is not in the window, and keeps count
/// of the depth.
class NodeSink
{
public:
    NodeSink(ByteRange window, const Dissection::Visitor &visitor) : m_window(window), m_visitor(visitor) {}
    NodeSink(const NodeSink &) = delete;
    NodeSink &operator=(const NodeSink &) = delete;

    /// Whether anything in `range` is wanted; saves making nodes for nothing.
    [[nodiscard]] bool wants(ByteRange range) const
    {
        return !m_stopped && !range.empty() && m_window.overlaps(range);
    }
    [[nodiscard]] bool stopped() const { return m_stopped; }
    /// Nothing that begins at or after `offset` is wanted.
    [[nodiscard]] bool beyond(uint64_t offset) const { return m_stopped || offset >= m_window.end(); }
    [[nodiscard]] ByteRange window() const { return m_window; }

    /// A node with others in it. True: they are wanted, and leave() must follow them.
    [[nodiscard]] bool enter(DissectionNode node);
    void leave() { --m_depth; }
    /// A node with nothing in it.
    void leaf(const DissectionNode &node);

private:
    ByteRange m_window;
    const Dissection::Visitor &m_visitor;
    unsigned m_depth = 0;
    bool m_stopped = false;
};

/// Shorthand for a node.
[[nodiscard]] DissectionNode makeNode(DissectionNode::Kind kind, std::string name, ByteRange range,
                                      std::string meaning = {}, std::string value = {});
/// "1 byte", "3 bytes".
[[nodiscard]] std::string countText(uint64_t count, const char *one, const char *many);

} // namespace cryoscope
