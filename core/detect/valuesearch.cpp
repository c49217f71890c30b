// SPDX-License-Identifier: Apache-2.0
#include "core/detect/valuesearch.h"

#include "core/detect/charset.h"
#include "core/detect/encodings.h"
#include "core/detect/literalmatcher.h"
#include "core/detect/runwalker.h"
#include "core/detect/utf.h"
#include "core/detect/valuefilter.h"
#include "core/detect/windowfilter.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace cryoscope
{

namespace
{

constexpr size_t maxAnchor = 16;     // bytes of a form that are looked for at first
constexpr size_t minEncodedForm = 6; // shorter encoded forms stand by chance in any memory

bool isText(std::string_view value)
{
    return std::all_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
    });
}

/// A form with the part of it that is looked for at first.
struct SearchForm {
    uint64_t valueId = 0;
    Encoding encoding = Encoding::Raw;
    std::string bytes;
    size_t anchorAt = 0;     ///< in `bytes`
    bool bitsBefore = false; ///< base64: the character before it, or behind it, carries bits of the value too
    bool bitsBehind = false;
    enum class Part { Whole, Begin, End } part = Part::Whole;
    std::string whole = {}; ///< what a begin or end is of
};

constexpr size_t minRemainder = 12;   // characters of a value
constexpr size_t minWithRemains = 16; // characters of a value whose parts are looked for

/// Bytes of a character in an encoding.
size_t characterBytes(Encoding encoding)
{
    switch (encoding) {
    case Encoding::Utf16Le:
    case Encoding::Utf16Be:
    case Encoding::HexLower:
    case Encoding::HexUpper:
        return 2;
    case Encoding::Utf32Le:
    case Encoding::Utf32Be:
        return 4;
    default:
        return 1;
    }
}

/// Bytes of the beginning or end of a form that is looked for.
size_t remainderBytes(size_t formBytes, size_t unit)
{
    const size_t half = (formBytes / unit + 1) / 2;
    return std::min(formBytes, std::max(half, minRemainder) * unit);
}

/// Where the most varied stretch of a form is: a header or filling that many values share would match all the
/// time.
size_t anchorOffset(std::string_view form)
{
    if (form.size() <= maxAnchor)
        return 0;
    size_t best = 0;
    size_t bestCount = 0;
    for (const size_t at : {size_t{0}, form.size() / 4, form.size() / 2, 3 * form.size() / 4}) {
        if (form.size() - at < maxAnchor)
            continue;
        const auto piece = form.substr(at, maxAnchor);
        const size_t count = std::set<char>(piece.begin(), piece.end()).size();
        if (count > bestCount) {
            best = at;
            bestCount = count;
        }
    }
    return best;
}

bool isBase64Either(char c)
{
    return isBase64(c) || isBase64Url(c);
}

/// Which of the characters around a base64 form hold bits of the value, and what the form is called: it
/// begins with a group of three bytes, or one or two bytes into it.
void findAlignment(SearchForm &form, std::string_view value)
{
    for (unsigned alignment = 0; alignment < 3; ++alignment) {
        if (form.bytes != base64Core(value, alignment, form.encoding == Encoding::Base64Url))
            continue;
        form.bitsBefore = alignment != 0;
        form.bitsBehind = (alignment + value.size()) % 3 != 0;
        if (alignment != 0)
            form.encoding = alignment == 1 ? Encoding::Base64Mid1 : Encoding::Base64Mid2;
        return;
    }
}

std::vector<SearchForm> allForms(std::span<const SearchValue> values)
{
    std::vector<SearchForm> forms;
    for (const SearchValue &value : values) {
        for (auto &[encoding, bytes] : valueForms(value.bytes)) {
            if (bytes.find_first_not_of('\0') == std::string::npos)
                continue; // nothing but zeros stands everywhere
            SearchForm form{value.id, encoding, std::move(bytes), 0, false, false};
            form.anchorAt = anchorOffset(form.bytes);
            if (encoding == Encoding::Base64 || encoding == Encoding::Base64Url)
                findAlignment(form, value.bytes);
            const size_t piece = remainderBytes(form.bytes.size(), characterBytes(encoding));
            if (value.remains && piece < form.bytes.size()) {
                for (const auto part : {SearchForm::Part::Begin, SearchForm::Part::End}) {
                    SearchForm half{value.id, encoding, {}, 0, false, false, part, form.bytes};
                    half.bytes = part == SearchForm::Part::Begin
                                     ? form.bytes.substr(0, piece)
                                     : form.bytes.substr(form.bytes.size() - piece);
                    half.anchorAt = anchorOffset(half.bytes);
                    forms.push_back(std::move(half));
                }
            }
            forms.push_back(std::move(form));
        }
    }
    return forms;
}

/// Finds the forms in windows. One for all threads.
class FormSearch
{
public:
    explicit FormSearch(std::vector<SearchForm> forms) : m_forms(std::move(forms))
    {
        std::map<std::string, size_t> known;
        for (size_t i = 0; i < m_forms.size(); ++i) {
            const SearchForm &form = m_forms[i];
            const std::string anchor = form.bytes.substr(form.anchorAt, maxAnchor);
            const auto [entry, isNew] = known.try_emplace(anchor, m_formsOf.size());
            if (isNew) {
                m_formsOf.emplace_back();
                if (!m_long.add(anchor, entry->second)) {
                    m_short.push_back({anchor, false});
                    m_ofShort.push_back(entry->second);
                }
            }
            m_formsOf[entry->second].push_back(i);
            m_longest = std::max<uint64_t>(m_longest, std::max(form.bytes.size(), form.whole.size()));
        }
        m_long.prepare();
    }

    Result<void> prepare(size_t workers)
    {
        auto matcher = LiteralMatcher::compile(m_short);
        if (!matcher)
            return matcher.error();
        m_matcher = std::move(*matcher);
        for (size_t i = 0; i < workers; ++i) {
            auto scratch = m_matcher->makeScratch();
            if (!scratch)
                return scratch.error();
            m_scratch.push_back(std::move(*scratch));
        }
        return {};
    }

    [[nodiscard]] uint64_t longest() const { return m_longest; }

    /// Calls `hit(form, begin, end)` (offsets in window.bytes) for each form that begins in what the window
    /// owns.
    template <class Hit> void search(const RunWindow &window, size_t worker, const Hit &hit)
    {
        const auto look = [&](size_t literal, size_t at) {
            for (const size_t index : m_formsOf[literal]) {
                const SearchForm &form = m_forms[index];
                if (at < form.anchorAt)
                    continue;
                const size_t begin = at - form.anchorAt;
                if (begin < window.ownBegin || begin >= window.ownEnd ||
                    window.bytes.compare(begin, form.bytes.size(), form.bytes) != 0)
                    continue;
                size_t from = begin;
                size_t to = begin + form.bytes.size();
                if (form.part != SearchForm::Part::Whole && !widenRemains(form, window.bytes, from, to))
                    continue; // it is whole, and found as such
                if (form.bitsBefore && from > 0 && isBase64Either(window.bytes[from - 1]))
                    --from;
                if (form.bitsBehind && to < window.bytes.size() && isBase64Either(window.bytes[to]))
                    ++to;
                hit(form, from, to);
            }
        };
        m_long.search(window.bytes, look);
        m_matcher->search(window.bytes, m_scratch[worker],
                          [&](size_t literal, size_t at) { look(m_ofShort[literal], at); });
    }

private:
    /// Takes along what else of the whole stands beside its part; false if all of it does.
    static bool widenRemains(const SearchForm &form, std::string_view bytes, size_t &from, size_t &to)
    {
        const std::string_view whole = form.whole;
        size_t more = 0;
        if (form.part == SearchForm::Part::Begin) {
            const auto rest = whole.substr(form.bytes.size());
            while (more < rest.size() && to + more < bytes.size() && bytes[to + more] == rest[more])
                ++more;
        } else {
            const auto rest = whole.substr(0, whole.size() - form.bytes.size());
            while (more < rest.size() && more < from &&
                   bytes[from - 1 - more] == rest[rest.size() - 1 - more])
                ++more;
        }
        if (form.bytes.size() + more == whole.size())
            return false;
        more -= more % characterBytes(form.encoding);
        if (form.part == SearchForm::Part::Begin)
            to += more;
        else
            from -= more;
        return true;
    }

    std::vector<SearchForm> m_forms;
    std::vector<std::vector<size_t>> m_formsOf; ///< by literal
    WindowFilter m_long;
    std::vector<Literal> m_short;  ///< that m_long does not take
    std::vector<size_t> m_ofShort; ///< which literals these are
    std::shared_ptr<const LiteralMatcher> m_matcher;
    std::vector<LiteralMatcher::Scratch> m_scratch; ///< by worker
    uint64_t m_longest = 1;
};

} // namespace

bool leavesRemains(std::string_view value)
{
    if (value.size() < minWithRemains)
        return false;
    const bool text = isText(value);
    if (text && !looksSecret(value) && !value.starts_with("-----BEGIN "))
        return false; // words, paths, code: many things begin with the same ones
    const size_t piece = remainderBytes(value.size(), 1);
    for (const auto part : {value.substr(0, piece), value.substr(value.size() - piece)}) {
        const auto different = std::set<char>(part.begin(), part.end()).size();
        if (text ? entropy(part) < 3.0 : different * 3 < std::min<size_t>(part.size(), 96) * 2)
            return false;
    }
    return true;
}

std::vector<std::pair<Encoding, std::string>> valueForms(std::string_view value)
{
    std::vector<std::pair<Encoding, std::string>> forms;
    std::set<std::string, std::less<>> known;
    const auto add = [&](Encoding encoding, std::string bytes) {
        if (encoding != Encoding::Raw && bytes.size() < minEncodedForm)
            return;
        if (known.insert(bytes).second)
            forms.emplace_back(encoding, std::move(bytes));
    };
    if (value.empty())
        return forms;
    add(Encoding::Raw, std::string(value));
    const bool text = isText(value);
    if (const auto decoded = text ? decodeUtf8(value) : std::nullopt) {
        add(Encoding::Utf16Le, encodeUtf16(*decoded, ByteSex::Little));
        add(Encoding::Utf16Be, encodeUtf16(*decoded, ByteSex::Big));
        add(Encoding::Utf32Le, encodeUtf32(*decoded, ByteSex::Little));
        add(Encoding::Utf32Be, encodeUtf32(*decoded, ByteSex::Big));
    }
    for (const bool urlSafe : {false, true}) {
        for (unsigned alignment = 0; alignment < 3; ++alignment)
            add(urlSafe ? Encoding::Base64Url : Encoding::Base64, base64Core(value, alignment, urlSafe));
    }
    add(Encoding::HexLower, encodeHex(value, false));
    add(Encoding::HexUpper, encodeHex(value, true));
    for (auto &form : percentForms(value))
        add(Encoding::Percent, std::move(form));
    if (text) {
        for (auto &form : jsonForms(value))
            add(Encoding::JsonEscape, std::move(form));
    } else {
        add(Encoding::Reversed, std::string(value.rbegin(), value.rend()));
        if (value.size() % 4 == 0)
            add(Encoding::SwappedWords, swapWords(value));
    }
    return forms;
}

std::string decodeValue(Encoding encoding, std::span<const std::byte> bytes)
{
    const std::string text(asText(bytes));
    switch (encoding) {
    case Encoding::Raw:
        return text;
    case Encoding::Utf16Le:
        return utf8FromUtf16(text, ByteSex::Little).value_or(text);
    case Encoding::Utf16Be:
        return utf8FromUtf16(text, ByteSex::Big).value_or(text);
    case Encoding::Utf32Le:
        return utf8FromUtf32(text, ByteSex::Little).value_or(text);
    case Encoding::Utf32Be:
        return utf8FromUtf32(text, ByteSex::Big).value_or(text);
    case Encoding::Base64:
    case Encoding::Base64Url:
        return decodeBase64(text).value_or(text);
    case Encoding::HexLower:
    case Encoding::HexUpper:
        return decodeHex(text).value_or(text);
    case Encoding::Percent:
        return decodePercent(text);
    case Encoding::JsonEscape:
        return decodeJson(text);
    case Encoding::Reversed:
        return {text.rbegin(), text.rend()};
    case Encoding::SwappedWords:
        return swapWords(text);
    case Encoding::Base64Mid1:
    case Encoding::Base64Mid2: {
        // The first character shares its bits with what stands before the value.
        const size_t before = encoding == Encoding::Base64Mid1 ? 1 : 2;
        const auto decoded = decodeBase64(std::string(before, 'A') + text);
        return decoded && decoded->size() > before ? decoded->substr(before) : text;
    }
    case Encoding::Compressed:
    case Encoding::Numbers:
        return text;
    }
    return text;
}

Result<std::vector<SourceHit>> findInSource(const ByteSource &source, std::span<const SearchValue> values)
{
    FormSearch search(allForms(values));
    if (auto done = search.prepare(1); !done)
        return done.error();
    std::vector<SourceHit> hits;
    const uint64_t unit = std::max<uint64_t>(uint64_t{1} << 18, 8 * search.longest());
    for (uint64_t at = 0; at < source.size(); at += unit) {
        const uint64_t own = std::min(unit, source.size() - at);
        const uint64_t length = std::min(own + search.longest(), source.size() - at);
        const auto bytes = source.readAll(at, length);
        if (!bytes)
            return bytes.error();
        const RunWindow window{nullptr, at, asText(*bytes), 0, own};
        search.search(window, 0, [&](const SearchForm &form, size_t from, size_t to) {
            hits.push_back({form.valueId, at + from, to - from});
        });
    }
    return hits;
}

Result<void> findValues(const Memory &memory, std::span<const SearchValue> values,
                        const std::function<void(std::vector<ValueHit> &&)> &sink, Progress *progress,
                        std::stop_token stop, unsigned jobs)
{
    FormSearch search(allForms(values));
    if (auto done = search.prepare(workerCount(jobs)); !done)
        return done;
    const std::vector<Run> runs = allRuns(memory);
    if (progress != nullptr) {
        uint64_t total = 0;
        for (const Run &run : runs)
            total += run.length;
        progress->begin("search copies", total);
    }
    RunWalkOptions options;
    options.jobs = jobs;
    options.after = search.longest() + 4; // and a character that base64 shares with what follows
    options.unitBytes = std::max<uint64_t>(options.unitBytes, 8 * search.longest());
    options.before = std::max<uint64_t>(4, search.longest()); // the beginning of an end that is found

    std::mutex mutex; // of what follows
    std::set<std::pair<uint64_t, std::vector<Extent>>> known;
    std::optional<Error> failed;
    std::vector<Problem> unread;
    const auto done = walkRuns(
        memory, runs, options,
        [&](const RunWindow &window, size_t worker) {
            std::vector<ValueHit> found;
            search.search(window, worker, [&](const SearchForm &form, size_t from, size_t to) {
                const uint64_t offset = window.start + from;
                auto parts = runExtents(memory, *window.run, offset, to - from);
                if (!parts) {
                    const std::lock_guard lock(mutex);
                    failed = parts.error();
                    return;
                }
                ValueHit hit{form.valueId,
                             form.encoding,
                             std::move(*parts),
                             0,
                             0,
                             form.whole.size(),
                             form.part == SearchForm::Part::End};
                if (window.run->kind == Run::Kind::TaskMemory) {
                    hit.pid = window.run->pid;
                    hit.address = window.run->start + offset;
                }
                found.push_back(std::move(hit));
            });
            if (found.empty())
                return;
            const std::lock_guard lock(mutex);
            std::erase_if(found,
                          [&](const ValueHit &hit) { return !known.emplace(hit.valueId, hit.parts).second; });
            if (!found.empty())
                sink(std::move(found));
        },
        unread, progress, stop);
    if (!done)
        return done;
    if (failed)
        return *failed;
    if (!unread.empty())
        return unread.front().error;
    return {};
}

} // namespace cryoscope
