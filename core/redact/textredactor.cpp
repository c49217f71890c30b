// SPDX-License-Identifier: Apache-2.0
#include "core/redact/textredactor.h"

#include "core/archive/digests.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace cryoscope
{

namespace
{

bool isAlnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Characters that names and paths are made of.
bool isPathChar(char c)
{
    return isAlnum(c) || c == '_' || c == '-' || c == '.' || c == '+' || c == '@' || c == '~' || c == '/' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// The address that `text` is, with a stand-in as long as itself; nothing if it is none. A stand-in keeps the
/// number of digits of each part.
std::optional<std::string> mappedAddress(const Pseudonyms &pseudonyms, const std::string &text)
{
    for (const int family : {AF_INET, AF_INET6}) {
        std::array<std::byte, 16> bytes{};
        if (::inet_pton(family, text.c_str(), bytes.data()) != 1)
            continue;
        const auto made = pseudonyms.address(std::span(bytes).first(family == AF_INET ? 4 : 16));
        std::array<char, INET6_ADDRSTRLEN> out{};
        if (::inet_ntop(family, made.data(), out.data(), out.size()) == nullptr)
            return std::nullopt;
        std::string result(out.data());
        if (result.size() != text.size()) // not written the usual way
            result = std::string(text.size(), 'x');
        return result;
    }
    return std::nullopt;
}

bool looksLikeAddress(std::string_view token)
{
    const auto dots = std::count(token.begin(), token.end(), '.');
    const auto colons = std::count(token.begin(), token.end(), ':');
    return (dots == 3 || colons >= 2) && std::all_of(token.begin(), token.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                      c == '.' || c == ':';
           });
}

/// Keys whose values belong to the format and tell nothing of the owner (OCI runtime specification, engines'
/// files).
constexpr std::array<std::string_view, 40> formatKeys{"ociVersion",
                                                      "type",
                                                      "options",
                                                      "capabilities",
                                                      "bounding",
                                                      "effective",
                                                      "inheritable",
                                                      "permitted",
                                                      "ambient",
                                                      "namespaces",
                                                      "seccomp",
                                                      "syscalls",
                                                      "names",
                                                      "action",
                                                      "defaultAction",
                                                      "architectures",
                                                      "maskedPaths",
                                                      "readonlyPaths",
                                                      "resources",
                                                      "devices",
                                                      "rlimits",
                                                      "createdTime",
                                                      "checkpointedTime",
                                                      "restoredTime",
                                                      "runtime",
                                                      "rootfsPropagation",
                                                      "cgroupManager",
                                                      "logDriver",
                                                      "networkMode",
                                                      "CreatedAt",
                                                      "StartedAt",
                                                      "FinishedAt",
                                                      "version",
                                                      "mediaType",
                                                      "digest",
                                                      "diff_ids",
                                                      "architecture",
                                                      "os",
                                                      "created",
                                                      "access"};

class JsonRedactor
{
public:
    JsonRedactor(RedactionSink &sink, std::string_view text) : m_sink(sink), m_text(text), m_out(text) {}

    std::string run()
    {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '{' || c == '[') {
                m_keep.push_back(keeps());
                m_object.push_back(c == '{');
                if (c == '{')
                    m_key.clear();
                ++m_at;
            } else if (c == '}' || c == ']') {
                if (!m_keep.empty()) {
                    m_keep.pop_back();
                    m_object.pop_back();
                }
                m_key.clear();
                ++m_at;
            } else if (c == ',') {
                if (m_object.empty() || m_object.back())
                    m_key.clear(); // in an array the key is that of the array
                ++m_at;
            } else if (c == '"') {
                string();
            } else {
                ++m_at;
            }
        }
        return std::move(m_out);
    }

private:
    /// Whether what stands here belongs to the format.
    [[nodiscard]] bool keeps() const
    {
        return (!m_keep.empty() && m_keep.back()) ||
               std::find(formatKeys.begin(), formatKeys.end(), m_key) != formatKeys.end();
    }

    void string()
    {
        const size_t begin = m_at + 1;
        size_t end = begin;
        while (end < m_text.size() && m_text[end] != '"')
            end += m_text[end] == '\\' ? 2 : 1;
        end = std::min(end, m_text.size());
        m_at = std::min(end + 1, m_text.size());
        size_t next = m_at;
        while (next < m_text.size() && (m_text[next] == ' ' || m_text[next] == '\n' || m_text[next] == '\t'))
            ++next;
        const auto inner = m_text.substr(begin, end - begin);
        if (next < m_text.size() && m_text[next] == ':') {
            m_key = inner;
            return;
        }
        if (keeps())
            return;
        size_t from = 0;
        const size_t equals = inner.find('=');
        if (equals != std::string_view::npos && equals > 0 &&
            std::all_of(inner.begin(), inner.begin() + static_cast<std::ptrdiff_t>(equals),
                        [](char c) { return isAlnum(c) || c == '_'; }))
            from = equals + 1;
        m_out.replace(begin + from, inner.size() - from, words(inner.substr(from)));
    }

    /// Name by name, so that a name is the same here as where it stands alone. Escapes stay.
    std::string words(std::string_view value)
    {
        std::string out;
        for (size_t at = 0; at < value.size();) {
            if (value[at] == '\\') {
                const size_t length =
                    std::min<size_t>(value.substr(at).starts_with("\\u") ? 6 : 2, value.size() - at);
                out += value.substr(at, length);
                at += length;
                continue;
            }
            size_t end = at;
            while (end < value.size() && isPathChar(value[end]))
                ++end;
            if (end == at) {
                out.push_back(value[at++]);
                continue;
            }
            const auto word = value.substr(at, end - at);
            const auto digests = digestsIn(word);
            if (std::any_of(digests.begin(), digests.end(), [&](uint64_t digest) {
                    return m_sink.keepsDigest(word.substr(digest, digestDigits));
                })) {
                out += word; // names a file of the checkpoint
                at = end;
                continue;
            }
            if (const auto address = looksLikeAddress(word)
                                         ? mappedAddress(m_sink.pseudonyms(), std::string(word))
                                         : std::nullopt) {
                out += *address;
            } else {
                m_sink.remember(word);
                out += word.find('/') != std::string_view::npos ? m_sink.pseudonyms().path(word)
                                                                : m_sink.pseudonyms().component(word);
            }
            at = end;
        }
        return out;
    }

    RedactionSink &m_sink;
    std::string_view m_text;
    std::string m_out;
    size_t m_at = 0;
    std::string m_key;
    std::vector<bool> m_keep;   ///< of each open object or array: it belongs to the format
    std::vector<bool> m_object; ///< of each: it is an object
};

} // namespace

std::string pseudonymousLog(const RedactionSink &sink, std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    const Pseudonyms &pseudonyms = sink.pseudonyms();
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        bool colons = false;
        while (end < text.size() && (isPathChar(text[end]) || text[end] == ':')) {
            colons |= text[end] == ':';
            ++end;
        }
        auto token = text.substr(at, end - at);
        if (colons && !looksLikeAddress(token)) { // "file.c:123": name by name
            end = at + std::min(token.find(':'), token.size());
            token = text.substr(at, end - at);
        }
        if (token.empty()) {
            out.push_back(text[at++]);
            continue;
        }
        at = end;
        // A sentence may end with the name.
        size_t length = token.size();
        while (length > 0 &&
               (token[length - 1] == '.' || token[length - 1] == '-' || token[length - 1] == ':'))
            --length;
        const auto name = token.substr(0, length);
        const auto address =
            looksLikeAddress(name) ? mappedAddress(pseudonyms, std::string(name)) : std::nullopt;
        if (address)
            out += *address;
        else if (name.starts_with('/'))
            out += pseudonyms.path(name);
        else if (name.find('/') != std::string_view::npos || sink.isKnown(name)) {
            // Component by component, where the component is known.
            for (size_t from = 0; from < name.size();) {
                const size_t slash = std::min(name.find('/', from), name.size());
                const auto part = name.substr(from, slash - from);
                out += sink.isKnown(part) ? pseudonyms.component(part) : std::string(part);
                if (slash < name.size())
                    out.push_back('/');
                from = slash + 1;
            }
        } else {
            out += name;
        }
        out += token.substr(length);
    }
    return out;
}

std::string pseudonymousJson(RedactionSink &sink, std::string_view text)
{
    return JsonRedactor(sink, text).run();
}

} // namespace cryoscope
