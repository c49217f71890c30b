// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/charset.h"
#include "core/detect/confirm.h"
#include "core/detect/finding.h"
#include "core/detect/userrules.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// One built-in rule: anchor literals, and what must hold around an anchor. Simple kinds are data
/// (resources/rules/*.toml); a kind that needs code names its confirm function.
struct Rule {
    std::string id;
    std::string kind;
    Confidence confidence = Confidence::High;
    std::vector<std::string> anchors;      ///< literals of three bytes or more, one of which stands in
                                           ///< every match; none for rules that look at runs
    bool anyCase = false;                  ///< anchors match in any case
    const ConfirmEntry *confirm = nullptr; ///< never null
    std::vector<std::pair<std::string, TokenPattern>> patterns; ///< "token": what follows the anchor, as text
                                                                ///< and ready to use
    double minEntropy = 0;          ///< bits per character of what follows the anchor; 0: not checked
    std::string check;              ///< named checksum over the token ("github-crc32"), or empty
    bool encoded = true;            ///< also looked for within base64, hex, percent and JSON escapes
    std::string group;              ///< "personal", or empty
    std::vector<std::string> allow; ///< known example values, lower-case SHA-256 of the value
};

/// An immutable set of rules: those that come with the program, and a user's. Thread-safe.
class RuleSet
{
public:
    struct Options {
        bool personal = false;          ///< also the group "personal": cards, IBANs, mail, phone numbers
        bool builtIn = true;            ///< the rules that come with the program
        std::set<std::string> disabled; ///< ids of rules that are left out
    };

    /// The rules that come with the program (embedded at build time).
    static Result<std::shared_ptr<const RuleSet>> builtIn();
    /// Parses TOML text in the form of resources/rules/*.toml; `file` is for errors (with line).
    static Result<std::vector<Rule>> parse(std::string_view toml, const std::string &file);
    /// The built-in rules and those of `files`: paths of TOML files in the form of resources/rules/*.toml
    /// ([[rule]]) or in gitleaks' ([[rules]]); files that end with .yar or .yara are YARA's.
    static Result<std::shared_ptr<const RuleSet>> withFiles(const std::vector<std::string> &files);
    static Result<std::shared_ptr<const RuleSet>> withFiles(const std::vector<std::string> &files,
                                                            const Options &options);

    [[nodiscard]] const std::vector<Rule> &rules() const { return m_rules; }
    /// A user's rules in gitleaks' form; null if there are none.
    [[nodiscard]] const std::shared_ptr<const UserRules> &userRules() const { return m_userRules; }
    /// A user's YARA files, as given (YaraDetector).
    [[nodiscard]] const std::vector<std::string> &yaraFiles() const { return m_yaraFiles; }
    /// What the user should know about the rules: which are slow and why, what is not supported.
    [[nodiscard]] const std::vector<std::string> &notes() const { return m_notes; }
    /// Changes when any rule changes; goes into reports (hex SHA-256 over the rules' text).
    [[nodiscard]] const std::string &version() const { return m_version; }

private:
    RuleSet() = default;
    std::vector<Rule> m_rules;
    std::shared_ptr<const UserRules> m_userRules;
    std::vector<std::string> m_yaraFiles;
    std::vector<std::string> m_notes;
    std::string m_version;
};

} // namespace cryoscope
