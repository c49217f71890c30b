// SPDX-License-Identifier: Apache-2.0
#include "core/detect/numbersearch.h"

#include "core/base/hash.h"
#include "core/base/wipe.h"
#include "core/bytes/memorysource.h"
#include "core/checkpoint/imagenames.h"
#include "core/image/image.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace cryoscope
{

namespace
{

/// Bytes of a number that stands as a varint; 0 for what is none.
size_t wordBytes(Kind kind)
{
    switch (kind) {
    case Kind::UInt32:
    case Kind::Int32:
        return 4;
    case Kind::UInt64:
    case Kind::Int64:
        return 8;
    default:
        return 0;
    }
}

/// Stretches [begin, end) of `text` that stand in one of `values` (as they are), each as long as it goes.
struct Piece {
    uint64_t valueId = 0;
    size_t begin = 0;
    size_t end = 0;
};
std::vector<Piece> findPieces(std::string_view text, std::span<const SearchValue> values)
{
    constexpr size_t least = minPieceInNumbers;
    constexpr size_t leastVaried = 8; // different bytes: fillings stand everywhere
    struct Place {
        const SearchValue *value = nullptr;
        size_t at = 0;
    };
    std::unordered_map<std::string_view, Place> windows;
    for (const SearchValue &value : values) {
        for (size_t at = 0; at + least <= value.bytes.size(); ++at)
            windows.try_emplace(std::string_view(value.bytes).substr(at, least), Place{&value, at});
    }
    std::vector<Piece> pieces;
    for (size_t at = 0; at + least <= text.size();) {
        const auto window = text.substr(at, least);
        const auto known = windows.find(window);
        if (known == windows.end() || std::set<char>(window.begin(), window.end()).size() < leastVaried) {
            ++at;
            continue;
        }
        const auto rest = std::string_view(known->second.value->bytes).substr(known->second.at);
        size_t length = least;
        while (length < rest.size() && at + length < text.size() && rest[length] == text[at + length])
            ++length;
        pieces.push_back({known->second.value->id, at, at + length});
        at += length;
    }
    return pieces;
}

/// All numbers as the bytes that they were, and where each is stored.
class NumberText
{
public:
    explicit NumberText(const Archive &archive) : m_archive(archive), m_separator(randomBytes(16)) {}
    ~NumberText() { wipe(m_text); }
    NumberText(const NumberText &) = delete;
    NumberText &operator=(const NumberText &) = delete;

    void add(MemberId member, const Message &message, const std::string &path)
    {
        std::map<uint32_t, std::vector<const WireField *>> repeated;
        for (const WireField &field : message.fields()) {
            const bool number =
                field.type != nullptr && field.wire == WireType::Varint && wordBytes(field.type->kind) > 0;
            if (number && field.type->repeated())
                repeated[field.number].push_back(&field);
            else if (number)
                addWord(member, field, path);
        }
        separate();
        for (const auto &[number, fields] : repeated) {
            for (const WireField *field : fields)
                addWord(member, *field, path);
            separate();
        }
        for (const WireField &field : message.fields()) {
            if (field.message)
                add(member, *field.message, path + "." + field.type->name);
        }
    }

    [[nodiscard]] const std::string &text() const { return m_text; }

    /// The numbers that hold [begin, end) of the text.
    [[nodiscard]] NumberHit at(size_t begin, size_t end) const
    {
        NumberHit hit;
        auto word = std::upper_bound(m_words.begin(), m_words.end(), begin,
                                     [](size_t offset, const Word &one) { return offset < one.textAt; });
        if (word != m_words.begin())
            --word;
        for (; word != m_words.end() && word->textAt < end; ++word) {
            if (hit.parts.empty()) {
                hit.member = word->member;
                hit.field = word->field;
            }
            hit.parts.push_back(
                m_archive.canonical({word->member, word->varint.offset, word->varint.length}));
        }
        return hit;
    }

private:
    struct Word {
        size_t textAt = 0;
        MemberId member = noMember;
        ByteRange varint;
        std::string field;
    };

    void addWord(MemberId member, const WireField &field, const std::string &path)
    {
        m_words.push_back({m_text.size(), member, field.value, path + "." + field.type->name});
        for (size_t byte = 0; byte < wordBytes(field.type->kind); ++byte)
            m_text += static_cast<char>(field.scalar >> (8 * byte));
    }
    /// No value goes on from one list of numbers to the next.
    void separate()
    {
        if (!m_text.ends_with(m_separator))
            m_text += m_separator;
    }

    const Archive &m_archive;
    std::string m_separator;
    std::string m_text;
    std::vector<Word> m_words;
};

} // namespace

Result<std::vector<NumberHit>> findInNumbers(const Memory &memory, std::span<const SearchValue> values,
                                             std::stop_token stop)
{
    std::vector<NumberHit> hits;
    std::vector<SearchValue> longer;
    std::copy_if(values.begin(), values.end(), std::back_inserter(longer),
                 [](const SearchValue &value) { return value.bytes.size() >= minValueInNumbers; });
    if (longer.empty())
        return hits;
    const Archive &archive = memory.checkpoint().archive();
    NumberText numbers(archive);
    for (const Member &member : archive.members()) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", archive.path(), std::nullopt};
        const std::string_view name = splitPath(member.path).second;
        if (!member.content || !name.starts_with("core-") || !name.ends_with(".img"))
            continue;
        const auto image = memory.checkpoint().openImage(member.id);
        if (!image)
            continue; // the model tells of it
        for (const Record &record : image->records()) {
            if (const auto message = image->message(record))
                numbers.add(member.id, *message, record.type->name);
        }
    }
    const MemorySource source("numbers", asBytes(numbers.text()));
    const auto found = findInSource(source, longer);
    if (found) {
        for (const SourceHit &hit : *found) {
            NumberHit place = numbers.at(hit.offset, hit.offset + hit.length);
            place.valueId = hit.valueId;
            hits.push_back(std::move(place));
        }
        for (const Piece &piece : findPieces(numbers.text(), longer)) {
            const bool whole = std::any_of(found->begin(), found->end(), [&](const SourceHit &hit) {
                return hit.offset <= piece.begin && piece.end <= hit.offset + hit.length;
            });
            if (whole)
                continue;
            NumberHit place = numbers.at(piece.begin, piece.end);
            place.valueId = piece.valueId;
            hits.push_back(std::move(place));
        }
    }
    for (SearchValue &value : longer)
        wipe(value.bytes);
    if (!found)
        return found.error();
    return hits;
}

} // namespace cryoscope
