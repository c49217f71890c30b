// SPDX-License-Identifier: Apache-2.0
// The tree of a JSON text.
#include "core/image/jsonreader.h"
#include "core/image/messagedissector.h"
#include "core/image/rawdissection.h"

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;
using Token = JsonReader::Token;

constexpr uint64_t maxText = uint64_t{16} << 20; // bytes of a text whose tree is made
constexpr size_t shownText = 400;                // bytes of a string that are shown

/// One value of the text.
struct Entry {
    Token token = Token::Null;
    uint32_t nameBegin = 0; ///< where its name stands, in an object; else where the value does
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t close = 0; ///< of objects and arrays: where the closing bracket stands
    uint32_t next = 0;  ///< the entry after all that are in this one
};

/// All values in the order of the text, or where it stops being JSON.
struct Index {
    std::vector<Entry> entries;
    std::optional<Error> problem;
};

Index indexOf(std::string_view text, const std::string &file)
{
    Index index;
    std::vector<uint32_t> open;
    uint32_t nameBegin = 0;
    bool named = false;
    JsonReader reader(text, file);
    for (;;) {
        const auto token = reader.next();
        if (!token) {
            index.problem = token.error();
            return index;
        }
        const auto at = static_cast<uint32_t>(index.entries.size());
        switch (*token) {
        case Token::End:
            return index;
        case Token::Name:
            nameBegin = static_cast<uint32_t>(reader.begin());
            named = true;
            break;
        case Token::EndObject:
        case Token::EndArray: {
            Entry &closed = index.entries[open.back()];
            open.pop_back();
            closed.close = static_cast<uint32_t>(reader.begin());
            closed.end = static_cast<uint32_t>(reader.end());
            closed.next = at;
            break;
        }
        default: {
            Entry entry;
            entry.token = *token;
            entry.begin = static_cast<uint32_t>(reader.begin());
            entry.end = static_cast<uint32_t>(reader.end());
            entry.nameBegin = named ? nameBegin : entry.begin;
            entry.next = at + 1;
            named = false;
            if (*token == Token::BeginObject || *token == Token::BeginArray)
                open.push_back(at);
            index.entries.push_back(entry);
        }
        }
    }
}

class JsonDissection final : public Dissection
{
public:
    explicit JsonDissection(std::shared_ptr<const ByteSource> source) : m_source(std::move(source)) {}

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        const auto bytes = m_source->readWhole(maxText);
        if (!bytes)
            return bytes.error();
        const std::string_view text = asText(*bytes);
        const Index index = indexOf(text, m_source->name());
        NodeSink sink(window, visitor);
        if (index.problem) {
            const uint64_t at = std::min<uint64_t>(index.problem->offset.value_or(0), size());
            if (at > 0)
                sink.leaf(makeNode(NodeKind::Data, "beginning", {0, at}, "JSON up to where it breaks off."));
            if (at < size())
                sink.leaf(
                    makeNode(NodeKind::Unexplained, "rest", {at, size() - at}, index.problem->describe()));
            return {};
        }
        const Entry &root = index.entries.front();
        if (root.begin > 0)
            sink.leaf(blank({0, root.begin}));
        Walker{sink, text, index.entries}.value(0, root.end, "value");
        if (root.end < size())
            sink.leaf(blank({root.end, size() - root.end}));
        return {};
    }

private:
    static DissectionNode blank(ByteRange range) { return makeNode(NodeKind::Padding, "blank space", range); }

    struct Walker {
        NodeSink &sink;
        std::string_view text;
        const std::vector<Entry> &entries;

        static bool isOpen(const Entry &entry)
        {
            return entry.token == Token::BeginObject || entry.token == Token::BeginArray;
        }

        /// A value with what follows it up to `end`: blank space and a comma.
        void value(size_t at, uint64_t end, const std::string &name)
        {
            const Entry &entry = entries[at];
            const ByteRange range{entry.begin, end - entry.begin};
            if (!isOpen(entry)) {
                std::string shown(
                    text.substr(entry.begin, std::min<size_t>(entry.end - entry.begin, shownText)));
                sink.leaf(makeNode(NodeKind::Value, name, range, {}, escapedText(asBytes(shown))));
                return;
            }
            const bool isObject = entry.token == Token::BeginObject;
            if (!sink.enter(makeNode(NodeKind::Group, name, range, isObject ? "An object." : "A list.")))
                return;
            const bool isEmpty = entry.next == at + 1;
            const uint64_t first = isEmpty ? entry.close : entries[at + 1].nameBegin;
            sink.leaf(makeNode(NodeKind::Padding, "begin", {entry.begin, first - entry.begin}));
            uint64_t number = 0;
            for (size_t child = at + 1; child < entry.next; ++number) {
                const size_t following = entries[child].next;
                const uint64_t childEnd = following < entry.next ? entries[following].nameBegin : entry.close;
                if (isObject)
                    member(child, childEnd);
                else
                    value(child, childEnd, "element " + std::to_string(number));
                if (sink.beyond(childEnd))
                    break;
                child = following;
            }
            sink.leaf(makeNode(NodeKind::Padding, "end", {entry.close, end - entry.close}));
            sink.leave();
        }

        void member(size_t at, uint64_t end)
        {
            const Entry &entry = entries[at];
            const ByteRange range{entry.nameBegin, end - entry.nameBegin};
            if (!sink.wants(range))
                return;
            JsonReader reader(text.substr(entry.nameBegin), {});
            std::string name = reader.next() ? reader.text() : std::string();
            name = escapedText(asBytes(name), shownText);
            DissectionNode node = makeNode(NodeKind::Field, name.empty() ? "\"\"" : name, range);
            if (!isOpen(entry))
                node.value = escapedText(
                    asBytes(text.substr(entry.begin, std::min<size_t>(entry.end - entry.begin, shownText))));
            if (!sink.enter(node))
                return;
            sink.leaf(makeNode(NodeKind::Tag, "name", {entry.nameBegin, entry.begin - entry.nameBegin}));
            value(at, end, "value");
            sink.leave();
        }
    };

    std::shared_ptr<const ByteSource> m_source;
};

} // namespace

std::unique_ptr<Dissection> dissectJson(std::shared_ptr<const ByteSource> source)
{
    if (source->size() > maxText)
        return dissectText(std::move(source), TextForm::Plain);
    return std::make_unique<JsonDissection>(std::move(source));
}

} // namespace cryoscope
