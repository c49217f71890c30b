// SPDX-License-Identifier: Apache-2.0
#include "core/detect/compresseddetector.h"

#include "core/detect/bytescan.h"
#include "core/detect/charset.h"
#include "core/detect/inflater.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr size_t inputPiece = 64u << 10;   // bytes read on at a time
constexpr size_t outputPiece = 128u << 10; // bytes decoded before they are searched
constexpr size_t probeBytes = 1024;        // of content by which a stream is judged
constexpr size_t maxProblems = 100;        // told one by one

struct CompressedScratch : WindowDetector::Scratch {
    WindowMatcher::Scratch matcher;
};

/// Whether content is worth a search: text of any width; binary content holds no tokens that would not also
/// stand elsewhere.
bool mostlyText(std::string_view bytes)
{
    const auto fits = static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
        return isPrintable(c) || c == '\n' || c == '\r' || c == '\t' || c == '\0';
    }));
    return fits * 10 >= bytes.size() * 7;
}

/// Places in bytes[from, to) where a stream may begin.
std::vector<std::pair<size_t, Inflater::Form>> streamStarts(std::string_view bytes, size_t from, size_t to)
{
    std::vector<std::pair<size_t, Inflater::Form>> starts;
    constexpr std::string_view gzip("\x1f\x8b\x08", 3); // RFC 1952: magic and deflate; then flags
    for (size_t at = bytes.find(gzip, from); at < to; at = bytes.find(gzip, at + 1)) {
        if (at + 18 <= bytes.size() && (static_cast<unsigned char>(bytes[at + 3]) & 0xe0) == 0)
            starts.emplace_back(at, Inflater::Form::Gzip);
    }
    std::vector<size_t> zlib;
    findZlibHeaders(bytes, from, to, zlib);
    for (const size_t at : zlib)
        starts.emplace_back(at, Inflater::Form::Zlib);
    std::sort(starts.begin(), starts.end());
    return starts;
}

} // namespace

/// Decodes streams and searches what they hold.
class CompressedDetector::Decoding
{
public:
    /// More input: bytes that follow `at` (an offset from the stream's begin); empty at the end.
    using ReadOn = std::function<std::string(uint64_t at)>;
    struct Outcome {
        uint64_t consumed = 0;
        bool cut = false; ///< a bound was met
        std::vector<WindowMatcher::Match> matches;
    };

    Decoding(const WindowMatcher &matcher, WindowMatcher::Scratch &scratch)
        : m_matcher(matcher), m_scratch(scratch)
    {
    }

    Outcome run(std::string_view first, const ReadOn &readOn, Inflater::Form form, unsigned depth,
                uint64_t &budget)
    {
        Outcome outcome;
        Inflater inflater;
        if (!inflater.begin(form))
            return outcome;
        std::string input(first.substr(0, inputPiece));
        std::string content; // what is not searched to its end yet
        std::string piece(outputPiece, '\0');
        uint64_t produced = 0;
        size_t used = 0;
        bool judged = false;
        for (;;) {
            const auto step = inflater.step(std::span(input).subspan(used), piece);
            used += step.consumed;
            outcome.consumed += step.consumed;
            produced += step.produced;
            content.append(piece, 0, step.produced);
            const bool over = step.state != Inflater::State::More;
            if (!judged && (content.size() >= probeBytes || over)) {
                judged = true;
                if (content.size() < 16 || !mostlyText(std::string_view(content).substr(0, probeBytes)))
                    return {};
            }
            if (content.size() >= outputPiece + WindowMatcher::windowAfter || over)
                search(content, over, depth, budget, outcome);
            if (over)
                return step.state == Inflater::State::End || !outcome.matches.empty() ? outcome : Outcome{};
            if (produced > maxOutput || outcome.consumed > maxInput || step.produced > budget) {
                outcome.cut = true;
                search(content, true, depth, budget, outcome);
                return outcome;
            }
            budget -= step.produced;
            if (used == input.size()) {
                input = readOn(outcome.consumed);
                used = 0;
                if (input.empty()) { // it ends before its end
                    search(content, true, depth, budget, outcome);
                    return outcome.matches.empty() ? Outcome{} : outcome;
                }
            } else if (step.consumed == 0 && step.produced == 0) {
                return {};
            }
        }
    }

private:
    /// Searches content but for its last part, unless that is all there is; keeps what the next search needs.
    void search(std::string &content, bool all, unsigned depth, uint64_t &budget, Outcome &outcome)
    {
        const size_t end = all || content.size() < WindowMatcher::windowAfter
                               ? content.size()
                               : content.size() - WindowMatcher::windowAfter;
        for (const auto &match : m_matcher.search(content, {m_before, end, false, {}}, m_scratch)) {
            if (match.text.confidence != Confidence::Low)
                outcome.matches.push_back(match);
        }
        if (depth < maxDepth) {
            for (const auto &[at, form] : streamStarts(content, m_before, end)) {
                Decoding inner(m_matcher, m_scratch);
                auto found = inner.run(
                    std::string_view(content).substr(at),
                    [&, from = at](uint64_t offset) {
                        return from + offset < content.size() ? content.substr(from + offset, inputPiece)
                                                              : std::string();
                    },
                    form, depth + 1, budget);
                outcome.cut = outcome.cut || found.cut;
                outcome.matches.insert(outcome.matches.end(), std::make_move_iterator(found.matches.begin()),
                                       std::make_move_iterator(found.matches.end()));
            }
        }
        const size_t keep = std::min<size_t>(end, WindowMatcher::windowBefore);
        content.erase(0, end - keep);
        m_before = keep;
    }

    const WindowMatcher &m_matcher;
    WindowMatcher::Scratch &m_scratch;
    size_t m_before = 0; ///< of the content: searched already
};

CompressedDetector::CompressedDetector(std::shared_ptr<const WindowMatcher> matcher, const Memory &memory)
    : m_matcher(std::move(matcher)), m_memory(memory)
{
    for (const Member &member : memory.checkpoint().archive().members()) {
        if (member.storage == Storage::Decoded)
            m_decoded.insert(member.parent);
    }
}

Result<std::unique_ptr<WindowDetector::Scratch>> CompressedDetector::makeScratch() const
{
    auto made = m_matcher->makeScratch();
    if (!made)
        return made.error();
    auto scratch = std::make_unique<CompressedScratch>();
    scratch->matcher = std::move(*made);
    return std::unique_ptr<Scratch>(std::move(scratch));
}

void CompressedDetector::search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out)
{
    const Run &run = *window.run;
    uint64_t budget = windowBudget;
    size_t next = 0; // streams within one that was decoded are its own
    for (const auto &[at, form] : streamStarts(window.bytes, window.ownBegin, window.ownEnd)) {
        const uint64_t offset = window.start + at;
        if (at < next ||
            (run.kind == Run::Kind::Member && offset + run.start == 0 && m_decoded.contains(run.member)))
            continue;
        Decoding decoding(*m_matcher, static_cast<CompressedScratch &>(scratch).matcher);
        const auto readOn = [&, from = offset](uint64_t more) {
            const uint64_t begin = from + more;
            scratch.lookedBeyond =
                scratch.lookedBeyond || begin + inputPiece > window.start + window.bytes.size();
            std::string bytes(std::min<uint64_t>(inputPiece, run.length - std::min(begin, run.length)), '\0');
            if (bytes.empty() ||
                !readRun(m_memory, run, begin, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))))
                return std::string();
            return bytes;
        };
        auto outcome = decoding.run(window.bytes.substr(at), readOn, form, 1, budget);
        if (outcome.consumed == 0)
            continue;
        next = at + static_cast<size_t>(std::min<uint64_t>(outcome.consumed, window.bytes.size() - at));
        const char *name = form == Inflater::Form::Gzip ? "gzip" : "zlib";
        if (outcome.cut)
            tellCut(run, offset, name);
        if (outcome.matches.empty())
            continue;
        const auto best = std::min_element(
            outcome.matches.begin(), outcome.matches.end(),
            [](const auto &a, const auto &b) { return a.text.confidence < b.text.confidence; });
        std::set<std::string> kinds;
        for (const auto &match : outcome.matches)
            kinds.insert(match.kind);
        std::string why = std::string("a ") + name + " stream whose content holds";
        for (const std::string &kind : kinds)
            why += (kind == *kinds.begin() ? " " : ", ") + kind;
        out.push_back({std::string(best->rule), best->kind, at, at + static_cast<size_t>(outcome.consumed),
                       best->text.confidence, Encoding::Compressed, std::move(why), best->text.label});
    }
}

void CompressedDetector::tellCut(const Run &run, uint64_t offset, const char *name)
{
    const auto parts = runExtents(m_memory, run, offset, 1);
    const std::lock_guard lock(m_mutex);
    if (!parts || m_problems.size() >= maxProblems)
        return;
    const Extent place = m_memory.checkpoint().archive().innermost(parts->front());
    m_problems.push_back(
        {Severity::Warning,
         {ErrorCode::Unsupported,
          std::string("a ") + name + " stream is longer than what is decoded; its rest was not searched",
          m_memory.checkpoint().archive().member(place.member).path, place.offset}});
}

std::vector<Problem> CompressedDetector::problems() const
{
    return m_problems;
}

} // namespace cryoscope
