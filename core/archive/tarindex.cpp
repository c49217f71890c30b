// SPDX-License-Identifier: Apache-2.0
#include "core/archive/tarindex.h"

#include "core/archive/sparsemap.h"
#include "core/archive/tarheader.h"
#include "core/base/checked.h"
#include "core/bytes/slicesource.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxExtended = uint64_t{1} << 20;    // bytes of a long name or of pax records
constexpr uint64_t maxSparseHead = uint64_t{16} << 20; // bytes of the map of a sparse member

using PaxRecords = std::map<std::string, std::string, std::less<>>;

/// Parses "LENGTH KEY=VALUE\n" records; false if one is damaged.
bool parsePax(std::string_view text, PaxRecords &records)
{
    while (!text.empty()) {
        uint64_t length = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
        const auto digits = static_cast<size_t>(end - text.data());
        if (error != std::errc() || length > text.size() || length < digits + 3 || *end != ' ' ||
            text[length - 1] != '\n')
            return false;
        const auto record = text.substr(digits + 1, length - digits - 2);
        const auto equals = record.find('=');
        if (equals == std::string_view::npos)
            return false;
        const auto key = record.substr(0, equals);
        // The first pax format of sparse members repeats these, a pair for each stretch; the second lists
        // them.
        if (key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes") {
            std::string &list = records["GNU.sparse.map"];
            list += (list.empty() ? "" : ",") + std::string(record.substr(equals + 1));
        } else {
            records[std::string(key)] = record.substr(equals + 1);
        }
        text.remove_prefix(length);
    }
    return true;
}

/// What pax records say of one entry: its own before those of all. A value of no bytes takes back what others
/// say (POSIX).
class PaxView
{
public:
    PaxView(const PaxRecords &own, const PaxRecords &global) : m_own(own), m_global(global) {}

    /// Null if nothing is said.
    [[nodiscard]] const std::string *find(std::string_view key) const
    {
        auto found = m_own.find(key);
        if (found == m_own.end()) {
            found = m_global.find(key);
            if (found == m_global.end())
                return nullptr;
        }
        return found->second.empty() ? nullptr : &found->second;
    }

    /// Decimal digits (a fraction is cut off); nothing if there are none.
    [[nodiscard]] std::optional<int64_t> decimal(std::string_view key) const
    {
        const std::string *text = find(key);
        if (text == nullptr)
            return std::nullopt;
        int64_t value = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error != std::errc())
            return std::nullopt;
        return value;
    }

private:
    const PaxRecords &m_own;
    const PaxRecords &m_global;
};

MemberKind kindOf(const TarHeader &header)
{
    switch (header.type) {
    case '0':
    case '7':
    case 'S':
        return MemberKind::File;
    case '\0':
        return header.name.ends_with('/') ? MemberKind::Directory : MemberKind::File;
    case '1':
        return MemberKind::Hardlink;
    case '2':
        return MemberKind::Symlink;
    case '3':
        return MemberKind::CharacterDevice;
    case '4':
        return MemberKind::BlockDevice;
    case '5':
        return MemberKind::Directory;
    case '6':
        return MemberKind::Fifo;
    default:
        return MemberKind::Other;
    }
}

class Indexer
{
public:
    Indexer(std::shared_ptr<const ByteSource> stream, std::string prefix, std::stop_token stop)
        : m_stream(std::move(stream)), m_prefix(std::move(prefix)), m_stop(std::move(stop))
    {
    }

    Result<TarIndex> run()
    {
        while (step()) {
            if (m_stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_stream->name(), m_at};
        }
        return std::move(m_index);
    }

private:
    bool stopAt(uint64_t offset, std::string what, ErrorCode code = ErrorCode::InputMalformed)
    {
        m_index.problems.push_back({Severity::Warning, {code, std::move(what), m_stream->name(), offset}});
        return false;
    }

    void slack(uint64_t offset, uint64_t length)
    {
        if (length > 0)
            m_index.slack.push_back({offset, length});
    }

    /// Goes on behind `size` bytes of data, which lie within the stream, and their padding.
    void pass(uint64_t size)
    {
        const uint64_t padding = std::min(tarPadding(size), m_stream->size() - m_at - size);
        slack(m_at + size, padding);
        m_at += size + padding;
    }

    /// Reads one header and what belongs to it; false at the end.
    bool step()
    {
        const uint64_t size = m_stream->size();
        if (m_at == size)
            return stopAt(m_at, "the tar ends without its closing blocks: it may be cut short");
        if (size - m_at < tarBlock)
            return stopAt(m_at, "the tar is cut short within a header");
        std::array<std::byte, tarBlock> block{};
        if (auto done = m_stream->read(m_at, block); !done) {
            m_index.problems.push_back({Severity::Warning, done.error()});
            return false;
        }
        if (std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; })) {
            slack(m_at + tarBlock, size - m_at - tarBlock);
            return false; // the regular end
        }
        auto header = parseTarHeader(block);
        if (!header)
            return stopAt(m_at, "a tar header is damaged; what follows it is not shown");
        const uint64_t headerAt = m_at;
        m_at += tarBlock;
        m_isSparse = header->type == 'S';
        m_sparse = {};
        bool fits = true;
        if (m_isSparse)
            fits = readOldSparse(block, true, m_sparse);
        while (header->extended) { // old GNU sparse: blocks of 21 ranges each
            if (size - m_at < tarBlock)
                return stopAt(m_at, "the tar is cut short within a sparse header");
            if (auto done = m_stream->read(m_at, block); !done)
                return stopAt(m_at, "cannot be read");
            header->extended = block[504] != std::byte{0};
            m_at += tarBlock;
            fits = fits && readOldSparse(block, false, m_sparse);
        }
        if (!fits)
            m_sparse.data.push_back({m_sparse.size, 1}); // lies outside: refused where it is used
        switch (header->type) {
        case 'L':
            return extended(*header, m_longName);
        case 'K':
            return extended(*header, m_longLink);
        case 'x':
        case 'g': {
            std::string text;
            if (!extended(*header, text))
                return false;
            if (!parsePax(text, header->type == 'x' ? m_pax : m_global))
                return stopAt(headerAt, "a pax header is damaged; what follows it is not shown");
            return true;
        }
        default:
            return member(*header, headerAt);
        }
    }

    /// Reads the data of a header that describes the next one.
    bool extended(const TarHeader &header, std::string &out)
    {
        if (header.size > maxExtended)
            return stopAt(m_at,
                          "an extended header of " + std::to_string(header.size) + " bytes is too long");
        if (!inBounds(m_at, header.size, m_stream->size()))
            return stopAt(m_at, "the tar is cut short within an extended header");
        const auto bytes = m_stream->readAll(m_at, header.size);
        if (!bytes)
            return stopAt(m_at, "cannot be read", bytes.error().code);
        out = asText(*bytes);
        if (header.type != 'x' && header.type != 'g')
            out.resize(std::min(out.find('\0'), out.size()));
        pass(header.size);
        return true;
    }

    bool member(const TarHeader &header, uint64_t headerAt)
    {
        const PaxView pax(m_pax, m_global);
        Member made;
        made.kind = kindOf(header);
        made.path = header.name;
        made.linkTarget = header.linkName;
        made.mode = header.mode;
        made.uid = static_cast<uint64_t>(pax.decimal("uid").value_or(static_cast<int64_t>(header.uid)));
        made.gid = static_cast<uint64_t>(pax.decimal("gid").value_or(static_cast<int64_t>(header.gid)));
        made.mtime = pax.decimal("mtime").value_or(header.mtime);
        made.deviceMajor = header.deviceMajor;
        made.deviceMinor = header.deviceMinor;
        if (!m_longName.empty())
            made.path = m_longName;
        if (!m_longLink.empty())
            made.linkTarget = m_longLink;
        if (const auto *path = pax.find("path"))
            made.path = *path;
        if (const auto *path = pax.find("GNU.sparse.name"))
            made.path = *path;
        if (const auto *link = pax.find("linkpath"))
            made.linkTarget = *link;
        while (made.path.size() > 1 && made.path.ends_with('/'))
            made.path.pop_back();
        // Links and devices have no data whatever their size says (POSIX), unless pax said so for a hard
        // link.
        uint64_t size = header.size;
        if (const auto fromPax = pax.decimal("size"); fromPax && *fromPax >= 0)
            size = static_cast<uint64_t>(*fromPax);
        const bool hasData = made.kind == MemberKind::File || made.kind == MemberKind::Other ||
                             (made.kind == MemberKind::Hardlink && header.size > 0);
        if (!hasData)
            size = 0;
        if (made.kind == MemberKind::File && !m_isSparse)
            m_isSparse = paxSparse(pax, m_sparse);
        const bool mapInData = pax.find("GNU.sparse.major") != nullptr;
        m_longName.clear();
        m_longLink.clear();
        m_pax.clear();
        const size_t index = m_index.members.size();
        const bool more = place(std::move(made), size, hasData);
        if (m_isSparse && index < m_index.members.size())
            expand(m_index.members[index], mapInData, headerAt);
        return more;
    }

    /// What pax records say of a sparse member; false if it is none. The map of the third format stands
    /// before the data.
    static bool paxSparse(const PaxView &pax, SparseMap &map)
    {
        const bool mapInData = pax.find("GNU.sparse.major") != nullptr;
        auto size = pax.decimal(mapInData ? "GNU.sparse.realsize" : "GNU.sparse.size");
        if (!mapInData && !size)
            return false;
        map.size = static_cast<uint64_t>(std::max(size.value_or(0), int64_t{0}));
        if (mapInData)
            return true;
        const std::string *list = pax.find("GNU.sparse.map");
        auto data = parseSparseList(list != nullptr ? *list : std::string());
        if (data)
            map.data = std::move(*data);
        else
            map.data.push_back({map.size, 1}); // outside: refused where it is used
        return true;
    }

    /// Shows a sparse member with its holes; one whose map is damaged stays as it is stored.
    void expand(Member &member, bool mapInData, uint64_t headerAt)
    {
        auto stored = member.content;
        uint64_t before = 0; // bytes of the map
        auto made = [&]() -> Result<std::shared_ptr<const SparseSource>> {
            if (mapInData) {
                const auto text = stored->readAll(0, std::min(stored->size(), maxSparseHead));
                if (!text)
                    return text.error();
                auto head = parseSparseHead(asText(*text));
                before = head ? head->length + tarPadding(head->length) : 0;
                if (!head || before > stored->size())
                    return Error{ErrorCode::InputMalformed, "has no map", m_prefix + member.path, headerAt};
                m_sparse.data = std::move(head->data);
            }
            auto data = SliceSource::make(stored, {before, stored->size() - before}, m_prefix + member.path);
            if (!data)
                return data.error();
            return SparseSource::make(std::move(*data), m_sparse.data, m_sparse.size, m_prefix + member.path);
        }();
        if (!made) {
            m_index.problems.push_back(
                {Severity::Warning,
                 {ErrorCode::InputMalformed,
                  "is a sparse member whose map is damaged; it is shown as it is stored",
                  m_prefix + member.path, headerAt}});
            return;
        }
        if ((*made)->size() < m_sparse.size)
            m_index.problems.push_back(
                {Severity::Warning,
                 {ErrorCode::InputMalformed,
                  "is a sparse member that holds less than its map says; it is shown as far as it goes",
                  m_prefix + member.path, headerAt}});
        member.offsetInParent += before;
        member.sparse = *made;
        member.content = std::move(*made);
    }

    bool place(Member made, uint64_t size, bool hasData)
    {
        const uint64_t left = m_stream->size() - m_at;
        const uint64_t held = std::min(size, left);
        made.offsetInParent = m_at;
        if (hasData) {
            auto slice = SliceSource::make(m_stream, {m_at, held}, m_prefix + made.path);
            if (!slice)
                return stopAt(m_at, "a member lies outside of the tar");
            made.content = std::move(*slice);
        }
        const std::string path = made.path;
        m_index.members.push_back(std::move(made));
        if (held < size)
            return stopAt(m_stream->size(), "the tar is cut short: " + path + " lacks " +
                                                std::to_string(size - held) + " of its " +
                                                std::to_string(size) + " bytes");
        pass(size);
        return true;
    }

    std::shared_ptr<const ByteSource> m_stream;
    std::string m_prefix;
    std::stop_token m_stop;
    TarIndex m_index;
    uint64_t m_at = 0;
    std::string m_longName;
    std::string m_longLink;
    PaxRecords m_pax;
    PaxRecords m_global;
    bool m_isSparse = false; ///< the member at hand
    SparseMap m_sparse;      ///< its map, if it is
};

} // namespace

Result<TarIndex> indexTar(const std::shared_ptr<const ByteSource> &stream, const std::string &prefix,
                          std::stop_token stop)
{
    return Indexer(stream, prefix, std::move(stop)).run();
}

bool isTar(const ByteSource &source)
{
    std::array<std::byte, tarBlock> block{};
    return source.size() >= tarBlock && source.read(0, block).ok() && looksLikeTar(block);
}

} // namespace cryoscope
