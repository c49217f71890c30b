// SPDX-License-Identifier: Apache-2.0
// Personal data: payment cards, IBANs, mail addresses, phone numbers.
#include "core/detect/confirm.h"
#include "core/detect/ruleset.h"

#include <algorithm>
#include <array>
#include <string>

namespace cryoscope
{

namespace
{

bool luhnFits(std::string_view digits)
{
    unsigned sum = 0;
    for (size_t i = 0; i < digits.size(); ++i) {
        auto value = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
        if (i % 2 == 1) {
            value *= 2;
            if (value > 9)
                value -= 9;
        }
        sum += value;
    }
    return sum % 10 == 0;
}

struct Issuer {
    std::string_view name;
    unsigned first; ///< of the first four digits
    unsigned last;
    unsigned least; ///< digits
    unsigned most;
};
// Ranges of the card networks, as they publish them.
constexpr std::array<Issuer, 14> issuers{{{"Visa", 4000, 4999, 13, 19},
                                          {"Mastercard", 5100, 5599, 16, 16},
                                          {"Mastercard", 2221, 2720, 16, 16},
                                          {"American Express", 3400, 3499, 15, 15},
                                          {"American Express", 3700, 3799, 15, 15},
                                          {"Discover", 6011, 6011, 16, 19},
                                          {"Discover", 6440, 6599, 16, 19},
                                          {"Diners Club", 3000, 3059, 14, 19},
                                          {"Diners Club", 3600, 3699, 14, 19},
                                          {"Diners Club", 3800, 3999, 14, 19},
                                          {"JCB", 3528, 3589, 16, 19},
                                          {"UnionPay", 6200, 6299, 16, 19},
                                          {"Maestro", 5018, 5038, 13, 19},
                                          {"RuPay", 6521, 6522, 16, 16}}};

const Issuer *issuerOf(std::string_view digits)
{
    unsigned first = 0;
    for (const char c : digits.substr(0, 4))
        first = first * 10 + static_cast<unsigned>(c - '0');
    const auto found = std::find_if(issuers.begin(), issuers.end(), [&](const Issuer &issuer) {
        return first >= issuer.first && first <= issuer.last && digits.size() >= issuer.least &&
               digits.size() <= issuer.most;
    });
    // Most issuers print 16 (or their own length); 17 and 18 exist on paper only.
    return found == issuers.end() || digits.size() == 17 || digits.size() == 18 ? nullptr : &*found;
}

struct IbanLength {
    std::string_view country;
    size_t length;
};
// Source: the IBAN registry (ISO 13616).
constexpr std::array<IbanLength, 78> ibanLengths{
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28},
     {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30},
     {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21},
     {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30},
     {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24},
     {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
     {"SM", 27}, {"ST", 25}, {"SV", 28}, {"TN", 24}, {"TR", 26}, {"UA", 29}}};

unsigned mod97(std::string_view iban)
{
    unsigned rest = 0;
    const auto add = [&rest](char c) {
        if (isDigit(c))
            rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
        else
            rest = (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    };
    for (const char c : iban.substr(4))
        add(c);
    for (const char c : iban.substr(0, 4))
        add(c);
    return rest;
}

bool wordBefore(std::string_view text, size_t at)
{
    return at > 0 && (isAlnum(text[at - 1]) || text[at - 1] == '_' || text[at - 1] == '.' ||
                      text[at - 1] == '-' || text[at - 1] == '+' || text[at - 1] == '/');
}

} // namespace

void confirmCard(const Rule &rule, std::string_view, size_t, std::string_view text,
                 std::vector<TextMatch> &out)
{
    for (size_t at = 0; at + 13 <= text.size();) {
        if (!isDigit(text[at])) {
            ++at;
            continue;
        }
        // Digits in groups with one space or one hyphen between them.
        std::string digits;
        size_t end = at;
        char separator = '\0';
        size_t groups = 1;
        for (size_t i = at; i < text.size() && digits.size() < 20; ++i) {
            if (isDigit(text[i])) {
                digits += text[i];
                end = i + 1;
            } else if ((text[i] == ' ' || text[i] == '-') && i + 1 < text.size() &&
                       isDigit(text[i + 1]) && (separator == '\0' || separator == text[i])) {
                separator = text[i];
                ++groups;
            } else {
                break;
            }
        }
        const bool bounded = !wordBefore(text, at) &&
                             (end >= text.size() ||
                              (!isAlnum(text[end]) && text[end] != '_' &&
                               !(text[end] == '.' && end + 1 < text.size() && isDigit(text[end + 1]))));
        const bool grouped = separator == '\0' || (groups >= 3 && groups <= 5);
        const Issuer *issuer = digits.size() >= 13 ? issuerOf(digits) : nullptr;
        const bool varied = std::count(digits.begin(), digits.end(), digits.empty() ? '0' : digits.back()) <
                            static_cast<ptrdiff_t>(digits.size()) - 4;
        if (bounded && grouped && issuer != nullptr && varied && luhnFits(digits))
            out.push_back({at,
                           end,
                           rule.confidence,
                           Encoding::Raw,
                           std::to_string(digits.size()) + " digits of " + std::string(issuer->name) +
                               "; check digit is right",
                           {},
                           {}});
        at = std::max(end, at + 1);
        while (at < text.size() && isDigit(text[at]))
            ++at;
    }
}

void confirmIban(const Rule &rule, std::string_view, size_t, std::string_view text,
                 std::vector<TextMatch> &out)
{
    for (size_t at = 0; at + 15 <= text.size(); ++at) {
        if (!isUpper(text[at]) || !isUpper(text[at + 1]) || !isDigit(text[at + 2]) ||
            !isDigit(text[at + 3]) || wordBefore(text, at))
            continue;
        const auto country = text.substr(at, 2);
        const auto entry = std::find_if(ibanLengths.begin(), ibanLengths.end(),
                                        [&](const IbanLength &known) { return known.country == country; });
        if (entry == ibanLengths.end())
            continue;
        std::string iban;
        size_t end = at;
        size_t inGroup = 0;
        for (size_t i = at; i < text.size() && iban.size() < entry->length; ++i) {
            const char c = text[i];
            if (isDigit(c) || isUpper(c)) {
                iban += c;
                end = i + 1;
                ++inGroup;
            } else if (c == ' ' && inGroup == 4) {
                inGroup = 0;
            } else {
                break;
            }
        }
        if (iban.size() != entry->length || (end < text.size() && isAlnum(text[end])) || mod97(iban) != 1)
            continue;
        out.push_back({at,
                       end,
                       rule.confidence,
                       Encoding::Raw,
                       "country, length and check digits (mod 97) are right",
                       {},
                       {}});
        at = end - 1;
    }
}

void confirmMail(const Rule &rule, std::string_view, size_t, std::string_view text,
                 std::vector<TextMatch> &out)
{
    const auto isLocal = [](char c) {
        return isAlnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
    };
    for (size_t mark = text.find('@'); mark != std::string_view::npos; mark = text.find('@', mark + 1)) {
        size_t begin = mark;
        while (begin > 0 && mark - begin < 64 && isLocal(text[begin - 1]))
            --begin;
        size_t end = mark + 1;
        size_t dot = std::string_view::npos;
        while (end < text.size() && end - mark < 255 &&
               (isAlnum(text[end]) || text[end] == '-' || text[end] == '.')) {
            if (text[end] == '.' && end + 1 < text.size() && isAlpha(text[end + 1]))
                dot = end;
            ++end;
        }
        while (end > mark + 1 && (text[end - 1] == '.' || text[end - 1] == '-'))
            --end;
        if (begin == mark || dot == std::string_view::npos || dot <= mark + 1 || !isAlnum(text[begin]))
            continue;
        const auto top = text.substr(dot + 1, end - dot - 1);
        const auto domain = text.substr(mark + 1, end - mark - 1);
        if (top.size() < 2 || top.size() > 12 || !std::all_of(top.begin(), top.end(), isAlpha))
            continue;
        // Authors in source text and packages, hosts of tools, names of services.
        static constexpr std::array<std::string_view, 16> notPeople{
            "example.",   "openssh.com", "debian.org", "gnu.org",    "kernel.org", "python.org",
            "apache.org", "libssh.org",  "localhost",  "github.com", "service",    "redhat.com",
            "w3.org",     "mozilla.org", "npmjs.com",  "noreply"};
        if (std::any_of(notPeople.begin(), notPeople.end(),
                        [&](std::string_view part) { return domain.find(part) != std::string_view::npos; }))
            continue;
        out.push_back(
            {begin, end, rule.confidence, Encoding::Raw, "name, host and top-level domain", {}, {}});
    }
}

void confirmPhone(const Rule &rule, std::string_view, size_t, std::string_view text,
                  std::vector<TextMatch> &out)
{
    for (size_t at = text.find('+'); at != std::string_view::npos; at = text.find('+', at + 1)) {
        if (wordBefore(text, at) || at + 1 >= text.size() || text[at + 1] < '1' || text[at + 1] > '9')
            continue;
        size_t digits = 0;
        size_t end = at + 1;
        size_t groups = 1;
        for (size_t i = at + 1; i < text.size() && digits < 16; ++i) {
            if (isDigit(text[i])) {
                ++digits;
                end = i + 1;
            } else if ((text[i] == ' ' || text[i] == '-' || text[i] == '(' || text[i] == ')') &&
                       i + 1 < text.size() &&
                       (isDigit(text[i + 1]) || text[i + 1] == '(' || text[i + 1] == ' ')) {
                ++groups;
            } else {
                break;
            }
        }
        if (digits < 9 || digits > 15 || groups > 8 || (end < text.size() && isAlnum(text[end])))
            continue;
        out.push_back({at,
                       end,
                       rule.confidence,
                       Encoding::Raw,
                       "country code and " + std::to_string(digits) + " digits",
                       {},
                       {}});
    }
}

} // namespace cryoscope
