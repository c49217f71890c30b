// SPDX-License-Identifier: Apache-2.0
#include "core/detect/suppressions.h"

#include "core/bytes/filesource.h"
#include "core/detect/charset.h"

#include <algorithm>
#include <charconv>
#include <fnmatch.h>
#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxFile = uint64_t{64} << 20;    // bytes of a list
constexpr uint64_t maxCounted = uint64_t{16} << 20; // bytes of a member whose lines are counted

Result<std::string> readText(const std::string &path)
{
    const auto source = FileSource::open(path);
    if (!source)
        return source.error();
    const auto bytes = (*source)->readWhole(maxFile);
    if (!bytes)
        return bytes.error();
    return std::string(asText(*bytes));
}

template <class Line> void eachLine(std::string_view text, const Line &line)
{
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        auto one = text.substr(0, end);
        if (one.ends_with('\r'))
            one.remove_suffix(1);
        line(one);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool anyGlob(const std::vector<std::string> &globs, const std::string &text)
{
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string &glob) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; });
}

} // namespace

Result<void> Suppressions::add(const std::string &what)
{
    const size_t equals = what.find('=');
    const auto key = what.substr(0, equals);
    auto value = equals == std::string::npos ? std::string() : what.substr(equals + 1);
    if (value.empty())
        return Error{ErrorCode::InputMalformed, "\"" + what + "\" has no value", {}, std::nullopt};
    if (key == "rule")
        m_rules.insert(std::move(value));
    else if (key == "member")
        m_members.push_back(std::move(value));
    else if (key == "mapping")
        m_mappings.push_back(std::move(value));
    else if (key == "vma")
        m_vmas.push_back(std::move(value));
    else if (key == "fingerprint")
        m_fingerprints.insert(std::move(value));
    else
        return Error{ErrorCode::InputMalformed,
                     "\"" + key + "\" is none of rule, member, mapping, vma, fingerprint",
                     {},
                     std::nullopt};
    return {};
}

Result<void> Suppressions::addValueFile(const std::string &path)
{
    const auto text = readText(path);
    if (!text)
        return text.error();
    eachLine(*text, [this](std::string_view line) {
        if (!line.empty())
            m_values.emplace(line);
    });
    return {};
}

Result<void> Suppressions::addBaseline(const std::string &path)
{
    const auto text = readText(path);
    if (!text)
        return text.error();
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_array())
        return Error{ErrorCode::InputMalformed, "is no JSON array of findings", path, std::nullopt};
    for (const auto &finding : json) {
        const auto secret = finding.is_object() ? finding.find("Secret") : finding.end();
        if (secret == finding.end() || !secret->is_string())
            continue;
        auto value = secret->get<std::string>();
        if (!value.empty() && value != "REDACTED")
            m_baseline.insert(std::move(value));
    }
    return {};
}

Result<void> Suppressions::addIgnoreFile(const std::string &path)
{
    const auto text = readText(path);
    if (!text)
        return text.error();
    eachLine(*text, [this](std::string_view line) {
        while (line.ends_with(' '))
            line.remove_suffix(1);
        if (line.empty() || line.front() == '#')
            return;
        // [commit:]file:rule:line
        const size_t lineAt = line.rfind(':');
        const size_t ruleAt = lineAt == std::string_view::npos || lineAt == 0 ? std::string_view::npos
                                                                              : line.rfind(':', lineAt - 1);
        if (ruleAt == std::string_view::npos)
            return;
        Ignored ignored;
        const auto number = line.substr(lineAt + 1);
        std::from_chars(number.data(), number.data() + number.size(), ignored.line);
        ignored.rule = std::string(line.substr(ruleAt + 1, lineAt - ruleAt - 1));
        auto file = line.substr(0, ruleAt);
        if (file.size() > 41 && file[40] == ':' && std::all_of(file.begin(), file.begin() + 40, isHexDigit))
            file.remove_prefix(41);
        ignored.file = std::string(file);
        m_ignored.push_back(std::move(ignored));
    });
    return {};
}

void Suppressions::setFingerprint(std::function<std::string(std::string_view)> function)
{
    m_fingerprint = std::move(function);
}

bool Suppressions::empty() const
{
    return m_rules.empty() && m_members.empty() && m_mappings.empty() && m_vmas.empty() &&
           m_fingerprints.empty() && m_values.empty() && m_baseline.empty() && m_ignored.empty();
}

bool Suppressions::isIgnored(const Archive &archive, const Finding &finding) const
{
    const Extent inner = archive.innermost(finding.parts.front());
    const Member &member = archive.member(inner.member);
    for (const Ignored &ignored : m_ignored) {
        if (ignored.rule != finding.rule ||
            (member.path != ignored.file && !member.path.ends_with("/" + ignored.file) &&
             !member.path.ends_with("!" + ignored.file)))
            continue;
        if (inner.offset > maxCounted || !member.content)
            continue;
        const auto before = member.content->readAll(0, inner.offset);
        if (before &&
            static_cast<uint64_t>(std::count(before->begin(), before->end(), std::byte{'\n'})) + 1 ==
                ignored.line)
            return true;
    }
    return false;
}

std::string Suppressions::reason(const Memory &memory, const Finding &finding, std::string_view value) const
{
    if (m_rules.contains(finding.rule))
        return "by rule";
    const std::string text(value);
    if (m_values.contains(text))
        return "by value";
    if (m_baseline.contains(text))
        return "in the baseline";
    if (!m_fingerprints.empty() && m_fingerprint && m_fingerprints.contains(m_fingerprint(value)))
        return "by fingerprint";
    const Archive &archive = memory.checkpoint().archive();
    if (!m_members.empty() &&
        anyGlob(m_members, archive.member(archive.innermost(finding.parts.front()).member).path))
        return "by member";
    if (!m_mappings.empty() || !m_vmas.empty()) {
        // Left out only if that is so wherever the bytes are seen.
        const auto places = memory.places(finding.parts.front());
        const auto all = [&](const auto &fits) {
            return !places.empty() && std::all_of(places.begin(), places.end(), fits);
        };
        if (all([&](const MemoryPlace &place) {
                return place.vma != nullptr && !place.vma->path.empty() &&
                       anyGlob(m_mappings, place.vma->path);
            }))
            return "by mapping";
        if (all([&](const MemoryPlace &place) {
                return place.vma != nullptr && anyGlob(m_vmas, place.vma->label());
            }))
            return "by VMA";
    }
    if (!m_ignored.empty() && isIgnored(archive, finding))
        return "by ignore file";
    return {};
}

} // namespace cryoscope
