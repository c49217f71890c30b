// SPDX-License-Identifier: Apache-2.0
// Text by lines: firewall rules, logs.
#include "core/image/messagedissector.h"
#include "core/image/rawdissection.h"

#include <cstring>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

constexpr size_t pieceSize = size_t{1} << 16; // bytes read at once
constexpr size_t shownLine = 400;             // bytes of a line that are shown

/// What a line of iptables-save does.
std::string iptablesWords(std::string_view line)
{
    const auto word = [line](size_t from) {
        const auto end = line.find_first_of(" \n", from);
        return std::string(line.substr(from, end == std::string_view::npos ? end : end - from));
    };
    if (line.empty() || line.front() == '\n')
        return "An empty line.";
    switch (line.front()) {
    case '#':
        return "A comment.";
    case '*':
        return "Table " + word(1) + " begins.";
    case ':':
        return "Chain " + word(1) + ": its policy and counters.";
    case '-':
        return line.starts_with("-A ") ? "A rule at the end of chain " + word(3) + "." : "A rule.";
    case '[':
        return "A rule with its counters.";
    default:
        return line.starts_with("COMMIT") ? "The table ends." : std::string();
    }
}

/// The time of a line of CRIU's log: "(00.001234) text".
std::string logWords(std::string_view line)
{
    if (!line.starts_with('('))
        return {};
    const auto end = line.find(')');
    const auto time = line.substr(1, end == std::string_view::npos ? 0 : end - 1);
    if (time.empty() || time.find_first_not_of("0123456789.") != std::string_view::npos)
        return {};
    return "Written " + std::string(time) + " seconds after the start.";
}

class TextDissection final : public Dissection
{
public:
    TextDissection(std::shared_ptr<const ByteSource> source, TextForm form)
        : m_source(std::move(source)), m_form(form)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_source->size(); }

    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override
    {
        NodeSink sink(window, visitor);
        std::vector<std::byte> piece;
        std::string start; // of the line, as much as is shown
        uint64_t lineAt = 0;
        uint64_t number = 1;
        for (uint64_t at = 0; at < size() && !sink.beyond(lineAt);) {
            piece.resize(static_cast<size_t>(std::min<uint64_t>(pieceSize, size() - at)));
            if (auto done = m_source->read(at, piece); !done)
                return done;
            for (size_t from = 0; from < piece.size();) {
                const auto *found = static_cast<const std::byte *>(
                    std::memchr(piece.data() + from, '\n', piece.size() - from));
                const size_t end =
                    found != nullptr ? static_cast<size_t>(found - piece.data()) + 1 : piece.size();
                const size_t room = shownLine + 1 - std::min(start.size(), shownLine + 1);
                start.append(reinterpret_cast<const char *>(piece.data() + from), std::min(room, end - from));
                from = end;
                if (found != nullptr || at + end == size()) {
                    const ByteRange range{lineAt, at + end - lineAt};
                    if (sink.wants(range))
                        sink.leaf(line(start, number, range));
                    start.clear();
                    lineAt = range.end();
                    ++number;
                }
            }
            at += piece.size();
        }
        return {};
    }

private:
    [[nodiscard]] DissectionNode line(std::string_view start, uint64_t number, ByteRange range) const
    {
        DissectionNode node = makeNode(NodeKind::Line, "line " + std::to_string(number), range);
        if (m_form == TextForm::Iptables)
            node.meaning = iptablesWords(start);
        else if (m_form == TextForm::Log)
            node.meaning = logWords(start);
        if (start.ends_with('\n'))
            start.remove_suffix(1);
        node.value = escapedText(asBytes(start), shownLine);
        return node;
    }

    std::shared_ptr<const ByteSource> m_source;
    TextForm m_form;
};

} // namespace

std::unique_ptr<Dissection> dissectText(std::shared_ptr<const ByteSource> source, TextForm form)
{
    return std::make_unique<TextDissection>(std::move(source), form);
}

} // namespace cryoscope
