// SPDX-License-Identifier: Apache-2.0
#include "core/redact/pseudonymmap.h"

#include "core/base/hash.h"
#include "core/bytes/filesource.h"
#include "core/detect/encodings.h"
#include "core/redact/exportsettings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

constexpr std::string_view heading = "cryoscope-pseudonyms 1 ";
constexpr size_t keyBytes = 32;
constexpr uint64_t maxFile = uint64_t{1} << 30;

bool isNameChar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == '+' || c == '@' || c == '~' || static_cast<unsigned char>(c) >= 0x80;
}

Error unwritable(const std::string &path)
{
    return {ErrorCode::OutputUnwritable, std::strerror(errno), path, std::nullopt};
}

} // namespace

PseudonymMap PseudonymMap::make()
{
    return PseudonymMap(randomBytes(keyBytes));
}

Result<PseudonymMap> PseudonymMap::forCase(const Case &review, const std::string &path)
{
    std::error_code ignored;
    if (!path.empty() && std::filesystem::exists(path, ignored))
        return read(path);
    const auto stored = ExportSettings::of(review);
    if (!stored)
        return stored.error();
    return stored->pseudonymKey.empty() ? make() : PseudonymMap(stored->pseudonymKey);
}

Result<PseudonymMap> PseudonymMap::read(const std::string &path)
{
    const auto file = FileSource::open(path);
    if (!file)
        return file.error();
    const auto bytes = (*file)->readWhole(maxFile);
    if (!bytes)
        return bytes.error();
    const auto text = asText(*bytes);
    const auto malformed = [&](size_t at) {
        return Error{ErrorCode::InputMalformed, "is no map of pseudonyms", path, at};
    };
    const size_t firstEnd = std::min(text.find('\n'), text.size());
    if (!text.starts_with(heading))
        return malformed(0);
    const auto key = decodeHex(text.substr(heading.size(), firstEnd - heading.size()));
    if (!key || key->size() != keyBytes)
        return malformed(heading.size());
    PseudonymMap map(*key);
    for (size_t at = firstEnd + 1; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        const size_t tab = line.find('\t');
        const auto pseudonym = decodePercent(line.substr(0, std::min(tab, line.size())));
        if (tab == std::string_view::npos)
            return malformed(at);
        map.m_originals.emplace(pseudonym, decodePercent(line.substr(tab + 1)));
        at = end + 1;
    }
    return map;
}

Result<void> PseudonymMap::write(const std::string &path) const
{
    // Names may hold anything but a NUL and a slash; what would break a line is written as %XX.
    const auto escaped = [](std::string_view name) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string out;
        for (const char c : name) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || byte == 0x7f || c == '%') {
                out.push_back('%');
                out.push_back(digits[byte >> 4]);
                out.push_back(digits[byte & 15]);
            } else {
                out.push_back(c);
            }
        }
        return out;
    };
    std::string text = std::string(heading) + toHex(asBytes(m_key)) + "\n";
    for (const auto &[pseudonym, original] : m_originals)
        text += escaped(pseudonym) + "\t" + escaped(original) + "\n";
    const std::string temporary = path + ".new";
    const int descriptor =
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return unwritable(temporary);
    std::string_view left = text;
    bool written = ::fchmod(descriptor, 0600) == 0;
    while (written && !left.empty()) {
        const ssize_t put = ::write(descriptor, left.data(), left.size());
        written = put > 0 || (put < 0 && errno == EINTR);
        left.remove_prefix(put > 0 ? static_cast<size_t>(put) : 0);
    }
    written = written && ::fsync(descriptor) == 0;
    const auto failure = unwritable(temporary);
    ::close(descriptor);
    if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
        const auto error = written ? unwritable(path) : failure;
        ::unlink(temporary.c_str());
        return error;
    }
    return {};
}

void PseudonymMap::add(const std::set<std::string, std::less<>> &names)
{
    const Pseudonyms pseudonyms(m_key);
    for (const std::string &name : names) {
        for (const std::string &made : {pseudonyms.component(name), pseudonyms.text(name)}) {
            if (made != name)
                m_originals.emplace(made, name);
        }
    }
}

std::string PseudonymMap::translate(std::string_view text) const
{
    std::string out;
    const auto known = [this](std::string_view name) -> const std::string * {
        const auto found = m_originals.find(name);
        return found == m_originals.end() ? nullptr : &found->second;
    };
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && isNameChar(text[end]))
            ++end;
        if (end == at) {
            out.push_back(text[at++]);
            continue;
        }
        // A sentence may end with the name.
        size_t length = end - at;
        const std::string *original = known(text.substr(at, length));
        while (original == nullptr && length > 1 &&
               (text[at + length - 1] == '.' || text[at + length - 1] == '-')) {
            --length;
            original = known(text.substr(at, length));
        }
        if (original != nullptr)
            out += *original;
        else
            out += text.substr(at, length = end - at);
        at += length;
    }
    return out;
}

} // namespace cryoscope
