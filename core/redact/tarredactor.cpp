// SPDX-License-Identifier: Apache-2.0
#include "core/redact/tarredactor.h"

#include "core/archive/sparsemap.h"
#include "core/archive/tarheader.h"
#include "core/base/checked.h"
#include "core/base/hash.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace cryoscope
{

namespace
{

// Fields of a header that hold names. Source: POSIX pax, "ustar Interchange Format".
struct NameField {
    size_t offset;
    size_t length;
};
constexpr NameField nameField{0, 100}, linkField{157, 100}, userField{265, 32}, groupField{297, 32},
    prefixField{345, 155};
constexpr size_t magicAt = 257;
constexpr size_t moreFollowAt = 504;                // in a block of an old sparse member's map
constexpr uint64_t maxExtended = uint64_t{1} << 20; // bytes of a pax or long-name member that are looked at

std::string_view fieldText(std::string_view block, NameField field)
{
    const auto all = block.substr(field.offset, field.length);
    return all.substr(0, std::min(all.find('\0'), all.size()));
}

void putName(std::string &block, NameField field, std::string_view text)
{
    block.replace(field.offset, text.size(), text);
}

class TarRedactor
{
public:
    TarRedactor(MemberId tar, DataClass dataClass, RedactionSink &sink)
        : m_tar(tar), m_dataClass(dataClass), m_sink(sink), m_content(*sink.archive().member(tar).content)
    {
        for (const Member &member : sink.archive().members()) {
            if (member.parent == noMember)
                continue;
            if (member.parent == tar)
                m_owners.emplace(member.offsetInParent, member.id);
            const Member &parent = sink.archive().member(member.parent);
            if (parent.parent == tar && parent.storage == Storage::InPlace)
                m_archives[parent.offsetInParent] = {parent.id, member.storage == Storage::Decoded};
        }
    }

    Result<void> run(const std::stop_token &stop)
    {
        uint64_t at = 0;
        while (at < m_content.size()) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_content.name(), at};
            std::array<std::byte, tarBlock> block{};
            if (m_content.size() - at < tarBlock)
                return broken(at);
            if (auto read = m_content.read(at, block); !read)
                return read;
            if (std::all_of(block.begin(), block.end(),
                            [](std::byte byte) { return byte == std::byte{0}; })) {
                at += tarBlock; // the end, or between tars that were joined
                continue;
            }
            auto header = parseTarHeader(block);
            if (!header)
                return broken(at);
            uint64_t data = at + tarBlock;
            for (bool more = header->extended; more; data += tarBlock) { // the map of an old sparse member
                std::array<std::byte, tarBlock> next{};
                if (!inBounds(data, tarBlock, m_content.size()) || !m_content.read(data, next))
                    return broken(at);
                more = next[moreFollowAt] != std::byte{0};
            }
            const auto padded = checkedAdd(header->size, tarPadding(header->size));
            if (!padded || !inBounds(data, header->size, m_content.size()))
                return broken(at);
            // The headers of a member stand before what is stored of it.
            const auto behind = m_owners.upper_bound(at);
            m_owner = behind != m_owners.end() ? behind->second : m_tar;
            const RedactionSink::Header owner(m_sink, m_owner);
            names(at, asText(block));
            if (auto done = content(*header, data, stop); !done)
                return done;
            at = std::min(data + *padded, m_content.size());
        }
        return {};
    }

private:
    Result<void> broken(uint64_t at)
    {
        m_sink.note(m_content.name() + ": what cannot be read as tar from offset " + std::to_string(at) +
                    " on is emptied");
        m_sink.zero(m_dataClass, m_tar, {at, m_content.size() - at});
        return {};
    }

    /// Names are below some root, so they are taken as if they began there.
    std::string mapped(std::string_view name)
    {
        size_t skipped = 0;
        while (skipped < name.size() && (name[skipped] == '/' || name.substr(skipped).starts_with("./")))
            skipped += name[skipped] == '/' ? 1 : 2;
        if (m_sink.wants(DataClass::Paths, m_owner))
            m_sink.remember(name.substr(skipped));
        return std::string(name.substr(0, skipped)) +
               m_sink.pseudonyms().path("/" + std::string(name.substr(skipped))).substr(1);
    }

    void names(uint64_t at, std::string_view block)
    {
        std::string made(block);
        const bool ustar = block.substr(magicAt).starts_with("ustar");
        const bool posix = ustar && block[magicAt + 5] == '\0';
        const auto prefix = posix ? fieldText(block, prefixField) : std::string_view();
        const auto name = fieldText(block, nameField);
        const std::string whole =
            prefix.empty() ? std::string(name) : std::string(prefix) + "/" + std::string(name);
        // Members that carry names for the next one are called by fixed names.
        const char type = block[156];
        if (type != 'L' && type != 'K' && type != 'x' && type != 'g') {
            const std::string now = mapped(whole);
            putName(made, nameField, std::string_view(now).substr(whole.size() - name.size()));
            if (!prefix.empty())
                putName(made, prefixField, std::string_view(now).substr(0, prefix.size()));
            putName(made, linkField, mapped(fieldText(block, linkField)));
        } else if (type == 'x') { // "PaxHeaders/NAME"
            putName(made, nameField, m_sink.pseudonyms().path(name));
        }
        if (ustar) {
            for (const NameField field : {userField, groupField}) {
                const auto owner = fieldText(block, field);
                if (owner != "root")
                    putName(made, field, m_sink.pseudonyms().text(owner));
            }
        }
        if (made == block)
            return;
        const auto size = parseTarHeader(std::as_bytes(std::span(block)).first<tarBlock>())->size;
        setTarSize(std::as_writable_bytes(std::span(made)).first<tarBlock>(), size);
        m_sink.replace(DataClass::Paths, m_tar, at, block, made);
    }

    Result<void> content(const TarHeader &header, uint64_t data, const std::stop_token &stop)
    {
        // An archive stays one. What a compressed one decodes to is redacted by itself.
        if (const auto archive = m_archives.find(data); archive != m_archives.end() && header.size > 0) {
            m_mapInData = false;
            return archive->second.compressed
                       ? Result<void>()
                       : TarRedactor(archive->second.member, m_dataClass, m_sink).run(stop);
        }
        switch (header.type) {
        case 'x':
        case 'g':
        case 'L':
        case 'K': {
            if (header.size > maxExtended)
                break;
            const auto bytes = m_content.readAll(data, header.size);
            if (!bytes)
                return bytes.error();
            const auto text = asText(*bytes);
            m_mapInData = m_mapInData || text.find(" GNU.sparse.major=") != std::string_view::npos;
            const bool pax = header.type == 'x' || header.type == 'g';
            m_sink.replace(DataClass::Paths, m_tar, data, text, pax ? records(text) : longName(text));
            return {};
        }
        default:
            break;
        }
        uint64_t from = data;
        if (std::exchange(m_mapInData, false)) { // the map of a sparse member stands before its data
            const auto text = m_content.readAll(data, std::min(header.size, maxExtended));
            const auto head = text ? parseSparseHead(asText(*text)) : std::nullopt;
            if (head)
                from += std::min(header.size, head->length + tarPadding(head->length));
        }
        m_sink.zero(m_dataClass, m_tar, {from, header.size - (from - data)});
        return {};
    }

    std::string longName(std::string_view text)
    {
        const size_t end = std::min(text.find('\0'), text.size());
        return mapped(text.substr(0, end)) + std::string(text.substr(end));
    }

    /// "LENGTH KEY=VALUE\n" each.
    std::string records(std::string_view text)
    {
        std::string out;
        while (!text.empty()) {
            size_t length = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
            const size_t equals = text.find('=');
            if (error != std::errc() || length > text.size() || equals == std::string_view::npos ||
                equals >= length || static_cast<size_t>(end - text.data()) >= equals)
                return out + std::string(text.size(), 'x'); // no record: nothing is known of it
            const size_t space = static_cast<size_t>(end - text.data());
            const auto key = text.substr(space + 1, equals - space - 1);
            const auto value = text.substr(equals + 1, length - equals - 2);
            out += text.substr(0, equals + 1);
            if (key == "path" || key == "linkpath" || key == "GNU.sparse.name")
                out += mapped(value);
            else if (key == "uname" || key == "gname")
                out += m_sink.pseudonyms().text(value);
            else if (key.starts_with("SCHILY.xattr.") || key.starts_with("LIBARCHIVE.") || key == "comment")
                out += std::string(value.size(), 'x');
            else
                out += value; // numbers
            out.push_back('\n');
            text.remove_prefix(length);
        }
        return out;
    }

    MemberId m_tar;
    MemberId m_owner = m_tar;                   ///< of the header that is being redacted
    std::multimap<uint64_t, MemberId> m_owners; ///< members by where what is stored of them begins
    DataClass m_dataClass;
    RedactionSink &m_sink;
    const ByteSource &m_content;
    struct Inner {
        MemberId member;
        bool compressed;
    };
    std::map<uint64_t, Inner> m_archives; ///< members that are archives, by where they begin
    bool m_mapInData = false;             ///< the member at hand is sparse in pax format 1.0
};

} // namespace

Result<void> redactTar(MemberId tar, DataClass dataClass, RedactionSink &sink, std::stop_token stop)
{
    return TarRedactor(tar, dataClass, sink).run(stop);
}

} // namespace cryoscope
