// SPDX-License-Identifier: Apache-2.0
#include "core/detect/numbersearch.h"

#include "core/base/hash.h"
#include "core/base/wipe.h"
#include "core/bytes/memorysource.h"
#include "core/checkpoint/imagenames.h"
#include "core/image/image.h"
#include "core/image/imagefile.h"

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

/// Stretches [begin, end) of a text that stand in one of some values (as they are), each as long as it goes.
class PieceSearch
{
public:
    struct Piece {
        uint64_t valueId = 0;
        size_t begin = 0;
        size_t end = 0;
    };

    /// Holds on to the bytes of `values`.
    explicit PieceSearch(std::span<const SearchValue> values)
    {
        for (const SearchValue &value : values) {
            for (size_t at = 0; at + least <= value.bytes.size(); ++at)
                m_windows.try_emplace(std::string_view(value.bytes).substr(at, least), Place{&value, at});
        }
    }

    [[nodiscard]] std::vector<Piece> find(std::string_view text) const
    {
        std::vector<Piece> pieces;
        for (size_t at = 0; at + least <= text.size();) {
            const auto window = text.substr(at, least);
            const auto known = m_windows.find(window);
            if (known == m_windows.end() ||
                std::set<char>(window.begin(), window.end()).size() < leastVaried) {
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

private:
    static constexpr size_t least = minPieceInNumbers;
    static constexpr size_t leastVaried = 8; // different bytes: fillings stand everywhere
    struct Place {
        const SearchValue *value = nullptr;
        size_t at = 0;
    };

    std::unordered_map<std::string_view, Place> m_windows;
};

/// Numbers as the bytes that they were, and where each is stored.
class NumberText
{
public:
    explicit NumberText(const Archive &archive) : m_archive(archive), m_separator(randomBytes(16)) {}
    ~NumberText() { wipe(m_text); }
    NumberText(const NumberText &) = delete;
    NumberText &operator=(const NumberText &) = delete;

    void add(MemberId member, const Message &message, const std::string &path, ByteOrder order)
    {
        std::map<uint32_t, std::vector<const WireField *>> repeated;
        for (const WireField &field : message.fields()) {
            if (field.type == nullptr || wordBytes(field.type->kind) == 0)
                continue;
            if (field.type->repeated())
                repeated[field.number].push_back(&field);
            else if (field.wire == WireType::Varint)
                addWord({m_text.size(), member, field.value, pathOf(path, field)}, field.scalar,
                        wordBytes(field.type->kind), order);
        }
        separate();
        for (const auto &[number, fields] : repeated) {
            const uint32_t known = pathOf(path, *fields.front());
            const size_t bytes = wordBytes(fields.front()->type->kind);
            for (const WireField *field : fields) {
                if (field->wire == WireType::Varint)
                    addWord({m_text.size(), member, field->value, known}, field->scalar, bytes, order);
                for (const Message::Packed &one : message.packedNumbers(*field))
                    addWord({m_text.size(), member, one.range, known}, one.raw, bytes, order);
            }
            separate();
        }
        for (const WireField &field : message.fields()) {
            if (field.message)
                add(member, *field.message, path + "." + field.type->name, order);
        }
    }

    [[nodiscard]] const std::string &text() const { return m_text; }
    void clear()
    {
        wipe(m_text);
        m_text.clear();
        m_words.clear();
    }

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
                hit.field = m_paths[word->path];
            }
            hit.parts.push_back(
                m_archive.canonical({word->member, word->stored.offset, word->stored.length}));
        }
        return hit;
    }

private:
    struct Word {
        size_t textAt = 0;
        MemberId member = noMember;
        ByteRange stored;
        uint32_t path = 0; ///< in m_paths
    };

    uint32_t pathOf(const std::string &message, const WireField &field)
    {
        const auto [known, isNew] =
            m_pathIds.try_emplace(message + "." + field.type->name, static_cast<uint32_t>(m_paths.size()));
        if (isNew)
            m_paths.push_back(known->first);
        return known->second;
    }
    void addWord(const Word &word, uint64_t number, size_t bytes, ByteOrder order)
    {
        m_words.push_back(word);
        for (size_t i = 0; i < bytes; ++i)
            m_text += static_cast<char>(number >> (8 * (order == ByteOrder::Little ? i : bytes - 1 - i)));
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
    std::map<std::string, uint32_t> m_pathIds;
    std::vector<std::string> m_paths;
};

/// Searches the numbers of some images, a bounded part of them at a time.
class NumberSearch
{
public:
    /// All but `values` must outlive it. `least`: shorter values are left out (bytes).
    NumberSearch(const Archive &archive, std::span<const SearchValue> values, size_t least,
                 std::vector<NumberHit> &hits)
        : m_values(atLeast(values, least)), m_pieces(m_values), m_numbers(archive), m_hits(hits)
    {
    }
    ~NumberSearch()
    {
        for (SearchValue &value : m_values)
            wipe(value.bytes);
    }
    NumberSearch(const NumberSearch &) = delete;
    NumberSearch &operator=(const NumberSearch &) = delete;

    /// Messages that do not parse are left out. Errors of the search; Cancelled.
    Result<void> add(const Image &image, MemberId member, const std::stop_token &stop)
    {
        if (m_values.empty())
            return {};
        SourceWindow window(*image.source());
        for (const Record &record : image.records()) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", image.source()->name(), std::nullopt};
            if (const auto message = image.message(record, window))
                m_numbers.add(member, *message, record.type->name, image.byteOrder());
            if (m_numbers.text().size() >= searchedAtOnce) {
                if (auto done = finish(); !done)
                    return done;
            }
        }
        return {};
    }

    /// Searches what has not been searched.
    Result<void> finish()
    {
        const std::string &text = m_numbers.text();
        const MemorySource source("numbers", asBytes(text));
        const auto found = findInSource(source, m_values);
        if (!found)
            return found.error();
        for (const SourceHit &hit : *found)
            take(hit.valueId, hit.offset, hit.offset + hit.length);
        for (const PieceSearch::Piece &piece : m_pieces.find(text)) {
            const bool whole = std::any_of(found->begin(), found->end(), [&](const SourceHit &hit) {
                return hit.offset <= piece.begin && piece.end <= hit.offset + hit.length;
            });
            if (!whole)
                take(piece.valueId, piece.begin, piece.end);
        }
        m_numbers.clear();
        return {};
    }

private:
    static constexpr size_t searchedAtOnce = size_t{1} << 22; // bytes; messages are not cut

    static std::vector<SearchValue> atLeast(std::span<const SearchValue> values, size_t least)
    {
        std::vector<SearchValue> longer;
        std::copy_if(values.begin(), values.end(), std::back_inserter(longer),
                     [least](const SearchValue &value) { return value.bytes.size() >= least; });
        return longer;
    }
    void take(uint64_t valueId, size_t begin, size_t end)
    {
        NumberHit place = m_numbers.at(begin, end);
        place.valueId = valueId;
        m_hits.push_back(std::move(place));
    }

    std::vector<SearchValue> m_values;
    PieceSearch m_pieces; ///< of m_values
    NumberText m_numbers;
    std::vector<NumberHit> &m_hits;
};

/// Whether a member is an image with numbers that a program may have chosen.
bool holdsNumbers(const Member &member, std::string_view fileName)
{
    if (!member.content || isRawImage(fileName))
        return false;
    const ImageType *type = Image::typeOf(*member.content);
    return type != nullptr && type->name != "PAGEMAP";
}

} // namespace

Result<std::vector<NumberHit>> findInNumbers(const Memory &memory, std::span<const SearchValue> values,
                                             std::stop_token stop)
{
    std::vector<NumberHit> hits;
    const Archive &archive = memory.checkpoint().archive();
    NumberSearch inTasks(archive, values, minSearchedValue, hits);
    NumberSearch elsewhere(archive, values, minValueInNumbers, hits);
    for (const Member &member : archive.members()) {
        const std::string fileName = splitPath(member.path).second;
        if (!holdsNumbers(member, fileName))
            continue;
        const auto image = memory.checkpoint().openImage(member.id);
        if (!image)
            continue; // the model tells of it
        NumberSearch &search = fileName.starts_with("core-") ? inTasks : elsewhere;
        if (auto done = search.add(*image, member.id, stop); !done)
            return done.error();
    }
    for (NumberSearch *search : {&inTasks, &elsewhere}) {
        if (auto done = search->finish(); !done)
            return done.error();
    }
    return hits;
}

} // namespace cryoscope
