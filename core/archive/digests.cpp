// SPDX-License-Identifier: Apache-2.0
#include "core/archive/digests.h"

#include <algorithm>
#include <optional>

namespace cryoscope
{

namespace
{

bool isDigestDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Walks the objects of a JSON text for descriptors; damaged text is walked as far as it goes.
class DescriptorWalk
{
public:
    DescriptorWalk(std::string_view text, const NewDigests &digests) : m_text(text), m_digests(digests) {}

    std::vector<TextEdit> run()
    {
        for (const uint64_t at : digestsIn(m_text)) {
            const auto found = m_digests.find(m_text.substr(at, digestDigits));
            if (found != m_digests.end() && found->second.digest != found->first)
                m_edits.push_back({at, digestDigits, found->second.digest});
        }
        sizes();
        std::sort(m_edits.begin(), m_edits.end(),
                  [](const TextEdit &a, const TextEdit &b) { return a.offset < b.offset; });
        return std::move(m_edits);
    }

private:
    struct Object {
        std::string_view key;
        std::string_view digest; ///< value of "digest"
        std::string_view size;   ///< digits of "size"
    };

    void sizes()
    {
        std::vector<Object> open; // an array is one without keys
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '{' || c == '[') {
                open.emplace_back();
                ++m_at;
            } else if (c == '}' || c == ']') {
                if (!open.empty()) {
                    close(open.back());
                    open.pop_back();
                }
                ++m_at;
            } else if (c == '"') {
                const auto string = takeString();
                if (open.empty())
                    continue;
                if (followedByColon())
                    open.back().key = string;
                else if (open.back().key == "digest")
                    open.back().digest = string;
            } else if (c >= '0' && c <= '9') {
                const size_t from = m_at;
                while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9')
                    ++m_at;
                if (!open.empty() && open.back().key == "size")
                    open.back().size = m_text.substr(from, m_at - from);
            } else {
                ++m_at;
            }
        }
    }

    std::string_view takeString()
    {
        const size_t from = ++m_at;
        while (m_at < m_text.size() && m_text[m_at] != '"')
            m_at += m_text[m_at] == '\\' ? 2 : 1;
        m_at = std::min(m_at, m_text.size());
        const auto string = m_text.substr(from, m_at - from);
        m_at = std::min(m_at + 1, m_text.size());
        return string;
    }

    [[nodiscard]] bool followedByColon() const
    {
        const size_t next = m_text.find_first_not_of(" \t\r\n", m_at);
        return next != std::string_view::npos && m_text[next] == ':';
    }

    void close(const Object &object)
    {
        constexpr std::string_view algorithm = "sha256:";
        if (object.size.empty() || !object.digest.starts_with(algorithm))
            return;
        const auto found = m_digests.find(object.digest.substr(algorithm.size()));
        if (found == m_digests.end())
            return;
        std::string now = std::to_string(found->second.size);
        if (now != object.size)
            m_edits.push_back({static_cast<uint64_t>(object.size.data() - m_text.data()), object.size.size(),
                               std::move(now)});
    }

    std::string_view m_text;
    const NewDigests &m_digests;
    size_t m_at = 0;
    std::vector<TextEdit> m_edits;
};

} // namespace

bool isDigest(std::string_view text)
{
    return text.size() == digestDigits && std::all_of(text.begin(), text.end(), isDigestDigit);
}

std::vector<uint64_t> digestsIn(std::string_view text)
{
    std::vector<uint64_t> found;
    for (size_t at = 0; at < text.size();) {
        if (!isDigestDigit(text[at])) {
            ++at;
            continue;
        }
        size_t end = at;
        while (end < text.size() && isDigestDigit(text[end]))
            ++end;
        if (end - at == digestDigits)
            found.push_back(at);
        at = end;
    }
    return found;
}

std::string withNewDigests(std::string_view text, const NewDigests &digests)
{
    std::string out(text);
    for (const uint64_t at : digestsIn(text)) {
        const auto found = digests.find(text.substr(at, digestDigits));
        if (found != digests.end())
            out.replace(at, digestDigits, found->second.digest);
    }
    return out;
}

std::vector<TextEdit> digestEdits(std::string_view json, const NewDigests &digests)
{
    return DescriptorWalk(json, digests).run();
}

std::string edited(std::string_view text, const std::vector<TextEdit> &edits)
{
    std::string out;
    size_t at = 0;
    for (const TextEdit &edit : edits) {
        out += text.substr(at, edit.offset - at);
        out += edit.text;
        at = edit.offset + edit.length;
    }
    out += text.substr(at);
    return out;
}

} // namespace cryoscope
