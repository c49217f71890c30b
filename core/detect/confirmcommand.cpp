// SPDX-License-Identifier: Apache-2.0
// Passwords that programs are given: in command lines (a shell's history, argv, scripts), in configuration
// lines and statements that have no "=" between name and value.
#include "core/detect/confirm.h"
#include "core/detect/ruleset.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cryoscope
{

namespace
{

constexpr size_t maxLine = 1024;

struct OptionForm {
    std::string_view program;
    std::string_view option;
    enum class Value { Next, Attached, UserAndPassword, UserPercentPassword } value;
};
using Form = OptionForm::Value;
constexpr std::array<OptionForm, 17> forms{{{"sshpass", "-p", Form::Next},
                                            {"sshpass", "-p", Form::Attached},
                                            {"curl", "-u", Form::UserAndPassword},
                                            {"curl", "--user", Form::UserAndPassword},
                                            {"curl", "--proxy-user", Form::UserAndPassword},
                                            {"mysql", "-p", Form::Attached},
                                            {"mariadb", "-p", Form::Attached},
                                            {"redis-cli", "-a", Form::Next},
                                            {"redis-cli", "--pass", Form::Next},
                                            {"ldapsearch", "-w", Form::Next},
                                            {"smbclient", "-U", Form::UserPercentPassword},
                                            {"docker login", "-p", Form::Next},
                                            {"podman login", "-p", Form::Next},
                                            {"mongosh", "-p", Form::Next},
                                            {"sqlcmd", "-P", Form::Next},
                                            {"htpasswd", "-b", Form::Next},
                                            {"xfreerdp", "/p:", Form::Attached}}};

bool isPasswordWord(std::string_view value)
{
    return value.size() >= 3 && !isPlaceholder(value) && !isDocumentationWord(value) &&
           !value.starts_with('$') && !value.starts_with('-') &&
           value.find_first_of("<>|(){}[]`") == std::string_view::npos;
}

/// A word of a command line, without its quotes.
struct Word {
    size_t begin = 0;
    size_t end = 0;  ///< of the word
    size_t next = 0; ///< after it
};

/// argv's strings end with NUL, a shell's words with a space; both end with the line.
Word wordAt(std::string_view text, size_t at, size_t limit)
{
    while (at < limit && (text[at] == ' ' || text[at] == '\t' || text[at] == '\0'))
        ++at;
    if (at < limit && (text[at] == '\'' || text[at] == '"')) {
        const size_t end = text.substr(0, limit).find(text[at], at + 1);
        if (end != std::string_view::npos)
            return {at + 1, end, end + 1};
    }
    size_t end = at;
    while (end < limit && !isControl(text[end]) && text[end] != ' ')
        ++end;
    return {at, end, end};
}

size_t lineEnd(std::string_view text, size_t at)
{
    // A line, or argv: strings one NUL apart.
    size_t end = at;
    while (end < text.size() && end - at < maxLine && text[end] != '\n' && text[end] != '\r' &&
           !(text[end] == '\0' && end + 1 < text.size() && isControl(text[end + 1])) &&
           static_cast<unsigned char>(text[end]) < 0x80)
        ++end;
    return end;
}

void add(const Rule &rule, std::string_view text, size_t begin, size_t end, std::string why,
         std::string_view label, std::vector<TextMatch> &out)
{
    if (isPasswordWord(text.substr(begin, end - begin)))
        out.push_back({begin, end, rule.confidence, Encoding::Raw, std::move(why), std::string(label), {}});
}

} // namespace

void confirmCommand(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                    std::vector<TextMatch> &out)
{
    if (!tokenBoundary(text, at))
        return;
    const size_t end = lineEnd(text, at);
    size_t next = at + anchor.size();
    if (anchor == "pass:") { // openssl's -passin pass:VALUE
        const auto before = text.substr(at - std::min<size_t>(at, 12), std::min<size_t>(at, 12));
        if (before.find("-pass") == std::string_view::npos)
            return;
        const Word word = wordAt(text, next, end);
        if (word.begin == next)
            add(rule, text, word.begin, word.end, "password after \"pass:\" in a command line", "pass", out);
        return;
    }
    // "mysqldump", "mysqladmin", "curl.exe": the rest of the word; then options.
    while (next < end && (isAlpha(text[next]) || text[next] == '_' || text[next] == '.'))
        ++next;
    if (next >= end || (text[next] != ' ' && text[next] != '\0'))
        return;
    while (next < end) {
        const Word word = wordAt(text, next, end);
        if (word.end <= word.begin)
            return;
        next = word.next;
        const auto option = text.substr(word.begin, word.end - word.begin);
        if (option == "|" || option == "&&" || option == ";")
            return;
        for (const OptionForm &form : forms) {
            if (form.program != anchor || !option.starts_with(form.option))
                continue;
            const std::string why = "after " + std::string(form.option) + " of " + std::string(anchor);
            if (form.value == Form::Attached) {
                if (option.size() > form.option.size() && option[form.option.size()] != '-')
                    add(rule, text, word.begin + form.option.size(), word.end, why, form.option, out);
                continue;
            }
            if (option != form.option)
                continue;
            const Word value = wordAt(text, next, end);
            if (form.value == Form::Next) {
                add(rule, text, value.begin, value.end, why, form.option, out);
                continue;
            }
            const char mark = form.value == Form::UserAndPassword ? ':' : '%';
            const size_t colon = text.substr(0, value.end).find(mark, value.begin);
            if (colon != std::string_view::npos && colon > value.begin)
                add(rule, text, colon + 1, value.end, why + ", behind the user's name", form.option, out);
        }
    }
}

void confirmConfigured(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                       std::vector<TextMatch> &out)
{
    const size_t end = lineEnd(text, at);
    const size_t after = at + anchor.size();
    if (anchor.ends_with('$')) { // a command in Redis' protocol: "$16\r\nvalue\r\n"
        size_t length = 0;
        const auto read = std::from_chars(text.data() + after, text.data() + text.size(), length);
        const size_t begin = static_cast<size_t>(read.ptr - text.data()) + 2;
        if (read.ec != std::errc() || length < 3 || length > maxLine || begin > text.size() ||
            length + 2 > text.size() - begin || text.substr(begin - 2, 2) != "\r\n" ||
            text.substr(begin + length, 2) != "\r\n")
            return;
        if (std::none_of(text.begin() + static_cast<ptrdiff_t>(begin),
                         text.begin() + static_cast<ptrdiff_t>(begin + length), isControl))
            add(rule, text, begin, begin + length, "argument of a command in Redis' protocol", "AUTH", out);
        return;
    }
    if (anchor == " password " || anchor == "\tpassword ") {
        // netrc: machine HOST login NAME password VALUE
        const size_t from = at - std::min<size_t>(at, 256);
        const auto before = text.substr(from, at - from);
        const size_t machine = before.rfind("machine ");
        const size_t login = before.rfind("login ");
        if (machine == std::string_view::npos || login == std::string_view::npos || login < machine ||
            before.find('\0', machine) != std::string_view::npos)
            return;
        const Word word = wordAt(text, after, end);
        add(rule, text, word.begin, word.end, "password of a machine in netrc's form", "password", out);
        return;
    }
    if (!tokenBoundary(text, at))
        return;
    if (anchor == "identified by" || anchor == "password '") { // SQL
        const size_t quote = text.substr(0, end).find('\'', anchor.ends_with('\'') ? after - 1 : after);
        if (quote == std::string_view::npos || quote > after + 24)
            return;
        const size_t close = text.substr(0, end).find('\'', quote + 1);
        if (close == std::string_view::npos)
            return;
        if (anchor == "password '") {
            // … of a statement about a role or user
            const size_t from = at - std::min<size_t>(at, 128);
            std::string before(text.substr(from, at - from));
            std::transform(before.begin(), before.end(), before.begin(), lowerChar);
            if (before.find("role ") == std::string::npos && before.find("user ") == std::string::npos)
                return;
        }
        add(rule, text, quote + 1, close, "quoted in an SQL statement that sets a password", "password", out);
        return;
    }
    // requirepass VALUE, masterauth VALUE, rootpw VALUE, bindpw VALUE: one word, then the line ends.
    if (after >= end || (text[after] != ' ' && text[after] != '\t'))
        return;
    const Word word = wordAt(text, after, end);
    if (word.next < end && text[word.next] != '\0')
        return;
    const auto value = text.substr(word.begin, word.end - word.begin);
    if (value.size() >= 6 && std::any_of(value.begin(), value.end(), [](char c) { return !isLower(c); }))
        add(rule, text, word.begin, word.end, "value of a configuration line for passwords", anchor, out);
}

} // namespace cryoscope
