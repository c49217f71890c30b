// SPDX-License-Identifier: Apache-2.0
#include "core/image/dissection.h"

namespace cryoscope
{

std::string_view dissectionKindName(DissectionNode::Kind kind)
{
    using Kind = DissectionNode::Kind;
    switch (kind) {
    case Kind::Magic:
        return "magic";
    case Kind::Record:
        return "record";
    case Kind::Frame:
        return "frame";
    case Kind::Message:
        return "message";
    case Kind::Field:
        return "field";
    case Kind::UnknownField:
        return "unknown field";
    case Kind::Tag:
        return "tag";
    case Kind::Length:
        return "length";
    case Kind::Value:
        return "value";
    case Kind::Payload:
        return "payload";
    case Kind::Data:
        return "data";
    case Kind::Padding:
        return "padding";
    case Kind::Header:
        return "header";
    case Kind::Group:
        return "group";
    case Kind::Line:
        return "line";
    case Kind::Pages:
        return "pages";
    case Kind::Page:
        return "page";
    case Kind::Unexplained:
        return "unexplained";
    }
    return {};
}

Result<std::vector<DissectionNode>> Dissection::pathAt(uint64_t offset) const
{
    if (offset >= size())
        return Error{ErrorCode::NotFound, "there is no such byte", {}, offset};
    std::vector<DissectionNode> path;
    const auto done = walk({offset, 1}, [&path](const DissectionNode &node, unsigned) {
        path.push_back(node);
        return Step::Into;
    });
    if (!done)
        return done.error();
    return path;
}

Result<std::vector<DissectionNode>> Dissection::nodes(ByteRange parent, unsigned depth, uint64_t from,
                                                      size_t limit) const
{
    std::vector<DissectionNode> found;
    if (limit == 0 || from >= parent.end())
        return found;
    const uint64_t begin = std::max(from, parent.offset);
    const auto done =
        walk({begin, parent.end() - begin}, [&](const DissectionNode &node, unsigned nodeDepth) {
            if (nodeDepth < depth)
                return Step::Into;
            if (node.range.offset >= begin)
                found.push_back(node);
            return found.size() < limit ? Step::Over : Step::Stop;
        });
    if (!done)
        return done.error();
    return found;
}

Result<std::vector<DissectionNode>> Dissection::tree(ByteRange range) const
{
    std::vector<DissectionNode> roots;
    std::vector<DissectionNode *> path; // the last node of each depth; stays valid while those below it come
    const auto done = walk(range, [&](const DissectionNode &node, unsigned depth) {
        path.resize(depth);
        auto &siblings = depth == 0 ? roots : path.back()->children;
        siblings.push_back(node);
        path.push_back(&siblings.back());
        return Step::Into;
    });
    if (!done)
        return done.error();
    return roots;
}

Result<Coverage> Dissection::coverage() const
{
    Coverage result;
    result.size = size();
    uint64_t unknown = 0;
    const auto done = walkAll([&](const DissectionNode &node, unsigned) {
        const bool isUnknown =
            node.kind == DissectionNode::Kind::UnknownField || node.kind == DissectionNode::Kind::Unexplained;
        if (!isUnknown)
            return node.kind == DissectionNode::Kind::Pages ? Step::Over : Step::Into;
        unknown += node.range.length;
        if (result.unknown.size() < Coverage::maxListed)
            result.unknown.push_back(node);
        else
            ++result.unlisted;
        return Step::Over; // what lies within an unknown field is counted with it
    });
    if (!done)
        return done.error();
    result.explained = result.size - unknown;
    return result;
}

bool NodeSink::enter(DissectionNode node)
{
    if (!wants(node.range))
        return false;
    node.hasParts = true;
    switch (m_visitor(node, m_depth)) {
    case Dissection::Step::Into:
        ++m_depth;
        return true;
    case Dissection::Step::Over:
        return false;
    case Dissection::Step::Stop:
        m_stopped = true;
        return false;
    }
    return false;
}

void NodeSink::leaf(const DissectionNode &node)
{
    if (wants(node.range) && m_visitor(node, m_depth) == Dissection::Step::Stop)
        m_stopped = true;
}

DissectionNode makeNode(DissectionNode::Kind kind, std::string name, ByteRange range, std::string meaning,
                        std::string value)
{
    DissectionNode node;
    node.kind = kind;
    node.name = std::move(name);
    node.value = std::move(value);
    node.meaning = std::move(meaning);
    node.range = range;
    return node;
}

std::string countText(uint64_t count, const char *one, const char *many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace cryoscope
